// SPDX-License-Identifier: Apache-2.0
// Managed policies of users and roles: as their policies, and as their boundary.
#include "api/iam/parameter_rules.h"
#include "api/iam/rendering.h"

namespace dray::iam {

namespace {

policy::Context ContextOf(std::string_view key, const std::string& arn) {
  policy::Context context;
  context.Set(key, arn);
  return context;
}

template <Kind kind>
base::Status Attach(query::Call& call, query::Parameters& in, xml::Writer&, Services& services) {
  const std::string name = RequiredName(kind, in);
  const std::string arn = in.RequiredText("PolicyArn", kArn);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(RequireOn(call, services, kind, name, ContextOf("iam:PolicyARN", arn)));
  return services.identities.Attach(kind, call.account(), name, arn);
}

template <Kind kind>
base::Status Detach(query::Call& call, query::Parameters& in, xml::Writer&, Services& services) {
  const std::string name = RequiredName(kind, in);
  const std::string arn = in.RequiredText("PolicyArn", kArn);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(RequireOn(call, services, kind, name, ContextOf("iam:PolicyARN", arn)));
  return services.identities.Detach(kind, call.account(), name, arn);
}

// At most ten: one page.
template <Kind kind>
base::Status ListAttached(query::Call& call, query::Parameters& in, xml::Writer& out,
                          Services& services) {
  const std::string name = RequiredName(kind, in);
  const std::string path_prefix = in.Text("PathPrefix", kPathPrefix).value_or("/");
  in.Number("MaxItems", 1, 1000);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(RequireOn(call, services, kind, name));
  ASSIGN_OR_RETURN(Identity identity, services.identities.Get(kind, call.account(), name));
  out.Start("AttachedPolicies");
  for (const std::string& arn : identity.attached) {
    ASSIGN_OR_RETURN(auto policy, services.identities.GetPolicy(call.account(), arn));
    if (!policy.path.starts_with(path_prefix)) continue;
    out.Start("member").Leaf("PolicyName", policy.name).Leaf("PolicyArn", arn).End();
  }
  out.End();
  WriteListEnd(true, "", out);
  return base::Ok();
}

template <Kind kind>
base::Status PutBoundary(query::Call& call, query::Parameters& in, xml::Writer&,
                         Services& services) {
  const std::string name = RequiredName(kind, in);
  const std::string arn = in.RequiredText("PermissionsBoundary", kArn);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(RequireOn(call, services, kind, name, ContextOf("iam:PermissionsBoundary", arn)));
  return services.identities.SetBoundary(kind, call.account(), name, arn);
}

template <Kind kind>
base::Status DeleteBoundary(query::Call& call, query::Parameters& in, xml::Writer&,
                            Services& services) {
  const std::string name = RequiredName(kind, in);
  RETURN_IF_ERROR(in.Check());
  // The condition key is that of the boundary that is there.
  auto found = services.identities.Get(kind, call.account(), name);
  policy::Context extra;
  if (found && !found->boundary_arn.empty())
    extra = ContextOf("iam:PermissionsBoundary", found->boundary_arn);
  RETURN_IF_ERROR(RequireOn(call, services, kind, name, std::move(extra)));
  return services.identities.SetBoundary(kind, call.account(), name, "");
}

}  // namespace

void AddAttachmentOperations(std::vector<Operation>& table) {
  table.insert(table.end(),
               {{"AttachUserPolicy", Attach<Kind::kUser>, false},
                {"DetachUserPolicy", Detach<Kind::kUser>, false},
                {"ListAttachedUserPolicies", ListAttached<Kind::kUser>},
                {"PutUserPermissionsBoundary", PutBoundary<Kind::kUser>, false},
                {"DeleteUserPermissionsBoundary", DeleteBoundary<Kind::kUser>, false},
                {"AttachRolePolicy", Attach<Kind::kRole>, false},
                {"DetachRolePolicy", Detach<Kind::kRole>, false},
                {"ListAttachedRolePolicies", ListAttached<Kind::kRole>},
                {"PutRolePermissionsBoundary", PutBoundary<Kind::kRole>, false},
                {"DeleteRolePermissionsBoundary", DeleteBoundary<Kind::kRole>, false}});
}

}  // namespace dray::iam
