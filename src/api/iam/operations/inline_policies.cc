// SPDX-License-Identifier: Apache-2.0
// Policies that stand in a user or role themselves. The same for both.
#include "api/iam/parameter_rules.h"
#include "api/iam/rendering.h"

namespace dray::iam {

namespace {

// AWS's quotas of all inline policies of one user or role together.
size_t SizeMaxOf(Kind kind) { return kind == Kind::kUser ? 2048 : 10240; }
std::string WordOf(Kind kind) { return kind == Kind::kUser ? "user" : "role"; }

base::Error NoSuchPolicy(Kind kind, const std::string& policy) {
  return {base::ErrorKind::kNotFound,
          "The " + WordOf(kind) + " policy with name " + policy + " cannot be found.",
          identities::reason::kNoSuchEntity};
}

template <Kind kind>
base::Status PutPolicy(query::Call& call, query::Parameters& in, xml::Writer&, Services& services) {
  const std::string name = RequiredName(kind, in);
  const std::string policy = in.RequiredText("PolicyName", kPolicyName);
  const std::string document = in.RequiredText("PolicyDocument", kDocument);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(RequireOn(call, services, kind, name));
  RETURN_IF_ERROR(CheckDocument(document, policy::DocumentKind::kIdentity));
  RETURN_IF_ERROR(services.identities.Update(
      kind, call.account(), name, [&](Identity& identity) -> base::Status {
        identity.inline_policies[policy] = document;
        size_t size = 0;
        for (const auto& [other, json] : identity.inline_policies) size += CountedSize(json);
        if (size <= SizeMaxOf(kind)) return base::Ok();
        return OverQuota("Maximum policy size of " + std::to_string(SizeMaxOf(kind)) +
                         " bytes exceeded for " + WordOf(kind) + " " + name);
      }));
  return base::Ok();
}

template <Kind kind>
base::Status GetPolicy(query::Call& call, query::Parameters& in, xml::Writer& out,
                       Services& services) {
  const std::string name = RequiredName(kind, in);
  const std::string policy = in.RequiredText("PolicyName", kPolicyName);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(RequireOn(call, services, kind, name));
  ASSIGN_OR_RETURN(Identity identity, services.identities.Get(kind, call.account(), name));
  auto found = identity.inline_policies.find(policy);
  if (found == identity.inline_policies.end()) return NoSuchPolicy(kind, policy);
  out.Leaf(NameParameter(kind), name).Leaf("PolicyName", policy);
  WriteDocument("PolicyDocument", found->second, out);
  return base::Ok();
}

template <Kind kind>
base::Status ListPolicies(query::Call& call, query::Parameters& in, xml::Writer& out,
                          Services& services) {
  const std::string name = RequiredName(kind, in);
  const auto marker = in.Text("Marker", kPolicyName);
  const auto entries_max = static_cast<size_t>(in.Number("MaxItems", 1, 1000).value_or(100));
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(RequireOn(call, services, kind, name));
  ASSIGN_OR_RETURN(Identity identity, services.identities.Get(kind, call.account(), name));
  out.Start("PolicyNames");
  size_t count = 0;
  std::string last;
  auto next =
      marker ? identity.inline_policies.upper_bound(*marker) : identity.inline_policies.begin();
  for (; next != identity.inline_policies.end() && count < entries_max; ++next, ++count) {
    out.Leaf("member", next->first);
    last = next->first;
  }
  out.End();
  const bool is_last = next == identity.inline_policies.end();
  out.Leaf("IsTruncated", is_last ? "false" : "true");
  if (!is_last) out.Leaf("Marker", last);
  return base::Ok();
}

template <Kind kind>
base::Status DeletePolicy(query::Call& call, query::Parameters& in, xml::Writer&,
                          Services& services) {
  const std::string name = RequiredName(kind, in);
  const std::string policy = in.RequiredText("PolicyName", kPolicyName);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(RequireOn(call, services, kind, name));
  RETURN_IF_ERROR(services.identities.Update(kind, call.account(), name,
                                             [&](Identity& identity) -> base::Status {
                                               if (identity.inline_policies.erase(policy) == 0)
                                                 return NoSuchPolicy(kind, policy);
                                               return base::Ok();
                                             }));
  return base::Ok();
}

}  // namespace

void AddInlinePolicyOperations(std::vector<Operation>& table) {
  table.insert(table.end(), {{"PutUserPolicy", PutPolicy<Kind::kUser>, false},
                             {"GetUserPolicy", GetPolicy<Kind::kUser>},
                             {"ListUserPolicies", ListPolicies<Kind::kUser>},
                             {"DeleteUserPolicy", DeletePolicy<Kind::kUser>, false},
                             {"PutRolePolicy", PutPolicy<Kind::kRole>, false},
                             {"GetRolePolicy", GetPolicy<Kind::kRole>},
                             {"ListRolePolicies", ListPolicies<Kind::kRole>},
                             {"DeleteRolePolicy", DeletePolicy<Kind::kRole>, false}});
}

}  // namespace dray::iam
