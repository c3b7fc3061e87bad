// SPDX-License-Identifier: Apache-2.0
#include "storage/objects/local_disk/body_reader.h"

#include <algorithm>
#include <cstring>

#include "base/text_encoding.h"

namespace dray::objects {

BodyReader::BodyReader(BodyFiles& files, std::unique_ptr<BodyFiles::Pin> pin,
                       std::vector<Segment> body, uint64_t first_byte, uint64_t length)
    : files_(files), pin_(std::move(pin)), body_(std::move(body)), left_(length) {
  offset_ = first_byte;
  while (segment_ < body_.size() && offset_ >= body_[segment_].size_bytes) {
    offset_ -= body_[segment_].size_bytes;
    ++segment_;
  }
}

base::Result<size_t> BodyReader::Read(char* out, size_t capacity) {
  if (left_ == 0 || segment_ == body_.size()) return size_t{0};
  const Segment& segment = body_[segment_];
  size_t wanted =
      static_cast<size_t>(std::min<uint64_t>({capacity, left_, segment.size_bytes - offset_}));
  size_t count = wanted;
  if (segment.file.empty()) {
    std::memcpy(out, segment.bytes.data() + offset_, wanted);
  } else {
    if (!file_) {
      ASSIGN_OR_RETURN(file_, files_.OpenForRead(segment.file));
    }
    ASSIGN_OR_RETURN(count, file_->ReadAt(offset_, out, wanted));
    if (count == 0) {
      return base::Error{
          base::ErrorKind::kCorruption,
          "the body file " + base::HexEncode(segment.file) + " is shorter than the index says"};
    }
  }
  left_ -= count;
  offset_ += count;
  if (offset_ == segment.size_bytes) {
    ++segment_;
    offset_ = 0;
    file_.reset();
  }
  return count;
}

}  // namespace dray::objects
