// SPDX-License-Identifier: Apache-2.0
// What ACLs mean: which actions a grant is for, what the canned ones stand for. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "security/access/access.h"
#include "storage/buckets/buckets.h"
#include "storage/objects/access_settings.h"

namespace dray::buckets {

enum class AclTarget { kBucket, kObject };

// How an ACL lets a caller do something: by a grant to its account, or only by one to everybody
// (to all with credentials), which Block Public Access can take away.
enum class AclMatch { kNone, kAccount, kPublic };
AclMatch MatchAcl(const std::optional<objects::Acl>& acl, AclTarget target, std::string_view action,
                  const access::Caller& caller);

// Grants to everybody, or to everybody with credentials.
bool IsPublic(const std::optional<objects::Acl>& acl);

// FULL_CONTROL of the bucket's owner and nothing else: what a bucket without ACLs takes, too.
bool IsBucketOwnerFullControl(const RequestedAcl& acl, std::string_view bucket_owner_id);

// Grants to others than the owner.
bool HasForeignGrants(const std::optional<objects::Acl>& acl, std::string_view owner_id);

// The grants that `acl` stands for; nullopt for the owner's FULL_CONTROL alone. kInvalidArgument;
// reason kAclNotImplemented for what S3 knows and Dray does not.
base::Result<std::optional<objects::Acl>> Resolve(const RequestedAcl& acl, AclTarget target,
                                                  const std::string& owner_id,
                                                  const std::string& bucket_owner_id);

}  // namespace dray::buckets
