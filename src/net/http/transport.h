// SPDX-License-Identifier: Apache-2.0
// The bytes of one connection: TCP, TLS over TCP or a local socket, asynchronous and blocking. One
// operation at a time; whoever holds the connection (an I/O thread between requests, a handler
// thread during one) calls. Only Shutdown may come from any thread. Asio and OpenSSL stay in
// transport.cc and listener.cc. Internal to net/http.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dray::http {

// Gets the outcome of asynchronous operations, on an I/O thread.
class TransportOwner {
 public:
  virtual ~TransportOwner() = default;
  virtual void OnHandshake(bool is_ok) = 0;
  virtual void OnRead(size_t bytes) = 0;   // 0: the peer has closed, or the connection failed
  virtual void OnWrite(size_t bytes) = 0;  // 0: the connection failed
};

class Transport {
 public:
  virtual ~Transport() = default;

  // `owner` is kept alive until its callback was called (or the server's I/O has ended).
  virtual void AsyncHandshake(std::shared_ptr<TransportOwner> owner) = 0;
  virtual void AsyncRead(char* out, size_t capacity, std::shared_ptr<TransportOwner> owner) = 0;
  virtual void AsyncWrite(std::string_view bytes, std::shared_ptr<TransportOwner> owner) = 0;

  // Blocking. Read returns 0 when the peer has closed. kUnavailable after `timeout_ms` in which no
  // byte moved, kIo otherwise.
  virtual base::Result<size_t> Read(char* out, size_t capacity, int64_t timeout_ms) = 0;
  virtual base::Status Write(std::string_view first, std::string_view second,
                             int64_t timeout_ms) = 0;
  // As much as goes without waiting, from the front; the rest is left to AsyncWrite. Always 0 with
  // TLS, and on I/O threads, whose SendBatch does better.
  virtual size_t WriteNow(std::string_view first, std::string_view second) = 0;

  enum class Direction { kRead, kWrite, kBoth };
  // Ends waiting operations of that direction in whichever thread. The socket stays open until the
  // transport is destroyed.
  virtual void Shutdown(Direction direction) = 0;

  virtual bool is_secure() const = 0;
};

}  // namespace dray::http
