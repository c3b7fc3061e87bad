// SPDX-License-Identifier: Apache-2.0
#include "storage/buckets/authorisation.h"

#include <utility>

namespace dray::buckets {

base::Result<objects::BucketInfo> Authorisation::Find(const RequestContext& context,
                                                      std::string_view bucket) {
  ASSIGN_OR_RETURN(objects::BucketInfo info, store_.GetBucket(bucket));
  if (context.expected_bucket_owner && *context.expected_bucket_owner != info.owner_account) {
    if (context.denied_detail != nullptr) {
      *context.denied_detail = "The request expects that account " +
                               *context.expected_bucket_owner + " owns the bucket " + info.name +
                               ", but another account does.";
    }
    return base::Error{base::ErrorKind::kAccessDenied, "Access Denied", access::reason::kDenied};
  }
  return info;
}

base::Result<access::ResourceRequest> Authorisation::RequestFor(const RequestContext& context,
                                                                const objects::BucketInfo& bucket,
                                                                std::string_view action,
                                                                const std::string_view* key) {
  access::ResourceRequest request;
  request.action = std::string(action);
  request.resource = "arn:aws:s3:::" + bucket.name;
  if (key != nullptr) request.resource.append("/").append(*key);
  request.resource_account = bucket.owner_account;
  request.extra = context.extra;
  if (bucket.policy_json) {
    auto document = policies_.Get(*bucket.policy_json);
    if (!document) {  // it was valid when it was stored; an unreadable one allows nothing
      return base::Error{base::ErrorKind::kInternal,
                         "the policy of bucket " + bucket.name + " cannot be read"};
    }
    request.resource_policy = *std::move(document);
  }
  return request;
}

base::Error Authorisation::Denied(const RequestContext& context,
                                  const access::ResourceRequest& request,
                                  const policy::Decision& decision) {
  if (context.denied_detail != nullptr) *context.denied_detail = decision.explanation;
  return access::DenialOf(context.caller, request, decision);
}

base::Result<policy::Decision> Authorisation::Decide(const RequestContext& context,
                                                     const objects::BucketInfo& bucket,
                                                     std::string_view action,
                                                     const std::string_view* key) {
  ASSIGN_OR_RETURN(access::ResourceRequest request, RequestFor(context, bucket, action, key));
  return authorizer_.Decide(context.caller, request);
}

base::Status Authorisation::Require(const RequestContext& context,
                                    const objects::BucketInfo& bucket, std::string_view action,
                                    const std::string_view* key) {
  ASSIGN_OR_RETURN(access::ResourceRequest request, RequestFor(context, bucket, action, key));
  policy::Decision decision = authorizer_.Decide(context.caller, request);
  if (decision.is_allowed()) return base::Ok();
  return Denied(context, request, decision);
}

base::Result<objects::BucketInfo> Authorisation::RequireBucket(const RequestContext& context,
                                                               std::string_view bucket,
                                                               std::string_view action) {
  ASSIGN_OR_RETURN(objects::BucketInfo info, Find(context, bucket));
  RETURN_IF_ERROR(Require(context, info, action, nullptr));
  return info;
}

base::Status Authorisation::RequireObject(const RequestContext& context, std::string_view bucket,
                                          std::string_view key, std::string_view action) {
  ASSIGN_OR_RETURN(objects::BucketInfo info, Find(context, bucket));
  return Require(context, info, action, &key);
}

base::Status Authorisation::RequireOfAccount(const RequestContext& context, std::string_view action,
                                             std::string resource) {
  access::ResourceRequest request;
  request.action = std::string(action);
  request.resource = std::move(resource);
  request.resource_account = context.caller.account();
  request.extra = context.extra;
  if (context.caller.is_anonymous()) {
    if (context.denied_detail != nullptr) {
      *context.denied_detail =
          "The request is anonymous; " + request.action + " needs the credentials of an account.";
    }
    return base::Error{base::ErrorKind::kAccessDenied, "Access Denied", access::reason::kDenied};
  }
  policy::Decision decision = authorizer_.Decide(context.caller, request);
  if (decision.is_allowed()) return base::Ok();
  return Denied(context, request, decision);
}

base::Status Authorisation::RequireObjectOrInitiator(const RequestContext& context,
                                                     std::string_view bucket, std::string_view key,
                                                     std::string_view upload_id,
                                                     std::string_view action) {
  ASSIGN_OR_RETURN(objects::BucketInfo info, Find(context, bucket));
  ASSIGN_OR_RETURN(access::ResourceRequest request, RequestFor(context, info, action, &key));
  policy::Decision decision = authorizer_.Decide(context.caller, request);
  if (decision.is_allowed()) return base::Ok();
  if (decision.result == policy::Decision::Result::kImplicitlyDenied) {
    auto upload = store_.GetUpload(bucket, key, upload_id);
    if (upload && !context.caller.is_anonymous() &&
        upload->initiator == context.caller.principal.arn) {
      return base::Ok();
    }
  }
  return Denied(context, request, decision);
}

}  // namespace dray::buckets
