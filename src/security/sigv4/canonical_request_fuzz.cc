// SPDX-License-Identifier: Apache-2.0
// Any request text through parsing, the stages and verification; and what Sign signs must verify.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/text_encoding.h"
#include "security/sigv4/request_text.h"
#include "security/sigv4/sigv4.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dray::sigv4;
  std::string text(reinterpret_cast<const char*>(data), size);
  RequestText request(text);
  constexpr std::string_view kHash = "UNSIGNED-PAYLOAD";
  auto parsed = ParseSigned(request.parts);
  if (parsed) {
    VerifyOptions options;
    options.secret = "secret";
    options.now_micros = dray::base::ParseAmzDate(parsed->amz_date).value_or(0);
    std::string canonical = CanonicalRequest(request.parts, *parsed, kHash);
    CHECK(canonical.ends_with(kHash));
    std::string expected =
        Signature(SigningKey(options.secret, parsed->date, parsed->region, parsed->service),
                  StringToSign(*parsed, canonical));
    bool is_verified = bool(Verify(request.parts, *parsed, kHash, options));
    CHECK(!is_verified || parsed->signature == expected);
  }

  // Sign the request as a client: without what would make it signed already, and without names that
  // HTTP does not allow.
  RequestParts bare = request.parts;
  std::erase_if(bare.headers, [](const auto& header) {
    std::string name = dray::base::ToLower(header.first);
    constexpr std::string_view kNameCharacters =
        "abcdefghijklmnopqrstuvwxyz0123456789-_.!#$&*+^`|~";
    return name.empty() || name.find_first_not_of(kNameCharacters) != std::string::npos ||
           name == "authorization" || name == "host" || name == "date" ||
           name.starts_with("x-amz-");
  });
  if (bare.query.find("X-Amz-") != std::string_view::npos ||
      bare.query.find('%') != std::string_view::npos) {
    return 0;
  }
  bare.headers.emplace_back("Host", "example.com");
  SignOptions sign;
  sign.access_key = "AKID";
  sign.secret = "secret";
  sign.region = "us-east-1";
  sign.service = size % 2 == 0 ? "s3" : "dynamodb";
  sign.now_micros = 1'790'000'000'000'000;
  auto added = Sign(bare, kHash, sign);
  for (const auto& [name, value] : added) bare.headers.emplace_back(name, value);
  auto again = ParseSigned(bare);
  CHECK(again);
  VerifyOptions options;
  options.secret = sign.secret;
  options.now_micros = sign.now_micros;
  options.region = sign.region;
  options.service = sign.service;
  CHECK(Verify(bare, *again, kHash, options));
  return 0;
}
