// SPDX-License-Identifier: Apache-2.0
// Tags of a table: AWS's rules for keys and values, and the ARNs of the tag operations.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/dynamodb/json_view.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/resource_name.h"
#include "base/result.h"

namespace dray::dynamodb {

using TagList = std::vector<std::pair<std::string, std::string>>;

inline constexpr size_t kTagsMax = 50;

// `tags`: a list that passed kTagShape.
base::Result<TagList> ReadTags(const JsonView& tags);
base::Status CheckTagKey(std::string_view key);
base::Error TooManyTags();

// The table that ResourceArn of a tag operation names.
base::Result<TableName> ParseTaggedArn(const Input& input);

// The tagged table, or "ResourceArn: ... not found".
struct TaggedTable {
  table::TableRef ref;
  table::TableDescriptor descriptor;
};
base::Result<TaggedTable> OpenTagged(const Resource& resource, std::string_view region);

}  // namespace dray::dynamodb
