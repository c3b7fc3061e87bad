// SPDX-License-Identifier: Apache-2.0
#include "net/http/request_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <cstring>
#include <optional>
#include <string>

#include "base/text_encoding.h"

namespace dray::http {

namespace beast = boost::beast;
using beast::error_code;

// Beast reads the lines and the chunk headers; the callbacks fill the head in place.
class RequestParser::Beast : public beast::http::basic_parser<true> {
 public:
  Beast(size_t header_bytes_max, RequestHead* head) : head_(head) {
    header_limit(static_cast<std::uint32_t>(header_bytes_max));
    body_limit(boost::none);
  }

  void set_head(RequestHead* head) { head_ = head; }
  void set_output(char* out, size_t capacity) {
    out_ = out;
    capacity_ = capacity;
    produced_ = 0;
  }
  size_t produced() const { return produced_; }
  int version() const { return version_; }  // 11 is HTTP/1.1

 private:
  static std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target,
                       int version, error_code&) override {
    version_ = version;
    head_->method = View(method);
    head_->target = View(target);
  }
  void on_response_impl(int, beast::string_view, int, error_code&) override {}
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                     error_code&) override {
    if (is_header_done()) return;  // a trailer of chunked transfer: nobody asks for these
    head_->headers.emplace_back(View(name), View(value));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  size_t on_body_impl(beast::string_view body, error_code& error) override {
    return Take(body, error);
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, error_code& error) override {
    return Take(body, error);
  }
  void on_finish_impl(error_code&) override {}

  size_t Take(beast::string_view body, error_code& error) {
    size_t count = std::min(body.size(), capacity_ - produced_);
    std::memcpy(out_ + produced_, body.data(), count);
    produced_ += count;
    if (produced_ == capacity_) error = beast::http::error::need_buffer;
    return count;
  }

  RequestHead* head_;
  int version_ = 11;
  char* out_ = nullptr;
  size_t capacity_ = 0;
  size_t produced_ = 0;
};

namespace {

// Splits the target; absolute-form (RFC 9112, 3.2.2) loses its scheme and authority.
bool SplitTarget(RequestHead& head) {
  std::string_view target = head.target;
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!base::EqualsIgnoreCase(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    size_t path_at = target.find_first_of("/?");
    target.remove_prefix(std::min(path_at, target.size()));
    break;
  }
  size_t query_at = target.find('?');
  head.path = target.substr(0, query_at);
  head.query = query_at == std::string_view::npos ? "" : target.substr(query_at + 1);
  if (head.path.empty()) head.path = "/";
  return head.path[0] == '/';
}

// Does a field go on in the next line (RFC 9112, 5.2)? Beast joins such lines; others take the
// second one for a field of its own, or for none. It reads all fields in one call, so they are all
// in `fields`.
bool HasFoldedLine(std::string_view fields) {
  return fields.find("\r\n ") != std::string_view::npos ||
         fields.find("\r\n\t") != std::string_view::npos;
}

struct Framing {
  size_t content_lengths = 0;
  size_t transfer_encodings = 0;
  size_t hosts = 0;
  bool is_chunked = false;
  bool is_odd = false;  // a list, or an encoding other than chunked
};

Framing FramingOf(const RequestHead& head) {
  Framing framing;
  for (const auto& [name, value] : head.headers) {
    if (base::EqualsIgnoreCase(name, "content-length")) {
      ++framing.content_lengths;
      bool is_number = !value.empty() && value.size() < 20 &&
                       value.find_first_not_of("0123456789") == std::string::npos;
      framing.is_odd |= !is_number;
    } else if (base::EqualsIgnoreCase(name, "transfer-encoding")) {
      ++framing.transfer_encodings;
      framing.is_chunked = base::EqualsIgnoreCase(value, "chunked");
      framing.is_odd |= !framing.is_chunked;
    } else if (base::EqualsIgnoreCase(name, "host")) {
      ++framing.hosts;
    }
  }
  return framing;
}

}  // namespace

