// SPDX-License-Identifier: Apache-2.0
// The parallel part of staging.
#pragma once

#include <vector>

#include "client/remote_import/staging.h"

namespace dray::remote_import {

// `there`: objects under the prefix. The first error stops everything; uploads may be left open.
base::Result<Staging::Sent> UploadFiles(remote_jobs::Session& session,
                                        const StagingOptions& options,
                                        const std::vector<StagedFile>& files,
                                        const std::vector<Entry>& there);

}  // namespace dray::remote_import
