// SPDX-License-Identifier: Apache-2.0
// Items and keys between the wire and their compact encoding.
#pragma once

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
// The same from JSON's text.
base::Result<EncodedItem> ParseAttributes(std::string_view json_object);
// One attribute value, as the only attribute "v" of an item.
base::Result<EncodedItem> ReadValue(const JsonView& value);

// The attributes of `item` that have one of these names, as JSON, in the item's order.
void AppendNamed(const item::ItemView& item, std::span<const std::string> names, std::string& out);

// "name": of the next member of the object that `out` ends with, behind a comma where one is due.
// Names are those of members, without anything to escape.
void StartMember(std::string_view name, std::string& out);

// Refuses expressions mixed with the older parameters, and names or values of expressions without
// any expression to use them. `legacy` and `expressions` are the members of the operation, in the
// order in which AWS prints them. KeyConditions may go with expressions other than
// KeyConditionExpression.
base::Status CheckExpressionMix(const JsonView& body, std::span<const std::string_view> legacy,
                                std::span<const std::string_view> expressions);

}  // namespace dray::dynamodb
