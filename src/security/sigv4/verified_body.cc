// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text_encoding.h"
#include "hash/hash.h"
#include "security/sigv4/aws_chunked_body.h"
#include "security/sigv4/sigv4.h"

namespace dray::sigv4 {
namespace {

constexpr size_t kSha256Digits = 64;

// Bodies that are sent as they are: with a hash of the whole, or unsigned.
class PlainBody final : public VerifiedBody {
 public:
  PlainBody(base::ByteSource& raw, BodyOptions options)
      : raw_(raw), options_(std::move(options)), has_hash_(options_.kind == BodyKind::kPlainHash) {}

  base::Result<size_t> Read(char* out, size_t capacity) override {
    if (has_failed_) return error_;
    if (has_ended_) return size_t{0};
    auto count = raw_.Read(out, capacity);
    if (!count) return Fail(count.error());
    bytes_ += *count;
    if (options_.decoded_length && (bytes_ > *options_.decoded_length ||
                                    (*count == 0 && bytes_ != *options_.decoded_length))) {
      return Fail({base::ErrorKind::kInvalidArgument,
                   "You did not provide the number of bytes specified by the Content-Length HTTP "
                   "header",
                   reason::kIncompleteBody});
    }
    if (*count != 0) {
      if (has_hash_) digest_.Update({out, *count});
      return count;
    }
    has_ended_ = true;
    if (has_hash_ && !hash::ConstantTimeEquals(base::HexEncode(digest_.Finish()),
                                               base::ToLower(options_.payload_hash))) {
      return Fail({base::ErrorKind::kInvalidArgument,
                   "The provided 'x-amz-content-sha256' header does not match what was computed.",
                   reason::kPayloadMismatch});
    }
    return size_t{0};
  }

  const std::vector<std::pair<std::string, std::string>>& trailers() const override {
    return trailers_;
  }

 private:
  base::Error Fail(base::Error error) {
    has_failed_ = true;
    error_ = std::move(error);
    return error_;
  }

  base::ByteSource& raw_;
  const BodyOptions options_;
  const bool has_hash_;
  hash::Digest digest_{hash::Algorithm::kSha256};
  uint64_t bytes_ = 0;
  bool has_ended_ = false, has_failed_ = false;
  base::Error error_;
  const std::vector<std::pair<std::string, std::string>> trailers_;  // it cannot have any
};

}  // namespace

base::Result<BodyKind> KindOfPayloadHash(std::string_view payload_hash) {
  if (payload_hash == "UNSIGNED-PAYLOAD") return BodyKind::kUnsigned;
  if (payload_hash == "STREAMING-UNSIGNED-PAYLOAD-TRAILER") {
    return BodyKind::kChunkedUnsignedTrailer;
  }
  if (payload_hash == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") return BodyKind::kChunkedSigned;
  if (payload_hash == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") {
    return BodyKind::kChunkedSignedTrailer;
  }
  if (payload_hash.size() == kSha256Digits && base::HexDecode(payload_hash)) {
    return BodyKind::kPlainHash;
  }
  return base::Error{
      base::ErrorKind::kInvalidArgument,
      "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
      "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid "
      "sha256 value.",
      reason::kInvalidPayloadHash};
}

std::unique_ptr<VerifiedBody> MakeVerifiedBody(base::ByteSource& raw, BodyOptions options) {
  switch (options.kind) {
    case BodyKind::kPlainHash:
    case BodyKind::kUnsigned:
      break;
    case BodyKind::kChunkedSigned:
    case BodyKind::kChunkedSignedTrailer:
    case BodyKind::kChunkedUnsignedTrailer:
      return std::make_unique<AwsChunkedBody>(raw, std::move(options));
  }
  return std::make_unique<PlainBody>(raw, std::move(options));
}

}  // namespace dray::sigv4
