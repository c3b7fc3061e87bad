// SPDX-License-Identifier: Apache-2.0
#include "bench/rig.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>

#include "base/file_system.h"
#include "base/log.h"
#include "base/random.h"
#include "storage/kv/rocksdb/rocksdb_engine.h"
#include "storage/objects/local_disk/local_disk.h"

namespace dray::bench {

double CpuSeconds() {
  rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

Rig::Rig(std::string folder, bool sync_commits) : folder_(std::move(folder)) {
  base::log::Configure(base::log::Level::kWarning, base::log::Format::kText);
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_);
  engine_ = Must(kv_rocksdb::OpenRocksDbEngine({.folder = folder_ + "/kv",
                                                .logs = std::string(table::kLogKeys),
                                                .sync_commits = sync_commits}));
  clock_ = Must(table::ServiceClock::Open(*engine_, wall_));
  authorizer_ = access::Authorizer::Make(wall_, "us-east-1");
  store_ = Must(objects::OpenLocalDisk(
      *engine_, base::PosixFileSystem(), wall_,
      {.folder = folder_ + "/objects", .region = "us-east-1", .key = std::string(32, 'k')}));
  buckets_ = buckets::Buckets::Make(*store_, *authorizer_);
  table::Options table_options;
  table_options.folder = folder_ + "/bulk";
  tables_ = Must(table::Tables::Open(*engine_, *clock_, table_options));
  jobs_ = Must(jobs::Jobs::Open(*engine_, *clock_, {}));
  exports_ =
      Must(export_table::Exports::Make(*tables_, *buckets_, *jobs_, *clock_, "us-east-1", {}));
  import_table::Options import_options;
  import_options.secret_key = std::string(32, 'k');
  imports_ = Must(import_table::Imports::Make(*tables_, *buckets_, *jobs_, *clock_, *engine_,
                                              "us-east-1", import_options));
  tables_->PinsLoaded();
  jobs_->Start();
  caller_.principal.type = policy::Principal::Type::kRoot;
  caller_.principal.account = kAccount;
  caller_.principal.arn = std::string("arn:aws:iam::") + kAccount + ":root";
  Must(store_->CreateBucket(kBucket, kAccount));
}

Rig::~Rig() {
  jobs_->Stop();
  imports_.reset();
  exports_.reset();
  jobs_.reset();
  tables_.reset();
  buckets_.reset();
  store_.reset();
  clock_.reset();
  engine_.reset();
  std::filesystem::remove_all(folder_);
}

double Rig::Import(import_table::ImportRequest request) {
  request.client_token = base::RandomUuid();
  request.s3_bucket = kBucket;
  const int64_t started = base::SteadyMicros();
  return WaitForEnd(Must(imports_->Start(caller_, request)).record.arn, started);
}

double Rig::Export(const std::string& table, const std::string& format) {
  export_table::ExportRequest request;
  request.client_token = base::RandomUuid();
  request.table_arn = std::string("arn:aws:dynamodb:us-east-1:") + kAccount + ":table/" + table;
  request.table_name = table;
  request.s3_bucket = kBucket;
  request.s3_prefix = "export" + std::to_string(exported_++);
  request.export_format = format;
  const int64_t started = base::SteadyMicros();
  return WaitForEnd(Must(exports_->Start(caller_, request)).record.arn, started);
}

double Rig::WaitForEnd(const std::string& arn, int64_t started) {
  while (true) {
    auto record = Must(jobs_->Find(arn));
    if (record->state == jobs::State::kFailed) Fail(record->failure_detail);
    if (record->state == jobs::State::kCompleted) break;
    ::usleep(1000);
  }
  return static_cast<double>(base::SteadyMicros() - started) / 1e6;
}

}  // namespace dray::bench
