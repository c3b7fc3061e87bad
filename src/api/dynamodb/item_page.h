// SPDX-License-Identifier: Apache-2.0
// What Query and Scan share: paging in, a page of items out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/dynamodb/attributes.h"
#include "api/dynamodb/consumed_capacity.h"
#include "api/dynamodb/resource_name.h"
#include "base/result.h"
#include "storage/table/table.h"

namespace dray::dynamodb {

struct PageRequest {
  TableName table;
  std::optional<std::string> index_name;
  bool counts_only = false;  // Select COUNT
  std::vector<std::string> attributes_to_get;
  bool is_consistent = false;
  ReturnConsumedCapacity capacity = ReturnConsumedCapacity::kNone;
  std::optional<int64_t> limit;
  std::optional<EncodedItem> exclusive_start_key;
};

// The members that both operations have, from a body that passed CheckShape.
base::Result<PageRequest> ReadPageRequest(const JsonView& body, std::string_view caller_account);

// ExclusiveStartKey as a key of this table.
base::Result<std::optional<item::PrimaryKey>> StartAfter(const PageRequest& request,
                                                         const item::KeySchema& schema);
// No table has secondary indexes yet: any IndexName is an unknown one.
base::Status CheckIndex(const PageRequest& request);
table::PageLimits LimitsOf(const PageRequest& request);

// The response body.
void AppendPage(const PageRequest& request, const item::KeySchema& schema,
                const table::ItemPage& page, std::string& out);

}  // namespace dray::dynamodb
