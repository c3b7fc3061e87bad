// SPDX-License-Identifier: Apache-2.0
// The requests behind an import.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "client/remote_import/table_plan.h"
#include "client/remote_jobs/session.h"

namespace dray::remote_import {

// One setting, tried again while the table or its backups are still being made.
base::Status ApplySetting(remote_jobs::Session& session, const Setting& setting,
                          const std::string& table, const std::string& table_arn);

}  // namespace dray::remote_import
