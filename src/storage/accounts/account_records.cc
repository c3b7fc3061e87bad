// SPDX-License-Identifier: Apache-2.0
//   key                              record (after the version byte, 1)
//   'a' 'm'                          sealed "dray master key"
//   'a' 'a' account (12)             created, microseconds (8, big-endian) | canonical id (32)
//   'a' 'k' access key               account (12) | kind of principal (1: root user) | sealed
//   secret 'a' 'o' account (12) access key  nothing
#include "storage/accounts/account_records.h"

#include "base/big_endian.h"
#include "base/check.h"
#include "base/text_encoding.h"

namespace dray::accounts {

namespace {

constexpr char kVersion = 1;
constexpr char kRootUser = 1;
constexpr size_t kAccountIdBytes = 12;
constexpr size_t kCanonicalIdBytes = 32;

std::string Key(char kind) { return {'a', kind}; }

base::Error Corrupt(std::string_view what) {
  return {base::ErrorKind::kCorruption, "the record of " + std::string(what) + " is damaged"};
}

// Takes the version byte off.
base::Status TakeVersion(std::string_view& record, std::string_view what) {
  if (record.empty()) return Corrupt(what);
  if (record.front() != kVersion)
    return base::Error{base::ErrorKind::kCorruption,
                       "the record of " + std::string(what) + " has a version of a newer Dray"};
  record.remove_prefix(1);
  return base::Ok();
}

}  // namespace

std::string MasterCheckKey() { return Key('m'); }
std::string AccountPrefix() { return Key('a'); }
std::string AccountKey(std::string_view account_id) {
  return AccountPrefix() + std::string(account_id);
}
std::string CredentialsKey(std::string_view access_key) {
  return Key('k') + std::string(access_key);
}
std::string OwnedPrefix(std::string_view account_id) { return Key('o') + std::string(account_id); }
std::string OwnedKey(std::string_view account_id, std::string_view access_key) {
  return OwnedPrefix(account_id) + std::string(access_key);
}

std::string EncodeAccount(const access::Account& account) {
  auto canonical_id = base::HexDecode(account.canonical_id);
  CHECK(canonical_id && canonical_id->size() == kCanonicalIdBytes);
  std::string record(1, kVersion);
  base::AppendBigEndian64(static_cast<uint64_t>(account.created_at_micros), record);
  return record + *canonical_id;
}

base::Result<access::Account> DecodeAccount(std::string_view key, std::string_view record) {
  RETURN_IF_ERROR(TakeVersion(record, "an account"));
  if (record.size() != 8 + kCanonicalIdBytes || key.size() != 2 + kAccountIdBytes)
    return Corrupt("an account");
  access::Account account;
  account.id = key.substr(2);
  account.created_at_micros = static_cast<int64_t>(base::ReadBigEndian64(record));
  account.canonical_id = base::HexEncode(record.substr(8));
  return account;
}

std::string EncodeCredentials(const StoredCredentials& credentials) {
  CHECK(credentials.account_id.size() == kAccountIdBytes);
  return kVersion + credentials.account_id + kRootUser + credentials.sealed_secret;
}

base::Result<StoredCredentials> DecodeCredentials(std::string_view record) {
  RETURN_IF_ERROR(TakeVersion(record, "credentials"));
  if (record.size() <= kAccountIdBytes + 1 || record[kAccountIdBytes] != kRootUser)
    return Corrupt("credentials");
  return StoredCredentials{std::string(record.substr(0, kAccountIdBytes)),
                           std::string(record.substr(kAccountIdBytes + 1))};
}

std::string EncodeOwned() { return std::string(1, kVersion); }

std::string EncodeMasterCheck(std::string_view sealed) { return kVersion + std::string(sealed); }

base::Result<std::string> DecodeMasterCheck(std::string_view record) {
  RETURN_IF_ERROR(TakeVersion(record, "the master key check"));
  return std::string(record);
}

}  // namespace dray::accounts
