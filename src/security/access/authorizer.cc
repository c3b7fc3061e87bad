// SPDX-License-Identifier: Apache-2.0
// The request context of AWS's global condition keys. Keys that this file owns are erased from what
// the API brought before they are set, so that no header of a client can claim one.
#include <algorithm>

#include "base/log.h"
#include "base/text_encoding.h"
#include "security/access/access.h"
#include "security/access/identity_side.h"
#include "security/policy/global_keys.h"

namespace dray::access {

namespace {

using Type = policy::Principal::Type;

constexpr int64_t kMicrosPerMilli = 1000;

constexpr std::string_view kOwnedKeys[] = {
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:userid",
    "aws:username",
    "aws:sourceip",
    "aws:securetransport",
    "aws:currenttime",
    "aws:epochtime",
    "aws:useragent",
    "aws:referer",
    "aws:viaawsservice",
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:vpcsourceip",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:resourceorgpaths",
    "aws:requestedregion",
    "aws:multifactorauthpresent",
    "aws:multifactorauthage",
    "aws:tokenissuetime",
    "aws:federatedprovider",
    "s3:resourceaccount",
    "s3:authtype",
    "s3:signatureversion",
    "s3:signatureage",
};

void SetIfKnown(policy::Context& context, std::string_view key, std::string_view value) {
  if (!value.empty()) context.Set(key, value);
}

bool LooksAtRequest(const policy::PolicySet& policies) {
  auto any = [](const std::vector<policy::DocumentRef>& documents) {
    return std::any_of(documents.begin(), documents.end(), [](const policy::DocumentRef& document) {
      return document && document->looks_at_request();
    });
  };
  return any(policies.identity) || any(policies.boundaries) || any(policies.session) ||
         (policies.resource && policies.resource->looks_at_request());
}

class PolicyAuthorizer final : public Authorizer {
 public:
  PolicyAuthorizer(const base::Clock& clock, std::string region, IdentitySource* identities)
      : clock_(clock), region_(std::move(region)), identities_(identities) {}

  policy::Decision Decide(const Caller& caller, const ResourceRequest& request) override {
    // No document takes part: a root user may do everything in its own account.
    if (caller.principal.type == Type::kRoot && request.resource_policy == nullptr &&
        request.object_owner.empty() && caller.principal.account == request.resource_account) {
      policy::Decision allowed;
      allowed.result = policy::Decision::Result::kAllowed;
      return allowed;
    }
    policy::Request evaluated;
    evaluated.principal = caller.principal;
    evaluated.action = request.action;
    evaluated.resource = request.resource;
    evaluated.resource_account = request.resource_account;
    evaluated.context = ContextOf(caller, request);
    policy::PolicySet policies;
    policies.resource = request.resource_policy;
    policies.object_owner = request.object_owner;
    policies.acl_allows = request.acl_allows;
    policies.blocks_public_access = request.blocks_public_access;
    if (auto added = AddIdentitySide(caller, identities_, policies, evaluated.context); !added) {
      if (added.error().reason != reason::kDenied)
        base::log::Error("the policies of a caller cannot be read, its request is denied",
                         {{"principal", caller.principal.arn}, {"error", added.error().message}});
      policy::Decision denied;
      denied.deciding_side = "identity";
      denied.explanation = added.error().message + ".";
      return denied;
    }
    if (request.details && LooksAtRequest(policies)) {
      policy::Context details;
      request.details(details);
      for (std::string_view key : kOwnedKeys) details.Erase(key);
      evaluated.context.SetAll(details);
    }
    return policy::Evaluate(evaluated, policies, /*with_trace=*/false);
  }

  base::Status Require(const Caller& caller, const ResourceRequest& request) override {
    policy::Decision decision = Decide(caller, request);
    if (decision.is_allowed()) return base::Ok();
    return DenialOf(caller, request, decision);
  }

 private:
  policy::Context ContextOf(const Caller& caller, const ResourceRequest& request) const {
    policy::Context context = request.extra;
    for (std::string_view key : kOwnedKeys) context.Erase(key);
    policy::AddPrincipalKeys(caller.principal, context);
    policy::AddCallChainKeys(caller.called_via, context);
    SetIfKnown(context, "aws:SourceIp", caller.source_ip);
    SetIfKnown(context, "aws:UserAgent", caller.user_agent);
    SetIfKnown(context, "aws:Referer", caller.referer);
    context.Set("aws:SecureTransport", caller.is_secure_transport ? "true" : "false");
    int64_t now_micros = clock_.NowMicros();
    context.Set("aws:CurrentTime", base::FormatIso8601Seconds(now_micros));
    context.Set("aws:EpochTime", std::to_string(now_micros / base::kMicrosPerSecond));
    context.Set("aws:RequestedRegion", region_);
    context.Set("aws:ResourceAccount", request.resource_account);
    if (request.action.starts_with("s3:")) {
      context.Set("s3:ResourceAccount", request.resource_account);
      if (!caller.auth_type.empty()) {
        context.Set("s3:authType", caller.auth_type);
        context.Set("s3:signatureversion", "AWS4-HMAC-SHA256");
      }
      if (caller.signed_at_micros) {
        int64_t age_millis = (now_micros - *caller.signed_at_micros) / kMicrosPerMilli;
        context.Set("s3:signatureAge", std::to_string(std::max<int64_t>(age_millis, 0)));
      }
    }
    return context;
  }

  const base::Clock& clock_;
  const std::string region_;
  IdentitySource* const identities_;  // or null
};

}  // namespace

std::unique_ptr<Authorizer> Authorizer::Make(const base::Clock& clock, std::string region,
                                             IdentitySource* identities) {
  return std::make_unique<PolicyAuthorizer>(clock, std::move(region), identities);
}

}  // namespace dray::access
