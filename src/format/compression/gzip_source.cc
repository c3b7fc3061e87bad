// SPDX-License-Identifier: Apache-2.0
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "format/compression/gzip.h"

namespace dray::compression {

namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr size_t kBufferBytes = 128 * 1024;

class GzipSource final : public base::ByteSource {
 public:
  explicit GzipSource(base::ByteSource& in) : in_(in), input_(kBufferBytes) {
    isal_inflate_init(&state_);
    StartMember();
  }

  Result<size_t> Read(char* out, size_t capacity) override {
    if (error_) return *error_;
    auto count = Inflate(reinterpret_cast<uint8_t*>(out), capacity);
    if (!count) error_ = count.error();
    return count;
  }

 private:
  Result<size_t> Inflate(uint8_t* out, size_t capacity) {
    capacity = std::min<size_t>(capacity, std::numeric_limits<uint32_t>::max() / 2);
    while (true) {
      // A new state is not asked for output before it has seen input: between members the end of
      // the input is the end of the stream, inside one it is a cut.
      if (state_.avail_in == 0 && !input_ended_) RETURN_IF_ERROR(Refill());
      if (between_members_) {
        if (state_.avail_in == 0) return size_t{0};
        between_members_ = false;
      }
      uint32_t input_before = state_.avail_in;
      state_.next_out = out;
      state_.avail_out = static_cast<uint32_t>(capacity);
      int code = in_header_ ? ReadHeader() : isal_inflate(&state_);
      size_t produced = capacity - state_.avail_out;
      if (code != ISAL_DECOMP_OK && code != ISAL_END_INPUT && code != ISAL_OUT_OVERFLOW) {
        return Corrupt(code);
      }
      if (state_.block_state == ISAL_BLOCK_FINISH) StartMember();
      if (produced > 0) return produced;
      if (!between_members_ && state_.avail_in == 0 && input_before == 0 && input_ended_) {
        return Error{ErrorKind::kCorruption,
                     "gzip data is cut off at compressed byte " + std::to_string(Offset())};
      }
    }
  }

  // ISA-L could read headers by itself, but then it forgets the flags of a header that is cut by
  // the end of the input buffer.
  int ReadHeader() {
    int code = isal_read_gzip_header(&state_, &header_);
    if (code == ISAL_DECOMP_OK) in_header_ = false;
    return code;
  }

  // ISA-L holds bits that it took beyond the end of the last member as whole bytes in read_in; for
  // gzip it gives them back with the trailer, so next_in is where the next member begins.
  void StartMember() {
    uint8_t* next_in = state_.next_in;
    uint32_t avail_in = state_.avail_in;
    isal_inflate_reset(&state_);
    isal_gzip_header_init(&header_);
    state_.crc_flag = ISAL_GZIP_NO_HDR_VER;  // checks CRC and length at the end of a member
    state_.next_in = next_in;
    state_.avail_in = avail_in;
    between_members_ = true;
    in_header_ = true;
    member_start_ = Offset();
  }

  Status Refill() {
    ASSIGN_OR_RETURN(size_t count, in_.Read(input_.data(), input_.size()));
    input_ended_ = count == 0;
    read_bytes_ += count;
    state_.next_in = reinterpret_cast<uint8_t*>(input_.data());
    state_.avail_in = static_cast<uint32_t>(count);
    return base::Ok();
  }

  uint64_t Offset() const { return read_bytes_ - state_.avail_in; }

  Error Corrupt(int code) const {
    if (in_header_ && code == ISAL_INVALID_WRAPPER) {
      std::string at = std::to_string(member_start_);
      return Error{ErrorKind::kCorruption,
                   member_start_ == 0
                       ? "not gzip data: no gzip header at byte 0"
                       : "something that is not gzip data follows at compressed byte " + at};
    }
    std::string what = code == ISAL_INCORRECT_CHECKSUM
                           ? "gzip checksum or length does not match its data"
                           : "corrupt gzip data";
    return Error{ErrorKind::kCorruption, what + " at compressed byte " + std::to_string(Offset())};
  }

  base::ByteSource& in_;
  std::vector<char> input_;
  inflate_state state_{};
  isal_gzip_header header_{};
  bool in_header_ = true;
  bool input_ended_ = false;
  bool between_members_ = true;  // at the start of the input, or behind a complete member
  uint64_t read_bytes_ = 0;      // from in_
  uint64_t member_start_ = 0;
  std::optional<Error> error_;
};

}  // namespace

std::unique_ptr<base::ByteSource> MakeGzipSource(base::ByteSource& in) {
  return std::make_unique<GzipSource>(in);
}

}  // namespace dray::compression
