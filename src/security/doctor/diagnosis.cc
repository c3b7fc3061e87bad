// SPDX-License-Identifier: Apache-2.0
#include "security/doctor/diagnosis.h"

#include <algorithm>

#include "base/text_encoding.h"
#include "security/doctor/near_match.h"
#include "security/policy/explanation.h"

namespace dray::doctor {

namespace {

using Form = policy::PrincipalEntry::Form;

constexpr size_t kTypoDistanceMax = 2;

// ---- principal

Finding DiagnosePrincipal(const Located& located, const policy::Principal& caller) {
  const auto& entries = located.statement.principals->entries();
  const std::string whole_account = "Write \"Principal\": {\"AWS\": \"" + caller.account + "\"}";
  const std::string& own = caller.role_arn.empty() ? caller.arn : caller.role_arn;
  for (const auto& entry : entries) {
    if (entry.form == Form::kService)
      return FindingAt(located, "service-principal",
                       "Its Principal is the service " + entry.written +
                           ", but DynamoDB acts as the caller of a job, " + caller.arn +
                           ", and never as a service principal.",
                       whole_account + " and keep the service to the condition aws:CalledVia.");
    if (entry.form == Form::kUniqueId)
      return FindingAt(
          located, "deleted-principal",
          "Its Principal " + Quote(entry.written) +
              " is what is left of a user or role that was deleted; it matches nobody, "
              "not even a new one of the same name.",
          "Name the present principal: " + Quote(own) + ".");
  }
  const policy::PrincipalEntry* nearest = nullptr;
  for (const auto& entry : entries)
    if (base::EqualsIgnoreCase(entry.written, own) ||
        base::EqualsIgnoreCase(entry.written, caller.arn))
      nearest = &entry;
  if (nearest)
    return FindingAt(located, "principal-case",
                     "Its Principal " + Quote(nearest->written) + " differs from the caller " +
                         Quote(own) + " in upper and lower case, which counts.",
                     "Write it as " + Quote(own) + ".");
  for (const auto& entry : entries)
    if (!entry.account.empty() && entry.account != caller.account) {
      size_t distance = EditDistance(entry.account, caller.account);
      if (distance <= kTypoDistanceMax)
        return FindingAt(located, "account-typo",
                         "Its Principal names account " + entry.account + ", the caller's is " +
                             caller.account + ": probably a slip of the pen.",
                         whole_account + ".");
    }
  for (const auto& entry : entries)
    if (entry.account == caller.account) {
      auto name = [](std::string_view arn) { return arn.substr(arn.rfind('/') + 1); };
      bool is_path = name(entry.written) == name(own);
      return FindingAt(
          located, is_path ? "principal-path" : "other-principal",
          "Its Principal is " + Quote(entry.written) + ", the caller is " + Quote(own) +
              (is_path ? ": the path differs." : "."),
          "Name " + Quote(own) + " or the whole account " + Quote(caller.account) + ".");
    }
  return FindingAt(located, "other-account",
                   "Its Principal names " + Quote(entries.front().written) + ", the caller " +
                       caller.arn + " is of account " + caller.account + ".",
                   whole_account + " if this account is meant.");
}

// ---- resource

// Tables, keys, roles, log groups.
Finding DiagnoseOtherResource(const Located& located, const policy::RequestView& view) {
  return FindingAt(
      located, "resource-not-covered",
      "Its Resource " + Quote(located.statement.resources->patterns().front().written()) +
          " does not cover " + view.request.resource + ".",
      located.side == Side::kKey ? "Write \"Resource\": \"*\": in a key policy that is the key."
                                 : "Add " + Quote(view.request.resource) + " to it.");
}

Finding DiagnoseResource(const Located& located, const policy::RequestView& view,
                         const Facts& facts) {
  if (located.statement.is_not_resource)
    return FindingAt(located, "not-resource",
                     "Its NotResource covers " + view.request.resource + ".",
                     "Take it out of NotResource, or list what is allowed as Resource.");
  if (!view.request.action.starts_with("s3:")) return DiagnoseOtherResource(located, view);
  const std::string arn = "arn:aws:s3:::" + facts.bucket;
  const std::string objects = arn + "/*";
  const bool is_export = facts.job == Job::kExport;
  if (view.request.action == "s3:ListBucket") {
    for (const auto& pattern : located.statement.resources->patterns())
      if (pattern.written().starts_with(arn + "/"))
        return FindingAt(located, "list-needs-bucket-arn",
                         "Its Resource " + Quote(pattern.written()) +
                             " are objects, but s3:ListBucket is about the bucket itself.",
                         "Add " + Quote(arn) + ".");
  }
  const policy::ResourcePattern* own = nullptr;  // a pattern of this bucket
  for (const auto& pattern : located.statement.resources->patterns()) {
    std::string_view written = pattern.written();
    if (written == arn + "/")
      return FindingAt(located, "trailing-slash",
                       "Its Resource " + Quote(written) +
                           " covers only an object without a name, not the objects of the bucket.",
                       "Write " + Quote(objects) + ".");
    if (auto key = pattern.FirstUnresolved(view.request.context); !key.empty())
      return FindingAt(located, "variable-without-value",
                       "Its Resource " + Quote(written) + " depends on ${" + std::string(key) +
                           "}, which has no value in this request.",
                       "Write the value out, or give the variable a default.");
    if (written.starts_with(arn + "/") || written.starts_with(arn + "*")) own = &pattern;
  }
  if (own)
    return FindingAt(
        located, "prefix-not-covered",
        "Its Resource " + Quote(own->written()) + " does not cover " + view.request.resource +
            (is_export ? ": an export writes below " + Quote(ExportFolder(facts.prefix)) + "."
                       : ": an import reads what begins with " + Quote(facts.prefix) + "."),
        "Write " +
            Quote(arn + "/" + (is_export ? ExportFolder(facts.prefix) : facts.prefix) + "*") +
            ", or take a prefix that it covers.");
  for (const auto& pattern : located.statement.resources->patterns())
    if (pattern.written() == arn)
      return FindingAt(
          located, "bucket-arn-only",
          "Its Resource is the bucket " + Quote(arn) + " alone; objects are other resources.",
          "Add " + Quote(objects) + ".");
  return FindingAt(located, "other-bucket",
                   "Its Resource " +
                       Quote(located.statement.resources->patterns().front().written()) +
                       " is not of the bucket " + facts.bucket + ".",
                   "Write " + Quote(arn) + " and " + Quote(objects) + ".");
}

const char* LacksAction(Side side) {
  switch (side) {
    case Side::kIdentity:
      return "identity-lacks-action";
    case Side::kBucket:
      return "bucket-policy-lacks-action";
    case Side::kKey:
      return "key-policy-lacks-action";
    default:
      return "policy-lacks-action";
  }
}

}  // namespace

Finding FindingAt(const Located& located, std::string code, std::string sentence, std::string fix) {
  Finding finding;
  finding.code = std::move(code);
  finding.where = located.where;
  finding.sentence = std::move(sentence);
  finding.fix = std::move(fix);
  return finding;
}

std::string Quote(std::string_view text) { return '"' + std::string(text) + '"'; }

Elements MismatchesOf(const policy::Statement& statement, const policy::RequestView& view) {
  Elements elements;
  const policy::Principal& caller = view.request.principal;
  if (statement.principals)
    elements.principal = statement.is_not_principal
                             ? statement.principals->Excepts(caller, view.has_boundary)
                             : statement.principals->Match(caller) == policy::PrincipalMatch::kNone;
  elements.action = statement.actions.Contains(view.action) == statement.is_not_action;
  elements.resource =
      statement.resources && statement.resources->Contains(view.resource, view.request.context) ==
                                 statement.is_not_resource;
  elements.condition = !statement.condition.Matches(view.request.context);
  return elements;
}

std::vector<Finding> DiagnoseAllow(const Located& located, const policy::RequestView& view,
                                   const Facts& facts) {
  const Elements elements = MismatchesOf(located.statement, view);
  const std::string& action = view.request.action;
  std::vector<Finding> findings;
  if (elements.principal) findings.push_back(DiagnosePrincipal(located, view.request.principal));
  if (elements.action) {
    findings.push_back(
        FindingAt(located, LacksAction(located.side),
                  located.statement.is_not_action
                      ? "It is the closest statement, but " + action + " is among its NotAction."
                      : "It is the closest statement, but " + action + " is not among its actions.",
                  located.statement.is_not_action ? "Take it out."
                                                  : "Add " + Quote(action) + " to its Action."));
  }
  if (elements.resource) findings.push_back(DiagnoseResource(located, view, facts));
  if (elements.condition)
    for (const auto& line : located.statement.condition.lines())
      if (!line.Matches(view.request.context))
        findings.push_back(DiagnoseLine(located, line, view, facts));
  return findings;
}

}  // namespace dray::doctor
