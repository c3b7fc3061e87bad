// SPDX-License-Identifier: Apache-2.0
// What restores let a request change, and what they carry over by themselves. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/dynamodb/capacity_settings.h"
#include "api/dynamodb/index_spec.h"
#include "api/dynamodb/json_view.h"
#include "api/dynamodb/resource_name.h"
#include "base/result.h"
#include "storage/table/table.h"

namespace dray::dynamodb {

struct RestoreOverrides {
  std::optional<table::BillingMode> billing_mode;
  std::optional<table::Throughput> provisioned;
  UnitPair on_demand;
  // The indexes to keep; nullopt: all, empty: none.
  std::optional<std::vector<IndexRequest>> global_indexes;
  std::optional<std::vector<IndexRequest>> local_indexes;
};

// `body` passed the shape of a restore.
base::Result<RestoreOverrides> ReadRestoreOverrides(const JsonView& body);

// From the settings of the source at the restored moment to those of the new table: keys, indexes,
// billing and capacity come over; tags, expiry, recovery, deletion protection and the table's class
// do not.
base::Result<table::TableDescriptor> ApplyOverrides(const table::TableDescriptor& source,
                                                    const RestoreOverrides& overrides,
                                                    const TableName& target);

// What a caller must be allowed on the table that a restore makes, besides the restore itself.
inline constexpr std::string_view kActionsOnTarget[] = {
    "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem",    "dynamodb:GetItem",
    "dynamodb:Query",   "dynamodb:Scan",       "dynamodb:BatchWriteItem"};

}  // namespace dray::dynamodb
