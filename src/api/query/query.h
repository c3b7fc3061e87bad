// SPDX-License-Identifier: Apache-2.0
// What IAM and STS share: requests are forms with Action and Version, answers are XML. An API is a
// table of operations; this runs them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "api/gateway/gateway.h"
#include "api/query/parameters.h"
#include "base/result.h"
#include "format/xml/xml.h"
#include "security/access/access.h"

namespace dray::query {

// One request in the hands of its operation. An operation reads its parameters, asks RequireAllowed
// and then acts; one that ends well without having asked is a fault of the server.
class Call {
 public:
  Call(gateway::Exchange& exchange, access::Authorizer& authorizer, std::string action)
      : exchange_(exchange), authorizer_(authorizer), action_(std::move(action)) {}

  const access::Caller& caller() const { return exchange_.caller; }
  const std::string& account() const { return caller().account(); }
  // `request.action` is the operation's own when empty. Notes the resource for the audit line, and
  // on denial why.
  base::Status RequireAllowed(access::ResourceRequest request);
  base::Status RequireAllowed(std::string resource, policy::Context extra = {});  // own account
  // For operations that everybody may call.
  void AllowEverybody() { is_decided_ = true; }
  bool is_decided() const { return is_decided_; }

 private:
  gateway::Exchange& exchange_;
  access::Authorizer& authorizer_;
  const std::string action_;
  bool is_decided_ = false;
};

struct Api {
  std::string_view service;  // "iam", also the prefix of actions
  std::string_view version;  // "2010-05-08"
  std::string_view xmlns;
  bool takes_unsigned_forms = false;  // to refuse them, in the words of a query API
};

class QueryProtocol : public gateway::Protocol {
 public:
  QueryProtocol(Api api, access::Authorizer& authorizer) : api_(api), authorizer_(authorizer) {}

  std::string_view name() const override { return api_.service; }
  std::string_view signing_service() const override { return api_.service; }
  http::BodyPlan body_plan() const override { return http::BodyPlan::kWhole; }
  bool allows_anonymous() const override { return false; }
  std::string FormatRequestId(std::string_view random_bytes) const override;  // a UUID
  bool Claims(const http::RequestHead& head) const override;
  void Serve(gateway::Exchange& exchange) override;
  void Reject(gateway::Exchange& exchange, const base::Error& error) override;

 protected:
  enum class Shape { kUnknown, kNoResult, kResult };  // of an operation's answer
  virtual Shape ShapeOf(std::string_view operation) const = 0;
  // `in` is unchecked. Writes the children of the result element.
  virtual base::Status Run(std::string_view operation, Call& call, Parameters& in,
                           xml::Writer& out) = 0;

 private:
  base::Status Dispatch(gateway::Exchange& exchange, std::string& body);
  void Respond(gateway::Exchange& exchange, std::string_view body) const;

  const Api api_;
  access::Authorizer& authorizer_;
};

}  // namespace dray::query
