// SPDX-License-Identifier: Apache-2.0
// The S3 API: REST and XML, path-style addressing. One file an operation under operations/, one row
// each in operation_table.cc.
#pragma once

#include <memory>
#include <string>

#include "api/gateway/gateway.h"
#include "storage/buckets/buckets.h"

namespace dray::s3 {

std::unique_ptr<gateway::Protocol> MakeProtocol(buckets::Buckets& buckets, std::string region);

}  // namespace dray::s3
