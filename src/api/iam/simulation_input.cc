// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "api/iam/simulation.h"
#include "api/query/error_mapping.h"
#include "base/text_encoding.h"
#include "security/policy/arn_pattern.h"

namespace dray::iam {

namespace {

const query::TextRule kActionName{.min = 3, .max = 128};
const query::TextRule kResourceName{.min = 1, .max = 2048};
const query::TextRule kContextKey{.min = 5, .max = 256};
const query::TextRule kContextValue{.min = 0, .max = 131072};

constexpr std::string_view kContextTypes[] = {"string", "numeric", "boolean",
                                              "ip",     "binary",  "date"};

bool IsContextType(std::string_view text) {
  if (text.ends_with("List")) text.remove_suffix(4);
  return std::find(std::begin(kContextTypes), std::end(kContextTypes), text) !=
         std::end(kContextTypes);
}
const query::TextRule kContextType{.min = 1,
                                   .max = 11,
                                   .pattern =
                                       "[string, stringList, numeric, numericList, boolean, "
                                       "booleanList, ip, ipList, binary, binaryList, date, "
                                       "dateList]",
                                   .matches = IsContextType};

// "s3:GetObject": wildcards are not for simulations.
bool IsActionName(std::string_view text) {
  const size_t colon = text.find(':');
  return colon != text.npos && colon > 0 && colon + 1 < text.size() &&
         text.find_first_of("*? ") == text.npos;
}

void ReadContext(query::Parameters& in, policy::Context& context) {
  in.TakeEmptyList("ContextEntries");
  for (size_t i = 1;; ++i) {
    const std::string member = "ContextEntries.member." + std::to_string(i);
    const auto key = in.Text(member + ".ContextKeyName", kContextKey);
    if (!key) return;
    std::vector<std::string> values = in.Texts(member + ".ContextKeyValues", kContextValue);
    const std::string type = in.RequiredText(member + ".ContextKeyType", kContextType);
    if (context.Find(*key) != nullptr)
      in.Fault("ContextEntries", *key, "Member must not be given twice");
    if (type.ends_with("List")) {
      context.SetMany(*key, std::move(values));
    } else if (values.size() == 1) {
      context.Set(*key, values.front());
    } else {
      in.Fault("ContextEntries", *key, "Member of type " + type + " must have exactly one value");
    }
  }
}

// What WriteResults wrote: the number of the next result.
bool IsResultMarker(std::string_view text) {
  const auto number = base::Base64Decode(text);
  return number && !number->empty() && number->size() < 8 &&
         number->find_first_not_of("0123456789") == std::string::npos;
}
const query::TextRule kResultMarker{
    .min = 1, .max = 320, .pattern = "a marker of an earlier answer", .matches = IsResultMarker};

// An account id, or an ARN in that account.
base::Result<std::string> AccountOfOwner(const std::string& owner) {
  if (policy::IsAccountId(owner)) return owner;
  const auto arn = policy::SplitArn(owner);
  if (arn && policy::IsAccountId((*arn)[4])) return std::string((*arn)[4]);
  return InvalidInput("ResourceOwner wants an account id or an ARN with one, not " +
                      query::Shown(owner) + ".");
}

}  // namespace

base::Error InvalidInput(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message), query::reason::kInvalidInput};
}

base::Status AddPolicies(std::string_view name, const std::vector<std::string>& documents,
                         policy::DocumentKind kind, std::vector<SimulatedPolicy>& policies) {
  for (size_t i = 0; i < documents.size(); ++i) {
    std::string id(name);
    if (kind != policy::DocumentKind::kResource) id += "." + std::to_string(i + 1);
    auto document = policy::Document::Parse(documents[i], kind);
    if (!document) return InvalidInput(id + ": " + document.error().message);
    policies.push_back({std::move(id), documents[i], *std::move(document)});
  }
  return base::Ok();
}

SimulationInput ReadSimulation(query::Parameters& in, Simulation& simulation) {
  SimulationInput input;
  simulation.actions = in.Texts("ActionNames", kActionName);
  if (simulation.actions.empty()) in.Fault("ActionNames", "null", "Member must not be null");
  simulation.resources = in.Texts("ResourceArns", kResourceName);
  input.policies = in.Texts("PolicyInputList", kDocument);
  input.boundaries = in.Texts("PermissionsBoundaryPolicyInputList", kDocument);
  if (input.boundaries.size() > 1)
    in.Fault("PermissionsBoundaryPolicyInputList", "[...]",
             "Member must have length less than or equal to 1");
  input.resource_policy = in.Text("ResourcePolicy", kDocument).value_or("");
  simulation.resource_owner = in.Text("ResourceOwner", kResourceName).value_or("");
  input.caller_arn = in.Text("CallerArn", kResourceName).value_or("");
  ReadContext(in, simulation.given);
  const std::string marker =
      base::Base64Decode(in.Text("Marker", kResultMarker).value_or("")).value_or("0");
  std::from_chars(marker.data(), marker.data() + marker.size(), simulation.first);
  simulation.results_max = static_cast<size_t>(in.Number("MaxItems", 1, 1000).value_or(100));
  return input;
}

base::Status Prepare(const SimulationInput& input, Simulation& simulation) {
  for (const std::string& action : simulation.actions)
    if (!IsActionName(action))
      return InvalidInput("ActionNames wants service:Operation without wildcards, not " +
                          query::Shown(action) + ".");
  for (const std::string& resource : simulation.resources)
    if (resource != "*" && !policy::SplitArn(resource))
      return InvalidInput("ResourceArns wants ARNs or *, not " + query::Shown(resource) + ".");
  if (!input.caller_arn.empty()) {
    auto caller = policy::PrincipalOfArn(input.caller_arn);
    if (!caller || caller->type != policy::Principal::Type::kUser)
      return InvalidInput("CallerArn wants the ARN of a user, not " +
                          query::Shown(input.caller_arn) + ".");
    simulation.caller = *std::move(caller);
    simulation.knows_caller = true;
  }
  RETURN_IF_ERROR(AddPolicies("PolicyInputList", input.policies, policy::DocumentKind::kIdentity,
                              simulation.identity));
  if (!input.boundaries.empty()) {
    simulation.boundaries.clear();  // it replaces the caller's own
    RETURN_IF_ERROR(AddPolicies("PermissionsBoundaryPolicyInputList", input.boundaries,
                                policy::DocumentKind::kBoundary, simulation.boundaries));
  }
  if (!simulation.resource_owner.empty()) {
    ASSIGN_OR_RETURN(simulation.resource_owner, AccountOfOwner(simulation.resource_owner));
  }
  if (input.resource_policy.empty()) return base::Ok();
  if (!simulation.knows_caller || simulation.caller.type != policy::Principal::Type::kUser)
    return InvalidInput("A ResourcePolicy needs a CallerArn, the ARN of a user.");
  return AddPolicies("ResourcePolicy", {input.resource_policy}, policy::DocumentKind::kResource,
                     simulation.resource);
}

}  // namespace dray::iam
