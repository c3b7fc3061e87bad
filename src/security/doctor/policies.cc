// SPDX-License-Identifier: Apache-2.0
#include "security/doctor/policies.h"

#include <algorithm>

#include "format/json/json.h"
#include "security/doctor/malformed_policy.h"
#include "security/policy/principal.h"

namespace dray::doctor {

namespace {

using policy::DocumentKind;
using policy::DocumentRef;

// Limits of the services, in bytes.
constexpr size_t kBucketPolicyBytesMax = 20480;
constexpr size_t kKeyPolicyBytesMax = 32768;

DocumentKind KindOf(Side side) {
  switch (side) {
    case Side::kIdentity:
      return DocumentKind::kIdentity;
    case Side::kBoundary:
      return DocumentKind::kBoundary;
    case Side::kSession:
      return DocumentKind::kSession;
    case Side::kServiceControl:
      return DocumentKind::kServiceControl;
    case Side::kResourceControl:
      return DocumentKind::kResourceControl;
    case Side::kTrust:
      return DocumentKind::kTrust;
    case Side::kBucket:
    case Side::kTable:
    case Side::kKey:
      break;
  }
  return DocumentKind::kResource;
}

size_t BytesMax(Side side) {
  if (side == Side::kBucket || side == Side::kTable) return kBucketPolicyBytesMax;
  return side == Side::kKey ? kKeyPolicyBytesMax : 0;
}

const char* CodeOfMalformed(Side side) {
  switch (side) {
    case Side::kBucket:
      return "bucket-policy-malformed";
    case Side::kIdentity:
      return "identity-policy-malformed";
    default:
      return "policy-malformed";
  }
}

std::string WithoutPeriod(std::string message) {
  if (message.ends_with('.')) message.pop_back();
  return message;
}

DocumentRef MustParse(const std::string& json, DocumentKind kind) {
  return *policy::Document::Parse(json, kind);
}

// Allows nothing, denies nothing: what stands for a policy that cannot be compiled. Where none is
// the same as that, none.
DocumentRef Silent(DocumentKind kind) {
  if (kind == DocumentKind::kTrust || kind == DocumentKind::kResource ||
      kind == DocumentKind::kResourceControl)
    return nullptr;
  return MustParse(R"({"Statement":{"Effect":"Allow","Action":"none:None","Resource":"*"}})", kind);
}

DocumentRef AllowingEverything() {
  static const DocumentRef document = MustParse(
      R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})", DocumentKind::kIdentity);
  return document;
}

// As far as nobody but this caller asks.
DocumentRef AllowingEverythingTo(const policy::Principal& principal, Side side) {
  const std::string arn = principal.role_arn.empty() ? principal.arn : policy::RoleArnOf(principal);
  std::string text;
  json::Writer writer(text);
  writer.StartObject().Name("Statement").StartObject().Name("Effect").String("Allow");
  writer.Name("Principal").StartObject().Name("AWS").String(arn).EndObject();
  writer.Name("Action").String("*");
  if (side != Side::kTrust) writer.Name("Resource").String("*");
  writer.EndObject().EndObject();
  return MustParse(text, side == Side::kTrust ? DocumentKind::kTrust : DocumentKind::kResource);
}

}  // namespace

Policies::Policies(const Facts& facts, policy::Principal caller)
    : facts_(facts), caller_(std::move(caller)) {
  if (caller_.type != policy::Principal::Type::kRoot) {
    CompileAll(facts.identity_policies, Side::kIdentity, "identity policy");
    CompileAll(facts.boundaries, Side::kBoundary, "permissions boundary");
    CompileAll(facts.session_policies, Side::kSession, "session policy");
  }
  auto compile_levels = [&](const auto& levels, Side side, const std::string& kind) {
    for (size_t i = 0; i < levels.size(); ++i) {
      std::string level = levels.size() > 1 ? "level " + std::to_string(i + 1) + ", " : "";
      CompileAll(levels[i], side, level + kind, i);
      if (levels[i].empty() && side == Side::kServiceControl)
        placed_.push_back(
            {Silent(KindOf(side)), side, i, level + "service control policies: none"});
    }
  };
  compile_levels(facts.service_control, Side::kServiceControl, "service control policy");
  compile_levels(facts.resource_control, Side::kResourceControl, "resource control policy");
  auto compile_one = [&](const std::string& json, Side side, const char* name) {
    if (!json.empty()) Compile({.json = json}, side, 0, name);
  };
  compile_one(facts.bucket_policy, Side::kBucket, "bucket policy");
  compile_one(facts.table_policy, Side::kTable, "resource policy of the table");
  compile_one(facts.key_policy, Side::kKey, "key policy");
  compile_one(facts.trust_policy, Side::kTrust, "trust policy");
}

void Policies::CompileAll(const std::vector<NamedPolicy>& policies, Side side,
                          const std::string& kind, size_t level) {
  for (size_t i = 0; i < policies.size(); ++i)
    Compile(policies[i], side, level,
            kind + " " + (policies[i].name.empty() ? std::to_string(i + 1) : policies[i].name));
}

