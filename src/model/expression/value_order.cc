// SPDX-License-Identifier: Apache-2.0
// Scalars have one encoding each (model/item, Invariants), so equal bytes are equal values, and for
// scalars unequal bytes are unequal ones.
#include "model/expression/value_order.h"

#include <algorithm>
#include <vector>

namespace dray::expression {

namespace {

using item::Type;
using item::ValueView;

std::vector<std::string_view> SortedMembers(const ValueView& set) {
  std::vector<std::string_view> members;
  for (auto it = set.list().begin(); it.valid(); it.Next()) members.push_back(it.value().encoded());
  std::sort(members.begin(), members.end());
  return members;
}

bool ListsEqual(const item::ListView& a, const item::ListView& b) {
  auto left = a.begin();
  auto right = b.begin();
  for (; left.valid() && right.valid(); left.Next(), right.Next()) {
    if (!Equal(left.value(), right.value())) return false;
  }
  return left.valid() == right.valid();
}

bool MapsEqual(const item::MapView& a, const item::MapView& b) {
  if (a.CountEntries() != b.CountEntries()) return false;
  for (auto it = a.begin(); it.valid(); it.Next()) {
    std::optional<ValueView> other = b.Find(it.name());
    if (!other || !Equal(it.value(), *other)) return false;
  }
  return true;
}

size_t Utf16Length(std::string_view utf8) {
  size_t length = 0;
  for (char c : utf8) {
    auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80) ++length;  // the first byte of a character
    if (byte >= 0xf0) ++length;           // of one beyond the basic plane: a surrogate pair
  }
  return length;
}

}  // namespace

bool Equal(const ValueView& a, const ValueView& b) {
  if (a.type() != b.type()) return false;
  if (a.encoded() == b.encoded()) return true;
  switch (a.type()) {
    case Type::kList:
      return ListsEqual(a.list(), b.list());
    case Type::kMap:
      return MapsEqual(a.map(), b.map());
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet:
      return a.encoded().size() == b.encoded().size() && SortedMembers(a) == SortedMembers(b);
    default:
      return false;
  }
}

std::optional<std::strong_ordering> Order(const ValueView& a, const ValueView& b) {
  if (a.type() != b.type()) return std::nullopt;
  switch (a.type()) {
    case Type::kString:
      return a.string().compare(b.string()) <=> 0;
    case Type::kBinary:
      return a.binary().compare(b.binary()) <=> 0;
    case Type::kNumber:
      return a.number() <=> b.number();
    default:
      return std::nullopt;
  }
}

bool Contains(const ValueView& container, const ValueView& element) {
  switch (container.type()) {
    case Type::kString:
      return element.type() == Type::kString &&
             container.string().find(element.string()) != std::string_view::npos;
    case Type::kBinary:
      return element.type() == Type::kBinary &&
             container.binary().find(element.binary()) != std::string_view::npos;
    case Type::kList:
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet:
      for (auto it = container.list().begin(); it.valid(); it.Next()) {
        if (Equal(it.value(), element)) return true;
      }
      return false;
    default:
      return false;
  }
}

bool BeginsWith(const ValueView& value, const ValueView& prefix) {
  if (value.type() != prefix.type()) return false;
  if (value.type() == Type::kString) return value.string().starts_with(prefix.string());
  if (value.type() == Type::kBinary) return value.binary().starts_with(prefix.binary());
  return false;
}

std::optional<size_t> SizeOf(const ValueView& value) {
  switch (value.type()) {
    case Type::kString:
      return Utf16Length(value.string());
    case Type::kBinary:
      return value.binary().size();
    case Type::kMap:
      return value.map().CountEntries();
    case Type::kList:
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet:
      return value.list().CountElements();
    default:
      return std::nullopt;
  }
}

int NestingLevels(const ValueView& value) {
  int deepest = 1;
  if (value.type() == Type::kList) {
    for (auto it = value.list().begin(); it.valid(); it.Next()) {
      deepest = std::max(deepest, NestingLevels(it.value()));
    }
  } else if (value.type() == Type::kMap) {
    for (auto it = value.map().begin(); it.valid(); it.Next()) {
      deepest = std::max(deepest, NestingLevels(it.value()));
    }
  } else {
    return 1;
  }
  return deepest + 1;
}

}  // namespace dray::expression
