// SPDX-License-Identifier: Apache-2.0
// Managed policies, and what they are attached to.
#include <algorithm>

#include "storage/identities/aws_managed.h"
#include "storage/identities/identities.h"
#include "storage/identities/identity_records.h"
#include "storage/identities/list_records.h"
#include "storage/identities/unique_id.h"

namespace dray::identities {

namespace {

using base::Error;
using base::ErrorKind;

constexpr size_t kAttachedMax = 10;  // AWS's quota of a user or role

Error NoSuchPolicy(std::string_view arn) {
  return {ErrorKind::kNotFound, std::string("Policy ").append(arn) + " was not found.",
          reason::kNoSuchEntity};
}
Error NotAttachable(std::string_view arn) {
  return {ErrorKind::kNotFound,
          std::string("Policy ").append(arn) + " does not exist or is not attachable.",
          reason::kNoSuchEntity};
}

Error OfAws(std::string_view arn) {
  return {ErrorKind::kAccessDenied,
          std::string("Policy ").append(arn) + " is of AWS and cannot be changed.",
          access::reason::kDenied};
}

// The name of arn:aws:iam::ACCOUNT:policy/path/name; nullopt when it is of another account.
std::optional<std::string> NameIn(std::string_view account, std::string_view arn) {
  const std::string prefix = "arn:aws:iam::" + std::string(account) + ":policy/";
  if (!arn.starts_with(prefix)) return std::nullopt;
  return std::string(arn.substr(arn.rfind('/') + 1));
}

}  // namespace

base::Result<ManagedPolicy> Identities::GetPolicy(std::string_view account, std::string_view arn) {
  if (const ManagedPolicy* of_aws = FindAwsManaged(arn)) return *of_aws;
  auto name = NameIn(account, arn);
  if (!name) return NoSuchPolicy(arn);
  ASSIGN_OR_RETURN(auto record, engine_.Get(kv::kSystemPartition, PolicyKey(account, *name)));
  if (!record) return NoSuchPolicy(arn);
  ASSIGN_OR_RETURN(ManagedPolicy policy, DecodePolicy(*record));
  if (policy.Arn() != arn) return NoSuchPolicy(arn);
  return policy;
}

base::Result<ManagedPolicy> Identities::CreatePolicy(ManagedPolicy policy) {
  base::MutexLock lock(changes_);
  const std::string key = PolicyKey(policy.account, policy.name);
  ASSIGN_OR_RETURN(auto present, engine_.Get(kv::kSystemPartition, key));
  if (present)
    return Error{
        ErrorKind::kAlreadyExists,
        "A policy called " + policy.name + " already exists. Duplicate names are not allowed.",
        reason::kExists};
  policy.id = NewUniqueId("ANPA");
  policy.created_at_micros = clock_.NowMicros();
  policy.updated_at_micros = policy.created_at_micros;
  for (PolicyVersion& version : policy.versions)
    version.created_at_micros = policy.created_at_micros;
  kv::Batch batch;
  batch.guards.push_back({key, std::nullopt});
  batch.puts.emplace_back(key, EncodePolicy(policy));
  RETURN_IF_ERROR(Commit(batch));
  return policy;
}

base::Result<Listing<ManagedPolicy>> Identities::ListPolicies(const ListQuery& query) {
  return ListRecords<ManagedPolicy>(PolicyPrefix(query.account), query, DecodePolicy);
}

base::Result<ManagedPolicy> Identities::UpdatePolicy(std::string_view account, std::string_view arn,
                                                     const PolicyChange& change) {
  base::MutexLock lock(changes_);
  if (FindAwsManaged(arn) != nullptr) return OfAws(arn);
  ASSIGN_OR_RETURN(ManagedPolicy policy, GetPolicy(account, arn));
  const std::string before = EncodePolicy(policy);
  RETURN_IF_ERROR(change(policy));
  policy.updated_at_micros = clock_.NowMicros();
  const std::string key = PolicyKey(account, policy.name);
  kv::Batch batch;
  batch.guards.push_back({key, before});
  batch.puts.emplace_back(key, EncodePolicy(policy));
  RETURN_IF_ERROR(Commit(batch));
  return policy;
}

base::Status Identities::DeletePolicy(std::string_view account, std::string_view arn) {
  base::MutexLock lock(changes_);
  if (FindAwsManaged(arn) != nullptr) return OfAws(arn);
  ASSIGN_OR_RETURN(ManagedPolicy policy, GetPolicy(account, arn));
  ASSIGN_OR_RETURN(auto uses, UsesOfPolicies(account));
  if (uses[std::string(arn)].attachments + uses[std::string(arn)].boundaries > 0)
    return Error{ErrorKind::kInUse, "Cannot delete a policy attached to entities.",
                 reason::kDeleteConflict};
  if (policy.versions.size() > 1)
    return Error{ErrorKind::kInUse,
                 "This policy has more than one version. Before you delete a policy, you must "
                 "delete the policy's versions. The default version is deleted with the policy.",
                 reason::kDeleteConflict};
  const std::string key = PolicyKey(account, policy.name);
  kv::Batch batch;
  batch.guards.push_back({key, EncodePolicy(policy)});
  batch.deletes.push_back(key);
  return Commit(batch);
}

base::Result<std::map<std::string, PolicyUses>> Identities::UsesOfPolicies(
    std::string_view account) {
  std::map<std::string, PolicyUses> uses;
  ListQuery all;
  all.account = account;
  all.entries_max = SIZE_MAX;
  for (Kind kind : {Kind::kUser, Kind::kRole}) {
    ASSIGN_OR_RETURN(auto identities, List(kind, all));
    for (const Identity& identity : identities.entries) {
      for (const std::string& arn : identity.attached) ++uses[arn].attachments;
      if (!identity.boundary_arn.empty()) ++uses[identity.boundary_arn].boundaries;
    }
  }
  return uses;
}

base::Status Identities::Attach(Kind kind, std::string_view account, std::string_view name,
                                const std::string& policy_arn) {
  // Under the lock of Update no policy is deleted.
  RETURN_IF_ERROR(Update(kind, account, name, [&](Identity& identity) -> base::Status {
    if (!GetPolicy(account, policy_arn)) return NotAttachable(policy_arn);
    if (std::count(identity.attached.begin(), identity.attached.end(), policy_arn) > 0)
      return base::Ok();
    if (identity.attached.size() >= kAttachedMax)
      return Error{ErrorKind::kLimitExceeded,
                   kind == Kind::kUser ? "Cannot exceed quota for PoliciesPerUser: 10"
                                       : "Cannot exceed quota for PoliciesPerRole: 10",
                   reason::kLimitExceeded};
    identity.attached.push_back(policy_arn);
    return base::Ok();
  }));
  return base::Ok();
}

base::Status Identities::Detach(Kind kind, std::string_view account, std::string_view name,
                                const std::string& policy_arn) {
  RETURN_IF_ERROR(Update(kind, account, name, [&](Identity& identity) -> base::Status {
    if (std::erase(identity.attached, policy_arn) == 0) return NoSuchPolicy(policy_arn);
    return base::Ok();
  }));
  return base::Ok();
}

base::Status Identities::SetBoundary(Kind kind, std::string_view account, std::string_view name,
                                     const std::string& policy_arn) {
  RETURN_IF_ERROR(Update(kind, account, name, [&](Identity& identity) -> base::Status {
    if (!policy_arn.empty() && !GetPolicy(account, policy_arn)) return NotAttachable(policy_arn);
    identity.boundary_arn = policy_arn;
    return base::Ok();
  }));
  return base::Ok();
}

}  // namespace dray::identities
