// SPDX-License-Identifier: Apache-2.0
// The S3 API: REST and XML, path-style and virtual-host addressing. One file an operation under
// operations/, one row each in operation_table.cc.
#pragma once

#include <memory>
#include <string>

#include "api/gateway/gateway.h"
#include "storage/buckets/buckets.h"

namespace dray::s3 {

// `any_region`: CreateBucket takes every LocationConstraint (`--dev`); the bucket's region is still
// `region`.
std::unique_ptr<gateway::Protocol> MakeProtocol(buckets::Buckets& buckets, std::string region,
                                                bool any_region = false);

}  // namespace dray::s3
