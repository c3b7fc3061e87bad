// SPDX-License-Identifier: Apache-2.0
// A second evaluator, as naive as can be (it reads the JSON anew for every request, matches by
// recursion and knows nothing of compiled patterns), against the first one on random requests. The
// seed is printed; DRAY_SEED repeats a run.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>

#include "base/text_encoding.h"
#include "security/policy/golden_data.h"

namespace dray::policy {
namespace {

namespace naive {

using json::Value;

std::vector<std::string> Texts(const Value& value) {
  std::vector<std::string> texts;
  if (const auto* list = value.array())
    for (const auto& element : *list) texts.push_back(*element.string());
  else
    texts.push_back(*value.string());
  return texts;
}

// `p` with '\1' for a literal '*', '\2' for a literal '?'.
bool Glob(const std::string& p, const std::string& t, size_t i = 0, size_t j = 0) {
  if (i == p.size()) return j == t.size();
  if (p[i] == '*') return Glob(p, t, i + 1, j) || (j < t.size() && Glob(p, t, i, j + 1));
  if (j == t.size()) return false;
  bool same = p[i] == '?' || (p[i] == '\1'   ? t[j] == '*'
                              : p[i] == '\2' ? t[j] == '?'
                                             : p[i] == t[j]);
  return same && Glob(p, t, i + 1, j + 1);
}

std::string Literal(std::string text) {
  std::replace(text.begin(), text.end(), '*', '\1');
  std::replace(text.begin(), text.end(), '?', '\2');
  return text;
}

// Variables put in; false when one has no value.
bool Substitute(std::string text, const Context& context, std::string& out) {
  out.clear();
  while (true) {
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

std::vector<std::string> Fields(const std::string& arn) {
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
bool ArnFits(const std::string& pattern, const std::string& arn, const Context& context) {
  auto p = Fields(pattern), a = Fields(arn);
  if (p.size() != 6 || a.size() != 6) return false;
  std::string last;
  if (!Substitute(p[5], context, last)) return false;
  for (int i = 0; i < 5; ++i)
    if (!Glob(p[i], a[i])) return false;
  return Glob(last, a[5]);
}

bool OneFits(const std::string& op, const std::string& wanted, const std::string& value,
             const Context& context) {
  if (op.find("Bool") == 0) return base::ToLower(wanted) == base::ToLower(value);
  if (op.find("Arn") == 0) {
    if (Fields(value).size() != 6 || value.substr(0, 4) != "arn:") return false;
    return wanted == "*" || ArnFits(wanted, value, context);
  }
  bool like = op.find("Like") != std::string::npos;
  std::string pattern;
  if (!Substitute(like ? wanted : Literal(wanted), context, pattern)) {
    // Literal() hides the escapes "${*}" from Substitute; the generator has none in Equals.
    return false;
  }
  if (op.find("IgnoreCase") != std::string::npos)
    return Glob(base::ToLower(pattern), base::ToLower(value));
  return Glob(pattern, value);
}

bool LineHolds(std::string op, const std::string& key, const std::vector<std::string>& wanted,
               const Context& context) {
  bool all = op.find("ForAllValues:") == 0, any = op.find("ForAnyValue:") == 0;
  if (all || any) op = op.substr(op.find(':') + 1);
  bool if_exists = op.size() > 8 && op.substr(op.size() - 8) == "IfExists";
  if (if_exists) op = op.substr(0, op.size() - 8);
  const auto* found = context.Find(key);
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
    for (const auto& w : wanted) fits = fits || OneFits(op, w, value, context);
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
int Names(const Value& principal, const Principal& who) {
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

bool NotPrincipalSpares(const Value& principal, const Principal& who, bool boundary) {
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
  if (boundary || who.type == T::kAnonymous) return false;
  if (who.type == T::kService) return service;
  if (!has(who.account) && !has("arn:aws:iam::" + who.account + ":root")) return false;
  if (who.type == T::kRoot) return true;
  if (who.type == T::kAssumedRole && !has(who.role_arn)) return false;
  return has(who.arn);
}

struct Sums {
  bool deny = false, allow = false, account = false, role = false, self = false;
};

void Add(const Value& policy, const Request& request, bool boundary, Sums& sums) {
  const auto* statement_value = policy.object()->Find("Statement");
  for (const auto& statement : *statement_value->array()) {
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
      resource = resource || r == "*" || ArnFits(r, request.resource, request.context);
    if (resource == (s.Find("NotResource") != nullptr)) continue;
    bool condition = true;
    if (const auto* c = s.Find("Condition"))
      for (const auto& [op, keys] : c->object()->members)
        for (const auto& [key, values] : keys.object()->members)
          condition = condition && LineHolds(op, key, Texts(values), request.context);
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
};

Decision::Result Decide(const Request& request, const Policies& policies) {
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
  if (who.type != T::kService && who.type != T::kAnonymous)
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
      deny = deny || sums.deny;
    }
  bool home = who.account == request.resource_account;
  std::string action = base::ToLower(request.action);
  bool rescue = who.type == T::kRoot && home &&
                (action == "s3:putbucketpolicy" || action == "s3:getbucketpolicy" ||
                 action == "s3:deletebucketpolicy");
  deny = deny || identity.deny || session.deny || (resource.deny && !rescue);
  if (deny) return R::kExplicitlyDenied;
  bool session_ok = policies.session.empty() || session.allow;
  bool side = who.type == T::kRoot || (identity.allow && boundary_ok && session_ok);
  bool allowed;
  if (!control_ok)
    allowed = false;
  else if (!own && who.type != T::kRoot)
    allowed = resource.self;
  else if (!home)
    allowed = side && resource.allow;
  else
    allowed = resource.self || (resource.role && boundary_ok && session_ok) ||
              (side && !(resource.role && (!boundary_ok || !session_ok)));
  return allowed ? R::kAllowed : R::kImplicitlyDenied;
}

}  // namespace naive

// ---- random policies and requests over a small world, so that they meet

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  int Below(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }
  bool OneIn(int n) { return Below(n) == 0; }
  template <size_t N>
  std::string Pick(const char* const (&values)[N]) {
    return values[Below(N)];
  }

  std::string Quoted(const std::string& text) {
    std::string out;
    json::AppendString(text, out);
    return out;
  }

  template <size_t N>
  std::string List(const char* const (&values)[N]) {
    if (OneIn(2)) return Quoted(Pick(values));
    std::string text = "[";
    for (int i = Below(3); i >= 0; --i) text += Quoted(Pick(values)) + (i ? "," : "");
    return text + "]";
  }

  std::string PrincipalText() {
    if (OneIn(6)) return R"("*")";
    if (OneIn(8)) return R"({"Service":"dynamodb.amazonaws.com","AWS":"000000000002"})";
    return "{\"AWS\":" + List(kPrincipals) + "}";
  }

  std::string ConditionText() {
    std::string text;
    std::vector<std::string> used;
    for (int lines = Below(2) + 1; lines > 0; --lines) {
      std::string op = OneIn(3) ? "ForAllValues:" : OneIn(2) ? "ForAnyValue:" : "";
      std::string base_op = Pick(kOperators);
      op += base_op;
      if (base_op != "Null" && OneIn(4)) op += "IfExists";
      if (std::count(used.begin(), used.end(), op)) continue;
      used.push_back(op);
      std::string values = base_op == "Bool" || base_op == "Null" ? List(kBooleans)
                           : base_op.starts_with("Arn")           ? List(kArns)
                           : base_op.ends_with("Like")            ? List(kPatterns)
                                                                  : List(kValues);
      text +=
          (text.empty() ? "" : ",") + Quoted(op) + ":{" + Quoted(Pick(kKeys)) + ":" + values + "}";
    }
    return "{" + text + "}";
  }

  std::string PolicyText(bool with_principal) {
    std::string text = R"({"Version":"2012-10-17","Statement":[)";
    for (int i = Below(3); i >= 0; --i) {
      bool deny = OneIn(4);
      text += deny ? R"({"Effect":"Deny")" : R"({"Effect":"Allow")";
      if (with_principal)
        text += (deny && OneIn(3) ? ",\"NotPrincipal\":" : ",\"Principal\":") + PrincipalText();
      text += (OneIn(6) ? ",\"NotAction\":" : ",\"Action\":") + List(kActions);
      text += (OneIn(6) ? ",\"NotResource\":" : ",\"Resource\":") + List(kResources);
      if (OneIn(2)) text += ",\"Condition\":" + ConditionText();
      text += i ? "}," : "}";
    }
    return text + "]}";
  }

  Context RandomContext() {
    Context context;
    for (const char* key : kKeys) {
      if (OneIn(3)) continue;
      if (OneIn(3)) {
        std::vector<std::string> values;
        for (int i = Below(3); i > 0; --i) values.push_back(Pick(kRequestValues));
        context.SetMany(key, std::move(values));
      } else {
        context.Set(key, Pick(kRequestValues));
      }
    }
    return context;
  }

  Request RandomRequest() {
    Request request;
    request.principal = PrincipalOf(Pick(kCallers));
    request.action = Pick(kRequestActions);
    request.resource = Pick(kRequestResources);
    request.resource_account = OneIn(2) ? "000000000001" : "000000000002";
    request.context = RandomContext();
    return request;
  }

 private:
  static constexpr const char* kPrincipals[] = {"*",
                                                "000000000001",
                                                "arn:aws:iam::000000000001:root",
                                                "000000000002",
                                                "arn:aws:iam::000000000001:user/u",
                                                "arn:aws:iam::000000000001:role/p/r",
                                                "arn:aws:sts::000000000001:assumed-role/r/s",
                                                "arn:aws:sts::000000000001:federated-user/f"};
  static constexpr const char* kCallers[] = {"root:000000000001",
                                             "root:000000000002",
                                             "user:000000000001:u",
                                             "user:000000000001:v",
                                             "session:000000000001:p/r:s",
                                             "session:000000000001:p/r:t",
                                             "federated:000000000001:f",
                                             "service:dynamodb.amazonaws.com",
                                             "anonymous"};
  static constexpr const char* kActions[] = {"*",       "s3:*",      "s3:PutObject",
                                             "s3:Get*", "S3:put*",   "s3:?utBucketPolicy",
                                             "iam:*",   "s3:*Object"};
  static constexpr const char* kRequestActions[] = {"s3:PutObject", "s3:GetObject",
                                                    "s3:PutBucketPolicy", "s3:PutObjectAcl"};
  static constexpr const char* kResources[] = {"*",
                                               "arn:aws:s3:::b",
                                               "arn:aws:s3:::b/*",
                                               "arn:aws:s3:::b*",
                                               "arn:aws:s3:::b/?",
                                               "arn:aws:s3:::b/${aws:a}",
                                               "arn:aws:s3:::b/${aws:a, 'x'}/*",
                                               "arn:*:s3:::*/a*b",
                                               "arn:aws:s3:::b/${*}",
                                               "arn:aws:s3:::c/*"};
  static constexpr const char* kRequestResources[] = {"arn:aws:s3:::b",     "arn:aws:s3:::b/x",
                                                      "arn:aws:s3:::b/x/y", "arn:aws:s3:::b/aab",
                                                      "arn:aws:s3:::b/*",   "arn:aws:s3:::c/x:y"};
  static constexpr const char* kOperators[] = {"StringEquals",
                                               "StringNotEquals",
                                               "StringEqualsIgnoreCase",
                                               "StringNotEqualsIgnoreCase",
                                               "StringLike",
                                               "StringNotLike",
                                               "Bool",
                                               "Null",
                                               "ArnEquals",
                                               "ArnLike",
                                               "ArnNotEquals",
                                               "ArnNotLike"};
  static constexpr const char* kKeys[] = {"aws:a", "aws:B", "aws:c"};
  static constexpr const char* kBooleans[] = {"true", "false"};
  static constexpr const char* kValues[] = {"x", "X",        "true",          "y",  "",
                                            "*", "${aws:a}", "${aws:b, 'x'}", "a*b"};
  static constexpr const char* kPatterns[] = {"*",    "x*",        "?",     "a*b", "${aws:A}",
                                              "${*}", "*${aws:c}", "arn:*", ""};
  static constexpr const char* kArns[] = {"*",
                                          "arn:aws:iam::000000000001:role/*",
                                          "arn:*:iam::*:role/p/?",
                                          "x",
                                          "arn:aws:s3:::${aws:a}",
                                          "arn:aws:*"};
  static constexpr const char* kRequestValues[] = {"x",
                                                   "X",
                                                   "true",
                                                   "false",
                                                   "",
                                                   "*",
                                                   "aab",
                                                   "arn:aws:iam::000000000001:role/p/r",
                                                   "arn:aws:s3:::x",
                                                   "y"};
  std::mt19937_64 random_;
};

TEST(Differential, AgreesWithANaiveEvaluatorOnRandomRequests) {
  const char* wanted = std::getenv("DRAY_SEED");
  const uint64_t seed = wanted ? std::strtoull(wanted, nullptr, 10) : std::random_device{}();
  std::cout << "DRAY_SEED=" << seed << std::endl;
  Generator generator(seed);
  size_t counts[3] = {};
  for (int world = 0; world < 1500; ++world) {
    PolicySet set;
    naive::Policies policies;
    std::string texts;
    auto make = [&](DocumentKind kind) {
      bool with_principal = kind == DocumentKind::kResource;
      std::string text = generator.PolicyText(with_principal);
      texts += text + "\n";
      auto document = Document::Parse(text, kind);
      EXPECT_TRUE(document) << text << (document ? "" : document.error().message);
      return std::make_pair(document ? *document : nullptr, ParseJson(text));
    };
    auto fill = [&](int count, DocumentKind kind, std::vector<DocumentRef>& compiled,
                    std::vector<json::Value>& plain) {
      for (; count > 0; --count) {
        auto [document, value] = make(kind);
        compiled.push_back(document);
        plain.push_back(std::move(value));
      }
    };
    fill(generator.Below(3), DocumentKind::kIdentity, set.identity, policies.identity);
    if (generator.OneIn(4)) fill(1, DocumentKind::kBoundary, set.boundaries, policies.boundary);
    if (generator.OneIn(4)) fill(1, DocumentKind::kSession, set.session, policies.session);
    if (!generator.OneIn(4)) {
      auto [document, value] = make(DocumentKind::kResource);
      set.resource = document;
      policies.resource.push_back(std::move(value));
    }
    if (generator.OneIn(6)) {
      set.service_control.resize(1);
      policies.service_control.resize(1);
      fill(2, DocumentKind::kServiceControl, set.service_control[0], policies.service_control[0]);
    }
    if (testing::Test::HasFailure()) return;
    for (int i = 0; i < 20; ++i) {
      Request request = generator.RandomRequest();
      Decision decision = Evaluate(request, set, generator.OneIn(2));
      auto expected = naive::Decide(request, policies);
      ++counts[static_cast<int>(expected)];
      ASSERT_EQ(ResultName(decision.result), ResultName(expected))
          << "DRAY_SEED=" << seed << "\n"
          << request.principal.arn << " " << request.action << " " << request.resource << " of "
          << request.resource_account << "\n"
          << texts << Evaluate(request, set).explanation;
    }
  }
  for (size_t count : counts) EXPECT_GT(count, 300u);  // all outcomes are met
}

}  // namespace
}  // namespace dray::policy
