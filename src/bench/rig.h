// SPDX-License-Identifier: Apache-2.0
// The engines and services that whole jobs run on, in one process, with production options.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "storage/objects/object_store.h"
#include "transfer/export_table/export_table.h"
#include "transfer/import_table/import_table.h"

namespace dray::bench {

inline constexpr const char* kAccount = "111122223333";
inline constexpr const char* kBucket = "bench";

[[noreturn]] inline void Fail(const std::string& message) {
  std::fprintf(stderr, "bench: %s\n", message.c_str());
  std::exit(1);
}
template <class T>
T Must(base::Result<T> result) {
  if (!result) Fail(result.error().message);
  return *std::move(result);
}
inline void Must(const base::Status& status) {
  if (!status) Fail(status.error().message);
}

// Of this process, all threads, so far: tells the cost also on a busy machine.
double CpuSeconds();

class Rig {
 public:
  // Makes `folder` anew. `sync_commits`: as --durability=fsync.
  Rig(std::string folder, bool sync_commits);
  ~Rig();  // removes the folder
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  table::Tables& tables() { return *tables_; }
  objects::ObjectStore& store() { return *store_; }
  // Seconds from the request to the end of the job; one that fails ends the process.
  double Import(import_table::ImportRequest request);
  // Of `table`, to a prefix of its own.
  double Export(const std::string& table, const std::string& format);

 private:
  double WaitForEnd(const std::string& arn, int64_t started);

  const std::string folder_;
  base::SystemClock wall_;
  std::unique_ptr<kv::Engine> engine_;
  std::unique_ptr<table::ServiceClock> clock_;
  std::unique_ptr<access::Authorizer> authorizer_;
  std::unique_ptr<objects::ObjectStore> store_;
  std::unique_ptr<buckets::Buckets> buckets_;
  std::unique_ptr<table::Tables> tables_;
  std::unique_ptr<jobs::Jobs> jobs_;
  std::unique_ptr<export_table::Exports> exports_;
  std::unique_ptr<import_table::Imports> imports_;
  access::Caller caller_;
  int exported_ = 0;
};

}  // namespace dray::bench
