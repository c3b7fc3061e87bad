// SPDX-License-Identifier: Apache-2.0
#include "client/aws/object_source.h"

#include <algorithm>
#include <cstring>

namespace dray::aws {

namespace {

class RangedObject final : public base::ByteSource {
 public:
  RangedObject(Client& client, Endpoint endpoint, std::string bucket, std::string key,
               uint64_t range_bytes, ObjectAnswer first)
      : client_(client),
        endpoint_(std::move(endpoint)),
        bucket_(std::move(bucket)),
        key_(std::move(key)),
        range_bytes_(range_bytes),
        etag_(std::move(first.etag)),
        size_bytes_(first.object_size_bytes),
        range_(std::move(first.bytes)) {}

  base::Result<size_t> Read(char* out, size_t capacity) override {
    if (at_ == range_.size()) {
      if (read_bytes_ == size_bytes_) return size_t{0};
      RETURN_IF_ERROR(NextRange());
    }
    size_t count = std::min(capacity, range_.size() - at_);
    std::memcpy(out, range_.data() + at_, count);
    at_ += count;
    read_bytes_ += count;
    return count;
  }

 private:
  base::Status NextRange() {
    uint64_t count = std::min(range_bytes_, size_bytes_ - read_bytes_);
    ASSIGN_OR_RETURN(
        ObjectAnswer answer,
        GetObject(client_, endpoint_, bucket_, key_,
                  ObjectRange{.first = read_bytes_, .count = count, .if_match = etag_}));
    if (answer.refused) {
      return base::Error{base::ErrorKind::kIo, key_ + ": " + answer.refused->Text(), {}};
    }
    if (answer.bytes.size() != count) {
      return base::Error{base::ErrorKind::kCorruption,
                         key_ + ": the server does not keep to the range that was asked for",
                         {}};
    }
    range_ = std::move(answer.bytes);
    at_ = 0;
    return base::Ok();
  }

  Client& client_;
  const Endpoint endpoint_;
  const std::string bucket_, key_;
  const uint64_t range_bytes_;
  const std::string etag_;
  const uint64_t size_bytes_;
  std::string range_;
  size_t at_ = 0;  // in range_
  uint64_t read_bytes_ = 0;
};

}  // namespace

base::Result<OpenedObject> OpenObject(Client& client, const Endpoint& endpoint, std::string bucket,
                                      std::string key, uint64_t range_bytes) {
  OpenedObject opened;
  ASSIGN_OR_RETURN(ObjectAnswer first,
                   GetObject(client, endpoint, bucket, key, ObjectRange{.count = range_bytes}));
  if (first.refused && first.refused->status == 416) {  // no bytes, so no range
    ASSIGN_OR_RETURN(first, GetObject(client, endpoint, bucket, key));
  }
  if (first.refused) {
    opened.refused = std::move(first.refused);
    return opened;
  }
  opened.etag = first.etag;
  opened.size_bytes = first.object_size_bytes;
  opened.body = std::make_unique<RangedObject>(client, endpoint, std::move(bucket), std::move(key),
                                               range_bytes, std::move(first));
  return opened;
}

}  // namespace dray::aws
