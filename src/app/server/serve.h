// SPDX-License-Identifier: Apache-2.0
// `dray serve`: from settings to a running server and to its end.
#pragma once

#include "app/server/settings.h"
#include "base/result.h"

namespace dray::server {

// Runs until SIGTERM or SIGINT and then stops gracefully; a second signal ends the process at once.
// Prints "listening on http://HOST:PORT" on standard output when requests can come.
base::Status Serve(const Settings& settings);

}  // namespace dray::server
