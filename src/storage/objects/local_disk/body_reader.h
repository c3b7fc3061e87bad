// SPDX-License-Identifier: Apache-2.0
// The bytes of a stored body, or of a range of it. Its files are pinned, so that it stays readable
// when the object is replaced or deleted; at most one file is open at a time. Of sealed segments
// only the chunks that the range touches are read and opened.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "security/encryption/sealed_body.h"
#include "storage/objects/local_disk/body_files.h"
#include "storage/objects/local_disk/body_keys.h"
#include "storage/objects/local_disk/records.h"

namespace dray::objects {

// `object`: the key under which the object's record lies; its body keys are bound to it.
struct StoredBody {
  std::string object = {};
  std::vector<Segment> segments = {};
};

class BodyReader final : public base::ByteSource {
 public:
  // `first_byte` + `length` is not beyond the end of the body. `files` and `keys` outlive it.
  BodyReader(BodyFiles& files, const BodyKeys& keys, std::unique_ptr<BodyFiles::Pin> pin,
             StoredBody body, uint64_t first_byte, uint64_t length);
  // kCorruption when the stored bytes are not those that were put; for segments that are not sealed
  // only when some are missing.
  base::Result<size_t> Read(char* out, size_t capacity) override;

 private:
  base::Result<size_t> ReadPlain(const Segment& segment, char* out, size_t wanted);
  base::Result<size_t> ReadSealed(const Segment& segment, char* out, size_t wanted);
  // The sealed bytes of `count` chunks from `number` on; they stay until the next call.
  base::Result<std::string_view> SealedChunks(const Segment& segment, uint64_t number,
                                              size_t count);
  base::Status OpenChunk(const Segment& segment, uint64_t number, std::string_view sealed,
                         char* out);
  base::Status OpenFile(const Segment& segment);
  void StartNextSegment();

  BodyFiles& files_;
  const BodyKeys& keys_;
  std::unique_ptr<BodyFiles::Pin> pin_;
  StoredBody body_;
  size_t segment_ = 0;   // the one that is read
  uint64_t offset_ = 0;  // in that segment, of its plain bytes
  uint64_t left_;        // bytes of the range

  // Of that segment, once they were needed.
  std::unique_ptr<base::ReadableFile> file_;
  std::optional<encryption::ChunkCipher> cipher_;
  std::optional<uint64_t>
      opened_number_;  // the chunk in `opened_`, of which only a part was wanted
  std::string opened_;
  std::string sealed_;  // what was read of the file
};

}  // namespace dray::objects
