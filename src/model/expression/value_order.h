// SPDX-License-Identifier: Apache-2.0
// How encoded values compare, contain and measure, as conditions see them. Internal to this module.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>

#include "model/item/item_encoding.h"

namespace dray::expression {

// By value: numbers numerically, sets as sets, maps without order, lists with it.
bool Equal(const item::ValueView& a, const item::ValueView& b);

// For two strings (by UTF-8 bytes), binaries or numbers; nullopt for anything else.
std::optional<std::strong_ordering> Order(const item::ValueView& a, const item::ValueView& b);

// A set or list has the element, a string or binary has the substring.
bool Contains(const item::ValueView& container, const item::ValueView& element);
bool BeginsWith(const item::ValueView& value, const item::ValueView& prefix);

// size(): bytes of a binary, members of a set, elements of a list or map; of a string its UTF-16
// code units, as Java counts (DynamoDB Local; AWS's guide says only "the length of the string").
// nullopt for the other types.
std::optional<size_t> SizeOf(const item::ValueView& value);

// As item::NestingLevels for trees.
int NestingLevels(const item::ValueView& value);

}  // namespace dray::expression