void Policies::Compile(const NamedPolicy& policy, Side side, size_t level, std::string name) {
  auto document = policy::Document::Parse(policy.json, KindOf(side), BytesMax(side));
  if (document && side == Side::kBucket) {
    if (auto valid = policy::ValidateBucketPolicy(**document, facts_.bucket); !valid)
      malformed_.push_back({.code = "bucket-policy-refused",
                            .where = name,
                            .sentence = "S3 refuses to store this policy: MalformedPolicy, \"" +
                                        valid.error().message + "\".",
                            .fix = "Correct it before it is put on the bucket.",
                            .is_error = false});
  }
  if (!document) {
    Malformed malformed;
    malformed.code = CodeOfMalformed(side);
    malformed.where = name;
    malformed.sentence = "It cannot be read: " + WithoutPeriod(document.error().message);
    if (side == Side::kBucket) {
      if (std::string detail = InvalidPrincipalIn(policy.json); !detail.empty())
        malformed.sentence += " (" + detail + ")";
      malformed.sentence += "; a bucket with this policy is a bucket without one.";
      malformed.fix = "Correct it; `dray policy generate` prints good ones.";
    } else {
      malformed.sentence += ".";
      malformed.fix = "Correct it; until then it allows nothing.";
    }
    malformed_.push_back(std::move(malformed));
    malformed_sides_.push_back(side);
  }
  placed_.push_back({document ? *document : Silent(KindOf(side)), side, level, std::move(name)});
}

bool Policies::is_malformed(Side side) const {
  return std::find(malformed_sides_.begin(), malformed_sides_.end(), side) !=
         malformed_sides_.end();
}

bool Policies::IsUnread(Side side) const {
  return std::any_of(facts_.unread.begin(), facts_.unread.end(),
                     [&](const Unread& unread) { return unread.side == side; });
}

bool Policies::Applies(Side side, const SimulatedCall& call) const {
  switch (side) {
    case Side::kIdentity:
    case Side::kBoundary:
    case Side::kSession:
    case Side::kServiceControl:
      return !call.is_of_another;
    case Side::kResourceControl:
      return call.resource && *call.resource != Side::kTable;
    case Side::kBucket:
    case Side::kTable:
    case Side::kKey:
    case Side::kTrust:
      return call.resource == side;
  }
  return false;
}

bool Policies::IsOpen(const SimulatedCall& call) const {
  return std::any_of(facts_.unread.begin(), facts_.unread.end(), [&](const Unread& unread) {
    return unread.side && Applies(*unread.side, call);
  });
}

policy::PolicySet Policies::SetFor(const SimulatedCall& call) const {
  policy::PolicySet set;
  auto at_level = [](auto& levels, size_t level) -> auto& {
    if (levels.size() <= level) levels.resize(level + 1);
    return levels[level];
  };
  for (const Placed& placed : placed_) {
    if (!Applies(placed.side, call)) continue;
    switch (placed.side) {
      case Side::kIdentity:
        set.identity.push_back(placed.document);
        break;
      case Side::kBoundary:
        set.boundaries.push_back(placed.document);
        break;
      case Side::kSession:
        set.session.push_back(placed.document);
        break;
      case Side::kServiceControl:
        at_level(set.service_control, placed.level).push_back(placed.document);
        break;
      case Side::kResourceControl:
        at_level(set.resource_control, placed.level).push_back(placed.document);
        break;
      case Side::kBucket:
      case Side::kTable:
      case Side::kKey:
      case Side::kTrust:
        set.resource = placed.document;
        break;
    }
  }
  if (call.is_of_another || IsUnread(Side::kIdentity)) set.identity.push_back(AllowingEverything());
  if (call.resource && IsUnread(*call.resource))
    set.resource = AllowingEverythingTo(call.request.principal, *call.resource);
  set.blocks_public_access = facts_.restricts_public_buckets && call.resource == Side::kBucket;
  return set;
}

void Policies::AddStatements(const Placed& placed, std::vector<Located>& out) {
  if (!placed.document) return;
  const auto& statements = placed.document->statements();
  for (size_t i = 0; i < statements.size(); ++i) {
    std::string where = placed.name + ", statement " + std::to_string(i + 1);
    if (!statements[i].sid.empty()) where += " \"" + statements[i].sid + '"';
    out.push_back({statements[i], placed.side, placed.level, std::move(where)});
  }
}

std::vector<Located> Policies::StatementsFor(const SimulatedCall& call) const {
  std::vector<Located> all;
  for (const Placed& placed : placed_)
    if (Applies(placed.side, call)) AddStatements(placed, all);
  return all;
}

std::vector<Located> Policies::All() const {
  std::vector<Located> all;
  for (const Placed& placed : placed_) AddStatements(placed, all);
  return all;
}

bool Policies::HasPolicies(Side side) const {
  return std::any_of(placed_.begin(), placed_.end(),
                     [&](const Placed& placed) { return placed.side == side; });
}

size_t Policies::levels(Side side) const {
  size_t count = 0;
  for (const Placed& placed : placed_)
    if (placed.side == side) count = std::max(count, placed.level + 1);
  return count;
}

std::string Policies::NameOf(Side side, size_t level) const {
  for (const Placed& placed : placed_)
    if (placed.side == side && placed.level == level) return placed.name;
  return "";
}

}  // namespace dray::doctor
