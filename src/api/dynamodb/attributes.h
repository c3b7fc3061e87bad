// SPDX-License-Identifier: Apache-2.0
// Items and keys between the wire and their compact encoding.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/dynamodb/json_view.h"
#include "base/result.h"
#include "model/item/key_schema.h"

namespace dray::dynamodb {

struct EncodedItem {
  std::string bytes;
  size_t size_bytes = 0;
  item::ItemView view() const { return item::ItemView(bytes); }
};

// A map of attributes: an Item, a Key, an ExclusiveStartKey, ExpressionAttributeValues.
base::Result<EncodedItem> ReadAttributes(const JsonView& map);
// One attribute value, as the only attribute "v" of an item.
base::Result<EncodedItem> ReadValue(const JsonView& value);

// "Item":{...} of a response. `only` non-empty: AttributesToGet, just these names, in the item's
// order.
void AppendItem(const item::ItemView& item, const std::vector<std::string>& only, std::string& out);
// The key attributes of `item`: LastEvaluatedKey.
void AppendKey(const item::KeySchema& schema, const item::ItemView& item, std::string& out);

// AttributesToGet of a request. Duplicates are refused, as on AWS.
base::Result<std::vector<std::string>> ReadAttributesToGet(const JsonView& body);

// Refuses expressions mixed with the older parameters, and names or values of expressions without
// any expression. `legacy` and `expressions` are the members of the operation.
base::Status CheckExpressionMix(const JsonView& body, std::span<const std::string_view> legacy,
                                std::span<const std::string_view> expressions);

}  // namespace dray::dynamodb
