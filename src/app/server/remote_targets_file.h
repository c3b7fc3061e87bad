// SPDX-License-Identifier: Apache-2.0
// The file of --remote-targets. It holds secrets: nobody but its owner may be able to read it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "transfer/s3_session/remote_targets.h"

namespace dray::server {

// kInvalidArgument names the file and what to do: other users can read or replace it, it is
// somebody else's, or its content is wrong.
base::Result<std::vector<s3_session::RemoteTarget>> LoadRemoteTargets(const std::string& path);

}  // namespace dray::server
