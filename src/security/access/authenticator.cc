// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text_encoding.h"
#include "hash/hash.h"
#include "security/access/access.h"

namespace dray::access {

namespace {

constexpr std::string_view kDevAccount = "000000000000";

bool IsAccountId(std::string_view text) {
  return text.size() == 12 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

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
    result.caller.auth_type =
        result.signed_request.is_presigned ? "REST-QUERY-STRING" : "REST-HEADER";
    if (options_.dev) {
      ASSIGN_OR_RETURN(result.caller.principal, DevPrincipal(result.caller.access_key));
      return result;
    }
    ASSIGN_OR_RETURN(auto credentials, source_.FindByAccessKey(result.caller.access_key));
    if (!credentials) return UnknownKey(service);
    RETURN_IF_ERROR(sigv4::Verify(request, result.signed_request, payload_hash,
                                  {.secret = credentials->secret,
                                   .now_micros = clock_.NowMicros(),
                                   .region = options_.region,
                                   .service = service}));
    if (!result.signed_request.session_token.empty()) return InvalidToken(service);
    result.caller.principal = std::move(credentials->principal);
    result.signing_key =
        sigv4::SigningKey(credentials->secret, result.signed_request.date,
                          result.signed_request.region, result.signed_request.service);
    return result;
  }

 private:
  static Authenticated Anonymous() {
    Authenticated result;
    result.caller.principal.type = policy::Principal::Type::kAnonymous;
    result.caller.principal.account = "anonymous";
    return result;
  }

  base::Result<policy::Principal> DevPrincipal(std::string_view access_key) {
    std::string_view id = IsAccountId(access_key) ? access_key : kDevAccount;
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
