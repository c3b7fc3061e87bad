// SPDX-License-Identifier: Apache-2.0
// Every stage of every case under tests/golden/sigv4 (made with botocore, see its README).
#include <gtest/gtest.h>
#include <simdjson.h>

#include <filesystem>

#include "base/file_system.h"
#include "base/text_encoding.h"
#include "hash/hash.h"
#include "security/sigv4/request_text.h"
#include "security/sigv4/sigv4.h"

namespace dray::sigv4 {
namespace {

std::string ReadText(const std::filesystem::path& path) {
  auto text = base::ReadFile(base::PosixFileSystem(), path.string());
  EXPECT_TRUE(text) << path;
  return text ? *text : "";
}

std::vector<std::filesystem::path> Cases() {
  std::vector<std::filesystem::path> cases;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(DRAY_SOURCE_DIR) + "/tests/golden/sigv4")) {
    if (entry.is_directory()) cases.push_back(entry.path());
  }
  std::sort(cases.begin(), cases.end());
  return cases;
}

class Context {
 public:
  explicit Context(const std::filesystem::path& path) : json_(ReadText(path)) {
    EXPECT_EQ(parser_.parse(json_).get(root_), simdjson::SUCCESS);
  }
  std::string operator[](const char* name) const {
    std::string_view value;
    EXPECT_EQ(root_[name].get(value), simdjson::SUCCESS) << name;
    return std::string(value);
  }
  bool is_presigned() const {
    bool value = false;
    EXPECT_EQ(root_["is_presigned"].get(value), simdjson::SUCCESS);
    return value;
  }

 private:
  simdjson::padded_string json_;
  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
};

TEST(SigV4Golden, EveryStageIsThatOfBotocore) {
  auto cases = Cases();
  ASSERT_GE(cases.size(), 19u);
  for (const auto& folder : cases) {
    SCOPED_TRACE(folder.filename().string());
    Context context(folder / "context.json");
    std::string text = ReadText(folder / "request.txt");
    RequestText request(text);

    auto parsed = ParseSigned(request.parts);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->access_key, context["access_key"]);
    EXPECT_EQ(parsed->region, context["region"]);
    EXPECT_EQ(parsed->service, context["service"]);
    EXPECT_EQ(parsed->amz_date, context["now"]);
    EXPECT_EQ(parsed->session_token, context["session_token"]);
    EXPECT_EQ(parsed->is_presigned, context.is_presigned());

    std::string payload_hash = context["payload_hash"];
    if (payload_hash.size() == 64) {
      EXPECT_EQ(payload_hash, base::HexEncode(hash::Sha256(request.body)));
    }
    std::string canonical = CanonicalRequest(request.parts, *parsed, payload_hash);
    EXPECT_EQ(canonical, ReadText(folder / "canonical_request.txt"));
    std::string to_sign = StringToSign(*parsed, canonical);
    EXPECT_EQ(to_sign, ReadText(folder / "string_to_sign.txt"));
    std::string secret = context["secret"];
    std::string key = SigningKey(secret, parsed->date, parsed->region, parsed->service);
    EXPECT_EQ(Signature(key, to_sign), ReadText(folder / "signature.txt"));
    EXPECT_EQ(Signature(key, to_sign), parsed->signature);

    VerifyOptions options;
    options.secret = secret;
    options.now_micros = *base::ParseAmzDate(context["now"]) + 1'000'000;
    options.region = parsed->region;
    options.service = parsed->service;
    base::Status status = Verify(request.parts, *parsed, payload_hash, options);
    EXPECT_TRUE(status) << status.error().message;

    options.secret = {};
    options.signing_key = key;
    EXPECT_TRUE(Verify(request.parts, *parsed, payload_hash, options));
    options.signing_key = {};
    options.secret = "another";
    EXPECT_EQ(Verify(request.parts, *parsed, payload_hash, options).error().reason,
              reason::kMismatch);
  }
}

// Our own signature for the same request: what botocore signs, we sign too.
TEST(SigV4Golden, SignGivesTheSameAuthorization) {
  for (const auto& folder : Cases()) {
    SCOPED_TRACE(folder.filename().string());
    Context context(folder / "context.json");
    if (context.is_presigned()) continue;
    std::string text = ReadText(folder / "request.txt");
    RequestText request(text);
    std::string expected;
    RequestParts bare = request.parts;
    bare.headers.clear();
    for (const auto& [name, value] : request.parts.headers) {
      std::string lower = base::ToLower(name);
      if (lower == "authorization") expected = base::TrimSpace(value);
      if (lower != "authorization" && lower != "x-amz-date" && lower != "x-amz-security-token" &&
          lower != "x-amz-content-sha256") {
        bare.headers.emplace_back(name, value);
      }
    }
    SignOptions options;
    options.access_key = context["access_key"];
    options.secret = context["secret"];
    options.session_token = context["session_token"];
    options.region = context["region"];
    options.service = context["service"];
    options.now_micros = *base::ParseAmzDate(context["now"]);
    auto added = Sign(bare, context["payload_hash"], options);
    ASSERT_EQ(added.back().first, "Authorization");
    EXPECT_EQ(added.back().second, expected);
  }
}

}  // namespace
}  // namespace dray::sigv4
