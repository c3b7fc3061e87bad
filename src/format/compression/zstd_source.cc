// SPDX-License-Identifier: Apache-2.0
// libzstd is given just what it asks for: a header or a block at a time. So blocks are decoded
// where they stand in the input buffer, and an error is known to be of the piece that was being
// read.
#include "format/compression/zstd_source.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"

namespace dray::compression {

namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr size_t kBufferBytes = 256 * 1024;  // holds the largest compressed block and more
constexpr size_t kMagicBytes = 4;
constexpr size_t kHeaderBytesMax = 18;  // of a frame

struct FreeStream {
  void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
};

// Whether `bytes` are, or may become, the magic number of a frame or of a skippable one.
bool MayBeMagic(std::string_view bytes) {
  constexpr unsigned char kFrame[] = {0x28, 0xb5, 0x2f, 0xfd};
  constexpr unsigned char kSkippable[] = {0x50, 0x2a, 0x4d, 0x18};  // and 0x51 to 0x5f
  bool may_be_frame = true, may_be_skippable = true;
  for (size_t i = 0; i < std::min(bytes.size(), kMagicBytes); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    may_be_frame = may_be_frame && byte == kFrame[i];
    may_be_skippable = may_be_skippable && (i == 0 ? byte & 0xf0u : byte) == kSkippable[i];
  }
  return may_be_frame || may_be_skippable;
}

class ZstdSource final : public base::ByteSource {
 public:
  explicit ZstdSource(base::ByteSource& in)
      : in_(in), input_(kBufferBytes), stream_(ZSTD_createDStream()) {
    CHECK(stream_ != nullptr);
    CHECK(!ZSTD_isError(
        ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax)));
  }

  Result<size_t> Read(char* out, size_t capacity) override {
    if (error_) return *error_;
    auto count = Decompress(out, capacity);
    if (!count) error_ = count.error();
    return count;
  }

 private:
  Result<size_t> Decompress(char* out, size_t capacity) {
    ZSTD_outBuffer output{out, capacity, 0};
    while (output.pos == 0) {
      if (is_between_frames_) {
        ASSIGN_OR_RETURN(bool is_frame, StartFrame());
        if (!is_frame) return size_t{0};
      }
      if (!has_full_output_) {
        RETURN_IF_ERROR(FillTo(std::min(wanted_, kBufferBytes)));
        if (Available() == 0) return CutOff();
      }
      RETURN_IF_ERROR(Step(output));
    }
    return output.pos;
  }

  // False at the end of the input. Formats that libzstd knows besides zstd are not looked at.
  Result<bool> StartFrame() {
    RETURN_IF_ERROR(FillTo(kHeaderBytesMax));
    if (Available() == 0) return false;
    frame_start_ = piece_start_ = Offset();
    if (!MayBeMagic({input_.data() + begin_, Available()})) return NotZstd();
    // libzstd reads it, too, but does not compare it when the last block is empty.
    content_size_ = ZSTD_getFrameContentSize(input_.data() + begin_, Available());
    content_so_far_ = 0;
    is_between_frames_ = false;
    wanted_ = ZSTD_initDStream(stream_.get());
    return true;
  }

  Status Step(ZSTD_outBuffer& output) {
    ZSTD_inBuffer piece{input_.data() + begin_, std::min(Available(), wanted_), 0};
    const size_t output_before = output.pos;
    const size_t next = ZSTD_decompressStream(stream_.get(), &output, &piece);
    if (ZSTD_isError(next)) return Corrupt(next);
    begin_ += piece.pos;
    content_so_far_ += output.pos - output_before;
    has_full_output_ = output.pos == output.size;
    if (next == 0) {
      if (content_size_ < ZSTD_CONTENTSIZE_ERROR && content_so_far_ != content_size_) {
        return WrongSize();
      }
      is_between_frames_ = true;
      has_full_output_ = false;
      return base::Ok();
    }
    if (piece.pos == wanted_) piece_start_ = Offset();
    wanted_ = next;
    return base::Ok();
  }

  // Reads until there are so many bytes, or the input has ended.
  Status FillTo(size_t bytes) {
    if (kBufferBytes - begin_ < bytes) {
      std::memmove(input_.data(), input_.data() + begin_, Available());
      end_ -= begin_;
      begin_ = 0;
    }
    while (Available() < bytes && !input_ended_) {
      ASSIGN_OR_RETURN(size_t count, in_.Read(input_.data() + end_, input_.size() - end_));
      input_ended_ = count == 0;
      read_bytes_ += count;
      end_ += count;
    }
    return base::Ok();
  }

  size_t Available() const { return end_ - begin_; }
  uint64_t Offset() const { return read_bytes_ - Available(); }

  Error CutOff() const {
    return Error{ErrorKind::kCorruption,
                 "zstd data is cut off at compressed byte " + std::to_string(read_bytes_)};
  }

  Error NotZstd() const {
    const std::string at = std::to_string(frame_start_);
    return Error{ErrorKind::kCorruption,
                 frame_start_ == 0
                     ? "not zstd data: no zstd frame at byte 0"
                     : "something that is not zstd data follows at compressed byte " + at};
  }

  Error WrongSize() const {
    return Error{ErrorKind::kCorruption, "the zstd frame at compressed byte " +
                                             std::to_string(frame_start_) + " holds " +
                                             std::to_string(content_so_far_) + " bytes and not " +
                                             std::to_string(content_size_) + " as it says"};
  }

  Error Corrupt(size_t code) const {
    const std::string frame = "the zstd frame at compressed byte " + std::to_string(frame_start_);
    switch (ZSTD_getErrorCode(code)) {
      case ZSTD_error_frameParameter_windowTooLarge:
        return Error{ErrorKind::kCorruption,
                     frame +
                         " asks for a window of more than 128 MiB: compress it anew with "
                         "--long=27 or less"};
      case ZSTD_error_dictionary_wrong:
        return Error{ErrorKind::kCorruption,
                     frame + " was compressed with a dictionary: compress it anew without"};
      case ZSTD_error_memory_allocation:
        return Error{ErrorKind::kUnavailable, "no memory to decompress " + frame};
      case ZSTD_error_checksum_wrong:
        return Error{ErrorKind::kCorruption,
                     frame + " does not match its checksum at compressed byte " +
                         std::to_string(piece_start_)};
      default:
        return Error{ErrorKind::kCorruption, "corrupt zstd data at or behind compressed byte " +
                                                 std::to_string(piece_start_) + " (" +
                                                 ZSTD_getErrorName(code) + ")"};
    }
  }

  base::ByteSource& in_;
  std::vector<char> input_;  // [begin_, end_) is not read yet
  size_t begin_ = 0, end_ = 0;
  bool input_ended_ = false;
  uint64_t read_bytes_ = 0;  // from in_
  std::unique_ptr<ZSTD_DStream, FreeStream> stream_;
  bool is_between_frames_ = true;
  bool has_full_output_ = false;  // libzstd may have more that was decompressed
  size_t wanted_ = 0;             // bytes of the header or block that libzstd reads now
  uint64_t frame_start_ = 0;
  unsigned long long content_size_ = 0;  // of the frame, or one of libzstd's two names for unknown
  uint64_t content_so_far_ = 0;
  uint64_t piece_start_ = 0;  // of what libzstd reads now
  std::optional<Error> error_;
};

}  // namespace

std::unique_ptr<base::ByteSource> MakeZstdSource(base::ByteSource& in) {
  return std::make_unique<ZstdSource>(in);
}

}  // namespace dray::compression
