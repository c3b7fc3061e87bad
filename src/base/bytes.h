// SPDX-License-Identifier: Apache-2.0
// Pulled and pushed streams of bytes. Blocking; used by one thread at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dray::base {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills up to `capacity` bytes (> 0) at `out`. Returns how many; 0 only at the end of the stream.
  // After an error or the end, further calls give the same answer.
  virtual Result<size_t> Read(char* out, size_t capacity) = 0;
};

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  // Takes all of `bytes` or fails; after a failure the sink can only be destroyed.
  virtual Status Write(std::string_view bytes) = 0;
  // Flushes and ends the stream; what was written counts only after Close succeeded. A sink that is
  // destroyed unclosed is abandoned. At most one call.
  virtual Status Close() = 0;
};

// Borrows its bytes.
class StringSource final : public ByteSource {
 public:
  explicit StringSource(std::string_view bytes) : rest_(bytes) {}
  Result<size_t> Read(char* out, size_t capacity) override;

 private:
  std::string_view rest_;
};

// Appends to a string that outlives it.
class StringSink final : public ByteSink {
 public:
  explicit StringSink(std::string& out) : out_(out) {}
  Status Write(std::string_view bytes) override {
    out_.append(bytes);
    return Ok();
  }
  Status Close() override { return Ok(); }

 private:
  std::string& out_;
};

// The whole rest of `source`; kLimitExceeded when it is longer than `bytes_max`.
Result<std::string> ReadAll(ByteSource& source, size_t bytes_max);

}  // namespace dray::base