RequestParser::RequestParser(size_t header_bytes_max)
    : header_bytes_max_(header_bytes_max),
      beast_(std::make_unique<Beast>(header_bytes_max, nullptr)) {}
RequestParser::~RequestParser() = default;

void RequestParser::Reset() {
  beast_ = std::make_unique<Beast>(header_bytes_max_, nullptr);
  head_bytes_ = 0;
  plain_remaining_ = 0;
  is_chunked_ = chunks_ended_ = expects_continue_ = false;
}

RequestParser::Outcome RequestParser::ParseHead(std::string_view input, size_t& consumed,
                                                RequestHead& head) {
  beast_->set_head(&head);
  error_code error;
  consumed = beast_->put({input.data(), input.size()}, error);
  head_bytes_ += consumed;  // Beast's own limit starts anew with each call
  // Also of a head that is refused below: the refusal is rendered by its path.
  if (!head.target.empty() && head.path.empty() && !SplitTarget(head)) return Outcome::kMalformed;
  if (error == beast::http::error::header_limit || head_bytes_ > header_bytes_max_) {
    return Outcome::kTooLarge;
  }
  if (error == beast::http::error::need_more) return Outcome::kNeedInput;
  if (error || HasFoldedLine(input.substr(0, consumed))) return Outcome::kMalformed;
  if (!beast_->is_header_done()) return Outcome::kNeedInput;

  Framing framing = FramingOf(head);
  if (framing.is_odd || framing.content_lengths + framing.transfer_encodings > 1 ||
      framing.hosts > 1 || (framing.hosts == 0 && !is_http10()) ||
      (framing.is_chunked && is_http10())) {
    return Outcome::kMalformed;
  }
  is_chunked_ = framing.is_chunked;
  if (framing.content_lengths == 1) {
    boost::optional<std::uint64_t> length = beast_->content_length();
    if (!length) return Outcome::kMalformed;
    head.content_length = *length;
    plain_remaining_ = *length;
  }
  expects_continue_ = !is_http10() && base::EqualsIgnoreCase(head.Header("expect"), "100-continue");
  return Outcome::kDone;
}

RequestParser::Outcome RequestParser::ParseBody(std::string_view input, size_t& consumed, char* out,
                                                size_t capacity, size_t& produced) {
  consumed = produced = 0;
  if (!has_body()) return Outcome::kDone;
  if (!is_chunked_) {
    size_t count = std::min({input.size(), capacity, static_cast<size_t>(plain_remaining_)});
    if (count == 0) return Outcome::kNeedInput;
    std::memcpy(out, input.data(), count);
    consumed = produced = count;
    plain_remaining_ -= count;
    return Outcome::kProduced;
  }
  beast_->set_output(out, capacity);
  error_code error;
  // Each call of put moves on by one chunk header or piece of chunk.
  while (!beast_->is_done() && consumed < input.size()) {
    consumed += beast_->put({input.data() + consumed, input.size() - consumed}, error);
    if (error) break;
  }
  produced = beast_->produced();
  chunks_ended_ = beast_->is_done();
  if (error && error != beast::http::error::need_more && error != beast::http::error::need_buffer) {
    return Outcome::kMalformed;
  }
  if (produced > 0) return Outcome::kProduced;
  return chunks_ended_ ? Outcome::kDone : Outcome::kNeedInput;
}

void RequestParser::SkipPlainBody(size_t bytes) { plain_remaining_ -= bytes; }

bool RequestParser::has_body() const { return is_chunked_ ? !chunks_ended_ : plain_remaining_ > 0; }
bool RequestParser::is_chunked() const { return is_chunked_; }
uint64_t RequestParser::plain_remaining() const { return plain_remaining_; }
bool RequestParser::keep_alive() const { return !is_http10() && beast_->keep_alive(); }
bool RequestParser::is_http10() const { return beast_->version() < 11; }
bool RequestParser::expects_continue() const { return expects_continue_; }

}  // namespace dray::http
