// SPDX-License-Identifier: Apache-2.0
// Requests of IAM and STS: forms in, XML out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "client/aws/client.h"
#include "client/remote_jobs/session.h"
#include "format/xml/xml.h"

namespace dray::access_reader {

using Parameters = std::vector<std::pair<std::string, std::string>>;

struct QueryAnswer {
  xml::Element result;  // <ActionResult>
  std::optional<aws::ServiceError> refused;
};

enum class QueryService { kIam, kSts };

// kUnavailable when no answer came, kCorruption when it is no answer of this protocol.
base::Result<QueryAnswer> Query(remote_jobs::Session& session, aws::Client& client,
                                QueryService service, std::string_view action,
                                const Parameters& parameters);

// name=value&..., percent-encoded.
std::string FormOf(std::string_view action, std::string_view version, const Parameters& parameters);

// <ActionResult> of <ActionResponse>; nullopt when there is none.
std::optional<xml::Element> ResultOf(std::string_view body, std::string_view action);

}  // namespace dray::access_reader
