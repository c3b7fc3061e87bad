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
  // The decision about `action` on the bucket (`key` null) or on an object of it.
  base::Result<policy::Decision> Decide(const RequestContext& context,
                                        const objects::BucketInfo& bucket, std::string_view action,
                                        const std::string_view* key);
  // Decide, as a status with AWS's text; the explanation goes to context.denied_detail.
  base::Status Require(const RequestContext& context, const objects::BucketInfo& bucket,
                       std::string_view action, const std::string_view* key);
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
                                                   const std::string_view* key);
  base::Error Denied(const RequestContext& context, const access::ResourceRequest& request,
                     const policy::Decision& decision);

  objects::ObjectStore& store_;
  access::Authorizer& authorizer_;
  access::PolicyCache policies_;
};

}  // namespace dray::buckets
