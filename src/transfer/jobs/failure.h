// SPDX-License-Identifier: Apache-2.0
// Why a job ended without its result.
#pragma once

#include <string>

namespace dray::jobs {

struct Failure {
  std::string code;     // AWS's: S3NoSuchBucket, ItemValidationError, UNKNOWN, ...
  std::string message;  // AWS's; one that is S3's has its suffix "(Service: Amazon S3; ...)"
  std::string detail;   // ours: what was tried, by whom, and the full reason
  bool operator==(const Failure&) const = default;
};

}  // namespace dray::jobs
