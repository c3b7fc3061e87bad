// SPDX-License-Identifier: Apache-2.0
// The same five steps for every operation: find it, parse, authorise, execute, render. Around them:
// request id, checksum header, error mapping, and what metrics and the audit line want to know.
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "api/dynamodb/condition_keys.h"
#include "api/dynamodb/dynamodb.h"
#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/operation_table.h"
#include "api/dynamodb/throttle.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/no_wait.h"
#include "hash/crc.h"

namespace dray::dynamodb {

namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

// Of a request that the reading thread answers: larger ones would keep its other clients waiting.
constexpr uint64_t kQuickBytesMax = 64 << 10;
constexpr std::string_view kTargetPrefix = "DynamoDB_20120810.";
constexpr std::string_view kOwnPrefix = "Dray_20261122.";

// What the target names: nullptr and an empty name when it is none of these APIs'.
struct Target {
  const Operation* operation = nullptr;
  std::string_view name;
};
Target FindTarget(std::string_view target) {
  if (target.starts_with(kOwnPrefix)) {
    const Operation* operation = FindOwnOperation(target.substr(kOwnPrefix.size()));
    return {operation, operation != nullptr ? operation->name : std::string_view()};
  }
  if (!target.starts_with(kTargetPrefix)) return {};
  target.remove_prefix(kTargetPrefix.size());
  if (const Operation* operation = FindOperation(target)) return {operation, operation->name};
  return {nullptr, IsKnownToAws(target) ? target : std::string_view()};
}

class DynamoDbProtocol final : public gateway::Protocol {
 public:
  explicit DynamoDbProtocol(Services services) : services_(std::move(services)) {}

  std::string_view name() const override { return "dynamodb"; }
  std::string_view signing_service() const override { return "dynamodb"; }
  http::BodyPlan body_plan() const override { return http::BodyPlan::kWhole; }
  bool allows_anonymous() const override { return false; }

  bool Claims(const http::RequestHead& head) const override {
    std::string_view target = head.Header("X-Amz-Target");
    return target.starts_with("DynamoDB") || target.starts_with(kOwnPrefix);
  }

  bool MayServeNow(const http::RequestHead& head) const override {
    const Operation* operation = FindTarget(head.Header("X-Amz-Target")).operation;
    if (operation == nullptr || operation->quick == Quick::kNo) return false;
    if (head.content_length.value_or(0) > kQuickBytesMax) return false;
    return operation->quick == Quick::kYes || !services_.commits_wait;
  }

  void Serve(gateway::Exchange& exchange) override {
    std::string body;
    Status done = base::Ok();
    try {
      done = Dispatch(exchange, body);
    } catch (const std::exception& exception) {
      done = Error{ErrorKind::kInternal, exception.what(), {}};
      body.clear();
    }
    if (base::NoWait::has_refused()) return;
    if (!done) {
      RespondWithError(exchange, done.error(), body);
      return;
    }
    exchange.status = 200;
    Respond(exchange, body);
  }

  void Reject(gateway::Exchange& exchange, const Error& error) override {
    exchange.operation = FindTarget(exchange.head.Header("X-Amz-Target")).name;
    RespondWithError(exchange, error, {});
  }

 private:
  // `out`: the body, or what the body of the error has besides.
  Status Dispatch(gateway::Exchange& exchange, std::string& out) {
    const auto [operation, name] = FindTarget(exchange.head.Header("X-Amz-Target"));
    exchange.operation = name;
    if (operation == nullptr || exchange.head.method != "POST") {
      std::string text;
      if (operation == nullptr && !name.empty()) text = NotSupported(name).message;
      return Error{ErrorKind::kInvalidArgument, std::move(text), reason::kUnknownOperation};
    }
    if (exchange.caller.is_anonymous()) {
      return Error{ErrorKind::kAccessDenied, "the request is not signed", sigv4::reason::kMissing};
    }
    if (services_.is_throttled &&
        !throttle_.Admit(exchange.caller.account(), name, base::SteadyMicros())) {
      return Error{ErrorKind::kLimitExceeded, "Rate exceeded", reason::kThrottled};
    }
    ASSIGN_OR_RETURN(JsonDocument document, JsonDocument::Parse(exchange.whole_body));
    if (!document.root().is_object()) {
      return SerializationError("Unexpected value type in payload");
    }
    Input input{document.root(), exchange.caller, services_.region, exchange.head.Header("Host"),
                expressions_};
    ASSIGN_OR_RETURN(std::unique_ptr<Call> call, operation->parse(input));
    RETURN_IF_ERROR(Authorise(exchange, *operation, *call));
    Status done = call->Execute(services_, exchange.caller, out);
    if (!done) out = std::move(call->error_members);
    return done;
  }

