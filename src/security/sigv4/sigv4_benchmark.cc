// SPDX-License-Identifier: Apache-2.0
// What authentication costs a request, and the framing a byte of an upload.
#include <benchmark/benchmark.h>

#include "base/check.h"
#include "base/text_encoding.h"
#include "security/sigv4/sigv4.h"

namespace dray::sigv4 {
namespace {

constexpr std::string_view kHash =
    "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

struct SignedPut {
  RequestParts parts;
  std::vector<std::pair<std::string, std::string>> added;
  SignOptions options;

  SignedPut() {
    parts.method = "POST";
    parts.path = "/";
    parts.headers = {{"Host", "127.0.0.1:8000"},
                     {"X-Amz-Target", "DynamoDB_20120810.PutItem"},
                     {"Content-Type", "application/x-amz-json-1.0"},
                     {"User-Agent", "Boto3/1.26.27 Python/3.11.2 Linux Botocore/1.29.27"},
                     {"Accept-Encoding", "identity"},
                     {"Content-Length", "700"}};
    options.access_key = "AKIDEXAMPLE";
    options.secret = kSecret;
    options.region = "us-east-1";
    options.service = "dynamodb";
    options.now_micros = 1'790'000'000'000'000;
    added = Sign(parts, kHash, options);
    for (const auto& [name, value] : added) parts.headers.emplace_back(name, value);
  }
};

void VerifyRequest(benchmark::State& state) {
  SignedPut put;
  VerifyOptions options;
  options.secret = kSecret;
  options.now_micros = put.options.now_micros;
  options.region = "us-east-1";
  options.service = "dynamodb";
  for (auto _ : state) {
    auto parsed = ParseSigned(put.parts);
    CHECK(parsed);
    CHECK(Verify(put.parts, *parsed, kHash, options));
  }
}
BENCHMARK(VerifyRequest);

void VerifyRequestWithKey(benchmark::State& state) {
  SignedPut put;
  std::string key = SigningKey(kSecret, base::FormatAmzDate(put.options.now_micros).substr(0, 8),
                               "us-east-1", "dynamodb");
  VerifyOptions options;
  options.signing_key = key;
  options.now_micros = put.options.now_micros;
  for (auto _ : state) {
    auto parsed = ParseSigned(put.parts);
    CHECK(parsed);
    CHECK(Verify(put.parts, *parsed, kHash, options));
  }
}
BENCHMARK(VerifyRequestWithKey);

void DeriveSigningKey(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(SigningKey(kSecret, "20261122", "us-east-1", "dynamodb"));
  }
}
BENCHMARK(DeriveSigningKey);

void DecodeUnsignedChunks(benchmark::State& state) {
  std::string chunk = "10000\r\n" + std::string(65'536, 'x') + "\r\n", raw;
  for (int i = 0; i < 100; ++i) raw += chunk;
  raw += "0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
  BodyOptions options;
  options.kind = BodyKind::kChunkedUnsignedTrailer;
  std::string buffer(1 << 18, '\0');
  for (auto _ : state) {
    base::StringSource source(raw);
    auto body = MakeVerifiedBody(source, options);
    for (;;) {
      auto count = body->Read(buffer.data(), buffer.size());
      CHECK(count);
      if (*count == 0) break;
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(raw.size()));
}
BENCHMARK(DecodeUnsignedChunks);

}  // namespace
}  // namespace dray::sigv4
