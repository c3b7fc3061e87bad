// SPDX-License-Identifier: Apache-2.0
// AWS's texts for a request that policies deny.
#include "security/access/access.h"

namespace dray::access {

namespace {

struct SideText {
  std::string_view side;
  std::string_view allowing;  // "because no ... allows the X action"
  std::string_view denying;   // "with an explicit deny in ..."
};

constexpr SideText kSides[] = {
    {"identity", "identity-based policy", "an identity-based policy"},
    {"resource", "resource-based policy", "a resource-based policy"},
    {"boundary", "permissions boundary", "a permissions boundary"},
    {"session", "session policy", "a session policy"},
    {"service_control", "service control policy", "a service control policy"},
    {"resource_control", "resource control policy", "a resource control policy"},
};

bool IsS3(const ResourceRequest& request) { return request.action.starts_with("s3:"); }
bool IsDynamoDb(const ResourceRequest& request) { return request.action.starts_with("dynamodb:"); }

}  // namespace

base::Error DenialOf(const Caller& caller, const ResourceRequest& request,
                     const policy::Decision& decision) {
  base::Error error{base::ErrorKind::kAccessDenied, "Access Denied", reason::kDenied};
  const std::string& owner =
      request.object_owner.empty() ? request.resource_account : request.object_owner;
  bool is_within_account = caller.account() == owner;
  if (caller.is_anonymous() || (IsS3(request) && !is_within_account)) return error;

  const std::string quote = IsS3(request) ? "\"" : "";
  error.message = "User: " + caller.principal.arn +
                  " is not authorized to perform: " + request.action + " on resource: " + quote +
                  request.resource + quote;
  // To other accounts most services do not tell which policy it was. DynamoDB does, but the limits
  // that the owner's organization sets stay its own.
  if (!is_within_account &&
      (!IsDynamoDb(request) || decision.deciding_side == "resource_control")) {
    return error;
  }
  for (const SideText& text : kSides) {
    if (text.side != decision.deciding_side) continue;
    error.message += decision.result == policy::Decision::Result::kExplicitlyDenied
                         ? " with an explicit deny in " + std::string(text.denying)
                         : " because no " + std::string(text.allowing) + " allows the " +
                               request.action + " action";
  }
  return error;
}

}  // namespace dray::access
