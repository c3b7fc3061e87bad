// SPDX-License-Identifier: Apache-2.0
// Refusals in the two forms of AWS's protocols, JSON and XML. Pure.
#pragma once

#include "client/aws/client.h"

namespace dray::aws {

// Of an answer that is no success. Takes what it finds: a body may come from a proxy.
ServiceError ParseServiceError(const http_client::Response& response);
// Whatever the status: what the body says by itself, if it is a refusal.
std::optional<ServiceError> FindServiceError(const http_client::Response& response);

}  // namespace dray::aws
