// SPDX-License-Identifier: Apache-2.0
// A request becomes a Call, its operation is found and run, and what went wrong is rendered.
#include <utility>

#include "api/s3/call.h"
#include "api/s3/error_mapping.h"
#include "api/s3/object_headers.h"
#include "api/s3/operation_table.h"
#include "api/s3/s3.h"

namespace dray::s3 {
namespace {

std::string ResourceOf(const Address& address) {
  if (address.bucket.empty()) return "*";  // also of S3 Control
  std::string arn = "arn:aws:s3:::" + address.bucket;
  if (!address.key.empty()) arn += "/" + address.key;
  return arn;
}

// Parameters that would change the meaning of an operation and are not known here.
base::Status RefuseUnsupportedParameters(const Query& query) {
  if (query.Has("versionId") && query.Get("versionId") != "null") {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "Versions of objects are not implemented.", reason::kNotImplemented};
  }
  return base::Ok();
}

class Protocol final : public gateway::Protocol {
 public:
  explicit Protocol(Service service) : service_(std::move(service)) {}
  std::string_view name() const override { return "s3"; }
  std::string_view signing_service() const override { return "s3"; }
  http::BodyPlan body_plan() const override { return http::BodyPlan::kStream; }
  bool allows_anonymous() const override { return true; }
  bool Claims(const http::RequestHead&) const override { return true; }  // the rest is S3

  void Serve(gateway::Exchange& exchange) override {
    auto address = ParseAddress(exchange.head);
    if (!address) return SendError(exchange, {}, address.error());
    auto query = Query::Parse(exchange.head.query);
    if (!query) return SendError(exchange, *address, query.error());
    exchange.resource = ResourceOf(*address);
    const Operation* operation = FindOperation(exchange.head, *address, *query);
    if (operation == nullptr && address->account) {
      return SendError(exchange, *address,
                       {base::ErrorKind::kInvalidArgument,
                        exchange.head.method + " " + address->key +
                            " of the S3 Control API is not implemented by this server.",
                        reason::kNotImplemented});
    }
    if (operation == nullptr) {
      return SendError(
          exchange, *address,
          {base::ErrorKind::kInvalidArgument,
           "The specified method is not allowed against this resource.", reason::kNoSuchMethod});
    }
    exchange.operation = std::string(operation->name);
    Call call(service_, exchange, *std::move(address), *std::move(query));
    if (auto status = Run(*operation, call); !status) call.SendError(status.error());
  }

  void Reject(gateway::Exchange& exchange, const base::Error& error) override {
    Address address;
    if (auto parsed = ParseAddress(exchange.head)) address = *std::move(parsed);
    exchange.resource = ResourceOf(address);
    SendError(exchange, address, error);
  }

 private:
  static base::Status Run(const Operation& operation, Call& call) {
    // Version 2 signatures count as none; whoever sends one shall not wonder about a 403.
    if (call.caller().is_anonymous() && call.query().Has("AWSAccessKeyId")) {
      return InvalidRequest(
          "The authorization mechanism you have provided is not supported. Please use "
          "AWS4-HMAC-SHA256.");
    }
    if (operation.run == nullptr) {
      return base::Error{base::ErrorKind::kInvalidArgument,
                         std::string(operation.name) + " is not implemented by this server.",
                         reason::kNotImplemented};
    }
    RETURN_IF_ERROR(RefuseUnsupportedParameters(call.query()));
    RETURN_IF_ERROR(RefuseUnsupportedHeaders(call));
    return operation.run(call);
  }

  Service service_;
};

}  // namespace

std::unique_ptr<gateway::Protocol> MakeProtocol(buckets::Buckets& buckets, std::string region,
                                                bool any_region) {
  return std::make_unique<Protocol>(Service{buckets, std::move(region), any_region});
}

}  // namespace dray::s3
