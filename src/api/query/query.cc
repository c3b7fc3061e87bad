// SPDX-License-Identifier: Apache-2.0
#include "api/query/query.h"

#include <exception>

#include "api/query/error_mapping.h"
#include "base/log.h"
#include "base/text_encoding.h"
#include "security/sigv4/sigv4.h"

namespace dray::query {

namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

constexpr TextRule kWord{.min = 1, .max = 128};

// "sts" of "Credential=KEY/DATE/REGION/sts/aws4_request", wherever that stands.
std::string ServiceOfScope(const http::RequestHead& head) {
  std::string scope;
  std::string_view sent = head.Header("authorization");
  if (size_t at = sent.find("Credential="); at != std::string_view::npos) {
    scope = sent.substr(at + 11, sent.find(',', at) - (at + 11));
  } else if (at = head.query.find("X-Amz-Credential="); at != std::string::npos) {
    std::string_view raw = std::string_view(head.query).substr(at + 17);
    scope = base::PercentDecode(raw.substr(0, raw.find('&'))).value_or("");
  }
  std::string_view rest = scope;
  for (int field = 0; field < 3; ++field) {
    const size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
  return std::string(rest.substr(0, rest.find('/')));
}

bool IsUnsignedForm(const http::RequestHead& head) {
  return head.method == "POST" && head.path == "/" && !head.HasHeader("authorization") &&
         head.query.find("X-Amz-Credential=") == std::string::npos &&
         head.Header("content-type").starts_with("application/x-www-form-urlencoded");
}

}  // namespace

Status Call::RequireAllowed(access::ResourceRequest request) {
  if (request.action.empty()) request.action = action_;
  is_decided_ = true;
  exchange_.resource = request.resource;
  policy::Decision decision = authorizer_.Decide(caller(), request);
  if (decision.is_allowed()) return base::Ok();
  exchange_.detail = decision.explanation;
  return access::DenialOf(caller(), request, decision);
}

Status Call::RequireAllowed(std::string resource, policy::Context extra) {
  access::ResourceRequest request;
  request.resource = std::move(resource);
  request.resource_account = account();
  request.extra = std::move(extra);
  return RequireAllowed(std::move(request));
}

std::string QueryProtocol::FormatRequestId(std::string_view random_bytes) const {
  return base::FormatUuid(random_bytes.substr(0, 16));
}

bool QueryProtocol::Claims(const http::RequestHead& head) const {
  return ServiceOfScope(head) == api_.service ||
         (api_.takes_unsigned_forms && IsUnsignedForm(head));
}

void QueryProtocol::Serve(gateway::Exchange& exchange) {
  std::string body;
  Status done = base::Ok();
  try {
    done = Dispatch(exchange, body);
  } catch (const std::exception& exception) {
    done = Error{ErrorKind::kInternal, exception.what(), {}};
  }
  if (!done) return Reject(exchange, done.error());
  exchange.status = 200;
  Respond(exchange, body);
}

Status QueryProtocol::Dispatch(gateway::Exchange& exchange, std::string& body) {
  // A GET has its parameters in the query, as presigned requests do.
  ASSIGN_OR_RETURN(Parameters in, Parameters::Parse(exchange.head.query, exchange.whole_body));
  const auto operation = in.Text("Action", kWord);
  const auto version = in.Text("Version", kWord);
  if (!operation)
    return Error{ErrorKind::kInvalidArgument, "The request has no parameter Action.",
                 reason::kMalformedInput};
  const Shape shape = ShapeOf(*operation);
  if (shape == Shape::kUnknown || (version && *version != api_.version))
    return Error{ErrorKind::kInvalidArgument,
                 "Could not find operation " + Shown(*operation) + " for version " +
                     Shown(version.value_or("NO_VERSION_SPECIFIED")),
                 reason::kUnknownOperation};
  exchange.operation = *operation;

  xml::Writer out(body);
  out.Start(*operation + "Response", api_.xmlns);
  if (shape == Shape::kResult) out.Start(*operation + "Result");
  Call call(exchange, authorizer_, std::string(api_.service) + ":" + *operation);
  RETURN_IF_ERROR(Run(*operation, call, in, out));
  if (!call.is_decided())
    return Error{ErrorKind::kInternal, *operation + " was not authorised", {}};
  if (shape == Shape::kResult) out.End();
  out.Start("ResponseMetadata").Leaf("RequestId", exchange.request_id).End().End();
  return base::Ok();
}

void QueryProtocol::Reject(gateway::Exchange& exchange, const Error& error) {
  const WireError wire = MapError(error);
  if (wire.status >= 500)
    base::log::Error("request failed", {{"request_id", exchange.request_id},
                                        {"operation", exchange.operation},
                                        {"error", error.message}});
  exchange.status = wire.status;
  exchange.error_code = wire.code;
  Respond(exchange, RenderError(wire, api_.xmlns, exchange.request_id));
}

void QueryProtocol::Respond(gateway::Exchange& exchange, std::string_view body) const {
  Status sent = exchange.response.Send(
      exchange.status, {{"x-amzn-RequestId", exchange.request_id}, {"Content-Type", "text/xml"}},
      body);
  if (!sent)
    base::log::Debug("client left before its response", {{"request_id", exchange.request_id}});
}

}  // namespace dray::query
