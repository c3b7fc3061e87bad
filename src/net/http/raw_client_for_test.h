// SPDX-License-Identifier: Apache-2.0
// A socket that sends exactly the bytes it is told to, and a handler that tests can steer. Tests
// only.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "net/http/server.h"

namespace dray::http {

class RawClient {
 public:
  explicit RawClient(uint16_t port, int receive_buffer_bytes = 0) {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer_bytes > 0) {
      setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  int fd() const { return fd_; }
  bool is_connected() const { return is_connected_; }

  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t count = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }
  void EndSending() { shutdown(fd_, SHUT_WR); }

  // Reads until `text` has been received; false when the connection ended before, or after 20 s.
  bool ReceiveUntil(std::string_view text) {
    while (received_.find(text) == std::string::npos) {
      if (!ReceiveSome()) return false;
    }
    return true;
  }
  // Everything until the server closes.
  std::string ReceiveAll() {
    while (ReceiveSome()) {
    }
    return received_;
  }
  // One response with a Content-Length, taken off the front.
  std::string ReceiveResponse() {
    if (!ReceiveUntil("\r\n\r\n")) return "cut off: " + received_;
    size_t body_at = received_.find("\r\n\r\n") + 4;
    size_t length = 0;
    size_t at = received_.find("Content-Length: ");
    if (at < body_at) length = std::stoul(received_.substr(at + 16));
    while (received_.size() < body_at + length) {
      if (!ReceiveSome()) return "cut off: " + received_;
    }
    std::string response = received_.substr(0, body_at + length);
    received_.erase(0, body_at + length);
    return response;
  }
  const std::string& received() const { return received_; }

 private:
  bool ReceiveSome() {
    pollfd entry{fd_, POLLIN, 0};
    if (poll(&entry, 1, 20'000) <= 0) return false;
    char buffer[64 * 1024];
    ssize_t count = recv(fd_, buffer, sizeof buffer, 0);
    if (count <= 0) return false;
    received_.append(buffer, static_cast<size_t>(count));
    return true;
  }

  int fd_;
  bool is_connected_ = false;
  std::string received_;
};

// Paths that start with /stream are streamed.
class SteeredHandler : public Handler {
 public:
  std::function<void(Request&, ResponseWriter&)> on_handle;
  std::function<bool(Request&, ResponseWriter&)> on_handle_now;  // unset: false

  BodyPlan Plan(const RequestHead& head) override {
    return head.path.starts_with("/stream") ? BodyPlan::kStream : BodyPlan::kWhole;
  }
  bool HandleNow(Request& request, ResponseWriter& response) override {
    return on_handle_now && on_handle_now(request, response);
  }
  void Handle(Request& request, ResponseWriter& response) override { on_handle(request, response); }
  void Reject(int status, const RequestHead& head, ResponseWriter& response) override {
    auto sent = response.Send(status, {{"X-Rejected", "yes"}}, "rejected " + head.path);
    (void)sent.has_value();  // the client may be gone
  }
};

// A signal between threads of a test.
class Gate {
 public:
  void Open() {
    base::MutexLock lock(mutex_);
    is_open_ = true;
    opened_.NotifyAll();
  }
  void Await() {
    base::MutexLock lock(mutex_);
    while (!is_open_) opened_.Wait(mutex_);
  }

 private:
  base::Mutex mutex_;
  base::CondVar opened_;
  bool is_open_ GUARDED_BY(mutex_) = false;
};

}  // namespace dray::http
