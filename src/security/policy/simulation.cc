// SPDX-License-Identifier: Apache-2.0
#include "security/policy/simulation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/text_encoding.h"
#include "format/json/json.h"
#include "security/policy/arn_pattern.h"
#include "security/policy/global_keys.h"
#include "security/policy/grammar.h"
#include "security/policy/principal.h"

namespace dray::policy {

namespace {

constexpr std::string_view kAnonymous = "*anonymous*";
constexpr auto kMembers = std::to_array<std::string_view>(
    {"id", "request", "context", "identityPolicies", "resourcePolicy", "permissionBoundaries",
     "sessionPolicy", "scps", "rcps", "blockPublicAccess"});
constexpr auto kRequestMembers =
    std::to_array<std::string_view>({"principal", "action", "resource", "resourceAccount"});

// nullptr when it is absent or null.
const json::Value* FindMember(const json::Object& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value && !value->is_null() ? value : nullptr;
}

base::Error Wrong(std::string_view where, std::string_view what) {
  return InvalidPolicy(std::string(where) + ": " + std::string(what));
}

std::string At(std::string_view where, size_t index) {
  return std::string(where) + "[" + std::to_string(index) + "]";
}

// ---- the request

base::Result<std::string> WantString(const json::Object& request, std::string_view name) {
  const json::Value* value = FindMember(request, name);
  const std::string* text = value ? value->string() : nullptr;
  const std::string where = "request." + std::string(name);
  if (!value) return Wrong(where, "is missing");
  if (!text || text->empty()) return Wrong(where, "wants a text");
  return *text;
}

base::Result<Principal> ParsePrincipal(const std::string& text) {
  Principal principal;
  if (text == kAnonymous) {
    principal.account = "anonymous";
    return principal;
  }
  if (IsServiceName(text)) {
    principal.type = Principal::Type::kService;
    principal.service = text;
    return principal;
  }
  auto found = PrincipalOfArn(text);
  if (!found)
    return Wrong("request.principal",
                 "wants the ARN of a root user, user, role, session or federated user, the name of "
                 "a service, or *anonymous*, not \"" +
                     text + "\"");
  return *std::move(found);
}

// As AWS's simulator: the account that the ARN names, else the caller's own.
std::string AccountOf(const Request& request) {
  auto arn = SplitArn(request.resource);
  if (arn && IsAccountId((*arn)[4])) return std::string((*arn)[4]);
  return IsAccountId(request.principal.account) ? request.principal.account : "";
}

base::Status ParseRequest(const json::Object& object, Request& request) {
  RETURN_IF_ERROR(RefuseDuplicates(object));
  for (const auto& [name, value] : object.members)
    if (std::find(kRequestMembers.begin(), kRequestMembers.end(), name) == kRequestMembers.end())
      return Wrong("request", "has no member \"" + name + "\"");
  ASSIGN_OR_RETURN(std::string principal, WantString(object, "principal"));
  ASSIGN_OR_RETURN(request.principal, ParsePrincipal(principal));
  ASSIGN_OR_RETURN(request.action, WantString(object, "action"));
  size_t colon = request.action.find(':');
  if (colon == 0 || colon >= request.action.size() - 1)
    return Wrong("request.action", "wants service:Name, not \"" + request.action + "\"");
  ASSIGN_OR_RETURN(request.resource, WantString(object, "resource"));
  if (request.resource != "*" && !SplitArn(request.resource))
    return Wrong("request.resource", "wants an ARN or *, not \"" + request.resource + "\"");
  if (!FindMember(object, "resourceAccount")) {
    request.resource_account = AccountOf(request);
    return base::Ok();
  }
  ASSIGN_OR_RETURN(request.resource_account, WantString(object, "resourceAccount"));
  if (!IsAccountId(request.resource_account))
    return Wrong("request.resourceAccount", "wants an account id of 12 digits");
  return base::Ok();
}

// ---- its context

std::optional<std::string> ScalarText(const json::Value& value) {
  if (const auto* text = value.string()) return *text;
  if (const auto* number = value.number()) return number->text;
  if (const auto* boolean = value.boolean()) return *boolean ? "true" : "false";
  return std::nullopt;
}

base::Status ParseContext(const json::Value& value, Context& context) {
  const auto* object = value.object();
  if (!object) return Wrong("context", "wants an object of keys");
  std::set<std::string> seen;
  for (const auto& [key, member] : object->members) {
    const std::string where = "context." + key;
    const std::string lower_key = base::ToLower(key);
    if (!seen.insert(lower_key).second) return Wrong(where, "stands twice");
    if (const auto* array = member.array()) {
      std::vector<std::string> values;
      for (const auto& element : *array) {
        auto text = ScalarText(element);
        if (!text) return Wrong(where, "wants texts, numbers or booleans in its list");
        values.push_back(*std::move(text));
      }
      context.SetMany(key, std::move(values));
      continue;
    }
    auto text = ScalarText(member);
    if (!text) return Wrong(where, "wants a text, a number, a boolean or a list of them");
    if (IsMultivaluedKey(lower_key))
      context.SetMany(key, {*std::move(text)});
    else
      context.Set(key, *text);
  }
  return base::Ok();
}

void AddImpliedKeys(Request& request) {
  Principal& principal = request.principal;
  const Context given = request.context;
  // The ARN of a session lacks the path of its role; the context may know it.
  if (principal.type == Principal::Type::kAssumedRole && principal.role_arn.empty()) {
    const std::string* role = given.FindSingleLower("aws:principalarn");
    auto of_role = role ? PrincipalOfArn(*role) : std::nullopt;
    if (of_role && of_role->role_arn == *role && of_role->account == principal.account &&
        role->substr(role->rfind('/')) ==
            RoleArnOf(principal).substr(RoleArnOf(principal).rfind('/')))
      principal.role_arn = *role;
  }
  Context context;
  AddPrincipalKeys(principal, context);
  const Context::Values* called_via = given.FindLower("aws:calledvia");
  AddCallChainKeys(called_via ? called_via->values : std::vector<std::string>(), context);
  if (!request.resource_account.empty()) {
    context.Set("aws:ResourceAccount", request.resource_account);
    if (base::ToLower(request.action).starts_with("s3:"))
      context.Set("s3:ResourceAccount", request.resource_account);
  }
  context.SetAll(given);
  request.context = std::move(context);
}

// ---- its policies

// A document as an object, or as a text that holds it.
base::Result<DocumentRef> ParseDocument(const json::Value& value, DocumentKind kind,
                                        std::string_view where) {
  std::string text;
  if (const auto* quoted = value.string())
    text = *quoted;
  else if (value.object())
    json::AppendValue(value, text);
  else
    return Wrong(where, "wants a policy");
  auto document = Document::Parse(text, kind);
  if (!document) return Wrong(where, document.error().message);
  return *std::move(document);
}

base::Status ParseDocuments(const json::Value& value, DocumentKind kind, std::string_view where,
                            std::vector<DocumentRef>& documents) {
  const auto* array = value.array();
  if (!array) return Wrong(where, "wants a list of policies");
  for (size_t i = 0; i < array->size(); ++i) {
    ASSIGN_OR_RETURN(DocumentRef document, ParseDocument((*array)[i], kind, At(where, i)));
    documents.push_back(std::move(document));
  }
  return base::Ok();
}

base::Status ParseLevels(const json::Value& value, DocumentKind kind, std::string_view where,
                         std::vector<std::vector<DocumentRef>>& levels) {
  const auto* array = value.array();
  if (!array) return Wrong(where, "wants a list of levels, each a list of policies");
  for (size_t i = 0; i < array->size(); ++i)
    RETURN_IF_ERROR(ParseDocuments((*array)[i], kind, At(where, i), levels.emplace_back()));
  return base::Ok();
}

// Trust policies hang on roles, and say nothing of resources.
DocumentKind KindOfResourcePolicy(const Request& request) {
  auto arn = SplitArn(request.resource);
  bool is_of_role = arn && (*arn)[2] == "iam" && (*arn)[5].starts_with("role/");
  return is_of_role && base::ToLower(request.action).starts_with("sts:") ? DocumentKind::kTrust
                                                                         : DocumentKind::kResource;
}

base::Status ParsePolicies(const json::Object& object, const Request& request, PolicySet& set) {
  using Kind = DocumentKind;
  if (const auto* value = FindMember(object, "identityPolicies"))
    RETURN_IF_ERROR(ParseDocuments(*value, Kind::kIdentity, "identityPolicies", set.identity));
  if (const auto* value = FindMember(object, "permissionBoundaries"))
    RETURN_IF_ERROR(
        ParseDocuments(*value, Kind::kBoundary, "permissionBoundaries", set.boundaries));
  if (const auto* value = FindMember(object, "sessionPolicy")) {
    ASSIGN_OR_RETURN(auto document, ParseDocument(*value, Kind::kSession, "sessionPolicy"));
    set.session.push_back(std::move(document));
  }
  if (const auto* value = FindMember(object, "scps"))
    RETURN_IF_ERROR(ParseLevels(*value, Kind::kServiceControl, "scps", set.service_control));
  if (const auto* value = FindMember(object, "rcps"))
    RETURN_IF_ERROR(ParseLevels(*value, Kind::kResourceControl, "rcps", set.resource_control));
  if (const auto* value = FindMember(object, "resourcePolicy")) {
    ASSIGN_OR_RETURN(set.resource,
                     ParseDocument(*value, KindOfResourcePolicy(request), "resourcePolicy"));
  }
  if (const auto* value = FindMember(object, "blockPublicAccess")) {
    if (!value->boolean()) return Wrong("blockPublicAccess", "wants true or false");
    set.blocks_public_access = *value->boolean();
  }
  return base::Ok();
}

base::Result<Decision> Decide(const json::Object& object) {
  RETURN_IF_ERROR(RefuseDuplicates(object));
  Request request;
  const auto* request_value = FindMember(object, "request");
  if (!request_value) return Wrong("request", "is missing");
  if (!request_value->object()) return Wrong("request", "wants an object");
  RETURN_IF_ERROR(ParseRequest(*request_value->object(), request));
  if (const auto* context = FindMember(object, "context"))
    RETURN_IF_ERROR(ParseContext(*context, request.context));
  AddImpliedKeys(request);
  PolicySet policies;
  RETURN_IF_ERROR(ParsePolicies(object, request, policies));
  return Evaluate(request, policies);
}

std::string_view ResultName(Decision::Result result) {
  switch (result) {
    case Decision::Result::kAllowed:
      return "Allowed";
    case Decision::Result::kImplicitlyDenied:
      return "ImplicitlyDenied";
    case Decision::Result::kExplicitlyDenied:
      return "ExplicitlyDenied";
  }
  return "";
}

}  // namespace

SimulationAnswer Simulate(std::string_view line, size_t line_number) {
  SimulationAnswer answer;
  json::Writer writer(answer.json);
  auto value = json::Parse(line);
  const json::Object* object = value ? value->object() : nullptr;
  const json::Value* id = object ? object->Find("id") : nullptr;
  std::string id_text = "null";
  if (id) {
    id_text.clear();
    json::AppendValue(*id, id_text);
  }
  writer.StartObject().Name("id").Raw(id_text);

  base::Result<Decision> decision = !value    ? base::Result<Decision>(value.error())
                                    : !object ? Wrong("the line", "wants an object")
                                              : Decide(*object);
  if (!decision) {
    answer.is_error = true;
    writer.Name("error").String("line " + std::to_string(line_number) + ": " +
                                decision.error().message);
    writer.EndObject();
    return answer;
  }
  for (const auto& [name, member] : object->members)
    if (std::find(kMembers.begin(), kMembers.end(), name) == kMembers.end())
      answer.unknown_members.push_back(name);
  writer.Name("decision").String(decision->is_allowed() ? "allow" : "deny");
  writer.Name("result").String(ResultName(decision->result));
  writer.Name("explanation").String(decision->explanation);
  writer.EndObject();
  return answer;
}

}  // namespace dray::policy
