// SPDX-License-Identifier: Apache-2.0
// Everything behind the HTTP server, put together. wiring.cc is the only file that names the
// concrete engines and stores.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "api/gateway/gateway.h"
#include "app/server/data_folder.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"
#include "security/access/access.h"
#include "storage/accounts/accounts.h"
#include "storage/table/service_clock.h"
#include "transfer/s3_session/remote_targets.h"

namespace dray::server {

inline constexpr int kBackgroundNiceness = 19;

struct WiringOptions {
  bool dev = false;
  bool sync_commits = true;
  bool in_memory = false;
  bool background_jobs = true;  // at kBackgroundNiceness
  bool is_throttled = false;
  uint64_t exports_max = 300;
  uint64_t imports_max = 50;
  uint64_t import_objects_max = 50'000;
  uint64_t import_source_bytes_max = 0;  // 0: AWS's of the region
  uint64_t export_file_bytes = 256 << 20;
  std::vector<s3_session::RemoteTarget> remote_targets = {};
};

// The accounts alone, for commands that work on a folder without a server.
class OfflineAccounts {
 public:
  static base::Result<std::unique_ptr<OfflineAccounts>> Open(base::FileSystem& files,
                                                             const DataFolder& folder,
                                                             const base::Clock& clock);
  virtual ~OfflineAccounts() = default;
  virtual accounts::Accounts& accounts() = 0;
};

class Services {
 public:
  // Opens the storage, resumes jobs, starts the garbage collector. The references outlive it.
  static base::Result<std::unique_ptr<Services>> Open(base::FileSystem& files,
                                                      const DataFolder& folder,
                                                      const base::Clock& clock,
                                                      const WiringOptions& options);
  // Stops the jobs at a checkpoint; they go on at the next start.
  virtual ~Services() = default;
  // Requests go on being answered, jobs rest: the first step of a stop.
  virtual void StopJobs() = 0;

  virtual accounts::Accounts& accounts() = 0;
  virtual access::Authenticator& authenticator() = 0;
  virtual table::ServiceClock& clock() = 0;
  // In the order in which they are asked.
  virtual std::vector<gateway::Protocol*> protocols() = 0;
};

}  // namespace dray::server
