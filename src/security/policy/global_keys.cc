// SPDX-License-Identifier: Apache-2.0
#include "security/policy/global_keys.h"

#include <algorithm>
#include <array>

#include "security/policy/principal.h"

namespace dray::policy {

namespace {

using Type = Principal::Type;

constexpr auto kMultivaluedKeys = std::to_array<std::string_view>({
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "dynamodb:attributes",
    "dynamodb:leadingkeys",
    "kms:encryptioncontextkeys",
    "kms:grantoperations",
    "kms:resourcealiases",
    "s3:requestobjecttagkeys",
});

std::string_view TypeName(Type type) {
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

void SetIfKnown(Context& context, std::string_view key, std::string_view value) {
  if (!value.empty()) context.Set(key, value);
}

}  // namespace

void AddPrincipalKeys(const Principal& principal, Context& context) {
  context.Set("aws:PrincipalType", TypeName(principal.type));
  const bool is_service = principal.type == Type::kService;
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
  SetIfKnown(context, "aws:PrincipalArn",
             principal.type == Type::kAssumedRole ? RoleArnOf(principal) : principal.arn);
  if (principal.type == Type::kRoot)
    context.Set("aws:userid", principal.account);
  else
    SetIfKnown(context, "aws:userid", principal.user_id);
  if (principal.type == Type::kUser)
    SetIfKnown(context, "aws:username",
               std::string_view(principal.arn).substr(principal.arn.rfind('/') + 1));
}

void AddCallChainKeys(const std::vector<std::string>& called_via, Context& context) {
  context.Set("aws:ViaAWSService", called_via.empty() ? "false" : "true");
  if (called_via.empty()) return;
  context.SetMany("aws:CalledVia", called_via);
  context.Set("aws:CalledViaFirst", called_via.front());
  context.Set("aws:CalledViaLast", called_via.back());
}

bool IsRequestKey(std::string_view lower_case_key) {
  return !lower_case_key.starts_with("aws:") || lower_case_key.starts_with("aws:resourcetag/") ||
         lower_case_key.starts_with("aws:requesttag/") || lower_case_key == "aws:tagkeys";
}

bool IsMultivaluedKey(std::string_view lower_case_key) {
  return std::find(kMultivaluedKeys.begin(), kMultivaluedKeys.end(), lower_case_key) !=
         kMultivaluedKeys.end();
}

}  // namespace dray::policy
