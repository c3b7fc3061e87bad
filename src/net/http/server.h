// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 server. Accepting, reading headers (and small bodies) is asynchronous with time-outs;
// handlers run blocking, one thread a request, in one of two bounded pools, so that slow object
// transfers cannot stop table requests. Boost.Beast stays inside.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace dray::http {

namespace reason {  // of errors of a streamed body; the request is not answered by the server
inline constexpr std::string_view kIncompleteBody = "incomplete_body";  // cut off or malformed
inline constexpr std::string_view kBodyTimeout = "body_timeout";
}  // namespace reason

struct RequestHead {
  std::string method;
  std::string target;  // as it came
  std::string path;    // the part before '?', still percent-encoded
  std::string query;   // the part behind it
  std::vector<std::pair<std::string, std::string>> headers;  // in order, names as sent
  std::string remote_address;  // IP, without port; empty on a local socket
  bool is_secure = false;
  bool is_local_socket = false;            // the admin socket
  std::optional<uint64_t> content_length;  // absent with chunked transfer and without a body

  void Clear();  // keeps some memory for the next request

  // The first header of that name (case-insensitive), or empty.
  std::string_view Header(std::string_view name) const;
  bool HasHeader(std::string_view name) const;
};

// One response. Start exactly once, then Write until content_length bytes went out (or, without a
// length, chunked until Finish). Errors mean that the client is gone.
class ResponseWriter {
 public:
  virtual ~ResponseWriter() = default;
  virtual base::Status Start(int status,
                             const std::vector<std::pair<std::string, std::string>>& headers,
                             std::optional<uint64_t> content_length) = 0;
  virtual base::Status Write(std::string_view bytes) = 0;
  virtual base::Status Finish() = 0;
  // Start + Write + Finish in one send.
  virtual base::Status Send(int status,
                            const std::vector<std::pair<std::string, std::string>>& headers,
                            std::string_view body) = 0;
  virtual bool is_started() const = 0;
};

struct Request {
  RequestHead head;
  std::string whole_body;            // when Plan said kWhole
  base::ByteSource* body = nullptr;  // when Plan said kStream: blocking reads from the socket
};

enum class BodyPlan { kWhole, kStream };

class Handler {  // called from many threads
 public:
  virtual ~Handler() = default;
  // Decides on the header alone. Whole bodies longer than the server's limit get 413 through
  // Reject.
  virtual BodyPlan Plan(const RequestHead& head) = 0;
  // For whole bodies, on an I/O thread: answers what takes no waiting and little time. False:
  // nothing was sent and nothing has happened; Handle is called, on a thread that may wait.
  virtual bool HandleNow(Request&, ResponseWriter&) { return false; }
  virtual void Handle(Request& request, ResponseWriter& response) = 0;
  // The server refuses before Handle: 400 malformed, 408, 413, 431, 503 (pools full). Renders in
  // the protocol's shape; `head` may be incomplete.
  virtual void Reject(int status, const RequestHead& head, ResponseWriter& response) = 0;
};

struct ServerOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 0;              // 0 picks a free one
  std::string local_socket_path;  // also listen here (0600) when set
  unsigned io_threads = 1;        // as many as processors where HandleNow answers
  unsigned table_threads = 16;    // whole-body requests
  unsigned object_threads = 16;   // streamed requests
  size_t queue_max = 1024;        // waiting requests a pool; beyond: 503
  size_t connections_max = 4096;
  size_t header_bytes_max = 64 * 1024;
  size_t whole_body_bytes_max = 16 * 1024 * 1024 + 4096;
  size_t whole_bodies_bytes_max = 256 * 1024 * 1024;  // of all connections together; beyond: 503
  int64_t header_timeout_ms = 30'000;
  int64_t idle_timeout_ms = 60'000;
  int64_t body_timeout_ms = 60'000;                // without a byte
  int64_t whole_body_timeout_ms = 300'000;         // all of it: it takes memory meanwhile
  std::string tls_certificate_file, tls_key_file;  // both or none
};

class Server {
 public:
  // Listens before it returns. `handler` outlives the server.
  static base::Result<std::unique_ptr<Server>> Start(ServerOptions options, Handler& handler);
  virtual ~Server() = default;  // Stop(0)
  virtual uint16_t port() const = 0;
  // Accepts nothing new, lets running requests end for that long, then closes.
  virtual void Stop(int64_t grace_ms) = 0;
};

}  // namespace dray::http
