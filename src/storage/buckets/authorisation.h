// SPDX-License-Identifier: Apache-2.0
// May this caller do this to this bucket? The bucket's record and policy are read anew each time.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "security/access/access.h"
#include "storage/buckets/buckets.h"
#include "storage/objects/object_store.h"

namespace dray::buckets {

class Authorisation {
 public:
  Authorisation(objects::ObjectStore& store, access::Authorizer& authorizer)
      : store_(store), authorizer_(authorizer) {}

  // The bucket, after the expected owner was compared: kNotFound or kAccessDenied.
  base::Result<objects::BucketInfo> Find(const RequestContext& context, std::string_view bucket);
  // The decision about `action` on the bucket (`key` null) or on a key of it: by the bucket's
  // account, policy and ACL.
  base::Result<policy::Decision> Decide(const RequestContext& context,
                                        const objects::BucketInfo& bucket, std::string_view action,
                                        const std::string_view* key);
  // Decide, as a status with AWS's text; the explanation goes to context.denied_detail.
  base::Status Require(const RequestContext& context, const objects::BucketInfo& bucket,
                       std::string_view action, const std::string_view* key);
  // Require, for what reads or changes an object that is there: where the bucket has ACLs, by the
  // object's owner and its ACL.
  base::Status RequireExisting(const RequestContext& context, const objects::BucketInfo& bucket,
                               std::string_view action, std::string_view key,
                               const objects::ObjectInfo& object);
  // The object, when the caller may do `action` with it. That a key is absent is told only to those
  // who may list the bucket.
  base::Result<objects::ObjectInfo> FindObject(const RequestContext& context,
                                               const objects::BucketInfo& bucket,
                                               std::string_view action, std::string_view key);
  // The error to give for one of the store: see FindObject.
  base::Error HideAbsence(const RequestContext& context, const objects::BucketInfo& bucket,
                          base::Error error);
  // What of Block Public Access is on for this bucket, by itself or for its account.
  base::Result<objects::PublicAccessBlock> BlockOf(const std::string& owner_account,
                                                   const objects::BucketSettings& settings);
  // Find and Require.
  base::Result<objects::BucketInfo> RequireBucket(const RequestContext& context,
                                                  std::string_view bucket, std::string_view action);
  base::Status RequireObject(const RequestContext& context, std::string_view bucket,
                             std::string_view key, std::string_view action);
  // For requests that no bucket policy can speak about: CreateBucket, ListBuckets.
  base::Status RequireOfAccount(const RequestContext& context, std::string_view action,
                                std::string resource);
  // RequireObject, but the initiator of an upload needs no Allow.
  base::Status RequireObjectOrInitiator(const RequestContext& context, std::string_view bucket,
                                        std::string_view key, std::string_view upload_id,
                                        std::string_view action);

 private:
  base::Result<access::ResourceRequest> RequestFor(const RequestContext& context,
                                                   const objects::BucketInfo& bucket,
                                                   std::string_view action,
                                                   const std::string_view* key,
                                                   const objects::ObjectInfo* object = nullptr);
  base::Status RequireAllowed(const RequestContext& context,
                              const access::ResourceRequest& request);
  base::Error Denied(const RequestContext& context, const access::ResourceRequest& request,
                     const policy::Decision& decision);

  objects::ObjectStore& store_;
  access::Authorizer& authorizer_;
  access::PolicyCache policies_;
};

}  // namespace dray::buckets
