// SPDX-License-Identifier: Apache-2.0
#include "storage/kv/rocksdb/engine_log.h"

#include <cstdio>
#include <string_view>

#include "base/log.h"

namespace dray::kv_rocksdb {

void EngineLog::Logv(const char* format, va_list arguments) {
  Logv(rocksdb::InfoLogLevel::INFO_LEVEL, format, arguments);
}

void EngineLog::Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) {
  if (level < rocksdb::InfoLogLevel::WARN_LEVEL || level > rocksdb::InfoLogLevel::FATAL_LEVEL) {
    return;  // HEADER_LEVEL, above all others, lists the options
  }
  char text[1024];
  if (std::vsnprintf(text, sizeof(text), format, arguments) < 0) return;
  // It warns of what is none of an operator's business, such as files that an import made.
  base::log::Write(level == rocksdb::InfoLogLevel::WARN_LEVEL ? base::log::Level::kInfo
                                                              : base::log::Level::kError,
                   "rocksdb", {{"said", std::string_view(text)}});
}

}  // namespace dray::kv_rocksdb
