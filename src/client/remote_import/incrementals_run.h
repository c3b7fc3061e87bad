// SPDX-License-Identifier: Apache-2.0
// Incremental exports of a bucket applied to a table, or one of them undone. A table that is not
// there is made of the full export first. Nothing is changed before the whole chain is known.
#pragma once

#include "client/remote_import/import_run.h"

namespace dray::remote_import {

// `plan.mode` is APPLY or UNDO.
ImportResult RunIncrementals(remote_jobs::Session& session, const ImportPlan& plan,
                             const ReadFile& read_file);

}  // namespace dray::remote_import
