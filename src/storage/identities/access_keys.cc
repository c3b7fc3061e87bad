// SPDX-License-Identifier: Apache-2.0
// Access keys of users, and whose a key is.
#include <algorithm>

#include "base/random.h"
#include "base/text_encoding.h"
#include "security/access/dev_account.h"
#include "security/encryption/secret_box.h"
#include "storage/identities/identities.h"
#include "storage/identities/identity_records.h"
#include "storage/identities/unique_id.h"

namespace dray::identities {

namespace {

using base::Error;
using base::ErrorKind;

constexpr size_t kAccessKeysMax = 2;  // AWS's quota of a user
constexpr size_t kSecretBytes = 30;   // 40 characters of base64, as AWS's secrets

Error NoSuchAccessKey(std::string_view access_key) {
  return {ErrorKind::kNotFound,
          std::string("The Access Key with id ").append(access_key) + " cannot be found.",
          reason::kNoSuchEntity};
}

}  // namespace

base::Result<AccessKey> Identities::LoadAccessKey(std::string_view account, std::string_view user,
                                                  std::string_view access_key) {
  ASSIGN_OR_RETURN(auto record, engine_.Get(kv::kSystemPartition, AccessKeyKey(access_key)));
  if (!record) return NoSuchAccessKey(access_key);
  ASSIGN_OR_RETURN(AccessKey key, DecodeAccessKey(*record));
  if (key.account != account || key.user_name != user) return NoSuchAccessKey(access_key);
  return key;
}

base::Result<Identities::NewAccessKey> Identities::CreateAccessKey(std::string_view account,
                                                                   std::string_view user) {
  base::MutexLock lock(changes_);
  ASSIGN_OR_RETURN(auto stored, Load(Kind::kUser, account, user));
  if (stored.identity.access_keys.size() >= kAccessKeysMax)
    return Error{ErrorKind::kLimitExceeded, "Cannot exceed quota for AccessKeysPerUser: 2",
                 reason::kLimitExceeded};
  NewAccessKey made;
  made.secret = base::Base64Encode(base::RandomBytes(kSecretBytes));
  AccessKey& key = made.key;
  key.access_key = NewAccessKeyId("AKIA");
  key.account = account;
  key.user_name = user;
  key.user_id = stored.identity.id;
  key.created_at_micros = clock_.NowMicros();
  const std::string key_key = AccessKeyKey(key.access_key);
  key.sealed_secret = encryption::SealSecret(master_key_, made.secret, key_key);
  stored.identity.access_keys.push_back(key.access_key);

  const std::string user_key = IdentityKey(Kind::kUser, account, user);
  kv::Batch batch;
  batch.guards.push_back({user_key, stored.record});
  batch.guards.push_back({key_key, std::nullopt});
  batch.puts.emplace_back(user_key, EncodeIdentity(stored.identity));
  batch.puts.emplace_back(key_key, EncodeAccessKey(key));
  RETURN_IF_ERROR(Commit(batch));
  return made;
}

base::Result<std::vector<AccessKey>> Identities::AccessKeysOf(std::string_view account,
                                                              std::string_view user) {
  ASSIGN_OR_RETURN(auto stored, Load(Kind::kUser, account, user));
  std::vector<AccessKey> keys;
  for (const std::string& access_key : stored.identity.access_keys) {
    ASSIGN_OR_RETURN(AccessKey key, LoadAccessKey(account, user, access_key));
    keys.push_back(std::move(key));
  }
  return keys;
}

base::Status Identities::SetAccessKeyActive(std::string_view account, std::string_view user,
                                            std::string_view access_key, bool is_active) {
  base::MutexLock lock(changes_);
  RETURN_IF_ERROR(Load(Kind::kUser, account, user));
  ASSIGN_OR_RETURN(AccessKey key, LoadAccessKey(account, user, access_key));
  key.is_active = is_active;
  kv::Batch batch;
  batch.puts.emplace_back(AccessKeyKey(access_key), EncodeAccessKey(key));
  return Commit(batch);
}

base::Status Identities::DeleteAccessKey(std::string_view account, std::string_view user,
                                         std::string_view access_key) {
  base::MutexLock lock(changes_);
  ASSIGN_OR_RETURN(auto stored, Load(Kind::kUser, account, user));
  RETURN_IF_ERROR(LoadAccessKey(account, user, access_key));
  std::erase(stored.identity.access_keys, access_key);
  const std::string user_key = IdentityKey(Kind::kUser, account, user);
  kv::Batch batch;
  batch.guards.push_back({user_key, stored.record});
  batch.puts.emplace_back(user_key, EncodeIdentity(stored.identity));
  batch.deletes.push_back(AccessKeyKey(access_key));
  return Commit(batch);
}

base::Result<std::string> Identities::CanonicalIdOf(std::string_view account) {
  ASSIGN_OR_RETURN(auto known, accounts_.FindAccount(account));
  return known ? known->canonical_id : access::DevAccount(account).canonical_id;
}

policy::Principal Identities::PrincipalOf(const Identity& user, std::string canonical_id) const {
  policy::Principal principal;
  principal.type = policy::Principal::Type::kUser;
  principal.account = user.account;
  principal.arn = user.Arn();
  principal.canonical_id = std::move(canonical_id);
  principal.user_id = user.id;
  return principal;
}

base::Result<policy::Principal> Identities::SessionPrincipalOf(const Identity& role,
                                                               std::string_view session_name) {
  policy::Principal principal;
  principal.type = policy::Principal::Type::kAssumedRole;
  principal.account = role.account;
  principal.arn =
      ("arn:aws:sts::" + role.account + ":assumed-role/" + role.name + "/").append(session_name);
  principal.role_arn = role.Arn();
  ASSIGN_OR_RETURN(principal.canonical_id, CanonicalIdOf(role.account));
  principal.user_id = (role.id + ":").append(session_name);
  return principal;
}

base::Result<std::optional<access::Credentials>> Identities::FindByAccessKey(
    std::string_view access_key) {
  ASSIGN_OR_RETURN(auto of_account, accounts_.FindByAccessKey(access_key));
  if (of_account) return of_account;
  const std::string key_key = AccessKeyKey(access_key);
  ASSIGN_OR_RETURN(auto record, engine_.Get(kv::kSystemPartition, key_key));
  if (!record) return std::optional<access::Credentials>();
  ASSIGN_OR_RETURN(AccessKey key, DecodeAccessKey(*record));
  if (!key.is_active) return std::optional<access::Credentials>();
  auto secret = encryption::OpenSecret(master_key_, key.sealed_secret, key_key);
  if (!secret)
    return Error{ErrorKind::kCorruption, "the secret of access key " + key.access_key +
                                             " cannot be decrypted: its record is damaged or was "
                                             "moved"};
  auto stored = Load(Kind::kUser, key.account, key.user_name);
  if (!stored) {  // deleted or renamed since the key was read
    if (stored.error().kind == ErrorKind::kNotFound) return std::optional<access::Credentials>();
    return std::move(stored).error();
  }
  ASSIGN_OR_RETURN(std::string canonical_id, CanonicalIdOf(key.account));
  access::Credentials credentials;
  credentials.access_key = access_key;
  credentials.secret = *std::move(secret);
  credentials.principal = PrincipalOf(stored->identity, std::move(canonical_id));
  return std::optional<access::Credentials>(std::move(credentials));
}

}  // namespace dray::identities
