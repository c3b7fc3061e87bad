// SPDX-License-Identifier: Apache-2.0
// What parameters look like in IAM's model, and what most operations do with them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "api/iam/operation.h"
#include "security/policy/policy.h"

namespace dray::iam {

using identities::Identity;
using identities::Kind;

extern const query::TextRule kUserName, kRoleName, kPolicyName, kPath, kPathPrefix, kDocument,
    kDescription, kAccessKeyId, kArn, kMarker, kTagKey;

std::string_view NameParameter(Kind kind);  // "UserName"
std::string RequiredName(Kind kind, query::Parameters& in);
std::map<std::string, std::string> TagsOf(query::Parameters& in);

// Path, marker and page size of a list.
identities::ListQuery ReadListQuery(query::Call& call, query::Parameters& in);
// IsTruncated and, when there is more, Marker: behind the entry of that name.
void WriteListEnd(bool is_last, std::string_view last_name, xml::Writer& out);

// Whether the caller may, on the ARN of the user or role of its account: with its path when it
// exists, else without.
base::Status RequireOn(query::Call& call, Services& services, Kind kind, const std::string& name,
                       policy::Context extra = {});

// MalformedPolicyDocument.
base::Status CheckDocument(std::string_view json, policy::DocumentKind kind);
// As quotas count: without white space.
size_t CountedSize(std::string_view json);
base::Error OverQuota(std::string message);  // LimitExceeded

// Adds aws:RequestTag/... and aws:TagKeys.
policy::Context TagContext(const std::map<std::string, std::string>& tags);

// That, and iam:PermissionsBoundary.
policy::Context CreationContext(const Identity& identity);

}  // namespace dray::iam
