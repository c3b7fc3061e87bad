// SPDX-License-Identifier: Apache-2.0
// What the three operations on a table's resource policy share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/dynamodb/operation.h"
#include "api/dynamodb/resource_name.h"
#include "base/result.h"
#include "storage/table/table.h"

namespace dray::dynamodb {

// ExpectedRevisionId of a table that has no policy yet.
inline constexpr std::string_view kNoPolicyRevision = "NO_POLICY";

// The table that ResourceArn of a policy operation names. A stream's ARN is one of a stream that is
// not there.
base::Result<TableName> ParsePolicyArn(const Input& input);

// PolicyNotFoundException unless the table has the revision that the request expects; with
// `expected` absent it may have any, or none.
base::Status CheckRevision(const table::TableDescriptor& descriptor,
                           const std::optional<std::string>& expected);
// "Resource-based policy not found for the provided ResourceArn: " and `what`.
base::Error PolicyNotFound(const std::string& what);

// `json` as the policy after `before` (null: the first one): with a revision that is greater, or
// `before` itself where it is the same. `json`: from policy::CheckTablePolicy.
std::shared_ptr<const table::ResourcePolicy> NextPolicy(
    const std::shared_ptr<const table::ResourcePolicy>& before, std::string json,
    int64_t now_micros);

std::string RevisionId(const table::ResourcePolicy& policy);

}  // namespace dray::dynamodb
