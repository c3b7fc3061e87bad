// SPDX-License-Identifier: Apache-2.0
#include "storage/accounts/accounts.h"

#include <algorithm>
#include <atomic>

#include "base/random.h"
#include "base/text_encoding.h"
#include "security/encryption/secret_box.h"
#include "storage/accounts/account_records.h"

namespace dray::accounts {

using encryption::OpenSecret;
using encryption::SealSecret;

namespace {

constexpr std::string_view kMasterCheckText = "dray master key";
constexpr size_t kSecretBytes = 30;  // 40 characters of base64, as AWS's secrets

base::Error WrongMasterKey() {
  return {base::ErrorKind::kCorruption,
          "the master key is not the one that the secrets of this data folder were written with: "
          "put the file keys/master.key of this folder back (from its backup) and start again; "
          "without it the stored secrets cannot be read, and accounts have to be created anew in "
          "an empty data folder"};
}

bool IsAccountId(std::string_view text) {
  return text.size() == 12 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// AKIA and 16 characters, as AWS's.
std::string NewAccessKey() {
  std::string key = base::Base32LowerUnpadded(base::RandomBytes(10));
  std::transform(key.begin(), key.end(), key.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return "AKIA" + key;
}

class KvAccounts final : public Accounts {
 public:
  KvAccounts(kv::Engine& engine, const base::Clock& clock, std::string master_key)
      : engine_(engine), clock_(clock), master_key_(std::move(master_key)) {}

  // Writes the check record of a new folder, or holds the key against that of an old one.
  base::Status CheckMasterKey() {
    const std::string key = MasterCheckKey();
    ASSIGN_OR_RETURN(auto record, engine_.Get(kv::kSystemPartition, key));
    if (!record) {
      kv::Batch batch;
      batch.guards.push_back({key, std::nullopt});
      batch.puts.emplace_back(key,
                              EncodeMasterCheck(SealSecret(master_key_, kMasterCheckText, key)));
      ASSIGN_OR_RETURN(auto outcome, engine_.Commit(kv::kSystemPartition, batch));
      if (outcome == kv::CommitOutcome::kCommitted) return base::Ok();
      ASSIGN_OR_RETURN(record, engine_.Get(kv::kSystemPartition, key));
      if (!record) return WrongMasterKey();
    }
    ASSIGN_OR_RETURN(auto sealed, DecodeMasterCheck(*record));
    if (OpenSecret(master_key_, sealed, key) != kMasterCheckText) return WrongMasterKey();
    return base::Ok();
  }

  base::Result<access::Credentials> Create(std::string_view account_id) override {
    if (!IsAccountId(account_id))
      return base::Error{base::ErrorKind::kInvalidArgument,
                         "an account id has 12 digits: " + std::string(account_id)};
    access::Account account;
    account.id = account_id;
    account.canonical_id = base::RandomHex(64);
    account.created_at_micros = clock_.NowMicros();
    access::Credentials credentials;
    credentials.access_key = NewAccessKey();
    credentials.secret = base::Base64Encode(base::RandomBytes(kSecretBytes));
    credentials.principal = access::RootOf(account);

    const std::string credentials_key = CredentialsKey(credentials.access_key);
    kv::Batch batch;
    batch.guards.push_back({AccountKey(account.id), std::nullopt});
    batch.guards.push_back({credentials_key, std::nullopt});
    batch.puts.emplace_back(AccountKey(account.id), EncodeAccount(account));
    batch.puts.emplace_back(
        credentials_key, EncodeCredentials({account.id, SealSecret(master_key_, credentials.secret,
                                                                   credentials_key)}));
    batch.puts.emplace_back(OwnedKey(account.id, credentials.access_key), EncodeOwned());
    ASSIGN_OR_RETURN(auto outcome, engine_.Commit(kv::kSystemPartition, batch));
    ++generation_;
    if (outcome == kv::CommitOutcome::kGuardFailed)
      return base::Error{base::ErrorKind::kAlreadyExists, "account " + account.id + " exists",
                         reason::kAccountExists};
    return credentials;
  }

  base::Result<std::vector<access::Account>> List() override {
    std::vector<access::Account> accounts;
    RETURN_IF_ERROR(ForEach(AccountPrefix(), [&](std::string_view key, std::string_view value) {
      auto account = DecodeAccount(key, value);
      if (!account) return base::Status(std::move(account).error());
      accounts.push_back(*std::move(account));
      return base::Ok();
    }));
    return accounts;
  }

  base::Result<std::vector<access::Credentials>> CredentialsOf(
      std::string_view account_id) override {
    const std::string prefix = OwnedPrefix(account_id);
    std::vector<std::string> access_keys;
    RETURN_IF_ERROR(ForEach(prefix, [&](std::string_view key, std::string_view) {
      access_keys.emplace_back(key.substr(prefix.size()));
      return base::Ok();
    }));
    std::vector<access::Credentials> all;
    for (const std::string& access_key : access_keys) {
      ASSIGN_OR_RETURN(auto credentials, FindByAccessKey(access_key));
      if (credentials) all.push_back(*std::move(credentials));
    }
    return all;
  }

  base::Result<std::optional<access::Credentials>> FindByAccessKey(
      std::string_view access_key) override {
    const std::string key = CredentialsKey(access_key);
    ASSIGN_OR_RETURN(auto record, engine_.Get(kv::kSystemPartition, key));
    if (!record) return std::optional<access::Credentials>();
    ASSIGN_OR_RETURN(auto stored, DecodeCredentials(*record));
    auto secret = OpenSecret(master_key_, stored.sealed_secret, key);
    if (!secret)
      return base::Error{base::ErrorKind::kCorruption, "the secret of access key " +
                                                           std::string(access_key) +
                                                           " cannot be decrypted: its record is "
                                                           "damaged or was moved"};
    ASSIGN_OR_RETURN(auto account, FindAccount(stored.account_id));
    if (!account)
      return base::Error{base::ErrorKind::kCorruption,
                         "credentials of account " + stored.account_id + ", which is not there"};
    access::Credentials credentials;
    credentials.access_key = access_key;
    credentials.secret = *std::move(secret);
    credentials.principal = access::RootOf(*account);
    return std::optional<access::Credentials>(std::move(credentials));
  }

  base::Result<std::optional<access::Account>> FindAccount(std::string_view account_id) override {
    const std::string key = AccountKey(account_id);
    ASSIGN_OR_RETURN(auto record, engine_.Get(kv::kSystemPartition, key));
    if (!record) return std::optional<access::Account>();
    ASSIGN_OR_RETURN(auto account, DecodeAccount(key, *record));
    return std::optional<access::Account>(std::move(account));
  }

  uint64_t generation() const override { return generation_; }

 private:
  template <class Visit>
  base::Status ForEach(const std::string& prefix, Visit visit) {
    std::string from = prefix;
    kv::Page page;
    do {
      RETURN_IF_ERROR(engine_.ReadRange(kv::kSystemPartition, from, kv::PrefixEnd(prefix),
                                        kv::Direction::kForward, {}, page));
      for (size_t i = 0; i < page.size(); ++i) RETURN_IF_ERROR(visit(page.key(i), page.value(i)));
      if (page.size() > 0) from = std::string(page.key(page.size() - 1)) + '\0';
    } while (!page.is_last());
    return base::Ok();
  }

  kv::Engine& engine_;
  const base::Clock& clock_;
  const std::string master_key_;
  std::atomic<uint64_t> generation_{0};
};

}  // namespace

base::Result<std::unique_ptr<Accounts>> Accounts::Open(kv::Engine& engine, const base::Clock& clock,
                                                       std::string master_key) {
  if (master_key.size() != encryption::kKeyBytes)
    return base::Error{base::ErrorKind::kInvalidArgument, "a master key has 32 bytes"};
  auto accounts = std::make_unique<KvAccounts>(engine, clock, std::move(master_key));
  RETURN_IF_ERROR(accounts->CheckMasterKey());
  return std::unique_ptr<Accounts>(std::move(accounts));
}

}  // namespace dray::accounts
