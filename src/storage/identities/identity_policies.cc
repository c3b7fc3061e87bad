// SPDX-License-Identifier: Apache-2.0
// The compiled policies of users and roles, kept until something changes.
#include "storage/identities/identities.h"

namespace dray::identities {

namespace {

constexpr size_t kCompiledMax = 4096;

struct Address {
  Kind kind;
  std::string_view account, name, id;
};

// Where the record of a principal is. nullopt: it has none.
std::optional<Address> AddressOf(const policy::Principal& principal) {
  Address address;
  std::string_view arn;
  if (principal.type == policy::Principal::Type::kUser) {
    address.kind = Kind::kUser;
    arn = principal.arn;
    address.id = principal.user_id;
  } else if (principal.type == policy::Principal::Type::kAssumedRole) {
    address.kind = Kind::kRole;
    arn = principal.role_arn;
    // ROLE-ID:session-name
    address.id = std::string_view(principal.user_id).substr(0, principal.user_id.find(':'));
  } else {
    return std::nullopt;
  }
  address.account = principal.account;
  address.name = arn.substr(arn.rfind('/') + 1);
  return address;
}

}  // namespace

base::Result<policy::DocumentRef> Identities::CompileManaged(std::string_view account,
                                                             std::string_view arn,
                                                             policy::DocumentKind kind) {
  ASSIGN_OR_RETURN(ManagedPolicy policy, GetPolicy(account, arn));
  const PolicyVersion* version = policy.FindVersion(policy.default_version);
  if (version == nullptr)
    return base::Error{
        base::ErrorKind::kCorruption, std::string(arn) + " has no default version", {}};
  ASSIGN_OR_RETURN(auto document, policy::Document::Parse(version->document, kind));
  return policy::DocumentRef(std::move(document));
}

base::Result<access::IdentityPolicies> Identities::Compile(const Identity& identity) {
  access::IdentityPolicies policies;
  policies.tags = identity.tags;
  for (const auto& [name, json] : identity.inline_policies) {
    ASSIGN_OR_RETURN(auto document, policy::Document::Parse(json, policy::DocumentKind::kIdentity));
    policies.documents.push_back(std::move(document));
  }
  for (const std::string& arn : identity.attached) {
    ASSIGN_OR_RETURN(auto document,
                     CompileManaged(identity.account, arn, policy::DocumentKind::kIdentity));
    policies.documents.push_back(std::move(document));
  }
  if (!identity.boundary_arn.empty()) {
    ASSIGN_OR_RETURN(auto document, CompileManaged(identity.account, identity.boundary_arn,
                                                   policy::DocumentKind::kBoundary));
    policies.boundaries.push_back(std::move(document));
  }
  return policies;
}

base::Result<std::shared_ptr<const access::IdentityPolicies>> Identities::PoliciesOf(
    const policy::Principal& principal) {
  std::shared_ptr<const access::IdentityPolicies> none;
  const auto address = AddressOf(principal);
  if (!address) return none;
  const std::string& arn = address->kind == Kind::kUser ? principal.arn : principal.role_arn;
  // Read before the records: a change in between makes the entry stale, never the reverse.
  const uint64_t generation = generation_;
  {
    base::MutexLock lock(compiled_mutex_);
    auto found = compiled_.find(arn);
    if (found != compiled_.end() && found->second.generation == generation)
      return found->second.id == address->id ? found->second.policies : none;
  }
  auto stored = Load(address->kind, address->account, address->name);
  if (!stored) {
    if (stored.error().kind == base::ErrorKind::kNotFound) return none;
    return std::move(stored).error();
  }
  if (stored->identity.Arn() != arn || stored->identity.id != address->id) return none;
  ASSIGN_OR_RETURN(auto compiled, Compile(stored->identity));
  auto policies = std::make_shared<const access::IdentityPolicies>(std::move(compiled));
  base::MutexLock lock(compiled_mutex_);
  if (compiled_.size() >= kCompiledMax) compiled_.clear();
  compiled_[arn] = {generation, stored->identity.id, policies};
  return policies;
}

}  // namespace dray::identities
