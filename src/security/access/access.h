// SPDX-License-Identifier: Apache-2.0
// Who a request is from, and whether it may: credentials + sigv4 -> Caller; Caller + policies ->
// decision. Also forward access sessions: what a service does in the name of its caller (decision
// 8). Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "security/access/session.h"
#include "security/policy/policy.h"
#include "security/sigv4/sigv4.h"

namespace dray::access {

namespace reason {
inline constexpr std::string_view kDenied = "access_denied";
inline constexpr std::string_view kInvalidToken = "invalid_token";  // session token
inline constexpr std::string_view kExpiredToken = "expired_token";
}  // namespace reason

// An authenticated principal together with everything of its request that policies can see. Kept in
// job records by Serialize, so that a job goes on as its caller after a restart.
struct Caller {
  policy::Principal principal;
  std::string access_key;
  std::string source_ip;
  std::string user_agent;
  bool is_secure_transport = false;
  std::string auth_type;  // "REST-HEADER", "REST-QUERY-STRING"; empty when anonymous
  // The services that act for the principal, first to last; empty for a direct request.
  std::vector<std::string> called_via;
  // Of the one request only: neither a service that acts for the caller nor a job record has them.
  std::string referer;
  std::optional<int64_t> signed_at_micros;  // X-Amz-Date; absent when anonymous
  SessionRef session;                       // of temporary credentials; null with long-term ones

  const std::string& account() const { return principal.account; }
  bool is_anonymous() const { return principal.type == policy::Principal::Type::kAnonymous; }
  // The caller as `service` ("dynamodb.amazonaws.com") acts for it: a forward access session.
  Caller Via(std::string_view service) const;
};
std::string Serialize(const Caller& caller);  // JSON; holds no secret
base::Result<Caller> Deserialize(std::string_view text);

struct Account {
  std::string id;  // 12 digits
  std::string canonical_id;
  int64_t created_at_micros = 0;
};
struct Credentials {
  std::string access_key;
  std::string secret;
  policy::Principal principal;
  SessionRef session = nullptr;  // of temporary ones
};

// Where credentials are looked up. The store itself is storage/accounts.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  virtual base::Result<std::optional<Credentials>> FindByAccessKey(std::string_view access_key) = 0;
  // Temporary credentials by their token, expired ones too; nullopt when the token is none of ours,
  // belongs to another key, or its user or role is not there any more.
  virtual base::Result<std::optional<Credentials>> FindSession(std::string_view access_key,
                                                               std::string_view token);
  virtual base::Result<std::optional<Account>> FindAccount(std::string_view account_id) = 0;
  // Grows before a change of any credentials or account is answered: what was found under the same
  // generation still holds.
  virtual uint64_t generation() const = 0;
};

struct AuthenticatorOptions {
  std::string region;
  // Any signature. An access key that exists is its owner's; else a 12-digit one names its account,
  // others 000000000000.
  bool dev = false;
};

class Authenticator {
 public:
  static std::unique_ptr<Authenticator> Make(CredentialSource& source, const base::Clock& clock,
                                             AuthenticatorOptions options);
  virtual ~Authenticator() = default;
  struct Authenticated {
    Caller caller;
    sigv4::SignedRequest signed_request;  // empty members when anonymous
    std::string signing_key;  // for chunked bodies; empty when anonymous, and in dev, where
                              // chunk signatures cannot be checked
  };
  // `payload_hash`: see sigv4::Verify. An unsigned request gives the anonymous caller; the APIs
  // that do not know anonymity refuse it. The caller's connection facts (source_ip, user_agent,
  // referer, is_secure_transport) are filled in by the gateway. Errors: those of sigv4; kUnknownKey
  // for an access key that is not ours; kInvalidToken for a session token that is not ours or not
  // of this key; kExpiredToken.
  virtual base::Result<Authenticated> Authenticate(const sigv4::RequestParts& request,
                                                   std::string_view payload_hash,
                                                   std::string_view service) = 0;
};

struct ResourceRequest {
  std::string action;
  std::string resource;
  std::string resource_account;
  policy::DocumentRef resource_policy;  // or null
  policy::Context extra;                // keys of the service, such as s3:prefix
  // Of S3; see policy::PolicySet.
  std::string object_owner = {};
  bool acl_allows = false;
  bool blocks_public_access = false;
  // More of them, which cost something to find out: asked for at most once, and only when a policy
  // that takes part looks at the request (Document::looks_at_request). Or empty.
  std::function<void(policy::Context&)> details = {};
};

class Authorizer {
 public:
  // `identities` outlives it; without one users and roles have no policies.
  static std::unique_ptr<Authorizer> Make(const base::Clock& clock, std::string region,
                                          IdentitySource* identities = nullptr);
  virtual ~Authorizer() = default;
  // Adds the global condition keys of the caller and evaluates. Nothing in `extra` or `details` can
  // replace or invent a key that is the server's to set, such as aws:CalledVia. A denial carries
  // its explanation and traces; an allowed request does not (hot path).
  virtual policy::Decision Decide(const Caller& caller, const ResourceRequest& request) = 0;
  // Decide, with AWS's AccessDenied text as an error: kAccessDenied, reason kDenied. Who needs the
  // explanation too (audit log, failure_detail of a job) calls Decide, then DenialOf.
  virtual base::Status Require(const Caller& caller, const ResourceRequest& request) = 0;
};

// The error that AWS gives for `decision`, which is a denial: kAccessDenied, reason kDenied. Within
// an account it names principal, action, resource and side. To callers of other accounts DynamoDB
// names the side, too, others do not, and S3 says "Access Denied", as it does to anonymous ones.
// What it leaves out is in decision.explanation.
base::Error DenialOf(const Caller& caller, const ResourceRequest& request,
                     const policy::Decision& decision);

// The canonical id of an account, which S3 shows as owner and takes in ACLs. An account that is not
// in the store (or no store: null) has the one that --dev gives it; "anonymous" has AWS's.
base::Result<std::string> CanonicalIdOf(CredentialSource* source, std::string_view account_id);

// The root user of an account as a principal.
policy::Principal RootOf(const Account& account);

// Parsed bucket policies by their text, so that each is compiled once. Bounded: the least recently
// used goes first. Thread-safe.
class PolicyCache {
 public:
  base::Result<policy::DocumentRef> Get(const std::string& json);
  struct State;
  explicit PolicyCache(size_t documents_max = 1024);
  ~PolicyCache();

 private:
  std::unique_ptr<State> state_;
};

}  // namespace dray::access
