// SPDX-License-Identifier: Apache-2.0
// What PutBucketPolicy checks beyond the grammar, statement by statement, up to the first fault.
#include <algorithm>

#include "base/text_encoding.h"
#include "security/policy/document.h"
#include "security/policy/policy.h"
#include "security/policy/s3_actions.h"

namespace dray::policy {

namespace {

// Which kinds of resource of the bucket a pattern reaches.
struct Reach {
  bool bucket = false;
  bool objects = false;
};

// "arn:aws:s3:::BUCKET" with anything behind it; nullopt for other buckets and services.
std::optional<Reach> ReachOf(const ResourcePattern& pattern, std::string_view bucket) {
  const std::string prefix = "arn:aws:s3:::" + std::string(bucket);
  std::string_view rest = pattern.written();
  if (pattern.is_everything() || !rest.starts_with(prefix)) return std::nullopt;
  rest.remove_prefix(prefix.size());
  if (rest.empty()) return Reach{.bucket = true, .objects = false};
  if (rest.front() == '/') return Reach{.bucket = false, .objects = true};
  if (rest.front() != '*' && rest.front() != '?') return std::nullopt;
  return Reach{.bucket = rest.find_first_not_of('*') == std::string_view::npos, .objects = true};
}

base::Status CheckPrincipals(const Statement& statement) {
  if (!statement.principals) return base::Ok();
  for (const PrincipalEntry& entry : statement.principals->entries())
    if (entry.form == PrincipalEntry::Form::kUniqueId)
      return InvalidPolicy("Invalid principal in policy");
  return base::Ok();
}

std::vector<const S3Action*> Expand(const ActionPattern& pattern) {
  std::vector<const S3Action*> actions;
  for (const S3Action& action : S3Actions())
    if (pattern.Matches("s3:" + base::ToLower(action.name))) actions.push_back(&action);
  return actions;
}

base::Status CheckActions(const Statement& statement) {
  for (const ActionPattern& pattern : statement.actions.patterns())
    if (Expand(pattern).empty()) return InvalidPolicy("Policy has invalid action");
  return base::Ok();
}

base::Result<Reach> CheckResources(const Statement& statement, std::string_view bucket) {
  Reach all;
  for (const ResourcePattern& pattern : statement.resources->patterns()) {
    auto reach = ReachOf(pattern, bucket);
    if (!reach) return InvalidPolicy("Policy has invalid resource");
    all.bucket |= reach->bucket;
    all.objects |= reach->objects;
  }
  return all;
}

base::Status CheckActionsAgainstResources(const Statement& statement, const Reach& reach) {
  if (statement.is_not_action || statement.is_not_resource) return base::Ok();
  for (const ActionPattern& pattern : statement.actions.patterns()) {
    auto actions = Expand(pattern);
    if (std::none_of(actions.begin(), actions.end(), [&](const S3Action* action) {
          return action->kind == S3ResourceKind::kBucket ? reach.bucket : reach.objects;
        }))
      return InvalidPolicy("Action does not apply to any resource(s) in statement");
  }
  return base::Ok();
}

base::Status CheckConditions(const Statement& statement) {
  for (const ConditionLine& line : statement.condition.lines()) {
    if (const std::string* value = line.FirstIncomparable()) {
      if (line.is_ip_test()) return InvalidPolicy("Invalid IP address in Conditions");
      return InvalidPolicy("Invalid value for Condition type : " + line.operator_text() + " (\"" +
                           *value + "\")");
    }
    std::string_view key = line.lower_key();
    if (key.starts_with("aws:")) continue;
    if (!key.starts_with("s3:") || !IsS3ConditionKey(key))
      return InvalidPolicy("Policy has an invalid condition key");
    if (statement.is_not_action) continue;
    for (const ActionPattern& pattern : statement.actions.patterns()) {
      if (pattern.has_wildcard()) continue;
      for (const S3Action* action : Expand(pattern))
        if (!S3ActionHasKey(action->name, key))
          return InvalidPolicy(
              "Conditions do not apply to combination of actions and resources in statement");
    }
  }
  return base::Ok();
}

}  // namespace

base::Status ValidateBucketPolicy(const Document& document, std::string_view bucket) {
  for (const Statement& statement : document.statements()) {
    RETURN_IF_ERROR(CheckPrincipals(statement));
    RETURN_IF_ERROR(CheckActions(statement));
    ASSIGN_OR_RETURN(Reach reach, CheckResources(statement, bucket));
    RETURN_IF_ERROR(CheckActionsAgainstResources(statement, reach));
    RETURN_IF_ERROR(CheckConditions(statement));
  }
  return base::Ok();
}

}  // namespace dray::policy
