// SPDX-License-Identifier: Apache-2.0
// ACLs on the wire: x-amz-acl and x-amz-grant-* headers, and AccessControlPolicy documents.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/s3/call.h"
#include "base/result.h"
#include "storage/buckets/buckets.h"

namespace dray::s3 {

// What the headers ask for; nullopt when there are none.
base::Result<std::optional<buckets::RequestedAcl>> TakeAclHeaders(const Call& call);
// What PutBucketAcl and PutObjectAcl ask for, by headers or by their body.
base::Result<buckets::RequestedAcl> TakeAcl(Call& call);
// Adds the grants of the value of an x-amz-grant-* header: `id="...", uri="..."`, with or without
// the quotes.
base::Status AddGrants(std::string_view list, objects::Permission permission, objects::Acl& grants);
// An AccessControlPolicy.
base::Result<buckets::RequestedAcl> ParseAcl(std::string_view xml);
std::string RenderAcl(const buckets::AccessControl& control);

}  // namespace dray::s3
