// SPDX-License-Identifier: Apache-2.0
// How a command over a job ends. Exit codes are made of it.
#pragma once

namespace dray::remote_jobs {

enum class Ending {
  kDone,
  kFailed,      // refused, or the job failed
  kNotWhole,    // the export's objects are not what its manifests say
  kUnfinished,  // complete, but something behind it could not be done
  kUnreachable,
  kInterrupted,
};

}  // namespace dray::remote_jobs
