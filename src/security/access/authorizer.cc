// SPDX-License-Identifier: Apache-2.0
// The request context of AWS's global condition keys. Keys that this file owns are erased from what
// the API brought before they are set, so that no header of a client can claim one.
#include "base/text_encoding.h"
#include "security/access/access.h"

namespace dray::access {

namespace {

using Type = policy::Principal::Type;

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
};

std::string_view PrincipalTypeName(Type type) {
  switch (type) {
    case Type::kAnonymous:
      return "Anonymous";
    case Type::kRoot:
      return "Account";
    case Type::kUser:
      return "User";
    case Type::kAssumedRole:
      return "AssumedRole";
    case Type::kFederatedUser:
      return "FederatedUser";
    case Type::kService:
      return "Service";
  }
  return "";
}

void SetIfKnown(policy::Context& context, std::string_view key, std::string_view value) {
  if (!value.empty()) context.Set(key, value);
}

void AddPrincipal(const policy::Principal& principal, policy::Context& context) {
  context.Set("aws:PrincipalType", PrincipalTypeName(principal.type));
  bool is_service = principal.type == Type::kService;
  context.Set("aws:PrincipalIsAWSService", is_service ? "true" : "false");
  if (is_service) {
    context.Set("aws:PrincipalServiceName", principal.service);
    context.SetMany("aws:PrincipalServiceNamesList", {principal.service});
    return;
  }
  if (principal.type == Type::kAnonymous) {
    context.Set("aws:PrincipalAccount", "anonymous");
    context.Set("aws:userid", "anonymous");
    return;
  }
  context.Set("aws:PrincipalAccount", principal.account);
  // Of a session it is the role; a session of a role whose ARN is unknown has its own.
  bool has_role = principal.type == Type::kAssumedRole && !principal.role_arn.empty();
  SetIfKnown(context, "aws:PrincipalArn", has_role ? principal.role_arn : principal.arn);
  if (principal.type == Type::kRoot)
    context.Set("aws:userid", principal.account);
  else
    SetIfKnown(context, "aws:userid", principal.user_id);
  if (principal.type == Type::kUser)
    SetIfKnown(context, "aws:username",
               std::string_view(principal.arn).substr(principal.arn.rfind('/') + 1));
}

void AddCallChain(const std::vector<std::string>& called_via, policy::Context& context) {
  context.Set("aws:ViaAWSService", called_via.empty() ? "false" : "true");
  if (called_via.empty()) return;
  context.SetMany("aws:CalledVia", called_via);
  context.Set("aws:CalledViaFirst", called_via.front());
  context.Set("aws:CalledViaLast", called_via.back());
}

class PolicyAuthorizer final : public Authorizer {
 public:
  PolicyAuthorizer(const base::Clock& clock, std::string region)
      : clock_(clock), region_(std::move(region)) {}

  policy::Decision Decide(const Caller& caller, const ResourceRequest& request) override {
    policy::Request evaluated;
    evaluated.principal = caller.principal;
    evaluated.action = request.action;
    evaluated.resource = request.resource;
    evaluated.resource_account = request.resource_account;
    evaluated.context = ContextOf(caller, request);
    policy::PolicySet policies;
    policies.resource = request.resource_policy;
    return policy::Evaluate(evaluated, policies, /*with_trace=*/false);
  }

  base::Status Require(const Caller& caller, const ResourceRequest& request) override {
    // No document takes part: a root user may do everything in its own account.
    if (caller.principal.type == Type::kRoot && request.resource_policy == nullptr &&
        caller.principal.account == request.resource_account) {
      return base::Ok();
    }
    policy::Decision decision = Decide(caller, request);
    if (decision.is_allowed()) return base::Ok();
    return DenialOf(caller, request, decision);
  }

 private:
  policy::Context ContextOf(const Caller& caller, const ResourceRequest& request) const {
    policy::Context context = request.extra;
    for (std::string_view key : kOwnedKeys) context.Erase(key);
    AddPrincipal(caller.principal, context);
    AddCallChain(caller.called_via, context);
    SetIfKnown(context, "aws:SourceIp", caller.source_ip);
    SetIfKnown(context, "aws:UserAgent", caller.user_agent);
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
    }
    return context;
  }

  const base::Clock& clock_;
  const std::string region_;
};

}  // namespace

std::unique_ptr<Authorizer> Authorizer::Make(const base::Clock& clock, std::string region) {
  return std::make_unique<PolicyAuthorizer>(clock, std::move(region));
}

}  // namespace dray::access
