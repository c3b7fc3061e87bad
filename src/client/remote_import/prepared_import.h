// SPDX-License-Identifier: Apache-2.0
// Everything that is known before anything is changed: what the place holds, what the table will
// be, and the request that makes it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/remote_import/import_run.h"
#include "client/remote_import/place.h"
#include "client/remote_import/staging.h"
#include "client/remote_import/table_plan.h"

namespace dray::remote_import {

struct PreparedImport {
  bool is_local = false;         // files of this machine, to be staged
  std::unique_ptr<Place> place;  // null: nobody looked
  Contents contents;
  std::string source;  // as people write it
  std::string schema;  // where it was found, or empty
  std::vector<std::string> left_out;
  std::vector<Setting> settings;
  std::unique_ptr<Staging> staging;  // of a local place
  Operation operation;
  std::string request;
};
base::Result<PreparedImport> PrepareImport(remote_jobs::Session& session, const ImportPlan& plan,
                                           const ReadFile& read_file);
// Verifies, stages, starts, watches, cleans up, applies the settings. `prepared`: or why there is
// nothing to do.
ImportResult RunPrepared(remote_jobs::Session& session, const ImportPlan& plan,
                         base::Result<PreparedImport> prepared);

}  // namespace dray::remote_import
