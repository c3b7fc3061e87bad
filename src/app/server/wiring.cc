// SPDX-License-Identifier: Apache-2.0
#include "app/server/wiring.h"

#include <cstdint>
#include <utility>

#include "api/dynamodb/dynamodb.h"
#include "api/iam/iam.h"
#include "api/logs/logs.h"
#include "api/s3/s3.h"
#include "api/sts/sts.h"
#include "app/server/garbage_collector.h"
#include "security/encryption/key_file.h"
#include "storage/buckets/buckets.h"
#include "storage/identities/identities.h"
#include "storage/kv/memory/memory_engine.h"
#include "storage/kv/rocksdb/rocksdb_engine.h"
#include "storage/objects/local_disk/local_disk.h"
#include "storage/table/table.h"
#include "transfer/export_table/export_table.h"
#include "transfer/import_into/import_into.h"
#include "transfer/import_table/import_table.h"
#include "transfer/jobs/jobs.h"
#include "transfer/restore_table/restore_table.h"

namespace dray::server {

namespace {

base::Result<std::unique_ptr<kv::Engine>> OpenEngine(const DataFolder& folder, bool in_memory,
                                                     bool sync_commits) {
  if (in_memory) return kv_memory::MakeMemoryEngine();
  return kv_rocksdb::OpenRocksDbEngine({.folder = folder.engine_path(),
                                        .logs = std::string(table::kLogKeys),
                                        .sync_commits = sync_commits});
}

class RocksDbAccounts final : public OfflineAccounts {
 public:
  RocksDbAccounts(std::unique_ptr<kv::Engine> engine, std::unique_ptr<accounts::Accounts> accounts)
      : engine_(std::move(engine)), accounts_(std::move(accounts)) {}
  accounts::Accounts& accounts() override { return *accounts_; }

 private:
  std::unique_ptr<kv::Engine> engine_;
  std::unique_ptr<accounts::Accounts> accounts_;
};

class WiredServices final : public Services {
 public:
  ~WiredServices() override { StopJobs(); }

  base::Status Open(base::FileSystem& files, const DataFolder& folder, const base::Clock& clock,
                    const WiringOptions& options);

  void StopJobs() override {
    if (jobs_) jobs_->Stop();
  }
  accounts::Accounts& accounts() override { return *accounts_; }
  access::Authenticator& authenticator() override { return *authenticator_; }
  table::ServiceClock& clock() override { return *clock_; }
  std::vector<gateway::Protocol*> protocols() override {
    return {dynamodb_.get(), logs_.get(), iam_.get(), sts_.get(), s3_.get()};
  }

