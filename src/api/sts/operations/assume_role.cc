// SPDX-License-Identifier: Apache-2.0
// The trust policy of a role is a resource policy of the role: it decides, together with the
// caller's own policies, like any other (security/policy).
#include <algorithm>

#include "api/query/error_mapping.h"
#include "api/sts/session_request.h"

namespace dray::sts {

namespace {

using identities::Identity;
using identities::Kind;

constexpr int64_t kChainedSecondsMax = 3600;

bool IsOf(std::string_view text, std::string_view punctuation) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           punctuation.find(c) != std::string_view::npos;
  });
}

constexpr query::TextRule kArn{.min = 20, .max = 2048};
constexpr query::TextRule kSessionName{
    .min = 2, .max = 64, .pattern = "[\\w+=,.@-]*", .matches = [](std::string_view text) {
      return IsOf(text, "_+=,.@-");
    }};
constexpr query::TextRule kExternalId{
    .min = 2, .max = 1224, .pattern = "[\\w+=,.@:\\/-]*", .matches = [](std::string_view text) {
      return IsOf(text, "_+=,.@:/-");
    }};

struct RoleName {
  std::string account, name;
};

// Of arn:aws:iam::111122223333:role/path/Name.
base::Result<RoleName> ParseRoleArn(const std::string& arn) {
  constexpr std::string_view kPrefix = "arn:aws:iam::", kRole = ":role/";
  constexpr size_t kAccountDigits = 12;
  std::string_view rest = arn;
  if (!rest.starts_with(kPrefix) || rest.size() < kPrefix.size() + kAccountDigits)
    return InvalidValue(arn + " is invalid");
  rest.remove_prefix(kPrefix.size());
  RoleName role;
  role.account = rest.substr(0, kAccountDigits);
  rest.remove_prefix(kAccountDigits);
  role.name = rest.substr(rest.rfind('/') + 1);
  if (!rest.starts_with(kRole) || role.name.empty() || !IsOf(role.account, "") ||
      role.account.find_first_not_of("0123456789") != std::string::npos)
    return InvalidValue(arn + " is invalid");
  return role;
}

// A role that is not there is denied in the same words as one that does not trust the caller.
base::Error NotAuthorized(const access::Caller& caller, std::string_view action,
                          const std::string& role_arn) {
  return {base::ErrorKind::kAccessDenied,
          "User: " + caller.principal.arn +
              " is not authorized to perform: " + std::string(action) + " on resource: " + role_arn,
          access::reason::kDenied};
}

base::Status RequireTrust(query::Call& call, const Identity& role, const SessionRequest& request,
                          policy::Context extra) {
  ASSIGN_OR_RETURN(auto trust,
                   policy::Document::Parse(role.trust_policy, policy::DocumentKind::kTrust));
  access::ResourceRequest wanted;
  wanted.resource = role.Arn();
  wanted.resource_account = role.account;
  wanted.resource_policy = std::move(trust);
  wanted.extra = std::move(extra);
  for (std::string_view action : {"sts:AssumeRole", "sts:TagSession"}) {
    if (action == "sts:TagSession" && request.session.tags.empty()) continue;
    wanted.action = action;
    if (!call.RequireAllowed(wanted)) return NotAuthorized(call.caller(), action, wanted.resource);
  }
  return base::Ok();
}

base::Status CheckDuration(const access::Caller& caller, const Identity& role, int64_t seconds) {
  if (seconds > role.session_seconds_max)
    return InvalidValue(
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  const bool is_chained = caller.principal.type == policy::Principal::Type::kAssumedRole;
  if (is_chained && seconds > kChainedSecondsMax)
    return InvalidValue(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
        "chaining.");
  return base::Ok();
}

}  // namespace

base::Status AssumeRole(query::Call& call, query::Parameters& in, xml::Writer& out,
                        Services& services) {
  const std::string arn = in.RequiredText("RoleArn", kArn);
  const std::string session_name = in.RequiredText("RoleSessionName", kSessionName);
  const auto external_id = in.Text("ExternalId", kExternalId);
  const int64_t seconds = in.Number("DurationSeconds", 900, 43200).value_or(3600);
  SessionRequest request = SessionRequest::Read(in);
  RETURN_IF_ERROR(in.Check());
  ASSIGN_OR_RETURN(const RoleName named, ParseRoleArn(arn));
  const access::Caller& caller = call.caller();
  if (caller.principal.type == policy::Principal::Type::kRoot)
    return base::Error{base::ErrorKind::kAccessDenied, "Roles may not be assumed by root accounts.",
                       access::reason::kDenied};

  auto role = services.identities.Get(Kind::kRole, named.account, named.name);
  if (!role && role.error().kind != base::ErrorKind::kNotFound) return std::move(role).error();
  if (!role || role->Arn() != arn) return NotAuthorized(caller, "sts:AssumeRole", arn);
  policy::Context extra = request.Context();
  extra.Set("sts:RoleSessionName", session_name);
  if (external_id) extra.Set("sts:ExternalId", *external_id);
  RETURN_IF_ERROR(RequireTrust(call, *role, request, std::move(extra)));
  RETURN_IF_ERROR(CheckDuration(caller, *role, seconds));
  ASSIGN_OR_RETURN(auto session, request.Finish(caller, services.clock.NowMicros(), seconds));

  ASSIGN_OR_RETURN(auto principal, services.identities.SessionPrincipalOf(*role, session_name));
  WriteCredentials(services.identities.IssueSession(principal, std::move(session)), out);
  out.Start("AssumedRoleUser").Leaf("AssumedRoleId", principal.user_id);
  out.Leaf("Arn", principal.arn).End();
  if (const int64_t percent = request.PackedPercent(); percent > 0)
    out.Leaf("PackedPolicySize", std::to_string(percent));
  return base::Ok();
}

}  // namespace dray::sts
