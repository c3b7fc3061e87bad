// SPDX-License-Identifier: Apache-2.0
// The same steps for every operation: find it, parse, authorise, execute, render.
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "api/logs/error_mapping.h"
#include "api/logs/logs.h"
#include "api/logs/operation.h"
#include "base/log.h"
#include "security/sigv4/sigv4.h"

namespace dray::logs {

namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

constexpr std::string_view kTargetPrefix = "Logs_20140328.";

class LogsProtocol final : public gateway::Protocol {
 public:
  explicit LogsProtocol(Services services) : services_(std::move(services)) {}

  std::string_view name() const override { return "logs"; }
  std::string_view signing_service() const override { return "logs"; }
  http::BodyPlan body_plan() const override { return http::BodyPlan::kWhole; }
  bool allows_anonymous() const override { return false; }
  bool Claims(const http::RequestHead& head) const override {
    return head.Header("X-Amz-Target").starts_with(kTargetPrefix);
  }

  void Serve(gateway::Exchange& exchange) override {
    std::string body;
    Status done = base::Ok();
    try {
      done = Dispatch(exchange, body);
    } catch (const std::exception& exception) {
      done = Error{ErrorKind::kInternal, exception.what(), {}};
    }
    if (!done) {
      RespondWithError(exchange, done.error());
      return;
    }
    exchange.status = 200;
    Respond(exchange, body);
  }

  void Reject(gateway::Exchange& exchange, const Error& error) override {
    if (const Operation* operation = OperationOf(exchange)) exchange.operation = operation->name;
    RespondWithError(exchange, error);
  }

 private:
  static const Operation* OperationOf(const gateway::Exchange& exchange) {
    return FindOperation(exchange.head.Header("X-Amz-Target").substr(kTargetPrefix.size()));
  }

  Status Dispatch(gateway::Exchange& exchange, std::string& out) {
    const Operation* operation = OperationOf(exchange);
    if (operation == nullptr || exchange.head.method != "POST") {
      return Error{
          ErrorKind::kInvalidArgument,
          "This operation of CloudWatch Logs is not supported by this version of Dray: see "
          "docs/compatibility.md",
          reason::kUnknownOperation};
    }
    exchange.operation = operation->name;
    if (exchange.caller.is_anonymous()) {
      return Error{ErrorKind::kAccessDenied, "the request is not signed", sigv4::reason::kMissing};
    }
    auto body = json::Parse(exchange.whole_body);
    if (!body || body->object() == nullptr) {
      return Error{ErrorKind::kInvalidArgument,
                   body ? "Unexpected value type in payload" : body.error().message,
                   reason::kSerialization};
    }
    ASSIGN_OR_RETURN(std::unique_ptr<Call> call,
                     operation->parse({*body->object(), exchange.caller, services_.region}));
    exchange.resource = call->resource;
    access::ResourceRequest request;
    request.action = operation->action;
    request.resource = call->resource;
    request.resource_account = call->resource_account;
    const policy::Decision decision = services_.authorizer.Decide(exchange.caller, request);
    if (!decision.is_allowed()) {
      exchange.detail = decision.explanation;
      return access::DenialOf(exchange.caller, request, decision);
    }
    return call->Execute(services_, exchange.caller, out);
  }

  static void RespondWithError(gateway::Exchange& exchange, const Error& error) {
    WireError wire = MapError(error);
    if (wire.status >= 500) {
      base::log::Error("request failed", {{"request_id", exchange.request_id},
                                          {"operation", exchange.operation},
                                          {"error", error.message}});
    }
    exchange.status = wire.status;
    exchange.error_code = wire.name;
    Respond(exchange, RenderError(wire));
  }

  static void Respond(gateway::Exchange& exchange, std::string_view body) {
    Status sent = exchange.response.Send(
        exchange.status,
        {{"x-amzn-RequestId", exchange.request_id}, {"Content-Type", "application/x-amz-json-1.1"}},
        body);
    if (!sent) {
      base::log::Debug("client left before its response", {{"request_id", exchange.request_id}});
    }
  }

  Services services_;
};

}  // namespace

std::unique_ptr<gateway::Protocol> MakeProtocol(Services services) {
  return std::make_unique<LogsProtocol>(std::move(services));
}

}  // namespace dray::logs
