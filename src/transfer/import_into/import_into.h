// SPDX-License-Identifier: Apache-2.0
// Imports into existing tables: ImportIntoTable and ApplyIncrementals, through ordinary commits, so
// that indexes and the change log see them. Jobs of the type import, described and listed by
// import_table::Imports. docs/decisions/0021.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "security/access/access.h"
#include "storage/buckets/buckets.h"
#include "storage/table/table.h"
#include "transfer/import_into/into_request.h"
#include "transfer/import_table/import_table.h"
#include "transfer/jobs/jobs.h"

namespace dray::import_into {

struct Options {
  unsigned threads = 0;  // 0 = cores
  uint64_t objects_max = 50'000;
  // Records that are one commit or a few, and one intent: what is looked at again after a kill.
  size_t batch_records_max = 256;
  std::string secret_key;  // 32 bytes: seals the keys of masks in job records
  // Buckets that are elsewhere; null: none. Outlives the jobs.
  const s3_session::RemoteTargets* remote_targets = nullptr;
};

class IntoImports {
 public:
  // Adds its kind to `imports`, before the jobs are started.
  static base::Result<std::unique_ptr<IntoImports>> Make(
      import_table::Imports& imports, table::Tables& tables, buckets::Buckets& buckets,
      jobs::Jobs& jobs, table::ServiceClock& clock, kv::Engine& engine, std::string region,
      Options options);
  virtual ~IntoImports() = default;
  // The table must be ACTIVE. The same token again with the same request gives the same job;
  // import_table::reason::kTokenConflict with another one. kInUse (table::reason::kTableInUse)
  // while other incrementals are applied to the table.
  virtual base::Result<import_table::ImportDescription> Start(const access::Caller& caller,
                                                              const IntoRequest& request) = 0;
};

}  // namespace dray::import_into
