// SPDX-License-Identifier: Apache-2.0
// From flags, environment and files to the endpoint, the region and who signs.
#pragma once

#include "app/cli/command_line.h"
#include "base/result.h"
#include "client/remote_jobs/session.h"

namespace dray::cli {

// kInvalidArgument says what to give; kUnavailable when the folder's server does not run.
base::Result<remote_jobs::SessionOptions> FindTarget(const RemoteOptions& remote);

}  // namespace dray::cli
