// SPDX-License-Identifier: Apache-2.0
// A second evaluator for the tests, as naive as can be: it reads the JSON anew for every request,
// matches by recursion, compares addresses as texts of bits and times as floating point, and knows
// nothing of compiled patterns. It shares no code with the first one but the JSON parser.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/text_encoding.h"
#include "security/policy/golden_data.h"
#include "security/policy/naive_values.h"

namespace dray::policy {

namespace naive {

using json::Value;

inline std::vector<std::string> Texts(const Value& value) {
  std::vector<std::string> texts;
  if (const auto* list = value.array())
    for (const auto& element : *list) texts.push_back(*element.string());
  else
    texts.push_back(*value.string());
  return texts;
}

// `p` with '\1' for a literal '*', '\2' for a literal '?'.
inline bool Glob(const std::string& p, const std::string& t, size_t i = 0, size_t j = 0) {
  if (i == p.size()) return j == t.size();
  if (p[i] == '*') return Glob(p, t, i + 1, j) || (j < t.size() && Glob(p, t, i, j + 1));
  if (j == t.size()) return false;
  bool same = p[i] == '?' || (p[i] == '\1'   ? t[j] == '*'
                              : p[i] == '\2' ? t[j] == '?'
                                             : p[i] == t[j]);
  return same && Glob(p, t, i + 1, j + 1);
}

inline std::string Literal(std::string text) {
  std::replace(text.begin(), text.end(), '*', '\1');
  std::replace(text.begin(), text.end(), '?', '\2');
  return text;
}

// What a policy is read with.
struct Rules {
  const Context& context;
  bool variables = true;  // Version 2012-10-17
};

// Variables put in; false when one has no value.
inline bool Substitute(std::string text, const Rules& rules, std::string& out) {
  const Context& context = rules.context;
  out.clear();
  while (rules.variables) {
    size_t start = text.find("${");
    if (start == std::string::npos) break;
    size_t end = text.find('}', start);
    std::string name = text.substr(start + 2, end - start - 2);
    out += text.substr(0, start);
    text = text.substr(end + 1);
    if (name == "*" || name == "?" || name == "$") {
      out += Literal(name);
      continue;
    }
    std::string fallback;
    bool has_fallback = false;
    if (size_t comma = name.find(", '"); comma != std::string::npos) {
      fallback = name.substr(comma + 3, name.size() - comma - 4);
      has_fallback = true;
      name = name.substr(0, comma);
    }
    const auto* found = context.Find(name);
    if (found && !found->is_multivalued)
      out += Literal(found->values[0]);
    else if (has_fallback)
      out += Literal(fallback);
    else
      return false;
  }
  out += text;
  return true;
}

inline std::vector<std::string> Fields(const std::string& arn) {
  std::vector<std::string> fields;
  std::string rest = arn;
  while (fields.size() < 5) {
    size_t colon = rest.find(':');
    if (colon == std::string::npos) break;
    fields.push_back(rest.substr(0, colon));
    rest = rest.substr(colon + 1);
  }
  fields.push_back(rest);
  return fields;
}

// The generator puts variables in the last field only.
inline bool ArnFits(const std::string& pattern, const std::string& arn, const Rules& rules) {
  auto p = Fields(pattern), a = Fields(arn);
  if (p.size() != 6 || a.size() != 6) return false;
  std::string last;
  if (!Substitute(p[5], rules, last)) return false;
  for (int i = 0; i < 5; ++i)
    if (!Glob(p[i], a[i])) return false;
  return Glob(last, a[5]);
}

inline bool OneFits(const std::string& op, const std::string& wanted, const std::string& value,
                    const Rules& rules) {
  if (op.find("Bool") == 0) return base::ToLower(wanted) == base::ToLower(value);
  if (op.find("Numeric") == 0) return InOrder(op, Number(value), Number(wanted));
  if (op.find("Date") == 0) return InOrder(op, Seconds(value), Seconds(wanted));
  if (op.find("Binary") == 0) return IsBase64(value) && value == wanted;
  if (op.find("IpAddress") != std::string::npos) return InNetwork(wanted, value);
  if (op.find("Arn") == 0) {
    if (Fields(value).size() != 6 || value.substr(0, 4) != "arn:") return false;
    return wanted == "*" || ArnFits(wanted, value, rules);
  }
  bool like = op.find("Like") != std::string::npos;
  std::string pattern;
  if (!Substitute(like ? wanted : Literal(wanted), rules, pattern)) {
    // Literal() hides the escapes "${*}" from Substitute; the generator has none in Equals.
    return false;
  }
  if (op.find("IgnoreCase") != std::string::npos)
    return Glob(base::ToLower(pattern), base::ToLower(value));
  return Glob(pattern, value);
}

inline bool LineHolds(std::string op, const std::string& key,
                      const std::vector<std::string>& wanted, const Rules& rules) {
  bool all = op.find("ForAllValues:") == 0, any = op.find("ForAnyValue:") == 0;
  if (all || any) op = op.substr(op.find(':') + 1);
  bool if_exists = op.size() > 8 && op.substr(op.size() - 8) == "IfExists";
  if (if_exists) op = op.substr(0, op.size() - 8);
  const auto* found = rules.context.Find(key);
  bool absent = found == nullptr;
  if (op == "Null") {
    if (all) return true;
    if (any) return false;
    bool null = absent || found->values.empty();
    for (const auto& w : wanted)
      if ((w == "true") == null) return true;
    return false;
  }
  bool negated = op.find("Not") != std::string::npos;
  auto holds = [&](const std::string& value) {
    bool fits = false;
    for (const auto& w : wanted) fits = fits || OneFits(op, w, value, rules);
    return negated ? !fits : fits;
  };
  if (all) {
    if (absent) return true;
    bool only_empty = true;
    for (const auto& v : found->values) only_empty = only_empty && v.empty();
    if (only_empty) return true;
    for (const auto& v : found->values)
      if (!holds(v)) return false;
    return true;
  }
  if (any) {
    if (absent) return false;
    for (const auto& v : found->values)
      if (holds(v)) return true;
    return false;
  }
  if (absent) return if_exists || negated;
  return !found->is_multivalued && holds(found->values[0]);
}

// 0 no, 1 account, 2 role, 3 self, 4 everyone
inline int Names(const Value& principal, const Principal& who) {
  if (principal.string()) return 4;
  using T = Principal::Type;
  int best = 0;
  for (const auto& [type, names] : principal.object()->members)
    for (const auto& name : Texts(names)) {
      bool real = who.type != T::kAnonymous && who.type != T::kService;
      int kind = 0;
      if (type == "Service") {
        kind = who.type == T::kService && who.service == name ? 3 : 0;
      } else if (name == "*") {
        kind = 4;
      } else if (real && (name == who.account || name == "arn:aws:iam::" + who.account + ":root")) {
        kind = 1;
      } else if (who.type == T::kAssumedRole && name == who.role_arn) {
        kind = 2;
      } else if (real && who.type != T::kRoot && name == who.arn) {
        kind = 3;
      }
      best = std::max(best, kind);
    }
  return best;
}

inline bool NotPrincipalSpares(const Value& principal, const Principal& who, bool boundary) {
  if (principal.string()) return true;
  using T = Principal::Type;
  std::vector<std::string> names;
  bool service = false;
  for (const auto& [type, values] : principal.object()->members)
    for (const auto& name : Texts(values)) {
      if (type == "Service")
        service = service || name == who.service;
      else
        names.push_back(name);
    }
  auto has = [&](const std::string& n) { return std::count(names.begin(), names.end(), n) > 0; };
  if (has("*")) return true;
  bool without_session = who.arn == who.role_arn;
  if (boundary || who.type == T::kAnonymous) return false;
  if (who.type == T::kService) return service;
  if (!has(who.account) && !has("arn:aws:iam::" + who.account + ":root")) return false;
  if (who.type == T::kRoot) return true;
  if (who.type == T::kAssumedRole && !has(who.role_arn)) return false;
  return without_session || has(who.arn);
}

struct Sums {
  bool deny = false, allow = false, account = false, role = false, self = false;
};

inline std::vector<const Value*> Statements(const Value& policy) {
  const auto* value = policy.object()->Find("Statement");
  if (value->object()) return {value};
  std::vector<const Value*> statements;
  for (const auto& statement : *value->array()) statements.push_back(&statement);
  return statements;
}

inline void Add(const Value& policy, const Request& request, bool boundary, Sums& sums) {
  const Rules rules{request.context, Text(policy, "Version") == "2012-10-17"};
  for (const Value* each : Statements(policy)) {
    const Value& statement = *each;
    const auto& s = *statement.object();
    int named = 4;
    if (const auto* p = s.Find("Principal")) named = Names(*p, request.principal);
    if (const auto* p = s.Find("NotPrincipal"))
      named = NotPrincipalSpares(*p, request.principal, boundary) ? 0 : 4;
    if (named == 0) continue;
    bool action = false;
    const auto* actions = s.Find("Action") ? s.Find("Action") : s.Find("NotAction");
    for (const auto& a : Texts(*actions))
      action = action || Glob(base::ToLower(a), base::ToLower(request.action));
    if (action == (s.Find("NotAction") != nullptr)) continue;
    bool resource = false;
    const auto* resources = s.Find("Resource") ? s.Find("Resource") : s.Find("NotResource");
    for (const auto& r : Texts(*resources))
      resource = resource || r == "*" || ArnFits(r, request.resource, rules);
    if (resource == (s.Find("NotResource") != nullptr)) continue;
    bool condition = true;
    if (const auto* c = s.Find("Condition"))
      for (const auto& [op, keys] : c->object()->members)
        for (const auto& [key, values] : keys.object()->members)
          condition = condition && LineHolds(op, key, Texts(values), rules);
    if (!condition) continue;
    if (Text(statement, "Effect") == "Deny") {
      sums.deny = true;
    } else {
      sums.allow = true;
      sums.account = sums.account || named == 1;
      sums.role = sums.role || named == 2;
      sums.self = sums.self || named >= 3;
    }
  }
}

struct Policies {
  std::vector<Value> identity, boundary, session;
  std::vector<Value> resource;  // none or one
  std::vector<std::vector<Value>> service_control, resource_control;
  bool blocks_public_access = false;
  std::string object_owner;
  bool acl = false;
};

// Does the condition leave a statement for everybody to somebody only?
inline bool IsForSomebody(const Value& condition, bool variables) {
  for (const auto& [op, keys] : condition.object()->members) {
    std::string name = op.find("ForAnyValue:") == 0 ? op.substr(12) : op;
    bool fits = name == "StringEquals" || name == "StringLike" || name == "ArnEquals" ||
                name == "ArnLike" || name == "StringEqualsIgnoreCase" || name == "IpAddress";
    for (const auto& [key, values] : keys.object()->members) {
      bool fixed = fits && (key == "aws:SourceIp" || (key == "aws:PrincipalArn" && name[0] != 'I'));
      for (const auto& text : Texts(values)) {
        std::string prefix;
        bool six = false;
        if (name == "IpAddress")
          fixed = fixed && Network(text, prefix, six) && prefix.size() >= (six ? 32u : 8u);
        else
          fixed = fixed && text.find('*') == text.npos && text.find('?') == text.npos &&
                  (!variables || text.find("${") == text.npos);
      }
      if (fixed) return true;
    }
  }
  return false;
}

inline bool IsPublic(const Value& policy) {
  for (const Value* statement : Statements(policy)) {
    const auto& s = *statement->object();
    if (Text(*statement, "Effect") == "Deny") continue;
    const Value* principal = s.Find("Principal");
    bool everybody = principal->string() != nullptr;
    if (!everybody)
      for (const auto& [type, names] : principal->object()->members)
        for (const auto& name : Texts(names)) everybody = everybody || name == "*";
    const Value* condition = s.Find("Condition");
    bool variables = Text(policy, "Version") == "2012-10-17";
    if (everybody && !(condition && IsForSomebody(*condition, variables))) return true;
  }
  return false;
}

inline Decision::Result Decide(const Request& request, const Policies& policies) {
  using R = Decision::Result;
  using T = Principal::Type;
  const Principal& who = request.principal;
  bool own = who.type == T::kUser || who.type == T::kAssumedRole || who.type == T::kFederatedUser;
  bool boundary = own && !policies.boundary.empty();
  Sums identity, session, resource;
  bool deny = false, boundary_ok = true, control_ok = true;
  for (const auto& p : policies.resource) Add(p, request, boundary, resource);
  if (own) {
    for (const auto& p : policies.identity) Add(p, request, boundary, identity);
    for (const auto& p : policies.session) Add(p, request, boundary, session);
    for (const auto& p : policies.boundary) {
      Sums sums;
      Add(p, request, boundary, sums);
      deny = deny || sums.deny;
      boundary_ok = boundary_ok && sums.allow;
    }
  }
  bool linked = who.role_arn.find("/aws-service-role/") != std::string::npos;
  if (who.type != T::kService && who.type != T::kAnonymous && !linked)
    for (const auto& level : policies.service_control) {
      Sums sums;
      for (const auto& p : level) Add(p, request, boundary, sums);
      deny = deny || sums.deny;
      control_ok = control_ok && sums.allow;
    }
  for (const auto& level : policies.resource_control)
    for (const auto& p : level) {
      Sums sums;
      Add(p, request, boundary, sums);
      deny = deny || (sums.deny && !linked);
    }
  bool home = who.account == request.resource_account;
  std::string action = base::ToLower(request.action);
  bool rescue =
      who.type == T::kRoot && home &&
      (action == "s3:putbucketpolicy" || action == "s3:getbucketpolicy" ||
       action == "s3:deletebucketpolicy" || action == "dynamodb:putresourcepolicy" ||
       action == "dynamodb:getresourcepolicy" || action == "dynamodb:deleteresourcepolicy");
  deny = deny || identity.deny || session.deny || (resource.deny && !rescue);
  if (deny) return R::kExplicitlyDenied;
  bool owns = home;
  if (!policies.object_owner.empty()) {
    resource = Sums();
    owns = who.account == policies.object_owner;
  }
  if (policies.acl) resource.allow = true;
  if (policies.acl && who.type == T::kAnonymous) resource.self = true;
  bool session_ok = policies.session.empty() || session.allow;
  bool side = who.type == T::kRoot || (identity.allow && boundary_ok && session_ok);
  bool allowed;
  bool is_public = !policies.resource.empty() && IsPublic(policies.resource[0]);
  bool cut = policies.blocks_public_access && is_public && action.substr(0, 3) == "s3:" && !home &&
             who.type != T::kService;
  // Keys and roles are their own policy's alone.
  bool own_only = request.resource.find(":key/") != std::string::npos ||
                  request.resource.find(":role/") != std::string::npos;
  if (!control_ok || cut)
    allowed = false;
  else if (!own && who.type != T::kRoot)
    allowed = resource.self;
  else if (!owns)
    allowed = side && resource.allow;
  else if (own_only && !resource.allow)
    allowed = false;
  else
    allowed = resource.self || (resource.role && boundary_ok && session_ok) ||
              (side && !(resource.role && (!boundary_ok || !session_ok)));
  return allowed ? R::kAllowed : R::kImplicitlyDenied;
}

}  // namespace naive

}  // namespace dray::policy
