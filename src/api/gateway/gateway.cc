// SPDX-License-Identifier: Apache-2.0
// A request's way: route -> authenticate -> Protocol::Serve -> count -> audit. Refusals of the
// server and of authentication go through Protocol::Reject and end in the same counts and lines.
#include "api/gateway/gateway.h"

#include <algorithm>
#include <exception>
#include <optional>

#include "api/gateway/authentication.h"
#include "api/gateway/counted_streams.h"
#include "api/gateway/metrics.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/loopback.h"
#include "base/no_wait.h"
#include "base/random.h"
#include "base/text_encoding.h"

namespace dray::gateway {

namespace {

constexpr std::string_view kOwnPrefix = "/_dray/";

bool IsOwn(std::string_view path) {
  return path.starts_with(kOwnPrefix) || path == kOwnPrefix.substr(0, kOwnPrefix.size() - 1);
}

void SendText(http::ResponseWriter& response, int status, std::string_view type,
              std::string_view text) {
  auto sent = response.Send(
      status, {{"Content-Type", std::string(type)}, {"Cache-Control", "no-store"}}, text);
  if (!sent) base::log::Debug("a response was not sent", {{"error", sent.error().message}});
}

bool IsLoopbackHost(std::string_view host) {
  const size_t colons_until = host.starts_with('[') ? std::min(host.find(']'), host.size()) : 0;
  host = host.substr(0, host.find(':', colons_until));
  // S3 Control clients write the account in front. No name in DNS ends in a number, so that what is
  // left to look like an address is one.
  constexpr size_t kAccountBytes = 12;
  if (host.size() > kAccountBytes && host[kAccountBytes] == '.' &&
      host.find_first_not_of("0123456789") == kAccountBytes) {
    host.remove_prefix(kAccountBytes + 1);
  }
  return base::IsLoopback(host) || base::ToLower(host).ends_with(".localhost");
}
bool IsLoopbackAddress(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

// Does a page of another origin send this? Browsers say so with each request that changes something
// (Origin), today's with every one (Sec-Fetch-Site); command-line clients and SDKs send neither.
bool IsFromForeignPage(const http::RequestHead& head) {
  const std::string_view site = head.Header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return true;
  if (!head.HasHeader("origin")) return false;
  const std::string scheme = head.is_secure ? "https://" : "http://";
  return !base::EqualsIgnoreCase(head.Header("origin"), scheme + std::string(head.Header("host")));
}

base::Error ErrorOf(int status) {
  switch (status) {
    case 408:
      return {base::ErrorKind::kInvalidArgument, "The request did not arrive in time.",
              reason::kRequestTimeout};
    case 413:
      return {base::ErrorKind::kLimitExceeded, "The request body is too large.",
              reason::kBodyTooLarge};
    case 431:
      return {base::ErrorKind::kLimitExceeded, "The request headers are too large.",
              reason::kHeadersTooLarge};
    case 503:
      return {base::ErrorKind::kUnavailable, "The server is busy. Please reduce your request rate.",
              reason::kOverloaded};
    case 400:
      return {base::ErrorKind::kInvalidArgument, "The request is not well-formed HTTP.",
              reason::kMalformedRequest};
    default:
      return {base::ErrorKind::kInternal, "The request failed because of an error of the server."};
  }
}

class Router final : public Gateway {
 public:
  Router(std::vector<Protocol*> protocols, access::Authenticator& authenticator, AdminHandler admin,
         Options options)
      : protocols_(std::move(protocols)),
        authenticator_(authenticator),
        admin_(std::move(admin)),
        options_(std::move(options)) {}

  http::BodyPlan Plan(const http::RequestHead& head) override;
  bool HandleNow(http::Request& request, http::ResponseWriter& response) override;
  void Handle(http::Request& request, http::ResponseWriter& response) override;
  void Reject(int status, const http::RequestHead& head, http::ResponseWriter& response) override;

 private:
  Protocol* ProtocolOf(const http::RequestHead& head) const;
  bool RefusesClient(const http::RequestHead& head, http::ResponseWriter& response) const;
  void Attend(Protocol& protocol, http::Request& request, http::ResponseWriter& response);
  void HandleOwn(http::Request& request, http::ResponseWriter& response);
  void HandleDev(http::Request& request, http::ResponseWriter& response);
  void Serve(Protocol& protocol, http::Request& request, Exchange& exchange, uint64_t& bytes_in);
  void Finish(const Protocol& protocol, const Exchange& exchange, const CountedResponse& response,
              int64_t started_micros, uint64_t request_bytes);

  const std::vector<Protocol*> protocols_;
  access::Authenticator& authenticator_;
  const AdminHandler admin_;
  const Options options_;
  Metrics metrics_;
};

Protocol* Router::ProtocolOf(const http::RequestHead& head) const {
  for (Protocol* protocol : protocols_) {
    if (protocol->Claims(head)) return protocol;
  }
  return nullptr;
}

http::BodyPlan Router::Plan(const http::RequestHead& head) {
  if (head.is_local_socket || IsOwn(head.path)) return http::BodyPlan::kWhole;
  Protocol* protocol = ProtocolOf(head);
  return protocol == nullptr ? http::BodyPlan::kWhole : protocol->body_plan();
}

bool Router::HandleNow(http::Request& request, http::ResponseWriter& response) {
  const http::RequestHead& head = request.head;
  if (head.is_local_socket || IsOwn(head.path)) return false;
  Protocol* protocol = ProtocolOf(head);
  if (protocol == nullptr || !protocol->MayServeNow(head)) return false;
  base::NoWait no_wait;
  if (!RefusesClient(head, response)) Attend(*protocol, request, response);
  return !no_wait.has_refused();
}

void Router::Handle(http::Request& request, http::ResponseWriter& response) {
  const http::RequestHead& head = request.head;
  if (head.is_local_socket || IsOwn(head.path)) {
    HandleOwn(request, response);
    return;
  }
  if (RefusesClient(head, response)) return;
  Protocol* protocol = ProtocolOf(head);
  if (protocol == nullptr) {
    SendText(response, 404, "text/plain", "No API answers requests of this kind.\n");
    return;
  }
  Attend(*protocol, request, response);
}

void Router::Attend(Protocol& protocol, http::Request& request, http::ResponseWriter& response) {
  int64_t started_micros = base::SteadyMicros();
  metrics_.Started(protocol.name());
  CountedResponse counted(response);
  Exchange exchange{.head = request.head,
                    .whole_body = request.whole_body,
                    .response = counted,
                    .caller = {},
                    .request_id = protocol.FormatRequestId(base::RandomBytes(32)),
                    .operation = {},
                    .resource = {},
                    .error_code = {},
                    .detail = {}};
  uint64_t request_bytes = 0;
  Serve(protocol, request, exchange, request_bytes);
  if (base::NoWait::has_refused()) {
    metrics_.Withdrawn(protocol.name());
    return;
  }
  Finish(protocol, exchange, counted, started_micros, request_bytes);
}

void Router::Serve(Protocol& protocol, http::Request& request, Exchange& exchange,
                   uint64_t& bytes_in) {
  std::optional<CountedSource> counted_body;
  std::unique_ptr<sigv4::VerifiedBody> verified_body;
  try {
    bool is_whole = protocol.body_plan() == http::BodyPlan::kWhole;
    auto authenticated = is_whole
                             ? AuthenticateWhole(request, protocol, authenticator_)
                             : AuthenticateStream(request, protocol, authenticator_, options_.dev);
    if (base::NoWait::has_refused()) return;
    if (!authenticated) {
      protocol.Reject(exchange, authenticated.error());
    } else {
      exchange.caller = std::move(authenticated->caller);
      if (!is_whole) {
        counted_body.emplace(*request.body);
        verified_body = sigv4::MakeVerifiedBody(*counted_body, std::move(authenticated->body));
        exchange.body = verified_body.get();
      }
      if (exchange.caller.is_anonymous() && !protocol.allows_anonymous()) {
        protocol.Reject(exchange, {base::ErrorKind::kAccessDenied, "The request is not signed.",
                                   sigv4::reason::kMissing});
      } else {
        protocol.Serve(exchange);
      }
    }
  } catch (const std::exception& e) {
    base::log::Error("a request ended in an exception", {{"request_id", exchange.request_id},
                                                         {"operation", exchange.operation},
                                                         {"error", e.what()}});
    if (!exchange.response.is_started()) protocol.Reject(exchange, ErrorOf(500));
  }
  bytes_in = counted_body ? counted_body->bytes() : request.whole_body.size();
}

void Router::Reject(int status, const http::RequestHead& head, http::ResponseWriter& response) {
  Protocol* protocol =
      head.is_local_socket || IsOwn(head.path) || head.path.empty() ? nullptr : ProtocolOf(head);
  base::Error error = ErrorOf(status);
  if (protocol == nullptr) {
    SendText(response, status, "text/plain", error.message + "\n");
    return;
  }
  int64_t started_micros = base::SteadyMicros();
  metrics_.Started(protocol->name());
  CountedResponse counted(response);
  Exchange exchange{.head = head,
                    .whole_body = {},
                    .response = counted,
                    .caller = {},
                    .request_id = protocol->FormatRequestId(base::RandomBytes(32)),
                    .operation = {},
                    .resource = {},
                    .error_code = {},
                    .detail = {}};
  protocol->Reject(exchange, error);
  Finish(*protocol, exchange, counted, started_micros, 0);
}

void Router::Finish(const Protocol& protocol, const Exchange& exchange,
                    const CountedResponse& response, int64_t started_micros,
                    uint64_t request_bytes) {
  int64_t duration_micros = base::SteadyMicros() - started_micros;
  int status = exchange.status != 0 ? exchange.status : response.status();
  std::string_view code = exchange.error_code;
  if (code.empty()) code = status < 400 ? "OK" : "unnamed";
  metrics_.Count({.protocol = protocol.name(),
                  .operation = exchange.operation,
                  .code = code,
                  .duration_micros = duration_micros,
                  .request_bytes = request_bytes,
                  .response_bytes = response.bytes()});
  bool is_known = !exchange.caller.access_key.empty();
  base::log::WriteSoon(
      base::log::Level::kInfo, "request",
      {{"protocol", protocol.name()},
       {"operation", exchange.operation},
       {"account", is_known ? std::string_view(exchange.caller.account()) : ""},
       {"principal", is_known ? std::string_view(exchange.caller.principal.arn) : ""},
       {"resource", exchange.resource},
       {"status", status},
       {"error", exchange.error_code},
       {"detail", exchange.detail},
       {"duration_us", duration_micros},
       {"bytes_in", request_bytes},
       {"bytes_out", response.bytes()},
       {"source_ip", exchange.head.remote_address},
       {"request_id", exchange.request_id}});
}

// ---- our own paths

// A page that a developer's browser shows must not use a dev server, which takes any signature:
// neither through a name of its own nor by requests that are sent without asking the server first
// (forms, images, presigned addresses).
bool Router::RefusesClient(const http::RequestHead& head, http::ResponseWriter& response) const {
  if (!options_.dev || head.is_local_socket) return false;
  if (!IsLoopbackAddress(head.remote_address) || !IsLoopbackHost(head.Header("host"))) {
    SendText(response, 403, "text/plain",
             "A server started with --dev answers only to localhost and 127.0.0.1.\n");
    return true;
  }
  if (!IsFromForeignPage(head)) return false;
  SendText(response, 403, "text/plain",
           "A server started with --dev does not answer pages of other origins.\n");
  return true;
}

void Router::HandleOwn(http::Request& request, http::ResponseWriter& response) {
  const http::RequestHead& head = request.head;
  if (RefusesClient(head, response)) return;
  bool is_get = head.method == "GET" || head.method == "HEAD";
  if (head.path == "/_dray/health" && is_get) {
    SendText(response, 200, "application/json",
             R"({"status":"ok","version":")" DRAY_VERSION "\"}\n");
  } else if (head.path == "/_dray/metrics" && is_get) {
    SendText(response, 200, "text/plain; version=0.0.4; charset=utf-8", metrics_.Render());
  } else if (head.path.starts_with("/_dray/admin/") && head.is_local_socket && admin_) {
    admin_(request, response);
  } else if (head.path.starts_with("/_dray/dev/") && options_.dev && options_.dev_handler) {
    HandleDev(request, response);
  } else {
    SendText(response, 404, "text/plain", "Nothing is here.\n");
  }
}

void Router::HandleDev(http::Request& request, http::ResponseWriter& response) {
  // Not even from pages of this server: they may be objects of a bucket.
  if (request.head.HasHeader("origin")) {
    SendText(response, 403, "text/plain", "Not from a page in a browser.\n");
    return;
  }
  options_.dev_handler(request, response);
}

}  // namespace

std::unique_ptr<Gateway> Gateway::Make(std::vector<Protocol*> protocols,
                                       access::Authenticator& authenticator, AdminHandler admin,
                                       Options options) {
  return std::make_unique<Router>(std::move(protocols), authenticator, std::move(admin),
                                  std::move(options));
}

}  // namespace dray::gateway
