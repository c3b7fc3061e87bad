// SPDX-License-Identifier: Apache-2.0
// Keeps RocksDB from going on by itself once its log could not be written: its way back (7.8 of
// Debian) touches the failed log again, fails an assertion and takes the process down with it.
// Until the server is started anew commits are refused and everything can be read. Where a flush or
// a compaction found no room RocksDB goes on as soon as there is some; also when its log failed
// only then, because the way back from a failed flush begins a new log.
#pragma once

#include <rocksdb/listener.h>

#include <atomic>

#include "base/log.h"

namespace dray::kv_rocksdb {

class FullDiskListener final : public rocksdb::EventListener {  // thread-safe
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason reason, rocksdb::Status,
                            bool* auto_recovery) override {
    if (reason == rocksdb::BackgroundErrorReason::kWriteCallback &&
        !has_log_failed_.exchange(true)) {
      base::log::Error(
          "the disk is full and writes are refused: if they still are with room, start the server "
          "again");
    }
    if (has_log_failed_) *auto_recovery = false;
  }

 private:
  std::atomic<bool> has_log_failed_{false};
};

}  // namespace dray::kv_rocksdb
