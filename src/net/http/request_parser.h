// SPDX-License-Identifier: Apache-2.0
// One HTTP/1.1 request out of bytes: first the head, then the body piece by piece, without a buffer
// of its own. Framing that two parsers could read differently is refused. Boost.Beast's parser
// stays inside. No I/O. Internal to net/http.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "net/http/server.h"

namespace dray::http {

class RequestParser {
 public:
  enum class Outcome {
    kNeedInput,  // what was given is used up (or is not enough): call again with more behind it
    kDone,       // head: complete; body: its end was reached
    kProduced,   // body: bytes were written to `out`
    kMalformed,  // 400
    kTooLarge,   // the head is longer than the limit: 431
  };

  explicit RequestParser(size_t header_bytes_max);
  ~RequestParser();

  // Starts over, for the next request of the connection.
  void Reset();

  // `input` starts where the last call's `consumed` ended.
  Outcome ParseHead(std::string_view input, size_t& consumed, RequestHead& head);

  // After the head: at most `capacity` (> 0) body bytes into `out`.
  Outcome ParseBody(std::string_view input, size_t& consumed, char* out, size_t capacity,
                    size_t& produced);
  // A body with a Content-Length may bypass ParseBody: tells how many of its bytes came another
  // way.
  void SkipPlainBody(size_t bytes);

  // Valid after the head.
  bool has_body() const;             // and its end was not reached yet
  bool is_chunked() const;           // Transfer-Encoding: chunked
  uint64_t plain_remaining() const;  // bytes still to come of a body with Content-Length
  bool keep_alive() const;           // what the client wants
  bool is_http10() const;
  bool expects_continue() const;

 private:
  class Beast;
  const size_t header_bytes_max_;
  std::unique_ptr<Beast> beast_;
  size_t head_bytes_ = 0;
  uint64_t plain_remaining_ = 0;
  bool is_chunked_ = false;
  bool chunks_ended_ = false;
  bool expects_continue_ = false;
};

}  // namespace dray::http
