// SPDX-License-Identifier: Apache-2.0
#include "security/policy/principal.h"

#include <algorithm>

#include "format/json/json.h"
#include "security/policy/arn_pattern.h"

namespace dray::policy {

namespace {

using Form = PrincipalEntry::Form;
using Type = Principal::Type;

base::Error InvalidPrincipal() { return InvalidPolicy("Invalid principal in policy"); }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsUniqueId(std::string_view text) {
  return text.size() >= 16 && (text.starts_with("AIDA") || text.starts_with("AROA")) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsDigit(c) || (c >= 'A' && c <= 'Z'); });
}

// "user/path/Name" without an empty name.
bool NamesOne(std::string_view resource, std::string_view prefix) {
  return resource.starts_with(prefix) && resource.size() > prefix.size() && resource.back() != '/';
}

std::optional<Form> FormOfArn(const ArnFields& arn) {
  std::string_view resource = arn[5];
  if (arn[2] == "iam") {
    if (resource == "root") return Form::kAccount;
    if (NamesOne(resource, "user/")) return Form::kUser;
    if (NamesOne(resource, "role/")) return Form::kRole;
  } else if (arn[2] == "sts") {
    constexpr std::string_view kAssumedRole = "assumed-role/";
    if (NamesOne(resource, kAssumedRole) &&
        resource.find('/', kAssumedRole.size() + 1) != std::string_view::npos)
      return Form::kAssumedRole;
    if (NamesOne(resource, "federated-user/")) return Form::kFederatedUser;
  }
  return std::nullopt;
}

bool IsCanonicalId(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return IsDigit(c) || (c >= 'a' && c <= 'f');
         });
}

std::optional<PrincipalEntry> ParseEntry(std::string_view type, std::string_view text) {
  if (type == "AWS") return ParseAwsPrincipal(text);
  PrincipalEntry entry;
  entry.written = text;
  if (type == "Service" && IsServiceName(text))
    entry.form = Form::kService;
  else if (type == "Federated" && !text.empty() && text.find_first_of("*?") == text.npos)
    entry.form = Form::kFederated;
  else if (type == "CanonicalUser" && IsCanonicalId(text))
    entry.form = Form::kCanonicalUser;
  else
    return std::nullopt;
  return entry;
}

// The name at the end of a role's ARN, the role in a session's ARN.
std::string_view RoleNameOfRole(std::string_view role_arn) {
  return role_arn.substr(role_arn.rfind('/') + 1);
}
std::string_view RoleNameOfSession(std::string_view session_arn) {
  size_t start = session_arn.find('/');
  if (start == std::string_view::npos) return {};
  size_t end = session_arn.find('/', start + 1);
  return session_arn.substr(start + 1, end - start - 1);
}

// A session's own ARN leaves the path of its role away. Where the path is known the whole ARN
// counts, otherwise account and name.
bool IsRoleOf(const PrincipalEntry& entry, const Principal& principal) {
  if (!principal.role_arn.empty()) return entry.written == principal.role_arn;
  return entry.account == principal.account &&
         RoleNameOfRole(entry.written) == RoleNameOfSession(principal.arn);
}

bool HasAccount(const Principal& principal) {
  return principal.type != Type::kAnonymous && principal.type != Type::kService;
}

}  // namespace

bool IsAccountId(std::string_view text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), IsDigit);
}

bool IsServiceName(std::string_view text) {
  return text.find('.') != std::string_view::npos && text.front() != '.' && text.back() != '.' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return IsDigit(c) || (c >= 'a' && c <= 'z') || c == '.' || c == '-';
         });
}

std::optional<PrincipalEntry> ParseAwsPrincipal(std::string_view text) {
  PrincipalEntry entry;
  entry.written = text;
  if (text == "*") return entry;
  if (IsAccountId(text)) {
    entry.form = Form::kAccount;
    entry.account = text;
    return entry;
  }
  if (IsUniqueId(text)) {
    entry.form = Form::kUniqueId;
    return entry;
  }
  if (text.find_first_of("*?") != std::string_view::npos) return std::nullopt;
  auto arn = SplitArn(text);
  if (!arn || (*arn)[1].empty() || !(*arn)[3].empty() || !IsAccountId((*arn)[4]))
    return std::nullopt;
  auto form = FormOfArn(*arn);
  if (!form) return std::nullopt;
  entry.form = *form;
  entry.account = (*arn)[4];
  return entry;
}

std::optional<Principal> PrincipalOfArn(std::string_view arn) {
  auto entry = ParseAwsPrincipal(arn);
  if (!entry || entry->written == entry->account) return std::nullopt;  // an account is no caller
  Principal principal;
  principal.account = entry->account;
  principal.arn = arn;
  switch (entry->form) {
    case Form::kAccount:
      principal.type = Type::kRoot;
      return principal;
    case Form::kUser:
      principal.type = Type::kUser;
      return principal;
    case Form::kRole:
      principal.type = Type::kAssumedRole;
      principal.role_arn = arn;
      return principal;
    case Form::kAssumedRole:
      principal.type = Type::kAssumedRole;
      return principal;
    case Form::kFederatedUser:
      principal.type = Type::kFederatedUser;
      return principal;
    default:
      return std::nullopt;
  }
}

