// SPDX-License-Identifier: Apache-2.0
#include "storage/table/index_entry.h"

#include <algorithm>

#include "storage/table/key_encoding.h"

namespace dray::table {
namespace {

using item::KeyElement;
using item::KeySchema;
using item::Type;
using item::ValueView;

base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message), {}};
}

base::Status CheckValue(const IndexDescriptor& index, const KeyElement& element,
                        const ValueView& value) {
  if (value.type() != element.type) {
    return Invalid("One or more parameter values were invalid: Type mismatch for Index Key " +
                   element.name + " Expected: " + std::string(TypeName(element.type)) +
                   " Actual: " + std::string(TypeName(value.type())) + " IndexName: " + index.name);
  }
  if (element.type != Type::kNumber && value.string().empty()) {
    return Invalid(
        "One or more parameter values are not valid. A value specified for a secondary index key "
        "is not supported. The AttributeValue for a key attribute cannot contain an empty " +
        std::string(element.type == Type::kString ? "string" : "binary") +
        " value. IndexName: " + index.name + ", IndexKey: " + element.name);
  }
  return base::Ok();
}

// The values of some key attributes; fewer than elements when the item lacks one. All that are
// there are checked.
base::Result<std::vector<ValueView>> ValuesOf(const IndexDescriptor& index,
                                              const std::vector<KeyElement>& elements,
                                              const item::ItemView& item, size_t bytes_max,
                                              std::string_view too_large) {
  std::vector<ValueView> values;
  values.reserve(elements.size());
  size_t bytes = 0;
  for (const KeyElement& element : elements) {
    std::optional<ValueView> value = item.Find(element.name);
    if (!value) continue;
    RETURN_IF_ERROR(CheckValue(index, element, *value));
    if (element.type != Type::kNumber) bytes += value->string().size();
    values.push_back(*value);
  }
  if (bytes > bytes_max) {
    return Invalid("One or more parameter values were invalid: " + std::string(too_large));
  }
  return values;
}

struct KeyValues {
  std::vector<ValueView> hash, range;
};

// nullopt: the item lacks an attribute.
base::Result<std::optional<KeyValues>> KeyValuesOf(const IndexDescriptor& index,
                                                   const item::ItemView& item) {
  KeyValues values;
  ASSIGN_OR_RETURN(values.hash,
                   ValuesOf(index, index.key_schema.hash, item, item::kPartitionKeyBytesMax,
                            "Size of hashkey has exceeded the maximum size limit of2048 bytes"));
  ASSIGN_OR_RETURN(
      values.range,
      ValuesOf(index, index.key_schema.range, item, item::kSortKeyBytesMax,
               "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"));
  if (values.hash.size() < index.key_schema.hash.size() ||
      values.range.size() < index.key_schema.range.size()) {
    return std::optional<KeyValues>();
  }
  return std::optional(std::move(values));
}

base::Result<std::vector<std::string>> OrderedParts(const std::vector<ValueView>& values) {
  std::vector<std::string> parts(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    RETURN_IF_ERROR(AppendOrderedKeyPart(values[i], parts[i]));
  }
  return parts;
}

base::Result<item::PrimaryKey> KeyOfEntry(const IndexDescriptor& index,
                                          const KeySchema& table_schema, const KeyValues& values,
                                          const item::ItemView& attributes) {
  ASSIGN_OR_RETURN(auto hash, OrderedParts(values.hash));
  ASSIGN_OR_RETURN(auto range, OrderedParts(values.range));
  ASSIGN_OR_RETURN(item::PrimaryKey table_key, item::KeyOfItem(table_schema, attributes));
  item::PrimaryKey key;
  key.partition = IndexPartitionKey(hash);
  key.sort = IndexSortPrefix(range);
  if (index.kind == IndexKind::kGlobal) AppendTerminatedPart(table_key.partition, key.sort);
  key.sort += table_key.sort;
  return key;
}

