// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "model/expression/expression.h"
#include "model/expression/lexer.h"

namespace dray::expression {

namespace {

base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message)};
}

base::Status CheckPlaceholder(std::string_view member, char sigil, std::string_view placeholder) {
  if (placeholder.size() > kPlaceholderBytesMax) {
    return Invalid(std::string(member) +
                   " contains invalid key: The expression attribute map contains a key that is too "
                   "long; size of key: " +
                   std::to_string(placeholder.size()));
  }
  bool is_valid = placeholder.size() > 1 && placeholder[0] == sigil &&
                  std::all_of(placeholder.begin() + 1, placeholder.end(), IsWordByte);
  if (is_valid) return base::Ok();
  return Invalid(std::string(member) + " contains invalid key: Syntax error; key: \"" +
                 std::string(placeholder) + "\"");
}

// AWS prints several keys in the order of a Java HashSet: by bucket. `total` keys made the set.
void SortAsJavaSet(std::vector<std::string_view>& keys, size_t total) {
  size_t buckets = 16;
  while (buckets < total * 4 / 3 + 1) buckets *= 2;
  auto bucket = [&](std::string_view key) {
    uint32_t hash = 0;
    for (char c : key) hash = hash * 31 + static_cast<unsigned char>(c);
    return (hash ^ hash >> 16) & (buckets - 1);
  };
  std::stable_sort(keys.begin(), keys.end(),
                   [&](std::string_view a, std::string_view b) { return bucket(a) < bucket(b); });
}

base::Error Unused(std::string_view member, std::vector<std::string_view> keys, size_t total) {
  SortAsJavaSet(keys, total);
  std::string message = "Value provided in ";
  message += member;
  message += " unused in expressions: keys: {";
  for (size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) message += ", ";
    message += keys[i];
  }
  message += '}';
  return Invalid(std::move(message));
}

}  // namespace

base::Status Parameters::SetNames(std::vector<Name> names) {
  constexpr std::string_view kMember = "ExpressionAttributeNames";
  if (names.empty()) return Invalid(std::string(kMember) + " must not be empty");
  for (Name& name : names) {
    RETURN_IF_ERROR(CheckPlaceholder(kMember, '#', name.placeholder));
    if (name.attribute.empty()) {
      return Invalid(std::string(kMember) +
                     " contains invalid value: Empty attribute name for key " + name.placeholder);
    }
    if (name.attribute.size() > item::kAttributeNameBytesMax) {
      // From memory of AWS's text for items; measured is only that it is refused.
      return Invalid(std::string(kMember) +
                     " contains invalid value: Attribute name is too large, must be less than "
                     "65536 bytes for key " +
                     name.placeholder);
    }
  }
  for (Name& name : names) names_.push_back({std::move(name)});
  std::sort(names_.begin(), names_.end(), [](const NameEntry& a, const NameEntry& b) {
    return a.name.placeholder < b.name.placeholder;
  });
  return base::Ok();
}

base::Status Parameters::SetValues(const item::MapView& values) {
  constexpr std::string_view kMember = "ExpressionAttributeValues";
  if (values.empty()) return Invalid(std::string(kMember) + " must not be empty");
  for (auto it = values.begin(); it.valid(); it.Next()) {
    RETURN_IF_ERROR(CheckPlaceholder(kMember, ':', it.name()));
    values_.push_back({it.name(), it.value()});
  }
  std::sort(values_.begin(), values_.end(),
            [](const ValueEntry& a, const ValueEntry& b) { return a.placeholder < b.placeholder; });
  return base::Ok();
}

base::Status Parameters::CheckAllUsed() const {
  std::vector<std::string_view> unused;
  for (const NameEntry& entry : names_) {
    if (!entry.is_used) unused.push_back(entry.name.placeholder);
  }
  if (!unused.empty()) return Unused("ExpressionAttributeNames", unused, names_.size());
  for (const ValueEntry& entry : values_) {
    if (!entry.is_used) unused.push_back(entry.placeholder);
  }
  if (!unused.empty()) return Unused("ExpressionAttributeValues", unused, values_.size());
  return base::Ok();
}

const std::string* Parameters::UseName(std::string_view placeholder) {
  auto entry = std::lower_bound(
      names_.begin(), names_.end(), placeholder,
      [](const NameEntry& each, std::string_view key) { return each.name.placeholder < key; });
  if (entry == names_.end() || entry->name.placeholder != placeholder) return nullptr;
  entry->is_used = true;
  return &entry->name.attribute;
}

const std::string* Parameters::FindName(std::string_view placeholder) const {
  auto entry = std::lower_bound(
      names_.begin(), names_.end(), placeholder,
      [](const NameEntry& each, std::string_view key) { return each.name.placeholder < key; });
  if (entry == names_.end() || entry->name.placeholder != placeholder) return nullptr;
  return &entry->name.attribute;
}

const item::ValueView* Parameters::UseValue(std::string_view placeholder) {
  auto entry = std::lower_bound(
      values_.begin(), values_.end(), placeholder,
      [](const ValueEntry& each, std::string_view key) { return each.placeholder < key; });
  if (entry == values_.end() || entry->placeholder != placeholder) return nullptr;
  entry->is_used = true;
  return &entry->value;
}

}  // namespace dray::expression
