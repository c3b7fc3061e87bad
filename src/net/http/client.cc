// SPDX-License-Identifier: Apache-2.0
#include "net/http/client.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "base/clock.h"
#include "net/http/local_socket_path.h"

namespace dray::http {

namespace beast = boost::beast;

namespace {

constexpr uint64_t kBodyBytesMax = 64 << 20;

base::Error Failed(base::ErrorKind kind, const std::string& where, const std::string& what) {
  return {kind, where + ": " + what};
}
std::string TextOf(int error_number) { return std::generic_category().message(error_number); }

// A non-blocking socket whose operations all end by one deadline.
class ClientSocket {
 public:
  ClientSocket(std::string where, int64_t timeout_ms)
      : where_(std::move(where)), end_micros_(base::SteadyMicros() + timeout_ms * 1000) {}
  ~ClientSocket() { Close(); }
  ClientSocket(const ClientSocket&) = delete;
  ClientSocket& operator=(const ClientSocket&) = delete;

  base::Status Connect(int family, const sockaddr* address, socklen_t length) {
    Close();
    fd_ = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return Failed(base::ErrorKind::kIo, where_, TextOf(errno));
    if (connect(fd_, address, length) == 0) return base::Ok();
    int error_number = errno;
    if (error_number == EINPROGRESS || error_number == EAGAIN) {
      RETURN_IF_ERROR(Wait(POLLOUT));
      socklen_t size = sizeof error_number;
      getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error_number, &size);
    }
    if (error_number == 0) return base::Ok();
    return Failed(base::ErrorKind::kUnavailable, where_, TextOf(error_number));
  }

  base::Status Write(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t count = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count >= 0) {
        bytes.remove_prefix(static_cast<size_t>(count));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        RETURN_IF_ERROR(Wait(POLLOUT));
      } else if (errno != EINTR) {
        return Failed(base::ErrorKind::kIo, where_, TextOf(errno));
      }
    }
    return base::Ok();
  }

  // 0 at the end.
  base::Result<size_t> Read(char* out, size_t capacity) {
    while (true) {
      ssize_t count = recv(fd_, out, capacity, 0);
      if (count >= 0) return static_cast<size_t>(count);
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        RETURN_IF_ERROR(Wait(POLLIN));
      } else if (errno != EINTR) {
        return Failed(base::ErrorKind::kIo, where_, TextOf(errno));
      }
    }
  }

 private:
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  base::Status Wait(short events) {
    pollfd entry{fd_, events, 0};
    while (true) {
      int64_t left_ms = (end_micros_ - base::SteadyMicros()) / 1000;
      if (left_ms <= 0) return Failed(base::ErrorKind::kUnavailable, where_, "no answer in time");
      int count = poll(&entry, 1, static_cast<int>(std::min<int64_t>(left_ms, 1'000'000)));
      if (count > 0) return base::Ok();
      if (count < 0 && errno != EINTR) {
        return Failed(base::ErrorKind::kIo, where_, TextOf(errno));
      }
    }
  }

  const std::string where_;
  const int64_t end_micros_;
  int fd_ = -1;
};

base::Status ConnectLocal(const std::string& path, ClientSocket& socket) {
  ASSIGN_OR_RETURN(LocalSocketPath short_path, LocalSocketPath::Of(path));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, short_path.text().data(), short_path.text().size());
  return socket.Connect(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

base::Status ConnectTcp(const ClientRequest& request, ClientSocket& socket) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  int failure =
      getaddrinfo(request.host.c_str(), std::to_string(request.port).c_str(), &hints, &found);
  if (failure != 0) {
    return Failed(base::ErrorKind::kUnavailable, request.host, gai_strerror(failure));
  }
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, freeaddrinfo);
  base::Status connected = Failed(base::ErrorKind::kUnavailable, request.host, "no address");
  for (const addrinfo* entry = found; entry != nullptr && !connected; entry = entry->ai_next) {
    connected = socket.Connect(entry->ai_family, entry->ai_addr, entry->ai_addrlen);
  }
  return connected;
}

std::string Render(const ClientRequest& request) {
  std::string host = request.local_socket_path.empty()
                         ? request.host + ":" + std::to_string(request.port)
                         : "localhost";
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + host +
                     "\r\nConnection: close\r\n";
  for (const auto& [name, value] : request.headers) text.append(name + ": " + value + "\r\n");
  if (!request.body.empty() || request.method != "GET") {
    text.append("Content-Length: " + std::to_string(request.body.size()) + "\r\n");
  }
  return text + "\r\n" + request.body;
}

}  // namespace

base::Result<ClientResponse> Call(const ClientRequest& request) {
  bool is_local = !request.local_socket_path.empty();
  std::string where =
      is_local ? request.local_socket_path : request.host + ":" + std::to_string(request.port);
  ClientSocket socket(where, request.timeout_ms);
  RETURN_IF_ERROR(is_local ? ConnectLocal(request.local_socket_path, socket)
                           : ConnectTcp(request, socket));
  RETURN_IF_ERROR(socket.Write(Render(request)));

  beast::http::response_parser<beast::http::string_body> parser;
  parser.eager(true);
  parser.body_limit(kBodyBytesMax);
  parser.skip(request.method == "HEAD");
  std::string unparsed;
  std::array<char, 16 * 1024> buffer;
  beast::error_code error;
  while (!parser.is_done()) {
    ASSIGN_OR_RETURN(size_t count, socket.Read(buffer.data(), buffer.size()));
    error = {};
    if (count == 0) {
      if (parser.got_some()) parser.put_eof(error);
      if (error || !parser.is_done()) {
        return Failed(base::ErrorKind::kIo, where, "the answer was cut off");
      }
      break;
    }
    unparsed.append(buffer.data(), count);
    unparsed.erase(0, parser.put({unparsed.data(), unparsed.size()}, error));
    if (error && error != beast::http::error::need_more) {
      return Failed(base::ErrorKind::kIo, where, "not an HTTP answer: " + error.message());
    }
  }
  auto message = parser.release();
  ClientResponse response;
  response.status = message.result_int();
  for (const auto& field : message) {
    response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  response.body = std::move(message.body());
  return response;
}

}  // namespace dray::http
