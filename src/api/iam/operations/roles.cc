// SPDX-License-Identifier: Apache-2.0
#include "api/iam/parameter_rules.h"
#include "api/iam/rendering.h"

namespace dray::iam {

namespace {

constexpr size_t kTrustPolicySizeMax = 2048;  // AWS's quota, without white space
constexpr int64_t kSessionSecondsMin = 3600, kSessionSecondsMax = 43200;

base::Status CheckTrustPolicy(const std::string& json) {
  RETURN_IF_ERROR(CheckDocument(json, policy::DocumentKind::kTrust));
  if (CountedSize(json) <= kTrustPolicySizeMax) return base::Ok();
  return OverQuota("Cannot exceed quota for ACLSizePerRole: 2048");
}

base::Status CreateRole(query::Call& call, query::Parameters& in, xml::Writer& out,
                        Services& services) {
  Identity role;
  role.kind = Kind::kRole;
  role.account = call.account();
  role.name = RequiredName(Kind::kRole, in);
  role.path = in.Text("Path", kPath).value_or("/");
  role.trust_policy = in.RequiredText("AssumeRolePolicyDocument", kDocument);
  role.description = in.Text("Description", kDescription).value_or("");
  role.session_seconds_max =
      in.Number("MaxSessionDuration", kSessionSecondsMin, kSessionSecondsMax).value_or(3600);
  role.tags = TagsOf(in);
  role.boundary_arn = in.Text("PermissionsBoundary", kArn).value_or("");
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(call.RequireAllowed(role.Arn(), CreationContext(role)));
  RETURN_IF_ERROR(CheckTrustPolicy(role.trust_policy));
  ASSIGN_OR_RETURN(role, services.identities.Create(std::move(role)));
  out.Start("Role");
  WriteIdentity(role, false, out);
  out.End();
  return base::Ok();
}

base::Status GetRole(query::Call& call, query::Parameters& in, xml::Writer& out,
                     Services& services) {
  const std::string name = RequiredName(Kind::kRole, in);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(RequireOn(call, services, Kind::kRole, name));
  ASSIGN_OR_RETURN(Identity role, services.identities.Get(Kind::kRole, call.account(), name));
  out.Start("Role");
  WriteIdentity(role, false, out);
  out.End();
  return base::Ok();
}

base::Status ListRoles(query::Call& call, query::Parameters& in, xml::Writer& out,
                       Services& services) {
  const identities::ListQuery query = ReadListQuery(call, in);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(call.RequireAllowed("arn:aws:iam::" + call.account() + ":role/"));
  ASSIGN_OR_RETURN(auto roles, services.identities.List(Kind::kRole, query));
  out.Start("Roles");
  for (const Identity& role : roles.entries) {
    out.Start("member");
    WriteIdentity(role, true, out);
    out.End();
  }
  out.End();
  WriteListEnd(roles.is_last, roles.is_last ? "" : roles.entries.back().name, out);
  return base::Ok();
}

base::Status UpdateRole(query::Call& call, query::Parameters& in, xml::Writer&,
                        Services& services) {
  const std::string name = RequiredName(Kind::kRole, in);
  const auto description = in.Text("Description", kDescription);
  const auto seconds = in.Number("MaxSessionDuration", kSessionSecondsMin, kSessionSecondsMax);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(RequireOn(call, services, Kind::kRole, name));
  RETURN_IF_ERROR(
      services.identities.Update(Kind::kRole, call.account(), name, [&](Identity& role) {
        if (description) role.description = *description;
        if (seconds) role.session_seconds_max = *seconds;
        return base::Ok();
      }));
  return base::Ok();
}

base::Status UpdateAssumeRolePolicy(query::Call& call, query::Parameters& in, xml::Writer&,
                                    Services& services) {
  const std::string name = RequiredName(Kind::kRole, in);
  const std::string document = in.RequiredText("PolicyDocument", kDocument);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(RequireOn(call, services, Kind::kRole, name));
  RETURN_IF_ERROR(CheckTrustPolicy(document));
  RETURN_IF_ERROR(
      services.identities.Update(Kind::kRole, call.account(), name, [&](Identity& role) {
        role.trust_policy = document;
        return base::Ok();
      }));
  return base::Ok();
}

base::Status DeleteRole(query::Call& call, query::Parameters& in, xml::Writer&,
                        Services& services) {
  const std::string name = RequiredName(Kind::kRole, in);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(RequireOn(call, services, Kind::kRole, name));
  return services.identities.Delete(Kind::kRole, call.account(), name);
}

}  // namespace

void AddRoleOperations(std::vector<Operation>& table) {
  table.insert(table.end(), {{"CreateRole", CreateRole},
                             {"GetRole", GetRole},
                             {"ListRoles", ListRoles},
                             {"UpdateRole", UpdateRole},
                             {"UpdateAssumeRolePolicy", UpdateAssumeRolePolicy, false},
                             {"DeleteRole", DeleteRole, false}});
}

}  // namespace dray::iam
