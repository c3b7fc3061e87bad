// SPDX-License-Identifier: Apache-2.0
#include "storage/kv/rocksdb/rocks_status.h"

#include <string>
#include <utility>

#include "base/file_system.h"

namespace dray::kv_rocksdb {

using base::ErrorKind;

base::Error FromRocksDb(const rocksdb::Status& status, std::string_view what) {
  std::string message = std::string(what) + ": " + status.ToString();
  if (status.IsCorruption()) return {ErrorKind::kCorruption, std::move(message)};
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::kNoSpace) {
    return {ErrorKind::kIo, std::move(message), base::kNoSpace};
  }
  if (status.IsIOError()) return {ErrorKind::kIo, std::move(message)};
  if (status.IsBusy() || status.IsTryAgain()) return {ErrorKind::kUnavailable, std::move(message)};
  return {ErrorKind::kInternal, std::move(message)};
}

}  // namespace dray::kv_rocksdb
