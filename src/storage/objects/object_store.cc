// SPDX-License-Identifier: Apache-2.0
#include "storage/objects/object_store.h"

#include <algorithm>

#include "base/text_encoding.h"

namespace dray::objects {
namespace {

constexpr size_t kKeyBytesMax = 1024;

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool LooksLikeIpAddress(std::string_view name) {
  int dots = 0;
  for (char c : name) {
    if (c == '.') {
      ++dots;
    } else if (c < '0' || c > '9') {
      return false;
    }
  }
  return dots == 3;
}

bool IsBucketName(std::string_view name) {
  if (name.size() < 3 || name.size() > 63) return false;
  if (!IsLowerOrDigit(name.front()) || !IsLowerOrDigit(name.back())) return false;
  char previous = '\0';
  for (char c : name) {
    if (!IsLowerOrDigit(c) && c != '-' && c != '.') return false;
    if (c == '.' && previous == '.') return false;
    previous = c;
  }
  if (LooksLikeIpAddress(name)) return false;
  // Names that S3 keeps for itself.
  for (std::string_view prefix : {"xn--", "sthree-", "amzn-s3-demo-"}) {
    if (name.starts_with(prefix)) return false;
  }
  for (std::string_view suffix : {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}) {
    if (name.ends_with(suffix)) return false;
  }
  return true;
}

}  // namespace

base::Status CheckBucketName(std::string_view name) {
  if (IsBucketName(name)) return base::Ok();
  return base::Error{base::ErrorKind::kInvalidArgument, "The specified bucket is not valid.",
                     reason::kInvalidBucketName};
}

base::Result<Extent> ResolveRange(const ByteRange& range, uint64_t size_bytes) {
  uint64_t first = range.first;
  uint64_t last = range.last;
  if (range.suffix_bytes) {
    first = size_bytes - std::min(*range.suffix_bytes, size_bytes);
    last = UINT64_MAX;
  }
  if (first >= size_bytes || last < first) {
    return base::Error{base::ErrorKind::kInvalidArgument, "The requested range is not satisfiable",
                       reason::kInvalidRange};
  }
  return Extent{first, std::min(last, size_bytes - 1) - first + 1};
}

base::Status CheckKey(std::string_view key) {
  if (key.size() > kKeyBytesMax) {
    return base::Error{base::ErrorKind::kInvalidArgument, "Your key is too long",
                       reason::kKeyTooLong};
  }
  if (key.empty() || !base::IsValidUtf8(key)) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "An object key is 1 to 1024 bytes of valid UTF-8.", reason::kInvalidKey};
  }
  return base::Ok();
}

}  // namespace dray::objects