  Status Authorise(gateway::Exchange& exchange, const Operation& operation, Call& call) {
    for (Resource& resource : call.resources) {
      RETURN_IF_ERROR(FindTable(exchange, operation, resource));
    }
    RETURN_IF_ERROR(RequireOnAll(exchange, operation.action, call));
    for (std::string_view action : call.further_actions) {
      RETURN_IF_ERROR(RequireOnAll(exchange, action, call));
    }
    for (const Call::Need& need : call.needs) {
      RETURN_IF_ERROR(Require(exchange, need.action, need.resource, nullptr));
    }
    return base::Ok();
  }

  // The table that an operation is about, for its policy, its tags and its keys. A table that is
  // not there is no error yet: nobody who may not know that is told.
  Status FindTable(gateway::Exchange& exchange, const Operation& operation, Resource& resource) {
    const bool is_foreign = resource.account != exchange.caller.account();
    if (is_foreign && operation.sharing != Sharing::kAcrossAccounts) {
      exchange.resource = resource.Arn(services_.region);
      return OnlyForTheOwner();
    }
    if (operation.sharing == Sharing::kNone) return base::Ok();
    auto table = services_.tables.Find(resource.account, resource.table_name());
    if (table) {
      resource.found.descriptor = services_.tables.DescriptorOf(*table);
      resource.found.ref = *std::move(table);
    } else if (table.error().reason != table::reason::kTableNotFound) {
      return std::move(table).error();
    }
    return base::Ok();
  }

  Status RequireOnAll(gateway::Exchange& exchange, std::string_view action, const Call& call) {
    for (size_t part = 0; part < call.resources.size(); ++part) {
      const Part of{call, part};
      RETURN_IF_ERROR(Require(exchange, action, call.resources[part], &of));
    }
    return base::Ok();
  }

  struct Part {
    const Call& call;
    size_t number;
    void AddConditionKeys(policy::Context& context) const {
      if (const auto& table = call.resources[number].found.descriptor) {
        SetResourceTags(table->tags, context);
      }
      call.AddConditionKeys(number, context);
    }
  };

  // `part`: of the request, or null for a need that is none of its parts.
  Status Require(gateway::Exchange& exchange, std::string_view action, const Resource& resource,
                 const Part* part) {
    access::ResourceRequest request;
    request.action = action;
    request.resource = resource.Arn(services_.region);
    request.resource_account = resource.account;
    if (exchange.resource.empty()) exchange.resource = request.resource;
    if (const auto& table = resource.found.descriptor; table && table->resource_policy) {
      auto document = policies_.Get(table->resource_policy->json);
      // Stored by a version that took it: nobody may by a policy that cannot be read.
      if (!document) return Error{ErrorKind::kInternal, document.error().message, {}};
      request.resource_policy = *std::move(document);
    }
    if (part != nullptr) {
      request.details = [part](policy::Context& context) { part->AddConditionKeys(context); };
    }
    policy::Decision decision = services_.authorizer.Decide(exchange.caller, request);
    if (decision.is_allowed()) return base::Ok();
    exchange.resource = request.resource;
    exchange.detail = decision.explanation;
    return access::DenialOf(exchange.caller, request, decision);
  }

  static void RespondWithError(gateway::Exchange& exchange, const Error& error,
                               std::string_view members) {
    WireError wire = MapError(error);
    if (wire.status >= 500) {
      base::log::Error("request failed", {{"request_id", exchange.request_id},
                                          {"operation", exchange.operation},
                                          {"error", error.message}});
    }
    exchange.status = wire.status;
    exchange.error_code = wire.name;
    Respond(exchange, RenderError(wire, members));
  }

  static void Respond(gateway::Exchange& exchange, std::string_view body) {
    std::vector<std::pair<std::string, std::string>> headers;
    headers.reserve(3);  // a list in braces would be copied
    headers.emplace_back("x-amzn-RequestId", exchange.request_id);
    headers.emplace_back("x-amz-crc32", std::to_string(hash::ExtendCrc32(0, body)));
    headers.emplace_back("Content-Type", "application/x-amz-json-1.0");
    Status sent = exchange.response.Send(exchange.status, headers, body);
    if (!sent) {
      base::log::Debug("client left before its response", {{"request_id", exchange.request_id}});
    }
  }

  Services services_;
  Throttle throttle_;
  expression::ExpressionCache expressions_;
  access::PolicyCache policies_;  // of tables
};

}  // namespace

std::unique_ptr<gateway::Protocol> MakeProtocol(Services services) {
  return std::make_unique<DynamoDbProtocol>(std::move(services));
}

}  // namespace dray::dynamodb
