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

#include "base/clock.h"
#include "base/result.h"
#include "net/http/server.h"
#include "security/access/access.h"
#include "security/sigv4/sigv4.h"

namespace dray::gateway {

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
  // True when the request is this protocol's; asked in the order of registration.
  virtual bool Claims(const http::RequestHead& head) const = 0;
  virtual void Serve(Exchange& exchange) = 0;
  // Authentication or a limit failed before Serve: render it. Reasons are sigv4's and access's.
  virtual void Reject(Exchange& exchange, const base::Error& error) = 0;
};

struct Options {
  bool dev = false;
};

// Protocols and collaborators outlive it. `/_dray/health`, `/_dray/metrics` are answered here;
// `admin` gets `/_dray/admin/...` requests that came over the local socket.
class Gateway : public http::Handler {
 public:
  using AdminHandler = std::function<void(http::Request&, http::ResponseWriter&)>;
  static std::unique_ptr<Gateway> Make(std::vector<Protocol*> protocols,
                                       access::Authenticator& authenticator,
                                       const base::Clock& clock, AdminHandler admin,
                                       Options options);
};

}  // namespace dray::gateway
