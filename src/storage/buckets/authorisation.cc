// SPDX-License-Identifier: Apache-2.0
#include "storage/buckets/authorisation.h"

#include <utility>

#include "storage/buckets/acls.h"

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
                                                                const std::string_view* key,
                                                                const objects::ObjectInfo* object) {
  access::ResourceRequest request;
  request.action = std::string(action);
  request.resource = "arn:aws:s3:::" + bucket.name;
  if (key != nullptr) request.resource.append("/").append(*key);
  request.resource_account = bucket.owner_account;
  request.extra = context.extra;
  const objects::BucketSettings& settings = bucket.settings;
  if (settings.policy_json) {
    auto document = policies_.Get(*settings.policy_json);
    if (!document) {  // it was valid when it was stored; an unreadable one allows nothing
      return base::Error{base::ErrorKind::kInternal,
                         "the policy of bucket " + bucket.name + " cannot be read"};
    }
    request.resource_policy = *std::move(document);
    // Others than the bucket's account: the only ones that RestrictPublicBuckets is about.
    if (request.resource_policy->public_statement() &&
        context.caller.account() != bucket.owner_account) {
      ASSIGN_OR_RETURN(auto block, BlockOf(bucket.owner_account, settings));
      request.blocks_public_access = block.restrict_public_buckets;
    }
  }
  if (!settings.has_acls()) return request;
  AclMatch match = AclMatch::kNone;
  if (object != nullptr) {
    request.object_owner = object->owner_account;
    match = MatchAcl(object->acl, AclTarget::kObject, action, context.caller);
  } else {
    match = MatchAcl(settings.acl, AclTarget::kBucket, action, context.caller);
  }
  request.acl_allows = match == AclMatch::kAccount;
  if (match == AclMatch::kPublic) {
    ASSIGN_OR_RETURN(auto block, BlockOf(bucket.owner_account, settings));
    request.acl_allows = !block.ignore_public_acls;
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
  return RequireAllowed(context, request);
}

base::Status Authorisation::RequireExisting(const RequestContext& context,
                                            const objects::BucketInfo& bucket,
                                            std::string_view action, std::string_view key,
                                            const objects::ObjectInfo& object) {
  ASSIGN_OR_RETURN(access::ResourceRequest request,
                   RequestFor(context, bucket, action, &key, &object));
  return RequireAllowed(context, request);
}

base::Result<objects::ObjectInfo> Authorisation::FindObject(const RequestContext& context,
                                                            const objects::BucketInfo& bucket,
                                                            std::string_view action,
                                                            std::string_view key) {
  auto object = store_.Head(bucket.name, key);
  if (object) {
    RETURN_IF_ERROR(RequireExisting(context, bucket, action, key, *object));
    return object;
  }
  RETURN_IF_ERROR(Require(context, bucket, action, &key));
  return HideAbsence(context, bucket, std::move(object).error());
}

base::Error Authorisation::HideAbsence(const RequestContext& context,
                                       const objects::BucketInfo& bucket, base::Error error) {
  if (error.reason != objects::reason::kNoSuchKey) return error;
  auto status = Require(context, bucket, "s3:ListBucket", nullptr);
  return status ? std::move(error) : std::move(status).error();
}

base::Status Authorisation::RequireAllowed(const RequestContext& context,
                                           const access::ResourceRequest& request) {
  policy::Decision decision = authorizer_.Decide(context.caller, request);
  if (decision.is_allowed()) return base::Ok();
  return Denied(context, request, decision);
}

base::Result<objects::PublicAccessBlock> Authorisation::BlockOf(
    const std::string& owner_account, const objects::BucketSettings& settings) {
  auto of_bucket = settings.public_access_block.value_or(objects::PublicAccessBlock());
  ASSIGN_OR_RETURN(auto stored, store_.GetAccountBlock(owner_account));
  auto of_account = stored.value_or(objects::PublicAccessBlock());
  return objects::PublicAccessBlock{
      .block_public_acls = of_bucket.block_public_acls || of_account.block_public_acls,
      .ignore_public_acls = of_bucket.ignore_public_acls || of_account.ignore_public_acls,
      .block_public_policy = of_bucket.block_public_policy || of_account.block_public_policy,
      .restrict_public_buckets =
          of_bucket.restrict_public_buckets || of_account.restrict_public_buckets};
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
  return RequireAllowed(context, request);
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
