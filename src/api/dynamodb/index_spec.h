// SPDX-License-Identifier: Apache-2.0
// Keys and secondary indexes as a request gives them, and AWS's rules for them in its words.
// Nothing here looks at a table.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/dynamodb/capacity_settings.h"
#include "api/dynamodb/json_view.h"
#include "base/result.h"
#include "model/item/key_schema.h"
#include "storage/table/table.h"

namespace dray::dynamodb {

inline constexpr size_t kLocalIndexesMax = 5;
inline constexpr size_t kGlobalIndexesMax = 20;

struct KeyRequest {
  std::string name;
  bool is_hash = false;
};

struct IndexRequest {
  table::IndexKind kind = table::IndexKind::kGlobal;
  std::string name;
  std::vector<KeyRequest> keys;
  std::optional<table::Projection::Type> projection_type;  // AWS has no default
  std::optional<std::vector<std::string>> non_key_attributes;
  std::optional<table::Throughput> provisioned;
  UnitPair on_demand;
  UnitPair warm;
};

// Of bodies that passed their shape. Definitions come back sorted by name, as AWS shows them.
base::Result<std::vector<item::KeyElement>> ReadDefinitions(const JsonView& body);
std::vector<KeyRequest> ReadKeys(const JsonView& body);  // KeySchema
IndexRequest ReadIndex(const JsonView& index, table::IndexKind kind);

// The KeySchema of a table.
base::Result<item::KeySchema> CheckTableKeys(const std::vector<KeyRequest>& keys,
                                             const std::vector<item::KeyElement>& definitions);
// The KeySchema of an index; of a local one together with its table's.
base::Result<item::KeySchema> CheckIndexKeySchema(const IndexRequest& index,
                                                  const item::KeySchema& table_schema,
                                                  const std::vector<item::KeyElement>& definitions);
base::Result<table::Projection> CheckProjection(const IndexRequest& index);
// INCLUDE projections name at most 100 attributes in all the indexes of a table.
base::Status CheckProjectedTotal(const std::vector<table::IndexDescriptor>& indexes);

// "[a, b]"
std::string NameList(const std::vector<item::KeyElement>& elements);
std::string NameList(const std::vector<KeyRequest>& keys);

// The definitions of all key attributes of a table and of its indexes, sorted by name: those that
// DescribeTable shows. They come and go with the indexes.
std::vector<item::KeyElement> DefinitionsInUse(const table::TableDescriptor& descriptor);

}  // namespace dray::dynamodb
