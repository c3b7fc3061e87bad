// SPDX-License-Identifier: Apache-2.0
// Which entry an item has in a secondary index, and under which key; docs/formats/keys.md. Pure.
//
// An entry stands like an item of a table that has the index's number:
//   partition   the ordered HASH parts: one as it is; several each escaped and terminated
//   sort        each ordered RANGE part, escaped and terminated; then, so that no two items share
//               an entry, the rest of the table's key: in a global index its partition key, escaped
//               and terminated, and its sort key; in a local one the sort key
// Escaped and terminated: each byte 00 as 00 ff, 00 01 behind. So the keys sort as the tuples do.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/item/item_encoding.h"
#include "model/item/key_schema.h"
#include "storage/table/index_descriptor.h"

namespace dray::table {

struct IndexEntry {
  item::PrimaryKey key;
  std::string encoded;    // the projected item
  size_t size_bytes = 0;  // AWS's size of it
};

// The entry of an item; nullopt when it lacks a key attribute of the index (sparse). `item` has the
// keys of the table. kInvalidArgument with AWS's texts when a key attribute has a wrong type, is
// empty or too large.
base::Result<std::optional<IndexEntry>> EntryOf(const IndexDescriptor& index,
                                                const item::KeySchema& table_schema,
                                                const item::ItemView& item);
// The same check without the entry.
base::Status CheckIndexKeys(const IndexDescriptor& index, const item::ItemView& item);
// Of every index that is not being deleted, in their order: what a put is checked for before its
// condition is.
base::Status CheckIndexKeys(std::span<const IndexDescriptor> indexes, const item::ItemView& item);

// What Tables::Query takes as the partition key of an index: the ordered forms of its HASH
// attributes, in the order of the schema.
std::string IndexPartitionKey(std::span<const std::string> ordered_hash_parts);

// The attributes that a LastEvaluatedKey of the index holds: the keys of the table, then those of
// the index that are not among them. Every entry has them.
std::vector<item::KeyElement> KeyAttributesOf(const IndexDescriptor& index,
                                              const item::KeySchema& table_schema);
// The key of the entry with these attributes, more are ignored: from an entry, or from an
// ExclusiveStartKey. kInvalidArgument when one is missing or of a wrong type.
base::Result<item::PrimaryKey> EntryKeyOf(const IndexDescriptor& index,
                                          const item::KeySchema& table_schema,
                                          const item::ItemView& attributes);

// The leading part of an entry's sort key: these ordered values of the first RANGE attributes.
std::string IndexSortPrefix(std::span<const std::string> ordered_range_parts);

}  // namespace dray::table
