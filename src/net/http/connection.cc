// SPDX-License-Identifier: Apache-2.0
#include "net/http/connection.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "net/http/send_batch.h"

namespace dray::http {

namespace {

constexpr size_t kBufferBytes = 8 * 1024;
constexpr size_t kStreamBufferBytes = 64 * 1024;
// Whole bodies grow in steps, so that an announced length alone takes no memory.
constexpr size_t kBodyStepBytes = 256 * 1024;
// What a handler left unread is read and dropped up to this size; more costs the connection.
constexpr uint64_t kDrainBytesMax = 256 * 1024;
// How long a closing connection reads on, so that a client that is still sending gets the response
// before the reset.
constexpr int64_t kLingerMs = 3'000;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Connection::Connection(Shared& shared, std::unique_ptr<Transport> transport, Origin origin)
    : shared_(shared),
      transport_(std::move(transport)),
      origin_(std::move(origin)),
      parser_(shared.options.header_bytes_max),
      buffer_(kBufferBytes) {}

Connection::~Connection() { ReleaseBody(); }

void Connection::Start() {
  EnterStage(Stage::kHandshake, shared_.options.header_timeout_ms);
  transport_->AsyncHandshake(shared_from_this());
}

void Connection::OnHandshake(bool is_ok) {
  if (is_ok) AwaitRequest();
}

// ---- from other threads

void Connection::OnSweep(int64_t now_micros) {
  int64_t deadline = deadline_micros_;
  if (deadline == 0 || now_micros < deadline) return;
  deadline_micros_ = 0;
  has_timed_out_ = true;
  Stage stage = stage_;
  // A request that is late can still be told so.
  bool can_answer = stage == Stage::kHead || stage == Stage::kWholeBody;
  transport_->Shutdown(can_answer ? Transport::Direction::kRead : Transport::Direction::kBoth);
}

void Connection::CloseIfIdle() {
  Stage stage = stage_;
  if (stage == Stage::kIdle || stage == Stage::kHandshake) {
    transport_->Shutdown(Transport::Direction::kBoth);
  }
}

void Connection::CloseNow() { transport_->Shutdown(Transport::Direction::kBoth); }

// ---- reading a request

void Connection::EnterStage(Stage stage, int64_t timeout_ms) {
  deadline_micros_ = timeout_ms == 0 ? 0 : base::SteadyMicros() + timeout_ms * 1000;
  stage_ = stage;
}

void Connection::AwaitRequest() {
  ReleaseBody();
  parser_.Reset();
  request_.head.Clear();
  request_.head.remote_address = origin_.remote_address;
  request_.head.is_local_socket = origin_.is_local_socket;
  request_.head.is_secure = transport_->is_secure();
  request_.body = nullptr;
  continue_sent_ = response_started_ = false;
  body_error_.reset();
  if (begin_ != end_) {  // pipelined
    EnterStage(Stage::kHead, shared_.options.header_timeout_ms);
    ContinueHead();
    return;
  }
  begin_ = end_ = 0;
  if (buffer_.size() > kBufferBytes) std::vector<char>(kBufferBytes).swap(buffer_);
  EnterStage(Stage::kIdle, shared_.options.idle_timeout_ms);
  // Either Stop saw the stage, or this sees its flag.
  if (!shared_.is_stopping) ReadIntoBuffer();
}

void Connection::OnRead(size_t bytes) {
  Stage stage = stage_;
  if (bytes == 0) {  // closed, failed or late
    bool can_answer = stage == Stage::kHead || stage == Stage::kWholeBody;
    if (has_timed_out_ && can_answer) Reject(408);
    return;
  }
  switch (stage) {
    case Stage::kIdle:
      EnterStage(Stage::kHead, shared_.options.header_timeout_ms);
      [[fallthrough]];
    case Stage::kHead:
      end_ += bytes;
      ContinueHead();
      return;
    case Stage::kWholeBody:
      deadline_micros_ = std::min(base::SteadyMicros() + shared_.options.body_timeout_ms * 1000,
                                  whole_body_until_micros_);
      if (parser_.is_chunked()) {
        end_ += bytes;
      } else {
        body_end_ += bytes;
        parser_.SkipPlainBody(bytes);
      }
      ContinueWholeBody();
      return;
    case Stage::kDraining:
      end_ += bytes;
      ContinueDraining();
      return;
    case Stage::kLinger:
      ReadIntoBuffer();
      return;
    case Stage::kHandshake:
    case Stage::kHandling:
    case Stage::kWriting:
      return;  // nothing is read then
  }
}

void Connection::ContinueHead() {
  // Empty lines before a request are skipped (RFC 9112, 2.2).
  while (request_.head.method.empty() && begin_ != end_ &&
         (buffer_[begin_] == '\r' || buffer_[begin_] == '\n')) {
    ++begin_;
  }
  size_t consumed = 0;
  auto outcome = parser_.ParseHead(Buffered(), consumed, request_.head);
  begin_ += consumed;
  switch (outcome) {
    case RequestParser::Outcome::kDone:
      OnHead();
      return;
    case RequestParser::Outcome::kNeedInput:
      if (!MakeRoom(shared_.options.header_bytes_max)) {
        Reject(431);
        return;
      }
      ReadIntoBuffer();
      return;
    case RequestParser::Outcome::kTooLarge:
      Reject(431);
      return;
    case RequestParser::Outcome::kProduced:
    case RequestParser::Outcome::kMalformed:
      Reject(400);
      return;
  }
}

void Connection::OnHead() {
  try {
    is_stream_ = shared_.handler.Plan(request_.head) == BodyPlan::kStream;
  } catch (const std::exception& e) {
    base::log::Error("planning a request failed", {{"error", e.what()}});
    Reject(500);
    return;
  }
  if (is_stream_) {
    request_.body = this;
    Submit(*shared_.object_pool);
    return;
  }
  if (request_.head.content_length.value_or(0) > shared_.options.whole_body_bytes_max) {
    Reject(413);
    return;
  }
  whole_body_until_micros_ = base::SteadyMicros() + shared_.options.whole_body_timeout_ms * 1000;
  EnterStage(Stage::kWholeBody,
             std::min(shared_.options.body_timeout_ms, shared_.options.whole_body_timeout_ms));
  if (parser_.has_body() && Buffered().size() < parser_.plain_remaining() &&
      parser_.expects_continue() && !SendContinue(0)) {
    return;
  }
  ContinueWholeBody();
}

void Connection::ContinueWholeBody() {
  std::string& body = request_.whole_body;
  while (true) {
    if (!parser_.has_body()) {
      body.resize(body_end_);
      Serve();
      return;
    }
    if (body_end_ == body.size()) {  // the first time, too
      uint64_t step =
          parser_.is_chunked()
              ? kBodyStepBytes
              : std::min<uint64_t>(parser_.plain_remaining(), std::max(kBodyStepBytes, body_end_));
      // One byte more than allowed shows that a chunked body is too long.
      step = std::min<uint64_t>(step, shared_.options.whole_body_bytes_max + 1 - body_end_);
      if (step == 0) {
        Reject(413);
        return;
      }
      if (!ReserveBody(step)) {
        Reject(503);
        return;
      }
      body.resize(body_end_ + step);
    }
    size_t produced = 0;
    auto outcome = ParseBodyFromBuffer(body.data() + body_end_, body.size() - body_end_, produced);
    body_end_ += produced;
    if (outcome == RequestParser::Outcome::kNeedInput) {
      ReadIntoWholeBody();
      return;
    }
    if (outcome == RequestParser::Outcome::kMalformed) {
      Reject(400);
      return;
    }
  }
}

void Connection::ReadIntoWholeBody() {
  if (!parser_.is_chunked()) {  // straight to its place
    std::string& body = request_.whole_body;
    transport_->AsyncRead(body.data() + body_end_, body.size() - body_end_, shared_from_this());
    return;
  }
  if (!MakeRoom(kStreamBufferBytes)) {
    Reject(400);  // a chunk header as long as the buffer
    return;
  }
  ReadIntoBuffer();
}

// A request whose whole body is here. An I/O thread sends its answers in rounds, never from below
// here, so that a client that sends ahead does not make this call itself, deeper and deeper. A pool
// thread, which comes here behind an answer of its own, sends at once: it hands the next one on.
void Connection::Serve() {
  EnterStage(Stage::kHandling, 0);
  const bool is_io_thread = SendBatch::OfThisThread() != nullptr;
  if (is_io_thread && CallHandler(/*may_wait=*/false)) return;
  Submit(*shared_.table_pool);
}

void Connection::Submit(WorkerPool& pool) {
  EnterStage(Stage::kHandling, 0);
  if (!pool.Submit(shared_from_this())) Reject(503);
}

// Refuses the request and closes. Runs mostly on an I/O thread, so it does not wait for a client
// that does not read.
void Connection::Reject(int status) {
  EnterStage(Stage::kHandling, 0);
  keep_alive_ = false;
  ResponseStream response(*transport_, {.is_deferred = true,
                                        .is_head_request = request_.head.method == "HEAD",
                                        .is_http10 = false,
                                        .timeout_ms = 0,
                                        .keep_alive = [] { return false; }});
  try {
    shared_.handler.Reject(status, request_.head, response);
  } catch (const std::exception& e) {
    base::log::Error("refusing a request failed", {{"error", e.what()}});
  }
  if (!response.is_started()) {
    if (!response.Send(status, {}, {})) return;
  }
  AfterHandler(response);
}

// ---- handling

void Connection::Run() { CallHandler(/*may_wait=*/true); }

// False: the handler would have to wait.
bool Connection::CallHandler(bool may_wait) {
  ResponseStream response(*transport_, {.is_deferred = !is_stream_,
                                        .is_head_request = request_.head.method == "HEAD",
                                        .is_http10 = parser_.is_http10(),
                                        .timeout_ms = shared_.options.body_timeout_ms,
                                        .keep_alive = [this] { return MayKeepAlive(); }});
  try {
    if (may_wait) {
      shared_.handler.Handle(request_, response);
    } else if (!shared_.handler.HandleNow(request_, response)) {
      return false;
    }
  } catch (const std::exception& e) {
    base::log::Error("handling a request failed", {{"error", e.what()}});
  } catch (...) {
    base::log::Error("handling a request failed");
  }
  if (!response.is_started()) {
    auto sent = response.Send(500, {}, {});
    if (!sent) base::log::Debug("a response was not sent", {{"error", sent.error().message}});
  }
  AfterHandler(response);
  return true;
}

// Decided when the response's head is made.
bool Connection::MayKeepAlive() {
  response_started_ = true;
  if (!parser_.keep_alive() || shared_.is_stopping || body_error_) return false;
  // A client that waits and gets a final answer to an empty body may be confused from then on
  // (botocore of 2022 is): it gets a new connection.
  if (AwaitsContinueForNothing()) return false;
  if (!parser_.has_body()) return true;
  // Whether the client will send the body now cannot be known.
  if (parser_.expects_continue() && !continue_sent_) return false;
  if (!parser_.is_chunked()) return parser_.plain_remaining() <= kDrainBytesMax;
  // The last chunk has often arrived when a handler stops after the bytes that it knows of.
  std::array<char, 1024> dropped;
  size_t produced = 0;
  while (ParseBodyFromBuffer(dropped.data(), dropped.size(), produced) ==
         RequestParser::Outcome::kProduced) {
  }
  return !parser_.has_body();
}

base::Result<size_t> Connection::Read(char* out, size_t capacity) {
  if (body_error_) return *body_error_;
  auto count = ReadBody(out, capacity);
  if (!count) body_error_ = count.error();
  return count;
}

base::Result<size_t> Connection::ReadBody(char* out, size_t capacity) {
  auto cut = [] {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "the connection ended before the request body did", reason::kIncompleteBody};
  };
  if (AwaitsContinueForNothing() && !response_started_) {
    if (!SendContinue(shared_.options.body_timeout_ms)) return cut();
  }
  while (parser_.has_body()) {
    size_t produced = 0;
    auto outcome = ParseBodyFromBuffer(out, capacity, produced);
    if (outcome == RequestParser::Outcome::kProduced) return produced;
    if (outcome == RequestParser::Outcome::kDone) return size_t{0};
    if (outcome == RequestParser::Outcome::kMalformed) {
      return base::Error{base::ErrorKind::kInvalidArgument,
                         "the chunked transfer coding of the request body is malformed",
                         reason::kIncompleteBody};
    }
    if (parser_.expects_continue() && !continue_sent_) {
      if (response_started_) return cut();  // it was told the outcome and sends no body
      if (!SendContinue(shared_.options.body_timeout_ms)) return cut();
    }
    bool is_plain = !parser_.is_chunked();
    bool is_direct = is_plain && capacity >= kBufferBytes;  // past the buffer, which is empty
    if (is_direct) {
      capacity = std::min<uint64_t>(capacity, parser_.plain_remaining());
    } else if (!MakeRoom(kStreamBufferBytes)) {
      return cut();  // a chunk header as long as the buffer
    }
    auto count = is_direct ? transport_->Read(out, capacity, shared_.options.body_timeout_ms)
                           : transport_->Read(buffer_.data() + end_, buffer_.size() - end_,
                                              shared_.options.body_timeout_ms);
    if (!count && count.error().kind == base::ErrorKind::kUnavailable) {
      return base::Error{base::ErrorKind::kInvalidArgument,
                         "no byte of the request body came for too long", reason::kBodyTimeout};
    }
    if (!count || *count == 0) return cut();
    if (is_direct) {
      parser_.SkipPlainBody(*count);
      return *count;
    }
    end_ += *count;
  }
  return size_t{0};
}

bool Connection::AwaitsContinueForNothing() const {
  return parser_.expects_continue() && !continue_sent_ &&
         request_.head.content_length.value_or(0) == 0 && !parser_.is_chunked();
}

bool Connection::SendContinue(int64_t timeout_ms) {
  continue_sent_ = true;
  return transport_->Write(kContinue, {}, timeout_ms).has_value();
}

// ---- behind the handler

void Connection::AfterHandler(ResponseStream& response) {
  if (!response.is_complete()) {
    transport_->Shutdown(Transport::Direction::kBoth);
    return;
  }
  keep_alive_ = response.keep_alive();
  unsent_ = response.TakePending();
  unsent_at_ = 0;
  ContinueWriting();
}

void Connection::ContinueWriting() {
  if (unsent_at_ == unsent_.size()) {
    std::string().swap(unsent_);
    AfterResponse();
    return;
  }
  EnterStage(Stage::kWriting, shared_.options.body_timeout_ms);
  transport_->AsyncWrite(std::string_view(unsent_).substr(unsent_at_), shared_from_this());
}

void Connection::OnWrite(size_t bytes) {
  if (bytes == 0) return;
  unsent_at_ += bytes;
  ContinueWriting();
}

void Connection::AfterResponse() {
  if (!keep_alive_) {
    Linger();
  } else if (parser_.has_body()) {
    EnterStage(Stage::kDraining, shared_.options.body_timeout_ms);
    ContinueDraining();
  } else {
    AwaitRequest();
  }
}

// Only bodies with a Content-Length of which little is left: see MayKeepAlive.
void Connection::ContinueDraining() {
  size_t dropped = std::min<uint64_t>(end_ - begin_, parser_.plain_remaining());
  begin_ += dropped;
  parser_.SkipPlainBody(dropped);
  if (!parser_.has_body()) {
    AwaitRequest();
    return;
  }
  begin_ = end_ = 0;
  ReadIntoBuffer();
}

void Connection::Linger() {
  ReleaseBody();
  EnterStage(Stage::kLinger, kLingerMs);
  transport_->Shutdown(Transport::Direction::kWrite);
  if (shared_.is_stopping) return;
  ReadIntoBuffer();
}

// ---- buffers

bool Connection::MakeRoom(size_t size_max) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ < buffer_.size()) return true;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    return true;
  }
  if (buffer_.size() >= size_max) return false;
  buffer_.resize(std::min(buffer_.size() * 4, size_max));
  return true;
}

void Connection::ReadIntoBuffer() {
  if (stage_ == Stage::kLinger) begin_ = end_ = 0;
  transport_->AsyncRead(buffer_.data() + end_, buffer_.size() - end_, shared_from_this());
}

RequestParser::Outcome Connection::ParseBodyFromBuffer(char* out, size_t capacity,
                                                       size_t& produced) {
  size_t consumed = 0;
  auto outcome = parser_.ParseBody(Buffered(), consumed, out, capacity, produced);
  begin_ += consumed;
  if (begin_ == end_) begin_ = end_ = 0;
  return outcome;
}

bool Connection::ReserveBody(size_t bytes) {
  if (!shared_.Reserve(bytes)) return false;
  reserved_bytes_ += bytes;
  return true;
}

void Connection::ReleaseBody() {
  shared_.body_bytes -= reserved_bytes_;
  reserved_bytes_ = body_end_ = 0;
  if (request_.whole_body.capacity() > kBufferBytes) {
    std::string().swap(request_.whole_body);
  } else {
    request_.whole_body.clear();
  }
}

}  // namespace dray::http
