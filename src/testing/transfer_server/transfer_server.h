// SPDX-License-Identifier: Apache-2.0
// All that a job stands on, for the tests of exports and imports: tables, buckets with real policy
// evaluation, an object store over a file system that misbehaves, jobs; restarts and kills.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "security/access/access.h"
#include "storage/buckets/buckets.h"
#include "storage/objects/local_disk/local_disk.h"
#include "storage/table/service_clock.h"
#include "storage/table/table.h"
#include "testing/faulty_file_system.h"
#include "testing/transfer_server/crashing_engine.h"
#include "transfer/jobs/jobs.h"

namespace dray::testing {

inline constexpr const char* kSource = "111122223333";
inline constexpr const char* kTarget = "444455556666";
inline constexpr const char* kRegion = "us-east-1";

access::Caller RootOf(const std::string& account);
// The bucket policy of the cross-account walk: PutObject and ListBucket for `account`, only through
// DynamoDB.
std::string SeedPolicy(const std::string& account, const std::string& bucket);

class TransferServer {
 public:
  // `wire` makes what runs on jobs (Exports, Imports), at each start of the server; `unwire` drops
  // it again.
  TransferServer(std::function<void(TransferServer&)> wire, std::function<void()> unwire);
  ~TransferServer();

  CrashingEngine& engine() { return engine_; }
  FaultyFileSystem& files() { return files_; }
  base::MovableClock& wall() { return wall_; }
  table::ServiceClock& clock() { return *clock_; }
  table::Tables& tables() { return *tables_; }
  objects::ObjectStore& store() { return *store_; }
  buckets::Buckets& buckets() { return *buckets_; }
  jobs::Jobs& jobs() { return *jobs_; }
  table::Options& table_options() { return table_options_; }  // before a restart

  // Stops the jobs and everything else, and starts again over the same data.
  void Restart();
  // Lets the job run to its end.
  jobs::Record WaitForEnd(const std::string& arn);
  // Waits until the engine has crashed or the job has ended; true when it has crashed.
  bool WaitForCrashOrEnd(const std::string& arn);

  // A table of `account` with string keys "pk" and, if asked for, number keys "sk".
  table::TableRef MakeTable(const std::string& account, const std::string& name,
                            bool has_sort_key = false);
  // Puts an item given as DynamoDB JSON attributes: {"pk":{"S":"a"},...}.
  void Put(const table::TableRef& table, const std::string& attributes_json);
  // All items of the table as DynamoDB JSON attributes, sorted.
  std::vector<std::string> Items(const table::TableRef& table);

  void MakeBucket(const std::string& account, const std::string& bucket,
                  std::optional<std::string> policy = std::nullopt);
  // As its owner can at any time, without a job's knowing.
  void SetPolicy(const std::string& bucket, std::optional<std::string> policy);
  void PutObject(const std::string& bucket, const std::string& key, std::string_view bytes);
  std::string GetObject(const std::string& bucket, const std::string& key);
  std::vector<std::string> Keys(const std::string& bucket, const std::string& prefix = "");

 private:
  void Open();
  void Close();

  const std::function<void(TransferServer&)> wire_;
  const std::function<void()> unwire_;
  std::string folder_;
  base::SystemClock system_;
  base::MovableClock wall_{system_};
  CrashingEngine engine_;
  FaultyFileSystem files_;
  table::Options table_options_;
  std::unique_ptr<table::ServiceClock> clock_;
  std::unique_ptr<access::Authorizer> authorizer_;
  std::unique_ptr<objects::ObjectStore> store_;
  std::unique_ptr<buckets::Buckets> buckets_;
  std::unique_ptr<table::Tables> tables_;
  std::unique_ptr<jobs::Jobs> jobs_;
};

// gzip or zstd of the text, as a client would make it.
std::string Gzip(std::string_view text);
std::string Zstd(std::string_view text);
std::string Gunzip(std::string_view bytes);

}  // namespace dray::testing
