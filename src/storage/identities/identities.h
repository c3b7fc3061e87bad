// SPDX-License-Identifier: Apache-2.0
// Users, roles, managed policies, access keys and temporary credentials. Errors carry IAM's texts.
// What AWS calls quotas of one entity is enforced here, quotas of an account are not. Thread-safe:
// changes run one at a time, each is one commit.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "security/access/access.h"
#include "storage/identities/identity.h"
#include "storage/kv/engine.h"

namespace dray::identities {

namespace reason {  // IAM's errors
inline constexpr std::string_view kNoSuchEntity = "iam_no_such_entity";
inline constexpr std::string_view kExists = "iam_entity_already_exists";
inline constexpr std::string_view kDeleteConflict = "iam_delete_conflict";
inline constexpr std::string_view kLimitExceeded = "iam_limit_exceeded";
inline constexpr std::string_view kBusy = "iam_concurrent_modification";
}  // namespace reason

struct ListQuery {
  std::string account;
  std::string path_prefix = "/";
  std::string after;  // lower-case name; entries behind it
  size_t entries_max = 100;
};
template <class T>
struct Listing {
  std::vector<T> entries;
  bool is_last = true;
};

struct PolicyUses {
  int64_t attachments = 0;
  int64_t boundaries = 0;
};

struct TemporaryCredentials {
  std::string access_key;  // ASIA...
  std::string secret;
  std::string token;
  int64_t expires_at_micros = 0;
};

class Identities final : public access::CredentialSource, public access::IdentitySource {
 public:
  // `accounts` has the root users. `master_key` (32 bytes) seals secrets and session tokens.
  Identities(kv::Engine& engine, access::CredentialSource& accounts, const base::Clock& clock,
             std::string master_key);

  // ---- users and roles
  using Change = std::function<base::Status(Identity& identity)>;
  base::Result<Identity> Create(Identity identity);  // fills in id and time
  base::Result<Identity> Get(Kind kind, std::string_view account, std::string_view name);
  base::Result<Listing<Identity>> List(Kind kind, const ListQuery& query);
  // One read, `change`, one commit; nothing is written when `change` fails.
  base::Result<Identity> Update(Kind kind, std::string_view account, std::string_view name,
                                const Change& change);
  base::Status RenameUser(std::string_view account, std::string_view name,
                          std::optional<std::string> new_name, std::optional<std::string> new_path);
  // kDeleteConflict while keys or policies hang on it.
  base::Status Delete(Kind kind, std::string_view account, std::string_view name);

  // ---- managed policies: those of an account, and AWS's (arn:aws:iam::aws:policy/...)
  using PolicyChange = std::function<base::Status(ManagedPolicy& policy)>;
  base::Result<ManagedPolicy> CreatePolicy(ManagedPolicy policy);  // fills in id and times
  base::Result<ManagedPolicy> GetPolicy(std::string_view account, std::string_view arn);
  base::Result<Listing<ManagedPolicy>> ListPolicies(const ListQuery& query);  // of the account
  // Of the account's own only.
  base::Result<ManagedPolicy> UpdatePolicy(std::string_view account, std::string_view arn,
                                           const PolicyChange& change);
  base::Status DeletePolicy(std::string_view account, std::string_view arn);
  base::Result<std::map<std::string, PolicyUses>> UsesOfPolicies(std::string_view account);
  base::Status Attach(Kind kind, std::string_view account, std::string_view name,
                      const std::string& policy_arn);
  base::Status Detach(Kind kind, std::string_view account, std::string_view name,
                      const std::string& policy_arn);
  base::Status SetBoundary(Kind kind, std::string_view account, std::string_view name,
                           const std::string& policy_arn);  // empty: none

  // ---- access keys of users
  struct NewAccessKey {
    AccessKey key;
    std::string secret;
  };
  base::Result<NewAccessKey> CreateAccessKey(std::string_view account, std::string_view user);
  base::Result<std::vector<AccessKey>> AccessKeysOf(std::string_view account,
                                                    std::string_view user);
  base::Status SetAccessKeyActive(std::string_view account, std::string_view user,
                                  std::string_view access_key, bool is_active);
  base::Status DeleteAccessKey(std::string_view account, std::string_view user,
                               std::string_view access_key);

  // ---- temporary credentials: nothing is stored, the token carries all
  TemporaryCredentials IssueSession(const policy::Principal& principal,
                                    access::SessionRef session) const;
  base::Result<std::optional<access::Credentials>> FindSession(std::string_view access_key,
                                                               std::string_view token) override;
  // A session of `role`, ARN and unique id as on AWS.
  base::Result<policy::Principal> SessionPrincipalOf(const Identity& role,
                                                     std::string_view session_name);

  // ---- access::CredentialSource: root users of `accounts`, then users
  base::Result<std::optional<access::Credentials>> FindByAccessKey(
      std::string_view access_key) override;
  base::Result<std::optional<access::Account>> FindAccount(std::string_view account_id) override {
    return accounts_.FindAccount(account_id);
  }
  uint64_t generation() const override { return accounts_.generation() + generation_; }

  // ---- access::IdentitySource
  base::Result<std::shared_ptr<const access::IdentityPolicies>> PoliciesOf(
      const policy::Principal& principal) override;

  policy::Principal PrincipalOf(const Identity& user, std::string canonical_id) const;

 private:
  struct Stored {
    Identity identity;
    std::string record;
  };
  base::Result<Stored> Load(Kind kind, std::string_view account, std::string_view name);
  base::Result<AccessKey> LoadAccessKey(std::string_view account, std::string_view user,
                                        std::string_view access_key);
  base::Status Commit(const kv::Batch& batch) REQUIRES(changes_);
  template <class T, class Decode>
  base::Result<Listing<T>> ListRecords(const std::string& prefix, const ListQuery& query,
                                       Decode decode);
  base::Result<policy::DocumentRef> CompileManaged(std::string_view account, std::string_view arn,
                                                   policy::DocumentKind kind);
  base::Result<std::string> CanonicalIdOf(std::string_view account);
  base::Result<access::IdentityPolicies> Compile(const Identity& identity);

  kv::Engine& engine_;
  access::CredentialSource& accounts_;
  const base::Clock& clock_;
  const std::string master_key_;
  base::Mutex changes_;
  std::atomic<uint64_t> generation_{0};

  struct Compiled {
    uint64_t generation = 0;
    std::string id;
    std::shared_ptr<const access::IdentityPolicies> policies;
  };
  base::Mutex compiled_mutex_;
  std::unordered_map<std::string, Compiled> compiled_ GUARDED_BY(compiled_mutex_);  // by ARN
};

// "user with name bob cannot be found" and the like.
base::Error NoSuchIdentity(Kind kind, std::string_view name);

}  // namespace dray::identities
