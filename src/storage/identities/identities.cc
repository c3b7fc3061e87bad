// SPDX-License-Identifier: Apache-2.0
#include "storage/identities/identities.h"

#include "base/random.h"
#include "base/text_encoding.h"
#include "storage/identities/identity_records.h"
#include "storage/identities/list_records.h"
#include "storage/identities/unique_id.h"

namespace dray::identities {

namespace {

using base::Error;
using base::ErrorKind;

std::string_view WordOf(Kind kind) { return kind == Kind::kUser ? "user" : "role"; }
std::string_view CapitalWordOf(Kind kind) { return kind == Kind::kUser ? "User" : "Role"; }

Error Exists(Kind kind, std::string_view name) {
  return {ErrorKind::kAlreadyExists,
          std::string(CapitalWordOf(kind)).append(" with name ").append(name) + " already exists.",
          reason::kExists};
}

Error Conflict(std::string message) {
  return {ErrorKind::kInUse, std::move(message), reason::kDeleteConflict};
}

}  // namespace

Error NoSuchIdentity(Kind kind, std::string_view name) {
  return {ErrorKind::kNotFound,
          std::string("The ").append(WordOf(kind)).append(" with name ").append(name) +
              " cannot be found.",
          reason::kNoSuchEntity};
}

Identities::Identities(kv::Engine& engine, access::CredentialSource& accounts,
                       const base::Clock& clock, std::string master_key)
    : engine_(engine), accounts_(accounts), clock_(clock), master_key_(std::move(master_key)) {}

base::Result<Identities::Stored> Identities::Load(Kind kind, std::string_view account,
                                                  std::string_view name) {
  ASSIGN_OR_RETURN(auto record,
                   engine_.Get(kv::kSystemPartition, IdentityKey(kind, account, name)));
  if (!record) return NoSuchIdentity(kind, name);
  ASSIGN_OR_RETURN(auto identity, DecodeIdentity(kind, *record));
  // Names are unique whatever their case, but found only as they were written.
  if (identity.name != name) return NoSuchIdentity(kind, name);
  return Stored{std::move(identity), *std::move(record)};
}

base::Status Identities::Commit(const kv::Batch& batch) {
  ASSIGN_OR_RETURN(auto outcome, engine_.Commit(kv::kSystemPartition, batch));
  ++generation_;
  if (outcome == kv::CommitOutcome::kCommitted) return base::Ok();
  return Error{ErrorKind::kUnavailable,
               "The entity was changed by another request at the same time. Try again.",
               reason::kBusy};
}

base::Result<Identity> Identities::Create(Identity identity) {
  base::MutexLock lock(changes_);
  const std::string key = IdentityKey(identity.kind, identity.account, identity.name);
  ASSIGN_OR_RETURN(auto present, engine_.Get(kv::kSystemPartition, key));
  if (present) return Exists(identity.kind, identity.name);
  if (!identity.boundary_arn.empty())
    RETURN_IF_ERROR(GetPolicy(identity.account, identity.boundary_arn));
  identity.id = NewUniqueId(identity.kind == Kind::kUser ? "AIDA" : "AROA");
  identity.created_at_micros = clock_.NowMicros();
  kv::Batch batch;
  batch.guards.push_back({key, std::nullopt});
  batch.puts.emplace_back(key, EncodeIdentity(identity));
  RETURN_IF_ERROR(Commit(batch));
  return identity;
}

base::Result<Identity> Identities::Get(Kind kind, std::string_view account, std::string_view name) {
  ASSIGN_OR_RETURN(auto stored, Load(kind, account, name));
  return std::move(stored.identity);
}

base::Result<Listing<Identity>> Identities::List(Kind kind, const ListQuery& query) {
  return ListRecords<Identity>(
      IdentityPrefix(kind, query.account), query,
      [kind](std::string_view record) { return DecodeIdentity(kind, record); });
}

base::Result<Identity> Identities::Update(Kind kind, std::string_view account,
                                          std::string_view name, const Change& change) {
  base::MutexLock lock(changes_);
  ASSIGN_OR_RETURN(auto stored, Load(kind, account, name));
  RETURN_IF_ERROR(change(stored.identity));
  const std::string key = IdentityKey(kind, account, name);
  kv::Batch batch;
  batch.guards.push_back({key, stored.record});
  batch.puts.emplace_back(key, EncodeIdentity(stored.identity));
  RETURN_IF_ERROR(Commit(batch));
  return std::move(stored.identity);
}

base::Status Identities::RenameUser(std::string_view account, std::string_view name,
                                    std::optional<std::string> new_name,
                                    std::optional<std::string> new_path) {
  base::MutexLock lock(changes_);
  ASSIGN_OR_RETURN(auto stored, Load(Kind::kUser, account, name));
  Identity& user = stored.identity;
  if (new_name) user.name = *new_name;
  if (new_path) user.path = *new_path;
  const std::string old_key = IdentityKey(Kind::kUser, account, name);
  const std::string new_key = IdentityKey(Kind::kUser, account, user.name);
  kv::Batch batch;
  batch.guards.push_back({old_key, stored.record});
  if (new_key != old_key) {
    ASSIGN_OR_RETURN(auto present, engine_.Get(kv::kSystemPartition, new_key));
    if (present) return Exists(Kind::kUser, user.name);
    batch.guards.push_back({new_key, std::nullopt});
    batch.deletes.push_back(old_key);
  }
  batch.puts.emplace_back(new_key, EncodeIdentity(user));
  for (const std::string& access_key : user.access_keys) {
    ASSIGN_OR_RETURN(AccessKey key, LoadAccessKey(account, name, access_key));
    key.user_name = user.name;
    batch.puts.emplace_back(AccessKeyKey(access_key), EncodeAccessKey(key));
  }
  return Commit(batch);
}

base::Status Identities::Delete(Kind kind, std::string_view account, std::string_view name) {
  base::MutexLock lock(changes_);
  ASSIGN_OR_RETURN(auto stored, Load(kind, account, name));
  const Identity& identity = stored.identity;
  if (!identity.access_keys.empty())
    return Conflict("Cannot delete entity, must delete access keys first.");
  if (!identity.attached.empty())
    return Conflict("Cannot delete entity, must detach all policies first.");
  if (!identity.inline_policies.empty())
    return Conflict("Cannot delete entity, must delete policies first.");
  const std::string key = IdentityKey(kind, account, name);
  kv::Batch batch;
  batch.guards.push_back({key, stored.record});
  batch.deletes.push_back(key);
  return Commit(batch);
}

}  // namespace dray::identities
