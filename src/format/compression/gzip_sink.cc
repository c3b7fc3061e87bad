// SPDX-License-Identifier: Apache-2.0
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "base/check.h"
#include "format/compression/gzip.h"

namespace dray::compression {

namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

// OFFSET SIZE  (RFC 1952)
//      0    2  1f 8b
//      2    1  08 = deflate
//      3    1  flags: none
//      4    4  modification time: 0
//      8    1  XFL: 0
//      9    1  operating system: 255 = unknown
constexpr std::string_view kHeader("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10);

// Input and output are gathered to this size, so that neither the compressor nor `out` sees crumbs.
constexpr size_t kBufferBytes = 128 * 1024;

uint32_t LevelBufferBytes(unsigned level) {
  switch (level) {
    case 0:
      return ISAL_DEF_LVL0_DEFAULT;
    case 1:
      return ISAL_DEF_LVL1_DEFAULT;
    case 2:
      return ISAL_DEF_LVL2_DEFAULT;
    default:
      return ISAL_DEF_LVL3_DEFAULT;
  }
}

class GzipSink final : public base::ByteSink {
 public:
  GzipSink(base::ByteSink& out, unsigned level)
      : out_(out), level_buffer_(LevelBufferBytes(level)), output_(kBufferBytes) {
    input_.reserve(kBufferBytes);
    isal_deflate_init(&stream_);
    stream_.level = level;
    stream_.level_buf = level_buffer_.data();
    stream_.level_buf_size = static_cast<uint32_t>(level_buffer_.size());
    stream_.gzip_flag = IGZIP_GZIP_NO_HDR;  // the trailer with CRC and length is ISA-L's
    stream_.next_out = std::copy(kHeader.begin(), kHeader.end(), output_.data());
    stream_.avail_out = static_cast<uint32_t>(kBufferBytes - kHeader.size());
  }

  Status Write(std::string_view bytes) override {
    CHECK(!closed_);
    if (input_.size() + bytes.size() <= kBufferBytes) {
      input_.append(bytes);
      return base::Ok();
    }
    RETURN_IF_ERROR(Compress(input_, /*end_of_stream=*/false));
    input_.clear();
    if (bytes.size() < kBufferBytes) {
      input_.append(bytes);
      return base::Ok();
    }
    return Compress(bytes, /*end_of_stream=*/false);
  }

  Status Close() override {
    CHECK(!closed_);
    closed_ = true;
    RETURN_IF_ERROR(Compress(input_, /*end_of_stream=*/true));
    return FlushOutput();
  }

 private:
  Status Compress(std::string_view bytes, bool end_of_stream) {
    constexpr size_t kPieceBytesMax = std::numeric_limits<uint32_t>::max() / 2;
    do {
      std::string_view piece = bytes.substr(0, kPieceBytesMax);
      bytes.remove_prefix(piece.size());
      // ISA-L does not write through next_in; its C declaration lacks the const.
      stream_.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(piece.data()));
      stream_.avail_in = static_cast<uint32_t>(piece.size());
      stream_.end_of_stream = end_of_stream && bytes.empty() ? 1 : 0;
      do {
        if (stream_.avail_out == 0) RETURN_IF_ERROR(FlushOutput());
        if (int code = isal_deflate(&stream_); code != COMP_OK) {
          return Error{ErrorKind::kInternal, "gzip: ISA-L error " + std::to_string(code)};
        }
      } while (stream_.avail_in > 0 || stream_.avail_out == 0 ||
               (stream_.end_of_stream != 0 && stream_.internal_state.state != ZSTATE_END));
    } while (!bytes.empty());
    return base::Ok();
  }

  Status FlushOutput() {
    size_t filled = static_cast<size_t>(stream_.next_out - output_.data());
    stream_.next_out = output_.data();
    stream_.avail_out = static_cast<uint32_t>(output_.size());
    if (filled == 0) return base::Ok();
    return out_.Write({reinterpret_cast<const char*>(output_.data()), filled});
  }

  base::ByteSink& out_;
  std::string input_;
  std::vector<uint8_t> level_buffer_;
  std::vector<uint8_t> output_;
  isal_zstream stream_{};
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<base::ByteSink> MakeGzipSink(base::ByteSink& out, unsigned level) {
  CHECK(level <= ISAL_DEF_MAX_LEVEL);
  return std::make_unique<GzipSink>(out, level);
}

}  // namespace dray::compression
