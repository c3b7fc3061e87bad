// SPDX-License-Identifier: Apache-2.0
// RocksDB's warnings and errors as lines of the server's log. Its own logger cannot be used: once a
// line did not fit on a full disk, the next one fails an assertion (7.8 of Debian) and takes the
// process down with it.
#pragma once

#include <rocksdb/env.h>

#include <cstdarg>

namespace dray::kv_rocksdb {

class EngineLog final : public rocksdb::Logger {  // thread-safe
 public:
  EngineLog() : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override;
  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override;
};

}  // namespace dray::kv_rocksdb
