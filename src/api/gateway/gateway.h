// SPDX-License-Identifier: Apache-2.0
// The one way in: routing (decision 9), limits, request ids, authentication, metrics, the audit
// line. What is left to a protocol is its own meaning: parse, authorise, execute, render.
// Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/http/server.h"
#include "security/access/access.h"
#include "security/sigv4/sigv4.h"

namespace dray::gateway {

// Of the errors that the gateway itself gives to Protocol::Reject; others are sigv4's and access's.
namespace reason {
inline constexpr std::string_view kMalformedRequest = "malformed_request";           // 400
inline constexpr std::string_view kRequestTimeout = "request_timeout";               // 408
inline constexpr std::string_view kBodyTooLarge = "body_too_large";                  // 413
inline constexpr std::string_view kHeadersTooLarge = "headers_too_large";            // 431
inline constexpr std::string_view kOverloaded = "overloaded";                        // 503
inline constexpr std::string_view kMissingContentSha256 = "missing_content_sha256";  // 400
}  // namespace reason

// One request on its way through a protocol.
struct Exchange {
  const http::RequestHead& head;
  std::string_view whole_body;          // kWhole protocols
  sigv4::VerifiedBody* body = nullptr;  // kStream protocols: decoded and verified as it is read
  http::ResponseWriter& response;
  access::Caller caller;   // authenticated, or anonymous
  std::string request_id;  // of the response headers and error bodies
  // For metrics and the audit line; the protocol fills them in.
  std::string operation;
  std::string resource;
  int status = 0;
  std::string error_code;  // wire name, empty on success
  std::string detail;      // why access was denied, in full: audit only
};

class Protocol {
 public:
  virtual ~Protocol() = default;
  virtual std::string_view name() const = 0;             // label of metrics: "dynamodb", "s3"
  virtual std::string_view signing_service() const = 0;  // of the credential scope
  virtual http::BodyPlan body_plan() const = 0;
  virtual bool allows_anonymous() const = 0;
  // The form of request ids, out of 32 random bytes. Default: 52 of 0-9 A-V, as DynamoDB's, with
  // whole bodies; 16 upper-case hexadecimal digits, as S3's, with streams.
  virtual std::string FormatRequestId(std::string_view random_bytes) const;
  // True when the request is this protocol's; asked in the order of registration.
  virtual bool Claims(const http::RequestHead& head) const = 0;
  // True when Serve can often answer without waiting. It is called with a base::NoWait then; what
  // it sends after a refusal is dropped, and it is called again.
  virtual bool MayServeNow(const http::RequestHead&) const { return false; }
  virtual void Serve(Exchange& exchange) = 0;
  // Authentication or a limit failed before Serve: render it. Reasons are sigv4's and access's.
  virtual void Reject(Exchange& exchange, const base::Error& error) = 0;
};

using AdminHandler = std::function<void(http::Request&, http::ResponseWriter&)>;

struct Options {
  // Refuses other than loopback clients and hosts. `/_dray/dev/...` goes to `dev_handler`, unless
  // it comes from a page in a browser.
  bool dev = false;
  AdminHandler dev_handler = {};
};

// Protocols and collaborators outlive it. `/_dray/health`, `/_dray/metrics` are answered here;
// `admin` gets `/_dray/admin/...` requests that came over the local socket.
class Gateway : public http::Handler {
 public:
  using AdminHandler = gateway::AdminHandler;
  static std::unique_ptr<Gateway> Make(std::vector<Protocol*> protocols,
                                       access::Authenticator& authenticator, AdminHandler admin,
                                       Options options);
};

}  // namespace dray::gateway
