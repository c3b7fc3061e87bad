// SPDX-License-Identifier: Apache-2.0
#include "net/http/send_batch.h"

#include <linux/aio_abi.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

namespace dray::http {

namespace {

thread_local SendBatch* batch_of_this_thread = nullptr;

}  // namespace

SendBatch::SendBatch() {
  // io_submit takes no MSG_NOSIGNAL.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  aio_context_t context = 0;
  if (syscall(SYS_io_setup, kFullSize, &context) == 0) context_ = context;
  batch_of_this_thread = this;
}

SendBatch::~SendBatch() {
  batch_of_this_thread = nullptr;
  for (const Send& send : sends_) send.sender->OnSent(-ECANCELED);
  if (context_ != 0) syscall(SYS_io_destroy, context_);
}

SendBatch* SendBatch::OfThisThread() { return batch_of_this_thread; }

void SendBatch::Add(int socket, std::string_view bytes, Sender& sender) {
  // What was handed over and of which nothing is heard must not be sent a second time.
  sends_.push_back({socket, bytes, &sender, -EIO});
}

void SendBatch::Flush() {
  flushing_.swap(sends_);
  for (size_t i = flushing_.size() > 1 ? SubmitTogether() : 0; i < flushing_.size(); ++i) {
    Send& send = flushing_[i];
    ssize_t sent =
        ::send(send.socket, send.bytes.data(), send.bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    send.result = sent < 0 ? -errno : sent;
  }
  for (const Send& send : flushing_) send.sender->OnSent(send.result);
  flushing_.clear();
}

// How many of `flushing_`, from the front, it has sent or tried to.
size_t SendBatch::SubmitTogether() {
  if (context_ == 0) return 0;
  size_t count = std::min(flushing_.size(), kFullSize);
  std::array<iocb, kFullSize> blocks{};
  std::array<iocb*, kFullSize> pointers;
  for (size_t i = 0; i < count; ++i) {
    const Send& send = flushing_[i];
    blocks[i].aio_data = i;
    blocks[i].aio_lio_opcode = IOCB_CMD_PWRITE;
    blocks[i].aio_fildes = static_cast<uint32_t>(send.socket);
    blocks[i].aio_buf = reinterpret_cast<uintptr_t>(send.bytes.data());
    blocks[i].aio_nbytes = send.bytes.size();
    pointers[i] = &blocks[i];
  }
  long submitted = syscall(SYS_io_submit, context_, static_cast<long>(count), pointers.data());
  if (submitted <= 0) return 0;
  std::array<io_event, kFullSize> events;
  long received = 0;
  while (received < submitted) {  // all have ended already: this waits for nothing
    long some = syscall(SYS_io_getevents, context_, submitted - received, submitted - received,
                        events.data(), nullptr);
    if (some < 0 && errno != EINTR) break;
    for (long i = 0; i < some; ++i) {
      flushing_[events[static_cast<size_t>(i)].data].result =
          static_cast<ssize_t>(events[static_cast<size_t>(i)].res);
    }
    received += std::max(some, 0L);
  }
  return static_cast<size_t>(submitted);
}

}  // namespace dray::http
