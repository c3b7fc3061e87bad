// SPDX-License-Identifier: Apache-2.0
#include "net/http/response_stream.h"

#include <array>
#include <charconv>

#include "base/clock.h"
#include "base/text_encoding.h"

namespace dray::http {

namespace {

std::string_view ReasonPhrase(int status) {
  struct Row {
    int status;
    std::string_view text;
  };
  static constexpr std::array kRows{
      Row{200, "OK"},
      Row{201, "Created"},
      Row{202, "Accepted"},
      Row{204, "No Content"},
      Row{206, "Partial Content"},
      Row{301, "Moved Permanently"},
      Row{302, "Found"},
      Row{304, "Not Modified"},
      Row{307, "Temporary Redirect"},
      Row{400, "Bad Request"},
      Row{401, "Unauthorized"},
      Row{403, "Forbidden"},
      Row{404, "Not Found"},
      Row{405, "Method Not Allowed"},
      Row{408, "Request Timeout"},
      Row{409, "Conflict"},
      Row{411, "Length Required"},
      Row{412, "Precondition Failed"},
      Row{413, "Content Too Large"},
      Row{416, "Range Not Satisfiable"},
      Row{421, "Misdirected Request"},
      Row{429, "Too Many Requests"},
      Row{431, "Request Header Fields Too Large"},
      Row{500, "Internal Server Error"},
      Row{501, "Not Implemented"},
      Row{503, "Service Unavailable"},
  };
  for (const Row& row : kRows) {
    if (row.status == status) return row.text;
  }
  return "Status";
}

void AppendNumber(uint64_t number, std::string& out) {
  char digits[20];
  auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

// What a client could have smuggled into a value must not end a header line.
void AppendHeader(std::string_view name, std::string_view value, std::string& out) {
  out.append(name).append(": ");
  size_t value_at = out.size();
  out.append(value);
  for (size_t i = value_at; i < out.size(); ++i) {
    if (out[i] == '\r' || out[i] == '\n' || out[i] == '\0') out[i] = ' ';
  }
  out.append("\r\n");
}

const std::string& DateOfNow() {
  thread_local int64_t second = -1;
  thread_local std::string text;
  int64_t now = base::SystemClock().NowMicros();
  if (now / base::kMicrosPerSecond != second) {
    second = now / base::kMicrosPerSecond;
    text = base::FormatHttpDate(now);
  }
  return text;
}

bool IsFraming(std::string_view name) {
  return base::EqualsIgnoreCase(name, "content-length") ||
         base::EqualsIgnoreCase(name, "transfer-encoding") ||
         base::EqualsIgnoreCase(name, "connection");
}

base::Error Misuse(const char* what) { return {base::ErrorKind::kInternal, what}; }

}  // namespace

void ResponseStream::MakeHead(int status, const Headers& headers,
                              std::optional<uint64_t> content_length) {
  is_started_ = true;
  bool status_has_body = status >= 200 && status != 204 && status != 304;
  has_body_ = status_has_body && !options_.is_head_request;
  is_chunked_ = has_body_ && !content_length && !options_.is_http10;
  remaining_ = has_body_ ? content_length : 0;
  // HTTP/1.0 without a length: the end of the connection ends the body.
  keep_alive_ = options_.keep_alive() && (is_chunked_ || remaining_);

  unsent_.append(options_.is_http10 ? "HTTP/1.0 " : "HTTP/1.1 ");
  AppendNumber(static_cast<uint64_t>(status), unsent_);
  unsent_.append(" ").append(ReasonPhrase(status)).append("\r\n");
  bool has_date = false;
  for (const auto& [name, value] : headers) {
    if (IsFraming(name)) continue;
    has_date |= base::EqualsIgnoreCase(name, "date");
    AppendHeader(name, value, unsent_);
  }
  if (!has_date) AppendHeader("Date", DateOfNow(), unsent_);
  if (status_has_body && content_length) {
    unsent_.append("Content-Length: ");
    AppendNumber(*content_length, unsent_);
    unsent_.append("\r\n");
  }
  if (is_chunked_) unsent_.append("Transfer-Encoding: chunked\r\n");
  if (!keep_alive_) unsent_.append("Connection: close\r\n");
  unsent_.append("\r\n");
}

// `bytes` go out behind what is unsent.
base::Status ResponseStream::Emit(std::string_view bytes) {
  if (options_.is_deferred) {
    unsent_.append(bytes);
    return base::Ok();
  }
  auto written = transport_.Write(unsent_, bytes, options_.timeout_ms);
  unsent_.clear();
  has_failed_ |= !written;
  return written;
}

base::Status ResponseStream::Start(int status, const Headers& headers,
                                   std::optional<uint64_t> content_length) {
  if (is_started_) return Misuse("the response was started twice");
  MakeHead(status, headers, content_length);
  return base::Ok();
}

base::Status ResponseStream::Write(std::string_view bytes) {
  if (!is_started_ || is_finished_) return Misuse("body bytes outside of a response");
  if (!has_body_ || bytes.empty()) return base::Ok();
  if (is_chunked_) {
    char digits[20];
    auto end = std::to_chars(digits, digits + sizeof digits, bytes.size(), 16).ptr;
    unsent_.append(digits, end).append("\r\n");
    RETURN_IF_ERROR(Emit(bytes));
    unsent_.append("\r\n");
    return base::Ok();
  }
  if (remaining_) {
    if (bytes.size() > *remaining_) {
      has_failed_ = true;
      return Misuse("more body bytes than the response announced");
    }
    *remaining_ -= bytes.size();
  }
  return Emit(bytes);
}

base::Status ResponseStream::Finish() {
  if (!is_started_ || is_finished_) return Misuse("a response ended that does not run");
  is_finished_ = true;
  if (remaining_.value_or(0) != 0) {
    has_failed_ = true;
    return Misuse("fewer body bytes than the response announced");
  }
  if (is_chunked_) unsent_.append("0\r\n\r\n");
  if (!options_.is_deferred) return unsent_.empty() ? base::Ok() : Emit({});
  unsent_.erase(0, transport_.WriteNow(unsent_, {}));
  return base::Ok();
}

base::Status ResponseStream::Send(int status, const Headers& headers, std::string_view body) {
  if (is_started_) return Misuse("the response was started twice");
  MakeHead(status, headers, body.size());
  if (!has_body_) body = {};
  remaining_ = 0;
  is_finished_ = true;
  if (!options_.is_deferred) return Emit(body);
  size_t sent = transport_.WriteNow(unsent_, body);
  size_t of_head = std::min(sent, unsent_.size());
  unsent_.erase(0, of_head);
  unsent_.append(body.substr(sent - of_head));
  return base::Ok();
}

}  // namespace dray::http
