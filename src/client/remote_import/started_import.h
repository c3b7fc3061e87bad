// SPDX-License-Identifier: Apache-2.0
// ImportTable or ImportIntoTable, sent so often that it arrives, and started once.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "client/remote_import/import_request.h"
#include "client/remote_jobs/job_watch.h"
#include "client/remote_jobs/session.h"

namespace dray::remote_import {

// `request`: the whole body. The client token makes repetitions harmless while the import runs; one
// that has ended refuses them because of the table that it made, and is found again by its token.
base::Result<remote_jobs::Job> StartImport(remote_jobs::Session& session,
                                           const Operation& operation, const std::string& table,
                                           const std::string& request,
                                           const std::string& client_token);

// The newest one into that table that was asked for with the token; nullopt: none is found.
std::optional<remote_jobs::Job> FindImport(remote_jobs::Session& session, const std::string& table,
                                           const std::string& client_token);

}  // namespace dray::remote_import
