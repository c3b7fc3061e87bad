// SPDX-License-Identifier: Apache-2.0
// Uploads recorded from real clients (tests/golden/aws-chunked): signature, framing, checksums.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <filesystem>

#include "base/file_system.h"
#include "base/text_encoding.h"
#include "hash/crc.h"
#include "hash/hash.h"
#include "security/sigv4/request_text.h"
#include "security/sigv4/sigv4.h"

namespace dray::sigv4 {
namespace {

std::string ReadBytes(const std::filesystem::path& path) {
  auto bytes = base::ReadFile(base::PosixFileSystem(), path.string());
  EXPECT_TRUE(bytes) << path;
  return bytes ? *bytes : "";
}

std::string BigEndian(uint64_t value, int bytes) {
  std::string out;
  while (bytes-- > 0) out += static_cast<char>(value >> (8 * bytes) & 0xff);
  return out;
}
std::string Checksum(std::string_view name, std::string_view object) {
  if (name == "x-amz-checksum-crc32") return BigEndian(hash::ExtendCrc32(0, object), 4);
  if (name == "x-amz-checksum-crc32c") return BigEndian(hash::ExtendCrc32c(0, object), 4);
  if (name == "x-amz-checksum-crc64nvme") return BigEndian(hash::ExtendCrc64Nvme(0, object), 8);
  if (name == "x-amz-checksum-sha256") return hash::Sha256(object);
  hash::Digest sha1(hash::Algorithm::kSha1);
  sha1.Update(object);
  return sha1.Finish();
}

std::string_view Header(const RequestParts& parts, std::string_view name) {
  for (const auto& [header, value] : parts.headers) {
    if (base::EqualsIgnoreCase(header, name)) return base::TrimSpace(value);
  }
  return {};
}

TEST(RecordedUploads, AreVerifiedAndDecoded) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(DRAY_SOURCE_DIR) +
                                                               "/tests/golden/aws-chunked")) {
    if (!entry.is_directory()) continue;
    SCOPED_TRACE(entry.path().filename().string());
    ++count;
    std::string request_bytes = ReadBytes(entry.path() / "request.bin");
    std::string body_bytes = ReadBytes(entry.path() / "body.bin");
    simdjson::padded_string json(ReadBytes(entry.path() / "context.json"));
    simdjson::dom::parser parser;
    simdjson::dom::element context;
    ASSERT_EQ(parser.parse(json).get(context), simdjson::SUCCESS);
    std::string_view secret, object_sha256;
    uint64_t object_bytes = 0;
    ASSERT_EQ(context["secret"].get(secret), simdjson::SUCCESS);
    ASSERT_EQ(context["object_sha256"].get(object_sha256), simdjson::SUCCESS);
    ASSERT_EQ(context["object_bytes"].get(object_bytes), simdjson::SUCCESS);

    RequestText request(request_bytes);
    auto parsed = ParseSigned(request.parts);
    ASSERT_TRUE(parsed) << parsed.error().message;
    VerifyOptions verify;
    verify.secret = secret;
    verify.now_micros = *base::ParseAmzDate(parsed->amz_date);
    verify.region = "us-east-1";
    verify.service = "s3";
    base::Status status = Verify(request.parts, *parsed, parsed->payload_hash, verify);
    ASSERT_TRUE(status) << status.error().message;

    auto kind = KindOfPayloadHash(parsed->payload_hash);
    ASSERT_TRUE(kind);
    BodyOptions options;
    options.kind = *kind;
    options.signing_key = SigningKey(secret, parsed->date, parsed->region, parsed->service);
    options.seed_signature = parsed->signature;
    options.amz_date = parsed->amz_date;
    options.scope = Scope(*parsed);
    options.decoded_length = object_bytes;
    EXPECT_EQ(Header(request.parts, "x-amz-decoded-content-length"), std::to_string(object_bytes));
    options.announced_trailers.emplace();
    std::string_view announced = Header(request.parts, "x-amz-trailer");
    if (!announced.empty()) options.announced_trailers->emplace_back(announced);
    base::StringSource raw(body_bytes);
    auto body = MakeVerifiedBody(raw, options);
    auto object = base::ReadAll(*body, 1 << 20);
    ASSERT_TRUE(object) << object.error().message;
    EXPECT_EQ(base::HexEncode(hash::Sha256(*object)), object_sha256);
    EXPECT_EQ(body->trailers().size(), announced.empty() ? 0u : 1u);
    for (const auto& [name, value] : body->trailers()) {
      EXPECT_EQ(value, base::Base64Encode(Checksum(name, *object))) << name;
    }
  }
  EXPECT_GE(count, 9);
}

}  // namespace
}  // namespace dray::sigv4
