// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/resource_policy.h"

#include <algorithm>
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/shape.h"

namespace dray::dynamodb {

namespace {

constexpr int64_t kMicrosPerMilli = 1000;

}  // namespace

base::Result<TableName> ParsePolicyArn(const Input& input) {
  const std::string_view text = StringOr(input.body, "ResourceArn", "");
  constexpr std::string_view kStream = "/stream/";
  const size_t stream = text.find(kStream);
  ASSIGN_OR_RETURN(TableName table,
                   ParseResourceArn(text.substr(0, stream), input.region,
                                    "One or more parameter values were invalid: Invalid resource "
                                    "Arn: "));
  if (stream == std::string_view::npos) return table;
  return base::Error{
      base::ErrorKind::kNotFound,
      "Requested resource not found: Stream: " + std::string(text.substr(stream + kStream.size())) +
          " not found for Table: " + table.name,
      reason::kResourceNotFound};
}

base::Status CheckRevision(const table::TableDescriptor& descriptor,
                           const std::optional<std::string>& expected) {
  const table::ResourcePolicy* policy = descriptor.resource_policy.get();
  if (!expected) return base::Ok();
  if (*expected == kNoPolicyRevision) {
    if (policy == nullptr) return base::Ok();
    return PolicyNotFound("Requested policy update expecting none to be present for table " +
                          descriptor.name + ", but a policy exists with revision id " +
                          RevisionId(*policy) + ".");
  }
  const std::string requested = "Requested update for policy with revision id " + *expected;
  if (policy == nullptr) {
    return PolicyNotFound(requested + ", but table " + descriptor.name +
                          " has no associated policy.");
  }
  if (*expected == RevisionId(*policy)) return base::Ok();
  return PolicyNotFound(requested + ", but the policy associated to target table " +
                        descriptor.name + " has revision id " + RevisionId(*policy) + ".");
}

base::Error PolicyNotFound(const std::string& what) {
  return base::Error{base::ErrorKind::kNotFound,
                     "Resource-based policy not found for the provided ResourceArn: " + what,
                     reason::kPolicyNotFound};
}

std::shared_ptr<const table::ResourcePolicy> NextPolicy(
    const std::shared_ptr<const table::ResourcePolicy>& before, std::string json,
    int64_t now_micros) {
  if (before != nullptr && before->json == json) return before;
  table::ResourcePolicy next;
  next.json = std::move(json);
  next.revision = std::max(now_micros / kMicrosPerMilli, before ? before->revision + 1 : 1);
  return std::make_shared<const table::ResourcePolicy>(std::move(next));
}

std::string RevisionId(const table::ResourcePolicy& policy) {
  return std::to_string(policy.revision);
}

}  // namespace dray::dynamodb
