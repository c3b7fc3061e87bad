// SPDX-License-Identifier: Apache-2.0
#include "storage/objects/local_disk/body_reader.h"

#include <algorithm>
#include <cstring>

#include "base/text_encoding.h"

namespace dray::objects {
namespace {

using encryption::kChunkBytes;
using encryption::kSealedChunkBytes;
using encryption::kTagBytes;

constexpr size_t kChunksAtOnce = 4;

base::Error Damaged(const Segment& segment, std::string_view how) {
  return base::Error{base::ErrorKind::kCorruption,
                     (segment.file.empty() ? std::string("an object's body in the index ")
                                           : "the body file " + base::HexEncode(segment.file) + " ")
                         .append(how)};
}

uint64_t BytesOfChunk(const Segment& segment, uint64_t number) {
  return std::min<uint64_t>(kChunkBytes, segment.size_bytes - number * kChunkBytes);
}

}  // namespace

BodyReader::BodyReader(BodyFiles& files, const BodyKeys& keys, std::unique_ptr<BodyFiles::Pin> pin,
                       StoredBody body, uint64_t first_byte, uint64_t length)
    : files_(files), keys_(keys), pin_(std::move(pin)), body_(std::move(body)), left_(length) {
  offset_ = first_byte;
  while (segment_ < body_.segments.size() && offset_ >= body_.segments[segment_].size_bytes) {
    offset_ -= body_.segments[segment_].size_bytes;
    ++segment_;
  }
}

base::Result<size_t> BodyReader::Read(char* out, size_t capacity) {
  if (left_ == 0 || segment_ == body_.segments.size()) return size_t{0};
  const Segment& segment = body_.segments[segment_];
  const size_t wanted =
      static_cast<size_t>(std::min<uint64_t>({capacity, left_, segment.size_bytes - offset_}));
  size_t count = 0;
  if (segment.wrapped_key.empty()) {
    ASSIGN_OR_RETURN(count, ReadPlain(segment, out, wanted));
  } else {
    ASSIGN_OR_RETURN(count, ReadSealed(segment, out, wanted));
  }
  left_ -= count;
  offset_ += count;
  if (offset_ == segment.size_bytes) StartNextSegment();
  return count;
}

void BodyReader::StartNextSegment() {
  ++segment_;
  offset_ = 0;
  file_.reset();
  cipher_.reset();
  opened_number_.reset();
}

base::Status BodyReader::OpenFile(const Segment& segment) {
  if (file_) return base::Ok();
  ASSIGN_OR_RETURN(file_, files_.OpenForRead(segment.file));
  return base::Ok();
}

base::Result<size_t> BodyReader::ReadPlain(const Segment& segment, char* out, size_t wanted) {
  if (segment.file.empty()) {
    std::memcpy(out, segment.bytes.data() + offset_, wanted);
    return wanted;
  }
  RETURN_IF_ERROR(OpenFile(segment));
  ASSIGN_OR_RETURN(size_t count, file_->ReadAt(offset_, out, wanted));
  if (count == 0) return Damaged(segment, "is shorter than the index says");
  return count;
}

// Whole chunks go straight to `out`; of one that is wanted in part the rest is kept for the next
// call.
base::Result<size_t> BodyReader::ReadSealed(const Segment& segment, char* out, size_t wanted) {
  const uint64_t number = offset_ / kChunkBytes;
  const size_t within = static_cast<size_t>(offset_ % kChunkBytes);
  if (opened_number_ != number) {
    size_t whole = 0, whole_bytes = 0;
    while (within == 0 && whole < kChunksAtOnce && whole_bytes < wanted) {
      const uint64_t bytes = BytesOfChunk(segment, number + whole);
      if (whole_bytes + bytes > wanted) break;
      whole_bytes += static_cast<size_t>(bytes);
      ++whole;
    }
    if (whole > 0) {
      ASSIGN_OR_RETURN(std::string_view sealed, SealedChunks(segment, number, whole));
      for (size_t i = 0; i < whole; ++i) {
        RETURN_IF_ERROR(OpenChunk(segment, number + i,
                                  sealed.substr(i * kSealedChunkBytes, kSealedChunkBytes),
                                  out + i * kChunkBytes));
      }
      return whole_bytes;
    }
    ASSIGN_OR_RETURN(std::string_view sealed, SealedChunks(segment, number, 1));
    opened_number_.reset();
    opened_.resize(sealed.size() - kTagBytes);
    RETURN_IF_ERROR(OpenChunk(segment, number, sealed, opened_.data()));
    opened_number_ = number;
  }
  const size_t count = std::min(wanted, opened_.size() - within);
  std::memcpy(out, opened_.data() + within, count);
  return count;
}

base::Result<std::string_view> BodyReader::SealedChunks(const Segment& segment, uint64_t number,
                                                        size_t count) {
  const uint64_t first = number * kSealedChunkBytes;
  const size_t bytes = static_cast<size_t>(std::min<uint64_t>(
      count * kSealedChunkBytes, encryption::SealedBytes(segment.size_bytes) - first));
  if (segment.file.empty()) {
    return std::string_view(segment.bytes).substr(static_cast<size_t>(first), bytes);
  }
  RETURN_IF_ERROR(OpenFile(segment));
  sealed_.resize(bytes);
  for (size_t done = 0; done < bytes;) {
    ASSIGN_OR_RETURN(size_t read, file_->ReadAt(first + done, sealed_.data() + done, bytes - done));
    if (read == 0) return Damaged(segment, "is shorter than the index says");
    done += read;
  }
  return std::string_view(sealed_);
}

base::Status BodyReader::OpenChunk(const Segment& segment, uint64_t number, std::string_view sealed,
                                   char* out) {
  if (!cipher_) {
    ASSIGN_OR_RETURN(std::string key, keys_.Unwrap(segment.wrapped_key, body_.object));
    cipher_.emplace(key, encryption::ChunkCipher::Direction::kOpen);
  }
  const bool is_last = number + 1 == encryption::ChunkCount(segment.size_bytes);
  if (cipher_->Open(number, is_last, sealed, out)) return base::Ok();
  return Damaged(segment, "is damaged or was changed: chunk " + std::to_string(number) +
                              " cannot be decrypted");
}

}  // namespace dray::objects
