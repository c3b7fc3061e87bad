// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/text_encoding.h"
#include "hash/hash.h"
#include "security/sigv4/sigv4.h"

namespace dray::sigv4 {
namespace {

// Gives at most `step` bytes a call.
class SlowSource final : public base::ByteSource {
 public:
  SlowSource(std::string_view bytes, size_t step) : rest_(bytes), step_(step) {}
  base::Result<size_t> Read(char* out, size_t capacity) override {
    size_t count = std::min({capacity, step_, rest_.size()});
    rest_.copy(out, count);
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
  size_t step_;
};

struct Outcome {
  std::string bytes;
  std::string_view reason;  // empty when the end was reached
  std::vector<std::pair<std::string, std::string>> trailers;
};

Outcome ReadInSteps(std::string_view raw, const BodyOptions& options, size_t source_step,
                    size_t read_step) {
  SlowSource source(raw, source_step);
  auto body = MakeVerifiedBody(source, options);
  Outcome outcome;
  std::string buffer(read_step, '\0');
  for (;;) {
    auto count = body->Read(buffer.data(), buffer.size());
    if (!count) {
      outcome.reason = count.error().reason;
      auto again = body->Read(buffer.data(), buffer.size());
      EXPECT_FALSE(again);
      return outcome;
    }
    if (*count == 0) break;
    outcome.bytes.append(buffer, 0, *count);
  }
  auto again = body->Read(buffer.data(), buffer.size());
  EXPECT_TRUE(again && *again == 0);
  outcome.trailers = body->trailers();
  return outcome;
}

// Whatever the sizes of the pieces, the outcome is the same.
Outcome ReadBody(std::string_view raw, const BodyOptions& options) {
  Outcome outcome = ReadInSteps(raw, options, 1 << 20, 64 * 1024);
  for (auto [source_step, read_step] : {std::pair{1, 1}, {7, 3}, {20'000, 5}, {3, 100'000}}) {
    if (raw.size() > 10'000 && source_step * read_step < 100) continue;
    Outcome other =
        ReadInSteps(raw, options, static_cast<size_t>(source_step), static_cast<size_t>(read_step));
    EXPECT_EQ(outcome.reason, other.reason);
    EXPECT_EQ(outcome.trailers, other.trailers);
    if (outcome.reason.empty()) {
      EXPECT_EQ(outcome.bytes, other.bytes);
    }
  }
  return outcome;
}
std::string_view ReasonOf(std::string_view raw, const BodyOptions& options) {
  return ReadBody(raw, options).reason;
}

TEST(KindOfPayloadHash, KnowsItsForms) {
  EXPECT_EQ(*KindOfPayloadHash(std::string(64, 'a')), BodyKind::kPlainHash);
  EXPECT_EQ(*KindOfPayloadHash("UNSIGNED-PAYLOAD"), BodyKind::kUnsigned);
  EXPECT_EQ(*KindOfPayloadHash("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), BodyKind::kChunkedSigned);
  EXPECT_EQ(*KindOfPayloadHash("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
            BodyKind::kChunkedSignedTrailer);
  EXPECT_EQ(*KindOfPayloadHash("STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            BodyKind::kChunkedUnsignedTrailer);
  for (std::string_view text : {"", "x", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"}) {
    EXPECT_EQ(KindOfPayloadHash(text).error().reason, reason::kInvalidPayloadHash);
  }
  EXPECT_FALSE(KindOfPayloadHash(std::string(64, 'g')));
}

TEST(VerifiedBody, ChecksThePlainHashAtTheEnd) {
  BodyOptions options;
  options.kind = BodyKind::kPlainHash;
  options.payload_hash = base::HexEncode(hash::Sha256("hello"));
  EXPECT_EQ(ReadBody("hello", options).bytes, "hello");
  EXPECT_EQ(ReasonOf("hellO", options), reason::kPayloadMismatch);
  EXPECT_EQ(ReasonOf("", options), reason::kPayloadMismatch);
}

TEST(VerifiedBody, PassesUnsignedBodiesThrough) {
  BodyOptions options;
  EXPECT_EQ(ReadBody("any bytes", options).bytes, "any bytes");
  EXPECT_EQ(ReadBody("", options).reason, "");
  options.decoded_length = 3;
  EXPECT_EQ(ReasonOf("abc", options), "");
  EXPECT_EQ(ReasonOf("ab", options), reason::kIncompleteBody);
  EXPECT_EQ(ReasonOf("abcd", options), reason::kIncompleteBody);
}

// ---- the examples of AWS's guides "Signature calculations ... chunked uploads" and
// "... trailing headers": 65536 + 1024 letters a, with published signatures

BodyOptions ExampleOptions(BodyKind kind) {
  BodyOptions options;
  options.kind = kind;
  options.signing_key =
      SigningKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524", "us-east-1", "s3");
  options.amz_date = "20130524T000000Z";
  options.scope = "20130524/us-east-1/s3/aws4_request";
  options.decoded_length = 66560;
  return options;
}
std::string ExampleChunk(std::string_view size, size_t count, std::string_view signature) {
  return std::string(size) + ";chunk-signature=" + std::string(signature) + "\r\n" +
         std::string(count, 'a') + "\r\n";
}
struct SignedExample {
  BodyOptions options = ExampleOptions(BodyKind::kChunkedSigned);
  std::string first = ExampleChunk(
      "10000", 65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648");
  std::string second =
      ExampleChunk("400", 1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497");
  std::string last =
      ExampleChunk("0", 0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9");
  SignedExample() {
    options.seed_signature = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
  }
};

TEST(AwsChunkedSigned, AcceptsThePublishedExample) {
  SignedExample example;
  Outcome outcome = ReadBody(example.first + example.second + example.last, example.options);
  EXPECT_EQ(outcome.reason, "");
  EXPECT_EQ(outcome.bytes, std::string(66560, 'a'));
  EXPECT_TRUE(outcome.trailers.empty());
}

TEST(AwsChunkedSigned, RefusesWhateverWasChanged) {
  SignedExample example;
  std::string whole = example.first + example.second + example.last;
  std::string data = whole;
  data[100] = 'b';
  EXPECT_EQ(ReasonOf(data, example.options), reason::kMismatch);
  std::string signature = whole;
  signature[30] ^= 1;
  EXPECT_EQ(ReasonOf(signature, example.options), reason::kMismatch);
  BodyOptions other = example.options;
  other.seed_signature[0] ^= 1;
  EXPECT_EQ(ReasonOf(whole, other), reason::kMismatch);
  // Chunks in another order, left out, cut off, or followed by something.
  BodyOptions any_length = example.options;
  any_length.decoded_length.reset();
  EXPECT_EQ(ReasonOf(example.second + example.first + example.last, any_length), reason::kMismatch);
  EXPECT_EQ(ReasonOf(example.first + example.last, any_length), reason::kMismatch);
  EXPECT_EQ(ReasonOf(example.last, any_length), reason::kMismatch);
  EXPECT_EQ(ReasonOf(example.first + example.last, example.options), reason::kMismatch);
  EXPECT_EQ(ReasonOf(example.first + example.second, example.options), reason::kIncompleteBody);
  EXPECT_EQ(ReasonOf(whole + "x", example.options), reason::kMalformedChunk);
  for (size_t cut : {0u, 5u, 60u, 85u, 30'000u, 65'626u}) {
    EXPECT_EQ(ReasonOf(whole.substr(0, cut), example.options), reason::kIncompleteBody) << cut;
  }
  // Unsigned chunks where signed ones are due.
  EXPECT_EQ(ReasonOf("1\r\na\r\n0\r\n\r\n", any_length), reason::kMalformedChunk);
}

struct TrailerExample {
  BodyOptions options = ExampleOptions(BodyKind::kChunkedSignedTrailer);
  std::string chunks =
      ExampleChunk("10000", 65536,
                   "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2") +
      ExampleChunk("400", 1024,
                   "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7") +
      "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n";
  std::string trailer = "x-amz-checksum-crc32c:sOO8/Q==\r\n";
  std::string signature =
      "x-amz-trailer-signature:"
      "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n";
  TrailerExample() {
    options.seed_signature = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
    options.announced_trailers = {{"X-Amz-Checksum-Crc32c"}};
  }
};

TEST(AwsChunkedSignedTrailer, AcceptsThePublishedExample) {
  TrailerExample example;
  Outcome outcome =
      ReadBody(example.chunks + example.trailer + example.signature + "\r\n", example.options);
  EXPECT_EQ(outcome.reason, "");
  EXPECT_EQ(outcome.bytes.size(), 66560u);
  std::vector<std::pair<std::string, std::string>> trailers = {
      {"x-amz-checksum-crc32c", "sOO8/Q=="}};
  EXPECT_EQ(outcome.trailers, trailers);
}

TEST(AwsChunkedSignedTrailer, ChecksTheTrailers) {
  TrailerExample example;
  auto reason_of = [&](const std::string& tail) {
    return ReasonOf(example.chunks + tail, example.options);
  };
  EXPECT_EQ(reason_of("x-amz-checksum-crc32c:AAAAAA==\r\n" + example.signature + "\r\n"),
            reason::kMismatch);
  EXPECT_EQ(reason_of(example.trailer + "\r\n"), reason::kMissingTrailer);
  EXPECT_EQ(reason_of(example.signature + example.trailer + "\r\n"), reason::kMalformedTrailer);
  EXPECT_EQ(reason_of(example.trailer + example.signature), reason::kIncompleteBody);
  EXPECT_EQ(reason_of(example.trailer + example.trailer + example.signature + "\r\n"),
            reason::kMalformedTrailer);
  example.options.announced_trailers->push_back("x-amz-checksum-sha256");
  EXPECT_EQ(reason_of(example.trailer + example.signature + "\r\n"), reason::kMissingTrailer);
  example.options.announced_trailers->clear();
  EXPECT_EQ(reason_of(example.trailer + example.signature + "\r\n"), reason::kMalformedTrailer);
}

BodyOptions UnsignedTrailer() {
  BodyOptions options;
  options.kind = BodyKind::kChunkedUnsignedTrailer;
  return options;
}

TEST(AwsChunkedUnsignedTrailer, DecodesChunksAndTrailers) {
  Outcome outcome =
      ReadBody("5\r\nhello\r\nA\r\n0123\r\n6789\r\n0\r\nX-Amz-Checksum-Crc32: yv66vg==\r\n\r\n",
               UnsignedTrailer());
  EXPECT_EQ(outcome.reason, "");
  EXPECT_EQ(outcome.bytes, "hello0123\r\n6789");
  std::vector<std::pair<std::string, std::string>> trailers = {
      {"x-amz-checksum-crc32", "yv66vg=="}};
  EXPECT_EQ(outcome.trailers, trailers);
  EXPECT_EQ(ReadBody("0\r\n\r\n", UnsignedTrailer()).reason, "");
}

TEST(AwsChunkedUnsignedTrailer, RefusesOtherFraming) {
  auto options = UnsignedTrailer();
  for (std::string_view raw :
       {"5\nhello\r\n0\r\n\r\n", "g\r\nhello\r\n0\r\n\r\n", "\r\n0\r\n\r\n", " 5\r\nhello\r\n",
        "5 \r\nhello\r\n", "+5\r\nhello\r\n", "0x5\r\nhello\r\n", "5;ext=1\r\nhello\r\n0\r\n\r\n",
        "4\r\nhello\r\n0\r\n\r\n", "ffffffffffffffff\r\nx", "00000000000000005\r\nhello\r\n",
        "140000001\r\nx", "0\r\n\r\nx", "0\r\n\r\n\r\n"}) {
    EXPECT_EQ(ReasonOf(raw, options), reason::kMalformedChunk) << raw;
  }
  for (std::string_view raw :
       {"0\r\nno colon\r\n\r\n", "0\r\n:v\r\n\r\n", "0\r\na b:v\r\n\r\n", "0\r\na:v\nb:w\r\n\r\n",
        "0\r\nx-amz-trailer-signature:00\r\n\r\n"}) {
    EXPECT_EQ(ReasonOf(raw, options), reason::kMalformedTrailer) << raw;
  }
  for (std::string_view raw : {"", "5", "5\r", "5\r\n", "5\r\nhel", "5\r\nhello", "5\r\nhello\r",
                               "5\r\nhello\r\n", "0", "0\r\n", "0\r\na:v", "0\r\na:v\r\n"}) {
    EXPECT_EQ(ReasonOf(raw, options), reason::kIncompleteBody) << raw;
  }
  // Lines have limits, so that memory has one.
  EXPECT_EQ(ReasonOf(std::string(1000, '0'), options), reason::kMalformedChunk);
  EXPECT_EQ(ReasonOf("0\r\na:" + std::string(9000, 'v') + "\r\n\r\n", options),
            reason::kMalformedTrailer);
  std::string many = "0\r\n";
  for (int i = 0; i < 1000; ++i) many += "name" + std::to_string(i) + ":v\r\n";
  EXPECT_EQ(ReasonOf(many + "\r\n", options), reason::kMalformedTrailer);
}

TEST(AwsChunkedUnsignedTrailer, ChecksTheDecodedLength) {
  auto options = UnsignedTrailer();
  options.decoded_length = 5;
  EXPECT_EQ(ReasonOf("5\r\nhello\r\n0\r\n\r\n", options), "");
  options.decoded_length = 4;
  EXPECT_EQ(ReasonOf("5\r\nhello\r\n0\r\n\r\n", options), reason::kIncompleteBody);
  options.decoded_length = 6;
  EXPECT_EQ(ReasonOf("5\r\nhello\r\n0\r\n\r\n", options), reason::kIncompleteBody);
}

}  // namespace
}  // namespace dray::sigv4
