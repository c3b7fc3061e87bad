// SPDX-License-Identifier: Apache-2.0
// What buckets and objects say about who may reach them: policy, ACLs, ownership of objects, Block
// Public Access. Plain data; storage/buckets gives it its meaning.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace dray::objects {

// Who owns the objects that others write into a bucket (S3 Object Ownership).
enum class ObjectOwnership { kBucketOwnerEnforced, kBucketOwnerPreferred, kObjectWriter };

// The four settings of a bucket or an account.
struct PublicAccessBlock {
  bool block_public_acls = false;
  bool ignore_public_acls = false;
  bool block_public_policy = false;
  bool restrict_public_buckets = false;
  bool operator==(const PublicAccessBlock&) const = default;
};

enum class Permission { kRead, kWrite, kReadAcp, kWriteAcp, kFullControl };

struct Grant {
  enum class Grantee { kCanonicalUser, kAllUsers, kAuthenticatedUsers, kLogDelivery };
  Grantee grantee = Grantee::kCanonicalUser;
  std::string canonical_id;  // kCanonicalUser only
  Permission permission = Permission::kRead;
  bool operator==(const Grant&) const = default;
};
using Acl = std::vector<Grant>;

struct BucketSettings {
  std::optional<std::string> policy_json = {};
  std::optional<PublicAccessBlock> public_access_block = {};
  // Absent: its owner took the setting away, which is as kObjectWriter.
  std::optional<ObjectOwnership> ownership = ObjectOwnership::kBucketOwnerEnforced;
  std::optional<Acl> acl = {};  // absent: FULL_CONTROL for the owner and nothing else
  ObjectOwnership effective_ownership() const {
    return ownership.value_or(ObjectOwnership::kObjectWriter);
  }
  // ACLs count, and objects can belong to other accounts than the bucket's.
  bool has_acls() const { return effective_ownership() != ObjectOwnership::kBucketOwnerEnforced; }
};

}  // namespace dray::objects
