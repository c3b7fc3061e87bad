// SPDX-License-Identifier: Apache-2.0
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "base/text_encoding.h"
#include "hash/hash.h"
#include "security/access/access.h"
#include "security/policy/principal.h"

namespace dray::access {

namespace {

constexpr std::string_view kDevAccount = "000000000000";

// Each protocol has its own words for a key that nobody has.
base::Error UnknownKey(std::string_view service) {
  return {base::ErrorKind::kAccessDenied,
          service == "s3" ? "The AWS Access Key Id you provided does not exist in our records."
                          : "The security token included in the request is invalid.",
          sigv4::reason::kUnknownKey};
}

base::Error InvalidToken(std::string_view service) {
  return {base::ErrorKind::kAccessDenied,
          service == "s3" ? "The provided token is malformed or otherwise invalid."
                          : "The security token included in the request is invalid.",
          reason::kInvalidToken};
}

// Signing keys of scopes that a valid signature was seen of: deriving one takes four HMACs, and the
// secret's decryption before. Bounded; forgets everything when it is full, which takes thousands of
// access keys a day. Thread-safe.
class SigningKeys {
 public:
  struct Entry {
    uint64_t generation = 0;
    policy::Principal principal;
    std::string signing_key;
  };

  static std::string KeyOf(const sigv4::SignedRequest& request) {
    std::string key;
    key.reserve(96);
    key.append(request.access_key).append("/").append(sigv4::Scope(request));
    return key;
  }
  std::shared_ptr<const Entry> Find(const std::string& key, uint64_t generation) const {
    std::shared_lock lock(mutex_);
    auto found = entries_.find(key);
    if (found == entries_.end() || found->second->generation != generation) return nullptr;
    return found->second;
  }
  void Put(const std::string& key, std::shared_ptr<const Entry> entry) {
    std::unique_lock lock(mutex_);
    if (entries_.size() >= kEntriesMax) entries_.clear();
    entries_[key] = std::move(entry);
  }

 private:
  static constexpr size_t kEntriesMax = 4096;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Entry>> entries_;
};

class SignatureAuthenticator final : public Authenticator {
 public:
  SignatureAuthenticator(CredentialSource& source, const base::Clock& clock,
                         AuthenticatorOptions options)
      : source_(source), clock_(clock), options_(std::move(options)) {}

  base::Result<Authenticated> Authenticate(const sigv4::RequestParts& request,
                                           std::string_view payload_hash,
                                           std::string_view service) override {
    auto parsed = sigv4::ParseSigned(request);
    if (!parsed) {
      if (parsed.error().reason == sigv4::reason::kMissing) return Anonymous();
      return std::move(parsed).error();
    }
    Authenticated result;
    result.signed_request = *std::move(parsed);
    result.caller.access_key = result.signed_request.access_key;
    result.caller.signed_at_micros = base::ParseAmzDate(result.signed_request.amz_date);
    result.caller.auth_type =
        result.signed_request.is_presigned ? "REST-QUERY-STRING" : "REST-HEADER";
    if (options_.dev) {
      ASSIGN_OR_RETURN(result.caller.principal, DevPrincipal(result.caller.access_key));
      return result;
    }
    // Read before the credentials: a change in between makes the entry stale, never the reverse.
    const uint64_t generation = source_.generation();
    const std::string known_as = SigningKeys::KeyOf(result.signed_request);
    std::shared_ptr<const SigningKeys::Entry> known = signing_keys_.Find(known_as, generation);
    const bool is_new = known == nullptr;
    if (is_new) {
      ASSIGN_OR_RETURN(known, Derive(result.signed_request, generation));
      if (known == nullptr) return UnknownKey(service);
    }
    RETURN_IF_ERROR(sigv4::Verify(request, result.signed_request, payload_hash,
                                  {.secret = {},
                                   .now_micros = clock_.NowMicros(),
                                   .region = options_.region,
                                   .service = service,
                                   .signing_key = known->signing_key}));
    if (!result.signed_request.session_token.empty()) return InvalidToken(service);
    if (is_new) signing_keys_.Put(known_as, known);
    result.caller.principal = known->principal;
    result.signing_key = known->signing_key;
    return result;
  }

 private:
  static Authenticated Anonymous() {
    Authenticated result;
    result.caller.principal.type = policy::Principal::Type::kAnonymous;
    result.caller.principal.account = "anonymous";
    return result;
  }

  // nullptr: nobody has the access key.
  base::Result<std::shared_ptr<const SigningKeys::Entry>> Derive(
      const sigv4::SignedRequest& request, uint64_t generation) {
    ASSIGN_OR_RETURN(auto credentials, source_.FindByAccessKey(request.access_key));
    if (!credentials) return std::shared_ptr<const SigningKeys::Entry>();
    auto entry = std::make_shared<SigningKeys::Entry>();
    entry->generation = generation;
    entry->principal = std::move(credentials->principal);
    entry->signing_key =
        sigv4::SigningKey(credentials->secret, request.date, request.region, request.service);
    return std::shared_ptr<const SigningKeys::Entry>(std::move(entry));
  }

  base::Result<policy::Principal> DevPrincipal(std::string_view access_key) {
    std::string_view id = policy::IsAccountId(access_key) ? access_key : kDevAccount;
    ASSIGN_OR_RETURN(auto known, source_.FindAccount(id));
    if (known) return RootOf(*known);
    Account account;
    account.id = id;
    // Stable, so that grants to it survive a restart.
    account.canonical_id = base::HexEncode(hash::Sha256("dray dev account " + account.id));
    return RootOf(account);
  }

  CredentialSource& source_;
  const base::Clock& clock_;
  const AuthenticatorOptions options_;
  SigningKeys signing_keys_;
};

}  // namespace

policy::Principal RootOf(const Account& account) {
  policy::Principal root;
  root.type = policy::Principal::Type::kRoot;
  root.account = account.id;
  root.arn = "arn:aws:iam::" + account.id + ":root";
  root.canonical_id = account.canonical_id;
  root.user_id = account.id;
  return root;
}

std::unique_ptr<Authenticator> Authenticator::Make(CredentialSource& source,
                                                   const base::Clock& clock,
                                                   AuthenticatorOptions options) {
  return std::make_unique<SignatureAuthenticator>(source, clock, std::move(options));
}

}  // namespace dray::access
