// SPDX-License-Identifier: Apache-2.0
#include "client/access_reader/query_call.h"

#include "base/text_encoding.h"

namespace dray::access_reader {

namespace {

constexpr std::string_view kIamVersion = "2010-05-08";
constexpr std::string_view kStsVersion = "2011-06-15";

// IAM of AWS has one endpoint for all regions, signed for us-east-1.
aws::Endpoint EndpointOf(const remote_jobs::SessionOptions& options, QueryService service) {
  if (!options.is_aws) return options.tables;
  if (service == QueryService::kIam) return {"https://iam.amazonaws.com", "us-east-1"};
  return {"https://sts." + options.tables.region + ".amazonaws.com", options.tables.region};
}

}  // namespace

std::string FormOf(std::string_view action, std::string_view version,
                   const Parameters& parameters) {
  std::string form = "Action=" + std::string(action) + "&Version=" + std::string(version);
  for (const auto& [name, value] : parameters)
    form += "&" + base::PercentEncode(name, false) + "=" + base::PercentEncode(value, false);
  return form;
}

std::optional<xml::Element> ResultOf(std::string_view body, std::string_view action) {
  auto response = xml::Parse(body);
  if (!response || response->name != std::string(action) + "Response") return std::nullopt;
  const xml::Element* result = response->Find(std::string(action) + "Result");
  if (!result) return std::nullopt;
  return *result;
}

base::Result<QueryAnswer> Query(remote_jobs::Session& session, aws::Client& client,
                                QueryService service, std::string_view action,
                                const Parameters& parameters) {
  const bool is_iam = service == QueryService::kIam;
  aws::Client::Call call;
  call.service = is_iam ? "iam" : "sts";
  call.method = "POST";
  call.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  call.body = FormOf(action, is_iam ? kIamVersion : kStsVersion, parameters);
  const aws::Endpoint endpoint = EndpointOf(session.options(), service);
  ASSIGN_OR_RETURN(aws::Client::Answer answer, client.Send(endpoint, call));
  QueryAnswer result;
  result.refused = std::move(answer.refused);
  if (result.refused) return result;
  auto found = ResultOf(answer.response.body, action);
  if (!found)
    return base::Error{base::ErrorKind::kCorruption,
                       endpoint.origin + " does not answer " + std::string(action) + " as AWS does",
                       {}};
  result.result = *std::move(found);
  return result;
}

}  // namespace dray::access_reader
