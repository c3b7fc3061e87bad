// SPDX-License-Identifier: Apache-2.0
// SimulateCustomPolicy and SimulatePrincipalPolicy, and which context keys they would like to have.
#include <set>

#include "api/iam/rendering.h"
#include "api/iam/simulation.h"
#include "security/policy/arn_pattern.h"
#include "security/policy/context_keys.h"

namespace dray::iam {

namespace {

struct SourceName {
  Kind kind = Kind::kUser;
  std::string account, name;
};

// arn:aws:iam::ACCOUNT:user/PATH/NAME, or of a role.
base::Result<SourceName> ParseSourceArn(const std::string& text) {
  const auto arn = policy::SplitArn(text);
  const std::string_view resource = arn ? (*arn)[5] : std::string_view();
  const bool is_user = resource.starts_with("user/"), is_role = resource.starts_with("role/");
  if (!arn || (*arn)[2] != "iam" || !policy::IsAccountId((*arn)[4]) || resource.ends_with('/') ||
      (!is_user && !is_role))
    return InvalidInput("Invalid Entity Arn: " + query::Shown(text) +
                        " does not clearly define entity type and name.");
  return SourceName{is_user ? Kind::kUser : Kind::kRole, std::string((*arn)[4]),
                    std::string(resource.substr(resource.rfind('/') + 1))};
}

base::Status AddManaged(Services& services, const std::string& account, const std::string& arn,
                        policy::DocumentKind kind, std::vector<SimulatedPolicy>& policies) {
  ASSIGN_OR_RETURN(auto managed, services.identities.GetPolicy(account, arn));
  const auto* version = managed.FindVersion(managed.default_version);
  if (version == nullptr) return NoSuchIdentity(Kind::kRole, arn);
  ASSIGN_OR_RETURN(auto document, policy::Document::Parse(version->document, kind));
  policies.push_back({managed.name, version->document, std::move(document)});
  return base::Ok();
}

// The policies of the user or role that `arn` names. Asks for permission first.
base::Result<Identity> LoadSource(query::Call& call, Services& services, const std::string& arn,
                                  Simulation& simulation) {
  RETURN_IF_ERROR(call.RequireAllowed(arn));
  ASSIGN_OR_RETURN(const SourceName source, ParseSourceArn(arn));
  const auto nobody = [&] { return identities::NoSuchIdentity(source.kind, source.name); };
  if (source.account != call.account()) return nobody();
  ASSIGN_OR_RETURN(Identity identity,
                   services.identities.Get(source.kind, source.account, source.name));
  if (identity.Arn() != arn) return nobody();
  const std::string prefix = (source.kind == Kind::kUser ? "user_" : "role_") + identity.name + "_";
  for (const auto& [name, json] : identity.inline_policies) {
    ASSIGN_OR_RETURN(auto document, policy::Document::Parse(json, policy::DocumentKind::kIdentity));
    simulation.identity.push_back({prefix + name, json, std::move(document)});
  }
  for (const std::string& managed : identity.attached)
    RETURN_IF_ERROR(AddManaged(services, source.account, managed, policy::DocumentKind::kIdentity,
                               simulation.identity));
  if (!identity.boundary_arn.empty())
    RETURN_IF_ERROR(AddManaged(services, source.account, identity.boundary_arn,
                               policy::DocumentKind::kBoundary, simulation.boundaries));
  return identity;
}

base::Status SimulateCustomPolicy(query::Call& call, query::Parameters& in, xml::Writer& out,
                                  Services&) {
  Simulation simulation;
  const SimulationInput input = ReadSimulation(in, simulation);
  if (input.policies.empty()) in.Fault("PolicyInputList", "null", "Member must not be null");
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(call.RequireAllowed("*"));
  simulation.caller.type = policy::Principal::Type::kUser;
  simulation.caller.account = call.account();
  RETURN_IF_ERROR(Prepare(input, simulation));
  WriteResults(simulation, out);
  return base::Ok();
}

base::Status SimulatePrincipalPolicy(query::Call& call, query::Parameters& in, xml::Writer& out,
                                     Services& services) {
  Simulation simulation;
  const std::string arn = in.RequiredText("PolicySourceArn", kArn);
  const SimulationInput input = ReadSimulation(in, simulation);
  RETURN_IF_ERROR(in.Check());
  ASSIGN_OR_RETURN(const Identity identity, LoadSource(call, services, arn, simulation));
  simulation.knows_caller = true;
  if (identity.kind == Kind::kUser) {
    simulation.caller = services.identities.PrincipalOf(identity, {});
  } else {  // any session of it
    ASSIGN_OR_RETURN(simulation.caller,
                     services.identities.SessionPrincipalOf(identity, "simulation"));
  }
  for (const auto& [key, value] : identity.tags)
    simulation.caller_tags.Set("aws:PrincipalTag/" + key, value);
  RETURN_IF_ERROR(Prepare(input, simulation));
  WriteResults(simulation, out);
  return base::Ok();
}

void WriteContextKeys(const std::vector<SimulatedPolicy>& policies, xml::Writer& out) {
  std::set<std::string> keys;
  for (const SimulatedPolicy& policy : policies)
    for (const policy::Statement& statement : policy.document->statements())
      for (std::string& key : policy::ContextKeysOf(statement, policy.document->has_variables()))
        keys.insert(std::move(key));
  out.Start("ContextKeyNames");
  for (const std::string& key : keys) out.Leaf("member", key);
  out.End();
}

base::Status GetContextKeysForCustomPolicy(query::Call& call, query::Parameters& in,
                                           xml::Writer& out, Services&) {
  const auto documents = in.Texts("PolicyInputList", kDocument);
  if (documents.empty()) in.Fault("PolicyInputList", "null", "Member must not be null");
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(call.RequireAllowed("*"));
  std::vector<SimulatedPolicy> policies;
  RETURN_IF_ERROR(
      AddPolicies("PolicyInputList", documents, policy::DocumentKind::kIdentity, policies));
  WriteContextKeys(policies, out);
  return base::Ok();
}

base::Status GetContextKeysForPrincipalPolicy(query::Call& call, query::Parameters& in,
                                              xml::Writer& out, Services& services) {
  Simulation simulation;
  const std::string arn = in.RequiredText("PolicySourceArn", kArn);
  const auto documents = in.Texts("PolicyInputList", kDocument);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(LoadSource(call, services, arn, simulation));
  RETURN_IF_ERROR(AddPolicies("PolicyInputList", documents, policy::DocumentKind::kIdentity,
                              simulation.identity));
  WriteContextKeys(simulation.identity, out);
  return base::Ok();
}

}  // namespace

void AddSimulationOperations(std::vector<Operation>& table) {
  table.insert(table.end(),
               {{"SimulateCustomPolicy", SimulateCustomPolicy},
                {"SimulatePrincipalPolicy", SimulatePrincipalPolicy},
                {"GetContextKeysForCustomPolicy", GetContextKeysForCustomPolicy},
                {"GetContextKeysForPrincipalPolicy", GetContextKeysForPrincipalPolicy}});
}

}  // namespace dray::iam
