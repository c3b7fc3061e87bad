// SPDX-License-Identifier: Apache-2.0
// The bytes of a stored body, or of a range of it. Its files are pinned, so that it stays readable
// when the object is replaced or deleted; at most one file is open at a time.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "storage/objects/local_disk/body_files.h"
#include "storage/objects/local_disk/records.h"

namespace dray::objects {

class BodyReader final : public base::ByteSource {
 public:
  // `first_byte` + `length` is not beyond the end of the body.
  BodyReader(BodyFiles& files, std::unique_ptr<BodyFiles::Pin> pin, std::vector<Segment> body,
             uint64_t first_byte, uint64_t length);
  base::Result<size_t> Read(char* out, size_t capacity) override;

 private:
  BodyFiles& files_;
  std::unique_ptr<BodyFiles::Pin> pin_;
  std::vector<Segment> body_;
  size_t segment_ = 0;                        // the one that is read
  uint64_t offset_ = 0;                       // in that segment
  uint64_t left_;                             // bytes of the range
  std::unique_ptr<base::ReadableFile> file_;  // of that segment, once it was needed
};

}  // namespace dray::objects
