// SPDX-License-Identifier: Apache-2.0
#include "storage/buckets/acls.h"

#include <algorithm>

namespace dray::buckets {
namespace {

using objects::Acl;
using objects::Grant;
using objects::Permission;

struct ActionRow {
  AclTarget target;
  std::string_view action;
  Permission permission;  // or FULL_CONTROL
};

// From AWS's table of ACL permissions and the actions they stand for.
constexpr ActionRow kActions[] = {
    {AclTarget::kBucket, "s3:ListBucket", Permission::kRead},
    {AclTarget::kBucket, "s3:ListBucketMultipartUploads", Permission::kRead},
    {AclTarget::kBucket, "s3:PutObject", Permission::kWrite},
    {AclTarget::kBucket, "s3:PutObjectAcl", Permission::kWrite},  // with the object that is put
    {AclTarget::kBucket, "s3:GetBucketAcl", Permission::kReadAcp},
    {AclTarget::kBucket, "s3:PutBucketAcl", Permission::kWriteAcp},
    {AclTarget::kObject, "s3:GetObject", Permission::kRead},
    {AclTarget::kObject, "s3:GetObjectAcl", Permission::kReadAcp},
    {AclTarget::kObject, "s3:PutObjectAcl", Permission::kWriteAcp},
};

AclMatch MatchGrantee(const Grant& grant, const access::Caller& caller) {
  switch (grant.grantee) {
    case Grant::Grantee::kCanonicalUser:
      return !caller.is_anonymous() && grant.canonical_id == caller.principal.canonical_id
                 ? AclMatch::kAccount
                 : AclMatch::kNone;
    case Grant::Grantee::kAllUsers:
      return AclMatch::kPublic;
    case Grant::Grantee::kAuthenticatedUsers:
      return caller.is_anonymous() ? AclMatch::kNone : AclMatch::kPublic;
    case Grant::Grantee::kLogDelivery:
      return AclMatch::kNone;  // a service that is not there
  }
  return AclMatch::kNone;
}

bool IsPublic(const Grant& grant) {
  return grant.grantee == Grant::Grantee::kAllUsers ||
         grant.grantee == Grant::Grantee::kAuthenticatedUsers;
}

Grant ToUser(const std::string& id, Permission permission) {
  return {Grant::Grantee::kCanonicalUser, id, permission};
}
Grant ToGroup(Grant::Grantee group, Permission permission) { return {group, "", permission}; }

}  // namespace

AclMatch MatchAcl(const std::optional<Acl>& acl, AclTarget target, std::string_view action,
                  const access::Caller& caller) {
  if (!acl) return AclMatch::kNone;  // the owner's account needs none
  const auto* row = std::find_if(std::begin(kActions), std::end(kActions), [&](const auto& r) {
    return r.target == target && r.action == action;
  });
  if (row == std::end(kActions)) return AclMatch::kNone;
  AclMatch best = AclMatch::kNone;
  for (const Grant& grant : *acl) {
    if (grant.permission != row->permission && grant.permission != Permission::kFullControl) {
      continue;
    }
    AclMatch match = MatchGrantee(grant, caller);
    if (match == AclMatch::kAccount) return match;
    if (match == AclMatch::kPublic) best = match;
  }
  return best;
}

bool IsPublic(const std::optional<Acl>& acl) {
  return acl && std::any_of(acl->begin(), acl->end(), [](const Grant& g) { return IsPublic(g); });
}

bool IsBucketOwnerFullControl(const RequestedAcl& acl, std::string_view bucket_owner_id) {
  if (!acl.canned.empty()) return acl.canned == "bucket-owner-full-control";
  return acl.grants.size() == 1 && !HasForeignGrants(acl.grants, bucket_owner_id) &&
         acl.grants.front().permission == Permission::kFullControl;
}

bool HasForeignGrants(const std::optional<Acl>& acl, std::string_view owner_id) {
  return acl && std::any_of(acl->begin(), acl->end(), [&](const Grant& grant) {
           return grant.grantee != Grant::Grantee::kCanonicalUser || grant.canonical_id != owner_id;
         });
}

base::Result<std::optional<Acl>> Resolve(const RequestedAcl& acl, AclTarget target,
                                         const std::string& owner_id,
                                         const std::string& bucket_owner_id) {
  using Grantee = Grant::Grantee;
  if (acl.canned.empty()) return std::optional<Acl>(acl.grants);
  const bool is_object = target == AclTarget::kObject;
  Acl grants = {ToUser(owner_id, Permission::kFullControl)};
  if (acl.canned == "private") {
  } else if (acl.canned == "public-read") {
    grants.push_back(ToGroup(Grantee::kAllUsers, Permission::kRead));
  } else if (acl.canned == "public-read-write") {
    grants.push_back(ToGroup(Grantee::kAllUsers, Permission::kRead));
    grants.push_back(ToGroup(Grantee::kAllUsers, Permission::kWrite));
  } else if (acl.canned == "authenticated-read") {
    grants.push_back(ToGroup(Grantee::kAuthenticatedUsers, Permission::kRead));
  } else if (acl.canned == "bucket-owner-read") {
    if (is_object && bucket_owner_id != owner_id) {
      grants.push_back(ToUser(bucket_owner_id, Permission::kRead));
    }
  } else if (acl.canned == "bucket-owner-full-control") {
    if (is_object && bucket_owner_id != owner_id) {
      grants.push_back(ToUser(bucket_owner_id, Permission::kFullControl));
    }
  } else if (acl.canned == "log-delivery-write" && !is_object) {
    grants.push_back(ToGroup(Grantee::kLogDelivery, Permission::kWrite));
    grants.push_back(ToGroup(Grantee::kLogDelivery, Permission::kReadAcp));
  } else if (acl.canned == "aws-exec-read") {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "The canned ACL aws-exec-read is not implemented: no EC2 is here.",
                       reason::kAclNotImplemented};
  } else {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "The canned ACL \"" + acl.canned + "\" is not valid."};
  }
  if (grants.size() == 1) return std::optional<Acl>();
  return std::optional<Acl>(std::move(grants));
}

}  // namespace dray::buckets
