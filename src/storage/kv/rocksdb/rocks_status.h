// SPDX-License-Identifier: Apache-2.0
// Where RocksDB's types become ours.
#pragma once

#include <rocksdb/slice.h>
#include <rocksdb/status.h>

#include <string_view>

#include "base/result.h"

namespace dray::kv_rocksdb {

inline rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// `what`: what could not be done, "cannot read a key".
base::Error FromRocksDb(const rocksdb::Status& status, std::string_view what);

}  // namespace dray::kv_rocksdb
