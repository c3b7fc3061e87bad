// SPDX-License-Identifier: Apache-2.0
#include "security/policy/resource.h"

#include <algorithm>

namespace dray::policy {

namespace {

base::Error InvalidResource(std::string_view text, const Grammar& grammar) {
  if (grammar.is_resource_policy()) return InvalidPolicy("Policy has invalid resource");
  return InvalidPolicy("Resource " + std::string(text) + " must be in ARN format or \"*\".");
}

}  // namespace

base::Result<ResourcePattern> ResourcePattern::Parse(std::string_view text,
                                                     const Grammar& grammar) {
  ResourcePattern result;
  result.written_ = text;
  if (text == "*") return result;
  auto pieces = SplitAtColons(text, kArnFieldCount, grammar.has_variables);
  if (pieces.front() != "arn" || pieces.back().empty()) return InvalidResource(text, grammar);
  // IAM fills up a short ARN that ends in a wildcard ("arn:aws:s3:*"); S3 does not.
  if (pieces.size() < kArnFieldCount &&
      (grammar.is_resource_policy() || pieces.back().back() != '*'))
    return InvalidResource(text, grammar);
  ASSIGN_OR_RETURN(result.arn_, ArnPattern::Make(pieces, grammar.has_variables));
  for (size_t i = 0; i + 1 < kArnFieldCount; ++i)
    if (result.arn_->field(i).has_variables())
      return InvalidPolicy("A policy variable can stand only in the last part of a resource ARN: " +
                           result.written_);
  return result;
}

bool ResourcePattern::Matches(const std::optional<ArnFields>& arn, const Context& context) const {
  if (!arn_) return true;
  return arn && arn_->Matches(*arn, context);
}

std::string_view ResourcePattern::FirstUnresolved(const Context& context) const {
  return arn_ ? arn_->field(kArnFieldCount - 1).FirstUnresolved(context) : std::string_view{};
}

base::Result<ResourceSet> ResourceSet::Parse(const json::Value& value, std::string_view field,
                                             const Grammar& grammar) {
  ASSIGN_OR_RETURN(auto texts, StringOrList(value, field));
  ResourceSet set;
  for (const std::string& text : texts) {
    ASSIGN_OR_RETURN(auto pattern, ResourcePattern::Parse(text, grammar));
    set.patterns_.push_back(std::move(pattern));
  }
  return set;
}

bool ResourceSet::Contains(const std::optional<ArnFields>& arn, const Context& context) const {
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const ResourcePattern& pattern) { return pattern.Matches(arn, context); });
}

}  // namespace dray::policy
