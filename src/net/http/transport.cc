// SPDX-License-Identifier: Apache-2.0
#include "net/http/transport.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

#include "net/http/send_batch.h"
#include "net/http/transport_asio.h"

namespace dray::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

base::Error TimedOut() {
  return {base::ErrorKind::kUnavailable, "no byte moved on the connection for too long"};
}
base::Error ConnectionFailed(int error_number) {
  return {base::ErrorKind::kIo, "connection: " + std::generic_category().message(error_number)};
}

// False after the time-out.
bool WaitFor(int fd, short events, int64_t timeout_ms) {
  pollfd entry{fd, events, 0};
  int count;
  do {
    count = poll(&entry, 1, static_cast<int>(std::min<int64_t>(timeout_ms, INT32_MAX)));
  } while (count < 0 && errno == EINTR);
  return count != 0;
}

base::Result<size_t> Receive(int fd, char* out, size_t capacity, int64_t timeout_ms) {
  while (true) {
    ssize_t count = recv(fd, out, capacity, MSG_DONTWAIT);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return ConnectionFailed(errno);
    if (!WaitFor(fd, POLLIN, timeout_ms)) return TimedOut();
  }
}

// One send of both parts, in order; -1 with errno.
ssize_t SendOnce(int fd, std::string_view first, std::string_view second) {
  std::array<iovec, 2> parts{iovec{const_cast<char*>(first.data()), first.size()},
                             iovec{const_cast<char*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  ssize_t count;
  do {
    count = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (count < 0 && errno == EINTR);
  return count;
}

void Advance(std::string_view& first, std::string_view& second, size_t bytes) {
  size_t of_first = std::min(bytes, first.size());
  first.remove_prefix(of_first);
  second.remove_prefix(bytes - of_first);
}

base::Status SendAll(int fd, std::string_view first, std::string_view second, int64_t timeout_ms) {
  while (!first.empty() || !second.empty()) {
    ssize_t count = SendOnce(fd, first, second);
    if (count >= 0) {
      Advance(first, second, static_cast<size_t>(count));
      continue;
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK) return ConnectionFailed(errno);
    if (!WaitFor(fd, POLLOUT, timeout_ms)) return TimedOut();
  }
  return base::Ok();
}

int HowToShutDown(Transport::Direction direction) {
  switch (direction) {
    case Transport::Direction::kRead:
      return SHUT_RD;
    case Transport::Direction::kWrite:
      return SHUT_WR;
    case Transport::Direction::kBoth:
      break;
  }
  return SHUT_RDWR;
}

class PlainTransport final : public Transport, private SendBatch::Sender {
 public:
  explicit PlainTransport(Socket socket) : socket_(std::move(socket)) {
    error_code ignored;  // then the first operation fails too
    socket_.native_non_blocking(true, ignored);
  }

  void AsyncHandshake(std::shared_ptr<TransportOwner> owner) override { owner->OnHandshake(true); }
  void AsyncRead(char* out, size_t capacity, std::shared_ptr<TransportOwner> owner) override {
    socket_.async_read_some(asio::buffer(out, capacity),
                            [owner = std::move(owner)](const error_code& error, size_t bytes) {
                              owner->OnRead(error ? 0 : bytes);
                            });
  }
  void AsyncWrite(std::string_view bytes, std::shared_ptr<TransportOwner> owner) override {
    SendBatch* batch = SendBatch::OfThisThread();
    if (batch == nullptr) {
      AwaitWrite(bytes, std::move(owner));
      return;
    }
    sending_ = bytes;
    sending_owner_ = std::move(owner);
    batch->Add(fd(), bytes, *this);
  }
  base::Result<size_t> Read(char* out, size_t capacity, int64_t timeout_ms) override {
    return Receive(fd(), out, capacity, timeout_ms);
  }
  base::Status Write(std::string_view first, std::string_view second, int64_t timeout_ms) override {
    return SendAll(fd(), first, second, timeout_ms);
  }
  size_t WriteNow(std::string_view first, std::string_view second) override {
    if (SendBatch::OfThisThread() != nullptr) return 0;  // goes out with the others
    return static_cast<size_t>(std::max<ssize_t>(SendOnce(fd(), first, second), 0));
  }
  void Shutdown(Direction direction) override { shutdown(fd(), HowToShutDown(direction)); }
  bool is_secure() const override { return false; }

 private:
  void AwaitWrite(std::string_view bytes, std::shared_ptr<TransportOwner> owner) {
    socket_.async_write_some(asio::buffer(bytes.data(), bytes.size()),
                             [owner = std::move(owner)](const error_code& error, size_t count) {
                               owner->OnWrite(error ? 0 : count);
                             });
  }
  void OnSent(ssize_t result) override {
    std::shared_ptr<TransportOwner> owner = std::move(sending_owner_);
    if (result == -EAGAIN || result == -EINTR) {
      AwaitWrite(sending_, std::move(owner));
    } else {
      owner->OnWrite(static_cast<size_t>(std::max<ssize_t>(result, 0)));
    }
  }
  int fd() { return socket_.native_handle(); }

  Socket socket_;
  std::string_view sending_;  // in the thread's batch
  std::shared_ptr<TransportOwner> sending_owner_;
};

// What asio::ssl::stream needs of the layer below it: Asio's asynchronous operations, and blocking
// ones that give up after a time, which Asio's do not.
class TimedSocket {
 public:
  using executor_type = Socket::executor_type;
  using lowest_layer_type = Socket::lowest_layer_type;

  explicit TimedSocket(Socket socket) : socket_(std::move(socket)) {}
  executor_type get_executor() { return socket_.get_executor(); }
  lowest_layer_type& lowest_layer() { return socket_.lowest_layer(); }
  Socket& socket() { return socket_; }
  void set_timeout_ms(int64_t timeout_ms) { timeout_ms_ = timeout_ms; }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return socket_.async_read_some(buffers, std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return socket_.async_write_some(buffers, std::forward<Token>(token));
  }
  template <class Buffers>
  size_t read_some(const Buffers& buffers, error_code& error) {
    asio::mutable_buffer buffer = *asio::buffer_sequence_begin(buffers);
    auto count = Receive(socket_.native_handle(), static_cast<char*>(buffer.data()), buffer.size(),
                         timeout_ms_);
    if (!count) {
      error = count.error().kind == base::ErrorKind::kUnavailable ? asio::error::timed_out
                                                                  : asio::error::connection_reset;
      return 0;
    }
    error = *count == 0 ? error_code(asio::error::eof) : error_code();
    return *count;
  }
  template <class Buffers>
  size_t write_some(const Buffers& buffers, error_code& error) {
    asio::const_buffer buffer = *asio::buffer_sequence_begin(buffers);
    std::string_view bytes(static_cast<const char*>(buffer.data()), buffer.size());
    auto sent = SendAll(socket_.native_handle(), bytes, {}, timeout_ms_);
    error = error_code();
    if (!sent) {
      error = sent.error().kind == base::ErrorKind::kUnavailable ? asio::error::timed_out
                                                                 : asio::error::connection_reset;
    }
    return sent ? bytes.size() : 0;
  }

 private:
  Socket socket_;
  int64_t timeout_ms_ = 0;
};

class TlsTransport final : public Transport {
 public:
  TlsTransport(Socket socket, asio::ssl::context& context)
      : stream_(TimedSocket(std::move(socket)), context) {}

  void AsyncHandshake(std::shared_ptr<TransportOwner> owner) override {
    stream_.async_handshake(
        asio::ssl::stream_base::server,
        [owner = std::move(owner)](const error_code& error) { owner->OnHandshake(!error); });
  }
  void AsyncRead(char* out, size_t capacity, std::shared_ptr<TransportOwner> owner) override {
    stream_.async_read_some(asio::buffer(out, capacity),
                            [owner = std::move(owner)](const error_code& error, size_t bytes) {
                              owner->OnRead(error ? 0 : bytes);
                            });
  }
  void AsyncWrite(std::string_view bytes, std::shared_ptr<TransportOwner> owner) override {
    stream_.async_write_some(asio::buffer(bytes.data(), bytes.size()),
                             [owner = std::move(owner)](const error_code& error, size_t count) {
                               owner->OnWrite(error ? 0 : count);
                             });
  }
  base::Result<size_t> Read(char* out, size_t capacity, int64_t timeout_ms) override {
    stream_.next_layer().set_timeout_ms(timeout_ms);
    error_code error;
    size_t count = stream_.read_some(asio::buffer(out, capacity), error);
    if (!error) return count;
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) {
      return size_t{0};
    }
    return ErrorOf(error);
  }
  base::Status Write(std::string_view first, std::string_view second, int64_t timeout_ms) override {
    stream_.next_layer().set_timeout_ms(timeout_ms);
    for (std::string_view part : {first, second}) {
      while (!part.empty()) {
        error_code error;
        part.remove_prefix(stream_.write_some(asio::buffer(part.data(), part.size()), error));
        if (error) return ErrorOf(error);
      }
    }
    return base::Ok();
  }
  // A record that is only half sent cannot be taken back, so nothing is tried.
  size_t WriteNow(std::string_view, std::string_view) override { return 0; }
  void Shutdown(Direction direction) override {
    shutdown(stream_.next_layer().socket().native_handle(), HowToShutDown(direction));
  }
  bool is_secure() const override { return true; }

 private:
  static base::Error ErrorOf(const error_code& error) {
    if (error == asio::error::timed_out) return TimedOut();
    return {base::ErrorKind::kIo, "connection: " + error.message()};
  }
  asio::ssl::stream<TimedSocket> stream_;
};

}  // namespace

std::unique_ptr<Transport> MakeTransport(Socket socket, asio::ssl::context* tls) {
  if (tls != nullptr) return std::make_unique<TlsTransport>(std::move(socket), *tls);
  return std::make_unique<PlainTransport>(std::move(socket));
}

}  // namespace dray::http
