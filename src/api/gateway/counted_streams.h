// SPDX-License-Identifier: Apache-2.0
// Pass-through streams that remember how much went through. Internal to the gateway.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/no_wait.h"
#include "net/http/server.h"

namespace dray::gateway {

class CountedSource final : public base::ByteSource {
 public:
  explicit CountedSource(base::ByteSource& under) : under_(under) {}
  base::Result<size_t> Read(char* out, size_t capacity) override {
    auto count = under_.Read(out, capacity);
    if (count) bytes_ += *count;
    return count;
  }
  uint64_t bytes() const { return bytes_; }

 private:
  base::ByteSource& under_;
  uint64_t bytes_ = 0;
};

class CountedResponse final : public http::ResponseWriter {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  explicit CountedResponse(http::ResponseWriter& under) : under_(under) {}
  base::Status Start(int status, const Headers& headers,
                     std::optional<uint64_t> content_length) override {
    if (base::NoWait::has_refused()) return Withheld();
    status_ = status;
    return under_.Start(status, headers, content_length);
  }
  base::Status Write(std::string_view bytes) override {
    auto written = under_.Write(bytes);
    if (written) bytes_ += bytes.size();
    return written;
  }
  base::Status Finish() override { return under_.Finish(); }
  base::Status Send(int status, const Headers& headers, std::string_view body) override {
    if (base::NoWait::has_refused()) return Withheld();
    status_ = status;
    auto sent = under_.Send(status, headers, body);
    if (sent) bytes_ += body.size();
    return sent;
  }
  bool is_started() const override { return under_.is_started(); }

  int status() const { return status_; }
  uint64_t bytes() const { return bytes_; }

 private:
  // What comes of work that must be done again, where it may wait, is no answer.
  static base::Error Withheld() {
    return {base::ErrorKind::kUnavailable, "the request will be handled again"};
  }

  http::ResponseWriter& under_;
  int status_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace dray::gateway
