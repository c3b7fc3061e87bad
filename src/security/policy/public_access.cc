// SPDX-License-Identifier: Apache-2.0
#include "security/policy/public_access.h"

#include <algorithm>
#include <array>

namespace dray::policy {

namespace {

constexpr std::string_view kSourceIp = "aws:sourceip";
constexpr std::string_view kAccessPointArn = "s3:dataaccesspointarn";

// The keys whose fixed values make a statement one for somebody.
constexpr auto kLimitingKeys = std::to_array<std::string_view>({
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:sourceaccount",
    "aws:sourcearn",
    kSourceIp,
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    kAccessPointArn,
    "s3:dataaccesspointaccount",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
});

// Broader networks are everybody's.
constexpr unsigned kPrefixBitsMinV4 = 8;
constexpr unsigned kPrefixBitsMinV6 = 32;

bool IsNarrow(std::string_view value) {
  auto range = IpRange::Parse(value);
  return range && range->prefix_bits >= (range->is_v6 ? kPrefixBitsMinV6 : kPrefixBitsMinV4);
}

bool IsFixed(std::string_view value, const Grammar& grammar) {
  return value.find_first_of("*?") == std::string_view::npos &&
         !(grammar.has_variables && value.find("${") != std::string_view::npos);
}

// The name of an access point may be a pattern, its account may not.
bool IsOfOneAccount(std::string_view value, const Grammar& grammar) {
  auto pieces = SplitAtColons(value, kArnFieldCount, grammar.has_variables);
  return pieces.size() == kArnFieldCount && IsAccountId(pieces[4]);
}

bool Limits(const ConditionLine& line, const Grammar& grammar) {
  if (std::find(kLimitingKeys.begin(), kLimitingKeys.end(), line.lower_key()) ==
      kLimitingKeys.end())
    return false;
  // These hold for a request without the key.
  if (line.is_negated() || line.is_null_test() || line.is_if_exists() ||
      line.qualifier() == SetQualifier::kForAllValues)
    return false;
  std::string_view name = line.base_operator();
  if (!line.is_ip_test() && !name.starts_with("String") && !name.starts_with("Arn")) return false;
  return std::all_of(line.values().begin(), line.values().end(), [&](const std::string& value) {
    if (line.is_ip_test()) return line.lower_key() == kSourceIp && IsNarrow(value);
    if (line.lower_key() == kAccessPointArn) return IsOfOneAccount(value, grammar);
    return IsFixed(value, grammar);
  });
}

bool NamesEverybody(const Statement& statement) {
  if (!statement.principals || statement.is_not_principal) return true;
  const auto& entries = statement.principals->entries();
  return std::any_of(entries.begin(), entries.end(), [](const PrincipalEntry& entry) {
    return entry.form == PrincipalEntry::Form::kEveryone ||
           entry.form == PrincipalEntry::Form::kFederated;
  });
}

}  // namespace

bool IsPublic(const Statement& statement, const Grammar& grammar) {
  if (statement.is_deny || !NamesEverybody(statement)) return false;
  const auto& lines = statement.condition.lines();
  return std::none_of(lines.begin(), lines.end(),
                      [&](const ConditionLine& line) { return Limits(line, grammar); });
}

}  // namespace dray::policy