 private:
  // Each uses only what stands above it, and is destroyed before it.
  std::unique_ptr<kv::Engine> engine_;
  std::unique_ptr<accounts::Accounts> accounts_;
  std::unique_ptr<identities::Identities> identities_;
  std::unique_ptr<access::Authenticator> authenticator_;
  std::unique_ptr<access::Authorizer> authorizer_;
  std::unique_ptr<table::ServiceClock> clock_;
  std::unique_ptr<table::Tables> tables_;
  std::unique_ptr<objects::ObjectStore> objects_;
  std::unique_ptr<buckets::Buckets> buckets_;
  const base::SystemClock machine_clock_;  // the one --dev does not move: other servers check it
  std::unique_ptr<s3_session::RemoteTargets> remote_targets_;
  std::unique_ptr<jobs::Jobs> jobs_;
  std::unique_ptr<export_table::Exports> exports_;
  std::unique_ptr<import_table::Imports> imports_;
  std::unique_ptr<import_into::IntoImports> into_imports_;
  std::unique_ptr<restore_table::Backups> backups_;
  std::unique_ptr<restore_table::Restores> restores_;
  std::unique_ptr<gateway::Protocol> dynamodb_, logs_, iam_, sts_, s3_;
  std::unique_ptr<GarbageCollector> garbage_collector_;
};

base::Status WiredServices::Open(base::FileSystem& files, const DataFolder& folder,
                                 const base::Clock& clock, const WiringOptions& options) {
  const std::string& region = folder.region();
  ASSIGN_OR_RETURN(engine_, OpenEngine(folder, options.in_memory, options.sync_commits));
  ASSIGN_OR_RETURN(std::string key, encryption::LoadOrCreateKey(files, folder.master_key_path()));
  ASSIGN_OR_RETURN(accounts_, accounts::Accounts::Open(*engine_, clock, key));
  identities_ = std::make_unique<identities::Identities>(*engine_, *accounts_, clock, key);
  authenticator_ =
      access::Authenticator::Make(*identities_, clock, {.region = region, .dev = options.dev});
  authorizer_ = access::Authorizer::Make(clock, region, identities_.get());
  ASSIGN_OR_RETURN(clock_, table::ServiceClock::Open(*engine_, clock));
  table::Options table_options;
  table_options.folder = folder.loads_path();
  ASSIGN_OR_RETURN(tables_, table::Tables::Open(*engine_, *clock_, table_options));
  objects::LocalDiskOptions disk{.folder = folder.objects_path(), .region = region};
  ASSIGN_OR_RETURN(disk.key, objects::LoadObjectsKey(*engine_, files, folder.objects_key_path()));
  disk.sync = options.sync_commits;
  if (options.in_memory) {  // bodies too stay in memory
    disk.inline_bytes_max = SIZE_MAX;
    disk.sync = false;
  }
  ASSIGN_OR_RETURN(objects_, objects::OpenLocalDisk(*engine_, files, clock, disk));
  buckets_ = buckets::Buckets::Make(*objects_, *authorizer_, identities_.get());
  jobs::Options job_options;
  if (options.background_jobs) job_options.niceness = kBackgroundNiceness;
  ASSIGN_OR_RETURN(jobs_, jobs::Jobs::Open(*engine_, *clock_, job_options));
  remote_targets_ = std::make_unique<s3_session::RemoteTargets>(options.remote_targets,
                                                                *authorizer_, machine_clock_);
  export_table::Options exports;
  exports.data_file_bytes = options.export_file_bytes;
  exports.concurrent_max = options.exports_max;
  exports.remote_targets = remote_targets_.get();
  ASSIGN_OR_RETURN(
      exports_, export_table::Exports::Make(*tables_, *buckets_, *jobs_, *clock_, region, exports));
  import_table::Options imports;
  imports.concurrent_max = options.imports_max;
  imports.objects_max = options.import_objects_max;
  imports.source_bytes_max = options.import_source_bytes_max > 0
                                 ? options.import_source_bytes_max
                                 : import_table::SourceBytesMaxOf(region);
  imports.remote_targets = remote_targets_.get();
  ASSIGN_OR_RETURN(imports.secret_key,
                   encryption::LoadOrCreateKey(files, folder.master_key_path()));
  ASSIGN_OR_RETURN(imports_, import_table::Imports::Make(*tables_, *buckets_, *jobs_, *clock_,
                                                         *engine_, region, imports));
  import_into::Options into;
  into.secret_key = imports.secret_key;
  into.remote_targets = remote_targets_.get();
  ASSIGN_OR_RETURN(into_imports_,
                   import_into::IntoImports::Make(*imports_, *tables_, *buckets_, *jobs_, *clock_,
                                                  *engine_, region, std::move(into)));
  ASSIGN_OR_RETURN(backups_, restore_table::Backups::Make(*tables_, *clock_, *engine_, region));
  ASSIGN_OR_RETURN(restores_, restore_table::Restores::Make(*tables_, *backups_, *jobs_, *clock_,
                                                            region, restore_table::Options()));
  tables_->PinsLoaded();  // what unfinished jobs and backups need is pinned
  dynamodb_ = dynamodb::MakeProtocol(
      {*tables_, *exports_, *imports_, *into_imports_, *backups_, *restores_, *jobs_, *authorizer_,
       *clock_, region, options.sync_commits && !options.in_memory, options.is_throttled});
  logs_ = logs::MakeProtocol({*imports_, *jobs_, *authorizer_, region});
  iam_ = iam::MakeProtocol({*identities_, *authorizer_, clock});
  sts_ = sts::MakeProtocol({*identities_, *authorizer_, clock});
  s3_ = s3::MakeProtocol(*buckets_, region, options.dev);
  garbage_collector_ = std::make_unique<GarbageCollector>(*tables_, *backups_, *jobs_);
  jobs_->Start();
  return base::Ok();
}

}  // namespace

base::Result<std::unique_ptr<OfflineAccounts>> OfflineAccounts::Open(base::FileSystem& files,
                                                                     const DataFolder& folder,
                                                                     const base::Clock& clock) {
  ASSIGN_OR_RETURN(auto engine, OpenEngine(folder, false, true));
  ASSIGN_OR_RETURN(std::string key, encryption::LoadOrCreateKey(files, folder.master_key_path()));
  ASSIGN_OR_RETURN(auto accounts, accounts::Accounts::Open(*engine, clock, std::move(key)));
  return std::unique_ptr<OfflineAccounts>(
      std::make_unique<RocksDbAccounts>(std::move(engine), std::move(accounts)));
}

base::Result<std::unique_ptr<Services>> Services::Open(base::FileSystem& files,
                                                       const DataFolder& folder,
                                                       const base::Clock& clock,
                                                       const WiringOptions& options) {
  auto services = std::make_unique<WiredServices>();
  RETURN_IF_ERROR(services->Open(files, folder, clock, options));
  return std::unique_ptr<Services>(std::move(services));
}

}  // namespace dray::server
