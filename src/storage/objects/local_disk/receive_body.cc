// SPDX-License-Identifier: Apache-2.0
#include "storage/objects/local_disk/receive_body.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text_encoding.h"
#include "hash/hash.h"
#include "security/encryption/sealed_body.h"
#include "storage/objects/checksum.h"

namespace dray::objects {
namespace {

constexpr size_t kBufferBytesMin = 4 * 1024;
constexpr size_t kBufferBytesMax = 256 * 1024;
constexpr uint64_t kBodyBytesMax = 5ull << 30;  // S3's limit of one PUT

base::Error TooLarge() {
  return base::Error{base::ErrorKind::kLimitExceeded,
                     "Your proposed upload exceeds the maximum allowed size",
                     reason::kEntityTooLarge};
}

base::Error Incomplete() {
  return base::Error{base::ErrorKind::kInvalidArgument,
                     "You did not provide the number of bytes specified by the Content-Length HTTP "
                     "header.",
                     reason::kIncompleteBody};
}

base::Status Verify(const ReceivedBody& received, const PutOptions& options) {
  if (options.size_bytes && received.size_bytes != *options.size_bytes) return Incomplete();
  if (options.content_md5 && received.md5 != *options.content_md5) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "The Content-MD5 you specified did not match what we received.",
                       reason::kBadDigest};
  }
  std::optional<std::string> expected = options.expected_checksum_base64;
  if (!expected && options.expected_checksum_at_end) expected = options.expected_checksum_at_end();
  if (expected && received.checksum_base64 != *expected) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "The " + std::string(ChecksumName(options.checksum_algorithm)) +
                           " you specified did not match the calculated checksum.",
                       reason::kBadDigest};
  }
  return base::Ok();
}

// Holds a body back as long as it may become an inline segment, then writes it to a file.
class Writer {
 public:
  Writer(const BodyTarget& target, bool seals) : target_(target), seals_(seals) {}

  base::Status Write(std::string_view bytes) {
    if (!file_ && held_.size() + bytes.size() <= target_.inline_bytes_max) {
      held_.append(bytes);
      return base::Ok();
    }
    if (!file_) {
      ASSIGN_OR_RETURN(file_, target_.files.Create());
      MakeKey();
      if (!held_.empty()) RETURN_IF_ERROR(Append(held_));
      held_.clear();
    }
    return Append(bytes);
  }

  base::Status Finish(ReceivedBody& received) {
    if (received.size_bytes == 0) return base::Ok();
    Segment segment{.file = {}, .bytes = {}, .size_bytes = received.size_bytes};
    if (file_) {
      if (sealer_) RETURN_IF_ERROR(file_->Append(sealer_->Finish()));
      RETURN_IF_ERROR(file_->Finish());
      segment.file = file_->id();
    } else {
      MakeKey();
      if (sealer_) {
        segment.bytes = sealer_->Update(held_);
        segment.bytes += sealer_->Finish();
      } else {
        segment.bytes = std::move(held_);
      }
    }
    segment.wrapped_key = std::move(wrapped_key_);
    received.segments.push_back(std::move(segment));
    received.file = std::move(file_);
    return base::Ok();
  }

 private:
  void MakeKey() {
    if (!seals_) return;
    BodyKeys::BodyKey made = target_.keys.Make(target_.object);
    sealer_.emplace(made.key);
    wrapped_key_ = std::move(made.wrapped);
  }
  base::Status Append(std::string_view bytes) {
    if (!sealer_) return file_->Append(bytes);
    std::string_view sealed = sealer_->Update(bytes);
    return sealed.empty() ? base::Ok() : file_->Append(sealed);
  }

  const BodyTarget& target_;
  const bool seals_;
  std::string held_;
  std::unique_ptr<BodyFiles::NewFile> file_;
  std::optional<encryption::BodySealer> sealer_;
  std::string wrapped_key_;
};

}  // namespace

base::Result<ReceivedBody> ReceiveBody(const BodyTarget& target, base::ByteSource& body,
                                       const PutOptions& options) {
  if (options.size_bytes && *options.size_bytes > kBodyBytesMax) return TooLarge();
  ReceivedBody received;
  Writer writer(target, !options.sse_algorithm.empty());
  hash::Digest md5(hash::Algorithm::kMd5);
  Checksum checksum(options.checksum_algorithm);
  // One byte more than announced, so that the end and a byte too many are seen at once.
  size_t announced = static_cast<size_t>(options.size_bytes.value_or(kBufferBytesMax)) + 1;
  std::string buffer(std::clamp(announced, kBufferBytesMin, kBufferBytesMax), '\0');
  for (;;) {
    ASSIGN_OR_RETURN(size_t count, body.Read(buffer.data(), buffer.size()));
    if (count == 0) break;
    std::string_view bytes(buffer.data(), count);
    received.size_bytes += count;
    if (received.size_bytes > kBodyBytesMax) return TooLarge();
    if (options.size_bytes && received.size_bytes > *options.size_bytes) return Incomplete();
    md5.Update(bytes);
    checksum.Update(bytes);
    RETURN_IF_ERROR(writer.Write(bytes));
  }
  received.md5 = md5.Finish();
  if (options.checksum_algorithm != ChecksumAlgorithm::kNone) {
    received.checksum_base64 = base::Base64Encode(checksum.Finish());
  }
  RETURN_IF_ERROR(Verify(received, options));
  RETURN_IF_ERROR(writer.Finish(received));
  return received;
}

}  // namespace dray::objects
