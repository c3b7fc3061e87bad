// SPDX-License-Identifier: Apache-2.0
// The requests about who may reach a bucket and its objects: policy, Block Public Access,
// ownership, ACLs. See buckets.h for their contracts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "security/access/access.h"
#include "storage/buckets/authorisation.h"
#include "storage/buckets/buckets.h"
#include "storage/objects/object_store.h"

namespace dray::buckets {

class AccessSettings {
 public:
  AccessSettings(objects::ObjectStore& store, Authorisation& may,
                 access::CredentialSource* accounts)
      : store_(store), may_(may), accounts_(accounts) {}

  base::Result<std::string> GetPolicy(const RequestContext& context, std::string_view bucket);
  base::Result<bool> IsPolicyPublic(const RequestContext& context, std::string_view bucket);
  base::Status PutPolicy(const RequestContext& context, std::string_view bucket,
                         std::string_view policy_json, bool confirms_lockout);
  base::Status DeletePolicy(const RequestContext& context, std::string_view bucket);

  base::Result<objects::PublicAccessBlock> GetBlock(const RequestContext& context,
                                                    std::string_view bucket);
  base::Status SetBlock(const RequestContext& context, std::string_view bucket,
                        std::optional<objects::PublicAccessBlock> block);
  base::Result<objects::PublicAccessBlock> GetAccountBlock(const RequestContext& context,
                                                           std::string_view account);
  base::Status SetAccountBlock(const RequestContext& context, std::string_view account,
                               std::optional<objects::PublicAccessBlock> block);

  base::Result<objects::ObjectOwnership> GetOwnership(const RequestContext& context,
                                                      std::string_view bucket);
  base::Status SetOwnership(const RequestContext& context, std::string_view bucket,
                            std::optional<objects::ObjectOwnership> ownership);

  base::Result<AccessControl> GetBucketAcl(const RequestContext& context, std::string_view bucket);
  base::Status PutBucketAcl(const RequestContext& context, std::string_view bucket,
                            const RequestedAcl& acl);
  base::Result<AccessControl> GetObjectAcl(const RequestContext& context, std::string_view bucket,
                                           std::string_view key);
  base::Status PutObjectAcl(const RequestContext& context, std::string_view bucket,
                            std::string_view key, const RequestedAcl& acl);

  // The settings of a bucket that the caller creates; the caller must be allowed to make them.
  base::Result<objects::BucketSettings> SettingsOfNew(const RequestContext& context,
                                                      std::string_view bucket,
                                                      const BucketToCreate& wanted);
  // The owner and the ACL of an object that the caller puts into the bucket, into `options`.
  base::Status SetOwnerOfNew(const RequestContext& context, const objects::BucketInfo& bucket,
                             std::string_view key, objects::PutOptions& options);
  base::Result<std::string> CanonicalIdOf(std::string_view account) {
    return access::CanonicalIdOf(accounts_, account);
  }

 private:
  base::Result<objects::BucketInfo> RequirePolicyCall(const RequestContext& context,
                                                      std::string_view bucket,
                                                      std::string_view action);
  base::Status RequireOwnAccount(const RequestContext& context, std::string_view account,
                                 std::string_view action);
  // What an ACL is for: the bucket (`key` null), or an object of it that `owner_account` owns.
  struct Subject {
    const objects::BucketInfo& bucket;
    const std::string_view* key;
    std::string_view owner_account;
  };
  // What Resolve gives, unless the owner is another one or Block Public Access refuses it.
  base::Result<std::optional<objects::Acl>> AclToSet(const RequestContext& context,
                                                     const Subject& subject,
                                                     const RequestedAcl& acl);
  base::Result<AccessControl> Describe(std::string_view owner_account,
                                       const std::optional<objects::Acl>& acl);

  objects::ObjectStore& store_;
  Authorisation& may_;
  access::CredentialSource* const accounts_;  // or null
};

}  // namespace dray::buckets
