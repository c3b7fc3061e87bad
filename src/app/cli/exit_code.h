// SPDX-License-Identifier: Apache-2.0
// How the commands that talk to an endpoint end. README.md has the same list for people.
#pragma once

#include "base/result.h"
#include "client/remote_jobs/ending.h"

namespace dray::cli {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitNotWhole = 3;
inline constexpr int kExitUnfinished = 4;
inline constexpr int kExitUnreachable = 5;
inline constexpr int kExitInterrupted = 130;

inline int ExitCodeOf(remote_jobs::Ending ending) {
  switch (ending) {
    case remote_jobs::Ending::kDone:
      return kExitDone;
    case remote_jobs::Ending::kFailed:
      return kExitFailed;
    case remote_jobs::Ending::kNotWhole:
      return kExitNotWhole;
    case remote_jobs::Ending::kUnfinished:
      return kExitUnfinished;
    case remote_jobs::Ending::kUnreachable:
      return kExitUnreachable;
    case remote_jobs::Ending::kInterrupted:
      return kExitInterrupted;
  }
  return kExitFailed;
}

inline int ExitCodeOf(const base::Error& error) {
  if (error.kind == base::ErrorKind::kUnavailable) return kExitUnreachable;
  if (error.kind == base::ErrorKind::kCancelled) return kExitInterrupted;
  return kExitFailed;
}

}  // namespace dray::cli