std::string RoleArnOf(const Principal& principal) {
  if (!principal.role_arn.empty()) return principal.role_arn;
  auto arn = SplitArn(principal.arn);
  std::string_view role = RoleNameOfSession(principal.arn);
  if (!arn || role.empty()) return {};
  return "arn:" + std::string((*arn)[1]) + ":iam::" + principal.account + ":role/" +
         std::string(role);
}

bool IsServiceLinkedRole(const Principal& principal) {
  if (principal.type != Type::kAssumedRole) return false;
  if (principal.role_arn.empty())
    return RoleNameOfSession(principal.arn).starts_with("AWSServiceRoleFor");
  return principal.role_arn.find(":role/aws-service-role/") != std::string::npos;
}

PrincipalMatch PrincipalEntry::Match(const Principal& principal) const {
  auto direct_if = [](bool matches) {
    return matches ? PrincipalMatch::kDirect : PrincipalMatch::kNone;
  };
  switch (form) {
    case Form::kEveryone:
      return PrincipalMatch::kEveryone;
    case Form::kAccount:
      return HasAccount(principal) && principal.account == account ? PrincipalMatch::kAccount
                                                                   : PrincipalMatch::kNone;
    case Form::kUser:
      return direct_if(principal.type == Type::kUser && principal.arn == written);
    case Form::kRole:
      return principal.type == Type::kAssumedRole && IsRoleOf(*this, principal)
                 ? PrincipalMatch::kRole
                 : PrincipalMatch::kNone;
    case Form::kAssumedRole:
      return direct_if(principal.type == Type::kAssumedRole && principal.arn == written);
    case Form::kFederatedUser:
      return direct_if(principal.type == Type::kFederatedUser && principal.arn == written);
    case Form::kService:
      return direct_if(principal.type == Type::kService && principal.service == written);
    case Form::kCanonicalUser:
      return HasAccount(principal) && principal.canonical_id == written ? PrincipalMatch::kAccount
                                                                        : PrincipalMatch::kNone;
    case Form::kUniqueId:
    case Form::kFederated:
      return PrincipalMatch::kNone;
  }
  return PrincipalMatch::kNone;
}

base::Result<PrincipalSet> PrincipalSet::Parse(const json::Value& value, std::string_view field,
                                               const Grammar& grammar) {
  PrincipalSet set;
  if (const auto* text = value.string()) {
    if (text->empty())
      return InvalidPolicy("Missing required field " + std::string(field) + " cannot be empty!");
    if (*text != "*") return InvalidPrincipal();
    set.entries_.push_back({.form = Form::kEveryone, .account = {}, .written = "*"});
    return set;
  }
  const auto* object = value.object();
  if (!object) return InvalidSyntax();
  RETURN_IF_ERROR(RefuseDuplicates(*object));
  if (object->members.empty())
    return InvalidPolicy("Missing required field " + std::string(field) + " cannot be empty!");
  for (const auto& [type, names] : object->members) {
    ASSIGN_OR_RETURN(auto texts, StringOrList(names, field));
    for (const std::string& text : texts) {
      auto entry = ParseEntry(type, text);
      if (!entry) return InvalidPrincipal();
      set.entries_.push_back(std::move(*entry));
    }
  }
  if (grammar.kind == DocumentKind::kResourceControl) return InvalidPrincipal();
  return set;
}

PrincipalMatch PrincipalSet::Match(const Principal& principal) const {
  PrincipalMatch closest = PrincipalMatch::kNone;
  for (const PrincipalEntry& entry : entries_) closest = std::max(closest, entry.Match(principal));
  return closest;
}

bool PrincipalSet::Excepts(const Principal& principal, bool has_boundary) const {
  auto lists = [&](PrincipalMatch match) {
    return std::any_of(entries_.begin(), entries_.end(), [&](const PrincipalEntry& entry) {
      return entry.Match(principal) == match;
    });
  };
  if (lists(PrincipalMatch::kEveryone)) return true;
  if (has_boundary) return false;
  switch (principal.type) {
    case Type::kAnonymous:
      return false;
    case Type::kRoot:
      return lists(PrincipalMatch::kAccount);
    case Type::kUser:
    case Type::kFederatedUser:
      return lists(PrincipalMatch::kAccount) && lists(PrincipalMatch::kDirect);
    case Type::kAssumedRole:
      return lists(PrincipalMatch::kAccount) && lists(PrincipalMatch::kRole) &&
             (principal.arn == principal.role_arn || lists(PrincipalMatch::kDirect));
    case Type::kService:
      return lists(PrincipalMatch::kDirect);
  }
  return false;
}

}  // namespace dray::policy
