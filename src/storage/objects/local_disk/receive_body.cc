// SPDX-License-Identifier: Apache-2.0
#include "storage/objects/local_disk/receive_body.h"

#include <algorithm>
#include <utility>

#include "base/text_encoding.h"
#include "hash/hash.h"
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

}  // namespace

base::Result<ReceivedBody> ReceiveBody(BodyFiles& files, base::ByteSource& body,
                                       const PutOptions& options, size_t inline_bytes_max) {
  if (options.size_bytes && *options.size_bytes > kBodyBytesMax) return TooLarge();
  ReceivedBody received;
  hash::Digest md5(hash::Algorithm::kMd5);
  Checksum checksum(options.checksum_algorithm);
  std::string held;  // what may still become an inline segment
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
    if (!received.file && received.size_bytes <= inline_bytes_max) {
      held.append(bytes);
      continue;
    }
    if (!received.file) {
      ASSIGN_OR_RETURN(received.file, files.Create());
      if (!held.empty()) RETURN_IF_ERROR(received.file->Append(held));
      held.clear();
    }
    RETURN_IF_ERROR(received.file->Append(bytes));
  }
  received.md5 = md5.Finish();
  if (options.checksum_algorithm != ChecksumAlgorithm::kNone) {
    received.checksum_base64 = base::Base64Encode(checksum.Finish());
  }
  RETURN_IF_ERROR(Verify(received, options));
  if (received.file) {
    RETURN_IF_ERROR(received.file->Finish());
    received.segments.push_back({received.file->id(), "", received.size_bytes});
  } else if (!held.empty()) {
    received.segments.push_back({"", std::move(held), received.size_bytes});
  }
  return received;
}

}  // namespace dray::objects
