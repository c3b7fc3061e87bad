// SPDX-License-Identifier: Apache-2.0
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "base/text_encoding.h"
#include "hash/hash.h"
#include "security/access/access.h"
#include "security/access/dev_account.h"
#include "security/policy/principal.h"

namespace dray::access {

namespace {

constexpr std::string_view kDevAccount = "000000000000";
constexpr std::string_view kGlobalRegion = "us-east-1";

// Each protocol has its own words for a key that nobody has.
base::Error UnknownKey(std::string_view service) {
  return {base::ErrorKind::kAccessDenied,
          service == "s3" ? "The AWS Access Key Id you provided does not exist in our records."
                          : "The security token included in the request is invalid.",
          sigv4::reason::kUnknownKey};
}

base::Error ExpiredToken(std::string_view service) {
  return {base::ErrorKind::kAccessDenied,
          service == "s3" ? "The provided token has expired."
                          : "The security token included in the request is expired",
          reason::kExpiredToken};
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
    SessionRef session;
    std::string signing_key;
  };

  static std::string KeyOf(const sigv4::SignedRequest& request) {
    std::string key;
    key.reserve(96);
    key.append(request.access_key).append("/").append(sigv4::Scope(request));
    if (!request.session_token.empty()) key.append("/").append(request.session_token);
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
      RETURN_IF_ERROR(IdentifyInDev(result.signed_request, result.caller));
      if (IsExpired(result.caller.session)) return ExpiredToken(service);
      return result;
    }
    // Read before the credentials: a change in between makes the entry stale, never the reverse.
    const uint64_t generation = source_.generation();
    const std::string known_as = SigningKeys::KeyOf(result.signed_request);
    std::shared_ptr<const SigningKeys::Entry> known = signing_keys_.Find(known_as, generation);
    const bool is_new = known == nullptr;
    if (is_new) {
      ASSIGN_OR_RETURN(known, Derive(result.signed_request, generation));
      if (known == nullptr)
        return result.signed_request.session_token.empty() ? UnknownKey(service)
                                                           : InvalidToken(service);
    }
    RETURN_IF_ERROR(sigv4::Verify(request, result.signed_request, payload_hash,
                                  {.secret = {},
                                   .now_micros = clock_.NowMicros(),
                                   .region = RegionOf(result.signed_request),
                                   .service = service,
                                   .signing_key = known->signing_key}));
    if (!result.signed_request.session_token.empty() && known->session == nullptr)
      return InvalidToken(service);
    if (is_new) signing_keys_.Put(known_as, known);
    if (IsExpired(known->session)) return ExpiredToken(service);
    result.caller.principal = known->principal;
    result.caller.session = known->session;
    result.signing_key = known->signing_key;
    return result;
  }

 private:
  // IAM and STS are global: their clients sign for us-east-1 wherever they are, STS's also for the
  // region they are set to.
  std::string_view RegionOf(const sigv4::SignedRequest& request) const {
    const bool is_global = request.service == "iam" || request.service == "sts";
    return is_global && request.region == kGlobalRegion ? kGlobalRegion : options_.region;
  }

  bool IsExpired(const SessionRef& session) const {
    return session != nullptr && session->expires_at_micros <= clock_.NowMicros();
  }

  static Authenticated Anonymous() {
    Authenticated result;
    result.caller.principal.type = policy::Principal::Type::kAnonymous;
    result.caller.principal.account = "anonymous";
    return result;
  }

  base::Result<std::optional<Credentials>> Find(const sigv4::SignedRequest& request) {
    if (request.session_token.empty()) return source_.FindByAccessKey(request.access_key);
    ASSIGN_OR_RETURN(auto session, source_.FindSession(request.access_key, request.session_token));
    // A long-term key with a token is told about the token once its signature is verified.
    return session ? base::Result(std::move(session)) : source_.FindByAccessKey(request.access_key);
  }

  // nullptr: nobody has the access key.
  base::Result<std::shared_ptr<const SigningKeys::Entry>> Derive(
      const sigv4::SignedRequest& request, uint64_t generation) {
    ASSIGN_OR_RETURN(auto credentials, Find(request));
    if (!credentials) return std::shared_ptr<const SigningKeys::Entry>();
    auto entry = std::make_shared<SigningKeys::Entry>();
    entry->generation = generation;
    entry->principal = std::move(credentials->principal);
    entry->session = std::move(credentials->session);
    entry->signing_key =
        sigv4::SigningKey(credentials->secret, request.date, request.region, request.service);
    return std::shared_ptr<const SigningKeys::Entry>(std::move(entry));
  }

  base::Status IdentifyInDev(const sigv4::SignedRequest& request, Caller& caller) {
    ASSIGN_OR_RETURN(auto credentials, Find(request));
    if (credentials) {
      caller.principal = std::move(credentials->principal);
      caller.session = std::move(credentials->session);
      return base::Ok();
    }
    ASSIGN_OR_RETURN(caller.principal, DevPrincipal(request.access_key));
    return base::Ok();
  }

  base::Result<policy::Principal> DevPrincipal(std::string_view access_key) {
    std::string_view id = policy::IsAccountId(access_key) ? access_key : kDevAccount;
    ASSIGN_OR_RETURN(auto known, source_.FindAccount(id));
    if (known) return RootOf(*known);
    return RootOf(DevAccount(id));
  }

  CredentialSource& source_;
  const base::Clock& clock_;
  const AuthenticatorOptions options_;
  SigningKeys signing_keys_;
};

}  // namespace

base::Result<std::optional<Credentials>> CredentialSource::FindSession(std::string_view,
                                                                       std::string_view) {
  return std::optional<Credentials>();
}

Account DevAccount(std::string_view account_id) {
  Account account;
  account.id = account_id;
  account.canonical_id = base::HexEncode(hash::Sha256("dray dev account " + account.id));
  return account;
}

base::Result<std::string> CanonicalIdOf(CredentialSource* source, std::string_view account_id) {
  if (account_id == "anonymous") return std::string("65a011a29cdf8ec533ec3d1ccaae921c");
  if (source != nullptr) {
    ASSIGN_OR_RETURN(auto known, source->FindAccount(account_id));
    if (known) return std::move(known->canonical_id);
  }
  return DevAccount(account_id).canonical_id;
}

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
