// SPDX-License-Identifier: Apache-2.0
// Sends on many sockets in one system call. A thread that answers one request after the other and
// sends each response by itself is interrupted after each: the kernel lets the reader that it just
// woke run first, on the way out of the call. A thread with a batch collects the responses of a
// round and hands them over together, so that it and its clients take turns in larger steps
// (docs/decisions/0017). Uses Linux's io_submit, which sends on non-blocking sockets before it
// returns and which containers may call, unlike io_uring; where there is none, send after send.
// One thread makes, uses and destroys it. Internal to net/http.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace dray::http {

class SendBatch {
 public:
  class Sender {
   public:
    virtual ~Sender() = default;
    // Bytes sent, at least one and perhaps not all, or a negative error number: -EAGAIN if nothing
    // can be sent without waiting, -ECANCELED if the batch ended first. May Add again.
    virtual void OnSent(ssize_t result) = 0;
  };

  SendBatch();  // from now on OfThisThread; blocks SIGPIPE in this thread
  ~SendBatch();
  SendBatch(const SendBatch&) = delete;
  SendBatch& operator=(const SendBatch&) = delete;

  static SendBatch* OfThisThread();  // null in a thread without one

  // `socket` is non-blocking; it, `bytes` (not empty) and `sender` live until OnSent. Never calls
  // OnSent itself.
  void Add(int socket, std::string_view bytes, Sender& sender);
  void Flush();

  bool is_empty() const { return sends_.empty(); }
  // More would keep the first clients waiting for the last.
  bool is_full() const { return sends_.size() >= kFullSize; }

 private:
  static constexpr size_t kFullSize = 32;
  struct Send {
    int socket;
    std::string_view bytes;
    Sender* sender;
    ssize_t result;
  };

  size_t SubmitTogether();

  std::vector<Send> sends_, flushing_;
  uint64_t context_ = 0;  // aio_context_t; 0: none
};

}  // namespace dray::http