bool Has(const std::vector<KeyElement>& elements, std::string_view name) {
  return std::any_of(elements.begin(), elements.end(),
                     [&](const KeyElement& element) { return element.name == name; });
}

bool IsProjected(const IndexDescriptor& index, const KeySchema& table_schema,
                 std::string_view name) {
  if (Has(index.key_schema.hash, name) || Has(index.key_schema.range, name) ||
      Has(table_schema.hash, name) || Has(table_schema.range, name)) {
    return true;
  }
  const auto& included = index.projection.non_key_attributes;
  return index.projection.type == Projection::Type::kInclude &&
         std::find(included.begin(), included.end(), name) != included.end();
}

base::Status Project(const IndexDescriptor& index, const KeySchema& table_schema,
                     const item::ItemView& item, IndexEntry& entry) {
  if (index.projection.type == Projection::Type::kAll) {
    entry.encoded = item.encoded();
    entry.size_bytes = item.SizeBytes();
    return base::Ok();
  }
  item::ItemBuilder builder;
  builder.StartItem();
  for (auto at = item.attributes().begin(); at.valid(); at.Next()) {
    if (!IsProjected(index, table_schema, at.name())) continue;
    RETURN_IF_ERROR(builder.Name(at.name()));
    builder.Copy(at.value());
  }
  entry.encoded = builder.Finish();
  entry.size_bytes = builder.size_bytes();
  return base::Ok();
}

}  // namespace

base::Result<std::optional<IndexEntry>> EntryOf(const IndexDescriptor& index,
                                                const item::KeySchema& table_schema,
                                                const item::ItemView& item) {
  ASSIGN_OR_RETURN(auto values, KeyValuesOf(index, item));
  if (!values) return std::optional<IndexEntry>();
  IndexEntry entry;
  ASSIGN_OR_RETURN(entry.key, KeyOfEntry(index, table_schema, *values, item));
  RETURN_IF_ERROR(Project(index, table_schema, item, entry));
  return std::optional(std::move(entry));
}

base::Status CheckIndexKeys(const IndexDescriptor& index, const item::ItemView& item) {
  auto values = KeyValuesOf(index, item);
  if (!values) return std::move(values).error();
  return base::Ok();
}

base::Status CheckIndexKeys(std::span<const IndexDescriptor> indexes, const item::ItemView& item) {
  for (const IndexDescriptor& index : indexes) {
    if (index.status != IndexStatus::kDeleting) RETURN_IF_ERROR(CheckIndexKeys(index, item));
  }
  return base::Ok();
}

std::string IndexPartitionKey(std::span<const std::string> ordered_hash_parts) {
  if (ordered_hash_parts.size() == 1) return ordered_hash_parts.front();
  return IndexSortPrefix(ordered_hash_parts);
}

std::string IndexSortPrefix(std::span<const std::string> ordered_range_parts) {
  std::string joined;
  for (const std::string& part : ordered_range_parts) AppendTerminatedPart(part, joined);
  return joined;
}

std::vector<item::KeyElement> KeyAttributesOf(const IndexDescriptor& index,
                                              const item::KeySchema& table_schema) {
  std::vector<KeyElement> all = table_schema.hash;
  all.insert(all.end(), table_schema.range.begin(), table_schema.range.end());
  for (const auto* elements : {&index.key_schema.hash, &index.key_schema.range}) {
    for (const KeyElement& element : *elements) {
      if (!Has(all, element.name)) all.push_back(element);
    }
  }
  return all;
}

base::Result<item::PrimaryKey> EntryKeyOf(const IndexDescriptor& index,
                                          const item::KeySchema& table_schema,
                                          const item::ItemView& attributes) {
  ASSIGN_OR_RETURN(auto values, KeyValuesOf(index, attributes));
  if (!values) return Invalid("A key attribute of the index " + index.name + " is missing");
  return KeyOfEntry(index, table_schema, *values, attributes);
}

}  // namespace dray::table
