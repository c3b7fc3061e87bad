// SPDX-License-Identifier: Apache-2.0
#include "model/item/key_schema.h"

#include "base/check.h"

namespace dray::item {
namespace {

enum class Role { kHash, kRange };

base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message)};
}
base::Error InvalidParameter(std::string_view text) {
  return Invalid(std::string("One or more parameter values were invalid: ").append(text));
}
base::Error SchemaMismatch() {
  return Invalid("The provided key element does not match the schema");
}

// The rules for a key value of the right type; `value` is S, N or B.
base::Status CheckKeyValue(const KeyElement& element, const ValueView& value, Role role) {
  if (element.type == Type::kNumber) return base::Ok();
  size_t size = value.SizeBytes();
  if (size == 0) {
    return Invalid(
        std::string("One or more parameter values are not valid. The AttributeValue for a key "
                    "attribute cannot contain an empty ") +
        (element.type == Type::kString ? "string" : "binary") + " value. Key: " + element.name);
  }
  if (role == Role::kHash && size > kPartitionKeyBytesMax) {
    return InvalidParameter(  // without a space, as AWS writes it
        "Size of hashkey has exceeded the maximum size limit of2048 bytes");
  }
  if (role == Role::kRange && size > kSortKeyBytesMax) {
    return InvalidParameter(
        "Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
  }
  return base::Ok();
}

void CheckIsTableSchema(const KeySchema& schema) {
  CHECK(schema.hash.size() == 1 && schema.range.size() <= 1);
}

base::Status AppendPartOfItem(const KeyElement& element, const ItemView& item, Role role,
                              std::string& out) {
  std::optional<ValueView> value = item.Find(element.name);
  if (!value) return InvalidParameter("Missing the key " + element.name + " in the item");
  if (value->type() != element.type) {
    return InvalidParameter("Type mismatch for key " + element.name +
                            " expected: " + std::string(TypeName(element.type)) +
                            " actual: " + std::string(TypeName(value->type())));
  }
  RETURN_IF_ERROR(CheckKeyValue(element, *value, role));
  return AppendOrderedKeyPart(*value, out);
}

base::Status AppendPartOfKeyMap(const KeyElement& element, const ItemView& key_map, Role role,
                                std::string& out) {
  std::optional<ValueView> value = key_map.Find(element.name);
  if (!value || value->type() != element.type) return SchemaMismatch();
  RETURN_IF_ERROR(CheckKeyValue(element, *value, role));
  return AppendOrderedKeyPart(*value, out);
}

}  // namespace

base::Status AppendOrderedKeyPart(const ValueView& value, std::string& out) {
  switch (value.type()) {
    case Type::kString:
    case Type::kBinary:
      out.append(value.string());
      return base::Ok();
    case Type::kNumber:
      value.number().AppendOrdered(out);
      return base::Ok();
    default:
      return Invalid("a key value must be of type S, N or B, not " +
                     std::string(TypeName(value.type())));
  }
}

base::Status AddKeyPart(Type type, std::string_view ordered, ItemBuilder& builder) {
  switch (type) {
    case Type::kString:
      builder.String(ordered);
      return base::Ok();
    case Type::kBinary:
      builder.Binary(ordered);
      return base::Ok();
    case Type::kNumber: {
      ASSIGN_OR_RETURN(Number number, Number::TakeOrdered(ordered));
      if (!ordered.empty()) {
        return base::Error{base::ErrorKind::kCorruption, "bytes behind the number of a key"};
      }
      builder.NumberValue(number);
      return base::Ok();
    }
    default:
      return Invalid("a key value must be of type S, N or B, not " + std::string(TypeName(type)));
  }
}

base::Result<PrimaryKey> KeyOfItem(const KeySchema& schema, const ItemView& item) {
  CheckIsTableSchema(schema);
  PrimaryKey key;
  RETURN_IF_ERROR(AppendPartOfItem(schema.hash[0], item, Role::kHash, key.partition));
  if (!schema.range.empty()) {
    RETURN_IF_ERROR(AppendPartOfItem(schema.range[0], item, Role::kRange, key.sort));
  }
  return key;
}

base::Result<PrimaryKey> KeyOfKeyMap(const KeySchema& schema, const ItemView& key_map) {
  CheckIsTableSchema(schema);
  if (key_map.attributes().CountEntries() != 1 + schema.range.size()) return SchemaMismatch();
  PrimaryKey key;
  RETURN_IF_ERROR(AppendPartOfKeyMap(schema.hash[0], key_map, Role::kHash, key.partition));
  if (!schema.range.empty()) {
    RETURN_IF_ERROR(AppendPartOfKeyMap(schema.range[0], key_map, Role::kRange, key.sort));
  }
  return key;
}

}  // namespace dray::item
