// SPDX-License-Identifier: Apache-2.0
// What DynamoDB's PutResourcePolicy checks of a document, and the form in which it keeps one.
// Sources: AWS's guide (actions, size, public access), measurements of others on AWS (texts, form).
#include <algorithm>
#include <array>
#include <set>

#include "base/text_encoding.h"
#include "format/json/json.h"
#include "security/policy/document.h"
#include "security/policy/policy.h"

namespace dray::policy {

namespace {

constexpr size_t kBytesMax = 20480;

// "DynamoDB API operations supported by resource-based policies", and what replicas need.
constexpr auto kActions = std::to_array<std::string_view>({
    "associatetablereplica",
    "batchgetitem",
    "batchwriteitem",
    "conditioncheckitem",
    "createbackup",
    "createtablereplica",
    "deleteitem",
    "deleteresourcepolicy",
    "deletetable",
    "deletetablereplica",
    "describecontinuousbackups",
    "describecontributorinsights",
    "describekinesisstreamingdestination",
    "describetable",
    "describetablereplicaautoscaling",
    "describetimetolive",
    "disablekinesisstreamingdestination",
    "enablekinesisstreamingdestination",
    "exporttabletopointintime",
    "getitem",
    "getresourcepolicy",
    "listtagsofresource",
    "partiqldelete",
    "partiqlinsert",
    "partiqlselect",
    "partiqlupdate",
    "putitem",
    "putresourcepolicy",
    "query",
    "readdataforreplication",
    "replicatesettings",
    "restoretabletopointintime",
    "scan",
    "tagresource",
    "untagresource",
    "updatecontinuousbackups",
    "updatecontributorinsights",
    "updateitem",
    "updatekinesisstreamingdestination",
    "updatetable",
    "updatetablereplicaautoscaling",
    "updatetimetolive",
    "writedataforreplication",
});

base::Error InvalidParameter(const std::string& message) {
  return InvalidPolicy("One or more parameter values were invalid: " + message);
}
base::Error InvalidTablePolicy(const std::string& message) {
  return InvalidParameter("Invalid policy document: " + message);
}
base::Error InvalidTablePrincipal() {
  return InvalidParameter("Invalid principal in policy document.");
}

// The parser has S3's texts.
base::Error InDynamoDbsWords(const base::Error& error) {
  if (error.message == "Invalid principal in policy") return InvalidTablePrincipal();
  if (error.message.starts_with("Policies must be valid JSON"))
    return InvalidTablePolicy("This policy contains invalid Json");
  return InvalidTablePolicy(error.message);
}

bool IsKnown(const ActionPattern& pattern) {
  return std::any_of(kActions.begin(), kActions.end(), [&](std::string_view name) {
    return pattern.Matches("dynamodb:" + std::string(name));
  });
}

base::Status CheckActions(const Document& document) {
  std::string unknown;
  for (const Statement& statement : document.statements())
    for (const ActionPattern& pattern : statement.actions.patterns())
      if (!IsKnown(pattern)) unknown += (unknown.empty() ? "\"" : ", \"") + pattern.written() + '"';
  if (unknown.empty()) return base::Ok();
  return InvalidTablePolicy("The following action names are invalid: " + unknown);
}

base::Status CheckStatement(const Statement& statement) {
  if (statement.principals) {
    for (const PrincipalEntry& entry : statement.principals->entries())
      if (entry.form == PrincipalEntry::Form::kUniqueId ||
          entry.form == PrincipalEntry::Form::kCanonicalUser)
        return InvalidTablePrincipal();
  }
  if (statement.resources) {
    for (const ResourcePattern& pattern : statement.resources->patterns()) {
      const std::string& written = pattern.written();
      // Streams have policies of their own.
      const size_t path = written.find(":table/");
      if (path == std::string::npos || written.find("/stream/", path) == std::string::npos)
        continue;
      return InvalidTablePolicy("The relative-id \"" + written.substr(path + 1) +
                                "\" is invalid for ARN \"" + written + "\"");
    }
  }
  for (const ConditionLine& line : statement.condition.lines())
    if (const std::string* value = line.FirstIncomparable())
      return InvalidTablePolicy("Invalid value for Condition type : " + line.operator_text() +
                                " (\"" + *value + "\")");
  return base::Ok();
}

// ---- the form: compact, members in one order, lists of one element as that element, accounts as
// the ARNs of their root users.

// One value for a list of one.
void AppendUnwrapped(const json::Value& value, std::string& out) {
  const auto* array = value.array();
  json::AppendValue(array && array->size() == 1 ? array->front() : value, out);
}

void AppendPrincipals(const json::Value& names, std::string& out) {
  std::vector<std::string> texts;
  auto add = [&](const json::Value& value) {
    const std::string& text = *value.string();
    std::string arn = IsAccountId(text) ? "arn:aws:iam::" + text + ":root" : text;
    if (std::find(texts.begin(), texts.end(), arn) == texts.end()) texts.push_back(std::move(arn));
  };
  if (const auto* array = names.array())
    for (const json::Value& value : *array) add(value);
  else
    add(names);
  json::Writer writer(out);
  if (texts.size() == 1) {
    writer.String(texts.front());
    return;
  }
  writer.StartArray();
  for (const std::string& text : texts) writer.String(text);
  writer.EndArray();
}

void AppendPrincipal(const json::Value& value, std::string& out) {
  const auto* object = value.object();
  if (!object) return json::AppendValue(value, out);  // "*"
  out += '{';
  for (const auto& [type, names] : object->members) {
    if (out.back() != '{') out += ',';
    json::AppendString(type, out);
    out += ':';
    AppendPrincipals(names, out);
  }
  out += '}';
}

void AppendStatement(const json::Object& statement, std::string& out) {
  out += '{';
  for (std::string_view name : {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction",
                                "Resource", "NotResource", "Condition"}) {
    const json::Value* value = statement.Find(name);
    if (!value) continue;
    if (out.back() != '{') out += ',';
    json::AppendString(name, out);
    out += ':';
    if (name.ends_with("Principal"))
      AppendPrincipal(*value, out);
    else if (name.ends_with("Action") || name.ends_with("Resource"))
      AppendUnwrapped(*value, out);
    else
      json::AppendValue(*value, out);
  }
  out += '}';
}

// `policy` passed Document::Parse.
std::string InTheirForm(const json::Object& policy) {
  std::string out = "{\"Version\":";
  const json::Value* version = policy.Find("Version");
  json::AppendString(version ? *version->string() : "2008-10-17", out);
  if (const json::Value* id = policy.Find("Id")) {
    out += ",\"Id\":";
    json::AppendValue(*id, out);
  }
  out += ",\"Statement\":[";
  const json::Value& statements = *policy.Find("Statement");
  if (const auto* array = statements.array()) {
    for (const json::Value& statement : *array) {
      if (out.back() != '[') out += ',';
      AppendStatement(*statement.object(), out);
    }
  } else {
    AppendStatement(*statements.object(), out);
  }
  return out + "]}";
}

}  // namespace

base::Result<std::string> CheckTablePolicy(std::string_view json) {
  if (json.size() > kBytesMax)
    return InvalidParameter("Maximum policy size of " + std::to_string(kBytesMax) +
                            " bytes exceeded");
  json = base::TrimSpace(json);
  auto document = Document::Parse(json, DocumentKind::kResource);
  if (!document) return InDynamoDbsWords(document.error());
  std::set<std::string_view> sids;
  for (const Statement& statement : (*document)->statements()) {
    if (!statement.sid.empty() && !sids.insert(statement.sid).second)
      return InvalidTablePolicy("The Statement Ids in the policy are not unique");
    RETURN_IF_ERROR(CheckStatement(statement));
  }
  RETURN_IF_ERROR(CheckActions(**document));
  if ((*document)->public_statement())
    return InvalidPolicy(
        "Resource-based policy grants unbounded access in one or more elements. Please revise the "
        "policy to ensure least-privilege form of access");
  ASSIGN_OR_RETURN(json::Value value, json::Parse(json));
  return InTheirForm(*value.object());
}

}  // namespace dray::policy
