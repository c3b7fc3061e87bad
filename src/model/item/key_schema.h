// SPDX-License-Identifier: Apache-2.0
// Which attributes are the key of a table or an index, and key values taken from items.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/item/item_encoding.h"

namespace dray::item {

inline constexpr size_t kPartitionKeyBytesMax = 2048;
inline constexpr size_t kSortKeyBytesMax = 1024;

struct KeyElement {
  std::string name;
  Type type = Type::kString;  // kString, kNumber or kBinary
  bool operator==(const KeyElement&) const = default;
};

// A table has one hash and at most one range attribute; an index may have several of each.
// KeyOfItem and KeyOfKeyMap are for tables.
struct KeySchema {
  std::vector<KeyElement> hash;
  std::vector<KeyElement> range;
  bool operator==(const KeySchema&) const = default;
};

// A table's primary key in ordered form, detached from its item: what the storage keys are made of.
// Each part is the order-preserving encoding of the value (AppendOrderedKeyPart).
struct PrimaryKey {
  std::string partition;
  std::string sort;  // empty when the table has no range attribute
  bool operator==(const PrimaryKey&) const = default;
};

// S: the UTF-8 bytes; B: the bytes; N: Number::AppendOrdered. memcmp order = DynamoDB's order.
base::Status AppendOrderedKeyPart(const ValueView& value, std::string& out);
// The inverse, appended to a builder as a value of that type.
base::Status AddKeyPart(Type type, std::string_view ordered, ItemBuilder& builder);

// The key of `item`. kInvalidArgument with PutItem's texts: "One or more parameter values were
// invalid: Missing the key pk in the item", "... Type mismatch for key pk expected: S actual: N",
// empty key values, sizes ("... Size of hashkey has exceeded the maximum size limit of2048 bytes").
base::Result<PrimaryKey> KeyOfItem(const KeySchema& schema, const ItemView& item);
// The key given as a Key parameter: exactly the key attributes, else "The provided key element does
// not match the schema".
base::Result<PrimaryKey> KeyOfKeyMap(const KeySchema& schema, const ItemView& key_map);

}  // namespace dray::item
