// SPDX-License-Identifier: Apache-2.0
// One client connection, request after request:
//
//   handshake -> idle -> head -> [whole body] -> handling -> [writing] -> [draining] -> idle ...
//                                                                     '-> lingering -> gone
//
// Idle to whole body and the stages behind handling wait asynchronously on an I/O thread; handling
// runs on a thread of a worker pool. A connection belongs to one thread at a time: whoever holds it
// passes it on with the next asynchronous operation or queue entry, and nobody else touches it. The
// exceptions are deadline, stage and shutdown, which the registry reads from outside.
// It lives as long as an operation or queue entry refers to it. Internal to net/http.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "net/http/connection_registry.h"
#include "net/http/request_parser.h"
#include "net/http/response_stream.h"
#include "net/http/server.h"
#include "net/http/transport.h"
#include "net/http/worker_pool.h"

namespace dray::http {

// What all connections of a server share. Outlives them.
struct Shared {
  Shared(ServerOptions server_options, Handler& request_handler)
      : options(std::move(server_options)), handler(request_handler) {}

  // Bytes of whole bodies that are in memory at one time.
  bool Reserve(size_t bytes) {
    if (body_bytes.fetch_add(bytes) + bytes <= options.whole_bodies_bytes_max) return true;
    body_bytes -= bytes;
    return false;
  }

  const ServerOptions options;
  Handler& handler;
  ConnectionRegistry registry;
  std::atomic<bool> is_stopping{false};
  std::atomic<size_t> body_bytes{0};
  std::unique_ptr<WorkerPool> table_pool, object_pool;
};

class Connection final : public TransportOwner,
                         public WorkerPool::Work,
                         public WatchedConnection,
                         private base::ByteSource,
                         public std::enable_shared_from_this<Connection> {
 public:
  struct Origin {
    std::string remote_address;
    bool is_local_socket = false;
  };
  Connection(Shared& shared, std::unique_ptr<Transport> transport, Origin origin);
  ~Connection() override;
  void Start();  // once; afterwards the connection keeps itself alive

  // For the registry, from any thread.
  void OnSweep(int64_t now_micros) override;
  void CloseIfIdle() override;
  void CloseNow() override;

 private:
  enum class Stage {
    kHandshake,
    kIdle,
    kHead,
    kWholeBody,
    kHandling,
    kWriting,
    kDraining,
    kLinger
  };

  void OnHandshake(bool is_ok) override;
  void OnRead(size_t bytes) override;
  void OnWrite(size_t bytes) override;
  void Run() override;                                             // the handler, on a pool thread
  base::Result<size_t> Read(char* out, size_t capacity) override;  // the streamed body

  void EnterStage(Stage stage, int64_t timeout_ms);
  void AwaitRequest();
  void ContinueHead();
  void OnHead();
  void ContinueWholeBody();
  void ReadIntoWholeBody();
  void Serve();
  void Submit(WorkerPool& pool);
  bool CallHandler(bool may_wait);
  void AfterHandler(ResponseStream& response);
  void ContinueWriting();
  void AfterResponse();
  void ContinueDraining();
  void Linger();
  void Reject(int status);

  bool MayKeepAlive();
  bool SendContinue(int64_t timeout_ms);
  bool AwaitsContinueForNothing() const;  // Expect: 100-continue, with an empty body
  bool ReserveBody(size_t bytes);
  void ReleaseBody();
  base::Result<size_t> ReadBody(char* out, size_t capacity);

  // The input buffer: bytes received and not yet parsed.
  std::string_view Buffered() const { return {buffer_.data() + begin_, end_ - begin_}; }
  bool MakeRoom(size_t size_max);  // false: the buffer is full at that size
  void ReadIntoBuffer();
  RequestParser::Outcome ParseBodyFromBuffer(char* out, size_t capacity, size_t& produced);

  Shared& shared_;
  std::unique_ptr<Transport> transport_;
  const Origin origin_;
  std::atomic<Stage> stage_{Stage::kHandshake};
  std::atomic<int64_t> deadline_micros_{0};  // 0: none
  int64_t whole_body_until_micros_ = 0;      // however steadily it comes
  std::atomic<bool> has_timed_out_{false};

  RequestParser parser_;
  std::vector<char> buffer_;
  size_t begin_ = 0, end_ = 0;

  Request request_;
  size_t body_end_ = 0;  // bytes of request_.whole_body that have arrived
  size_t reserved_bytes_ = 0;
  bool is_stream_ = false;
  bool continue_sent_ = false;
  bool response_started_ = false;
  std::optional<base::Error> body_error_;
  std::string unsent_;
  size_t unsent_at_ = 0;
  bool keep_alive_ = false;
};

}  // namespace dray::http
