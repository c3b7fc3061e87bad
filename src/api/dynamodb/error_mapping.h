// SPDX-License-Identifier: Apache-2.0
// From errors inside to what the wire shows: name, prefix of __type, HTTP status. The one table of
// it is in error_mapping.cc.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dray::dynamodb {

// Precise causes that arise in this module. Causes of lower modules keep their own reasons.
namespace reason {
inline constexpr std::string_view kSerialization = "serialization";
inline constexpr std::string_view kUnknownOperation = "unknown_operation";
inline constexpr std::string_view kThrottled = "throttled";
inline constexpr std::string_view kResourceNotFound = "resource_not_found";
inline constexpr std::string_view kConditionFailed = "condition_failed";
inline constexpr std::string_view kResourceInUse = "resource_in_use";
inline constexpr std::string_view kTableNotFound = "api_table_not_found";  // of backup operations
inline constexpr std::string_view kBackupsUnavailable = "backups_unavailable";
inline constexpr std::string_view kExportNotFound = "export_not_found";
inline constexpr std::string_view kImportNotFound = "import_not_found";
inline constexpr std::string_view kPolicyNotFound = "policy_not_found";
}  // namespace reason

struct WireError {
  int status = 400;
  std::string type;  // of __type, with its prefix
  std::string name;  // without: for metrics and the audit line
  std::string message;
};

WireError MapError(const base::Error& error);
// {"__type":"...","message":"..."}; without a message only __type, as on AWS. `members`: more of
// the body, ,"Item":{...}
std::string RenderError(const WireError& error, std::string_view members = {});

base::Error ValidationError(std::string message);
// "One or more parameter values were invalid: " before it.
base::Error InvalidParameter(std::string_view message);
base::Error SerializationError(std::string message);
// For operations that AWS does not let other accounts do, whatever policies say.
base::Error OnlyForTheOwner();
// `what`: the member, and its value where only that is refused: "StreamSpecification".
base::Error NotSupported(std::string_view what);

}  // namespace dray::dynamodb
