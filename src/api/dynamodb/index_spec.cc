// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/index_spec.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/shape.h"

namespace dray::dynamodb {

namespace {

using base::Result;
using base::Status;
using item::KeyElement;
using item::KeySchema;
using table::IndexKind;
using table::Projection;

constexpr size_t kKeyAttributesMax = 4;  // of one kind, in a global index
constexpr size_t kProjectedMax = 100;

constexpr std::string_view kSameName =
    "Both the Hash Key and the Range Key element in the KeySchema have the same name";
constexpr std::string_view kFirstNotHash =
    "Invalid KeySchema: The first KeySchemaElement is not a HASH key type";
constexpr std::string_view kSecondNotRange =
    "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type";

const KeyElement* FindDefinition(const std::vector<KeyElement>& definitions,
                                 const std::string& name) {
  auto found = std::find_if(definitions.begin(), definitions.end(),
                            [&](const KeyElement& element) { return element.name == name; });
  return found != definitions.end() ? &*found : nullptr;
}

template <typename Element>
std::string ListOfNames(const std::vector<Element>& elements) {
  std::string out = "[";
  for (const Element& element : elements) {
    if (out.size() > 1) out += ", ";
    out += element.name;
  }
  return out + "]";
}

Status CheckDefined(const std::vector<KeyRequest>& keys,
                    const std::vector<KeyElement>& definitions) {
  for (const KeyRequest& key : keys) {
    if (FindDefinition(definitions, key.name) != nullptr) continue;
    return InvalidParameter(
        "Some index key attributes are not defined in AttributeDefinitions. Keys: " +
        NameList(keys) + ", AttributeDefinitions: " + NameList(definitions));
  }
  return base::Ok();
}

// One HASH and at most one RANGE attribute.
Status CheckPair(const std::vector<KeyRequest>& keys) {
  if (keys.size() == 2 && keys[0].name == keys[1].name)
    return ValidationError(std::string(kSameName));
  if (!keys[0].is_hash) return ValidationError(std::string(kFirstNotHash));
  if (keys.size() == 2 && keys[1].is_hash) return ValidationError(std::string(kSecondNotRange));
  return base::Ok();
}

// Up to four of each kind, HASH before RANGE.
Status CheckMany(const std::vector<KeyRequest>& keys) {
  std::set<std::string_view> names;
  for (const KeyRequest& key : keys) {
    if (names.insert(key.name).second) continue;
    if (keys.size() == 2) return ValidationError(std::string(kSameName));
    return ValidationError("The KeySchema contains multiple key attributes with the same name");
  }
  if (!keys[0].is_hash) return ValidationError(std::string(kFirstNotHash));
  bool is_ordered = std::is_partitioned(keys.begin(), keys.end(),
                                        [](const KeyRequest& key) { return key.is_hash; });
  if (!is_ordered) {
    return InvalidParameter(
        "All HASH key attributes must precede RANGE key attributes in the "
        "KeySchema");
  }
  size_t hashes = static_cast<size_t>(
      std::count_if(keys.begin(), keys.end(), [](const KeyRequest& key) { return key.is_hash; }));
  for (auto [name, count] : {std::pair("HASH", hashes), {"RANGE", keys.size() - hashes}}) {
    if (count > kKeyAttributesMax) {
      return InvalidParameter("The KeySchema exceeds the maximum allowed number of " +
                              std::string(name) + " key attributes");
    }
  }
  return base::Ok();
}

KeySchema SchemaOf(const std::vector<KeyRequest>& keys,
                   const std::vector<KeyElement>& definitions) {
  KeySchema schema;
  for (const KeyRequest& key : keys) {
    (key.is_hash ? schema.hash : schema.range).push_back(*FindDefinition(definitions, key.name));
  }
  return schema;
}

std::string_view NameOf(Projection::Type type) {
  switch (type) {
    case Projection::Type::kAll:
      return "ALL";
    case Projection::Type::kKeysOnly:
      return "KEYS_ONLY";
    case Projection::Type::kInclude:
      break;
  }
  return "INCLUDE";
}

}  // namespace

Result<std::vector<KeyElement>> ReadDefinitions(const JsonView& body) {
  std::vector<KeyElement> definitions;
  std::optional<JsonView> list = body.Find("AttributeDefinitions");
  if (!list) return definitions;
  RETURN_IF_ERROR(list->ForEachElement([&](JsonView element) -> Status {
    KeyElement definition;
    definition.name = element.Find("AttributeName")->string();
    item::TypeFromName(element.Find("AttributeType")->string(), definition.type);
    if (FindDefinition(definitions, definition.name) != nullptr) {
      return ValidationError("Attribute Name is duplicated: " + definition.name);
    }
    definitions.push_back(std::move(definition));
    return base::Ok();
  }));
  std::sort(definitions.begin(), definitions.end(),
            [](const KeyElement& a, const KeyElement& b) { return a.name < b.name; });
  return definitions;
}

std::vector<KeyRequest> ReadKeys(const JsonView& body) {
  std::vector<KeyRequest> keys;
  (void)body.Find("KeySchema")->ForEachElement([&](JsonView element) {
    keys.push_back({std::string(element.Find("AttributeName")->string()),
                    element.Find("KeyType")->string() == "HASH"});
    return base::Ok();
  });
  return keys;
}

IndexRequest ReadIndex(const JsonView& index, IndexKind kind) {
  IndexRequest request;
  request.kind = kind;
  request.name = index.Find("IndexName")->string();
  request.keys = ReadKeys(index);
  JsonView projection = *index.Find("Projection");
  if (auto type = OptionalString(projection, "ProjectionType")) {
    request.projection_type = *type == "ALL"         ? Projection::Type::kAll
                              : *type == "KEYS_ONLY" ? Projection::Type::kKeysOnly
                                                     : Projection::Type::kInclude;
  }
  if (auto names = projection.Find("NonKeyAttributes")) {
    request.non_key_attributes.emplace();
    (void)names->ForEachElement([&](JsonView name) {
      request.non_key_attributes->emplace_back(name.string());
      return base::Ok();
    });
  }
  if (kind == IndexKind::kGlobal) {
    request.provisioned = ReadProvisioned(index);
    request.on_demand = ReadOnDemand(index);
    request.warm = ReadWarm(index);
  }
  return request;
}

Result<KeySchema> CheckTableKeys(const std::vector<KeyRequest>& keys,
                                 const std::vector<KeyElement>& definitions) {
  if (keys.size() > definitions.size()) {
    return ValidationError("Invalid KeySchema: Some index key attribute have no definition");
  }
  RETURN_IF_ERROR(CheckDefined(keys, definitions));
  RETURN_IF_ERROR(CheckPair(keys));
  return SchemaOf(keys, definitions);
}

Result<KeySchema> CheckIndexKeySchema(const IndexRequest& index, const KeySchema& table_schema,
                                      const std::vector<KeyElement>& definitions) {
  RETURN_IF_ERROR(CheckDefined(index.keys, definitions));
  if (index.kind == IndexKind::kGlobal) {
    RETURN_IF_ERROR(CheckMany(index.keys));
    return SchemaOf(index.keys, definitions);
  }
  RETURN_IF_ERROR(CheckPair(index.keys));
  if (index.keys.size() != 2) {
    return InvalidParameter("Index KeySchema does not have a range key for index: " + index.name);
  }
  if (index.keys[0].name != table_schema.hash[0].name) {
    return InvalidParameter(
        "Index KeySchema does not have the same leading hash key as table KeySchema for index: " +
        index.name + ". index hash key: " + index.keys[0].name +
        ", table hash key: " + table_schema.hash[0].name);
  }
  return SchemaOf(index.keys, definitions);
}

Result<Projection> CheckProjection(const IndexRequest& index) {
  if (!index.projection_type) return InvalidParameter("Unknown ProjectionType: null");
  bool includes = *index.projection_type == Projection::Type::kInclude;
  if (index.non_key_attributes.has_value() != includes) {
    return InvalidParameter("ProjectionType is " + std::string(NameOf(*index.projection_type)) +
                            ", but NonKeyAttributes is " +
                            (includes ? "not specified" : "specified"));
  }
  Projection projection{*index.projection_type, {}};
  if (!includes) return projection;
  projection.non_key_attributes = *index.non_key_attributes;
  std::sort(projection.non_key_attributes.begin(), projection.non_key_attributes.end());
  auto twice = std::adjacent_find(projection.non_key_attributes.begin(),
                                  projection.non_key_attributes.end());
  if (twice != projection.non_key_attributes.end()) {
    return InvalidParameter("Duplicate element in NonKeyAttributes: " + *twice);
  }
  return projection;
}

Status CheckProjectedTotal(const std::vector<table::IndexDescriptor>& indexes) {
  size_t total = 0;
  for (const table::IndexDescriptor& index : indexes) {
    total += index.projection.non_key_attributes.size();
  }
  if (total <= kProjectedMax) return base::Ok();
  return InvalidParameter("The indexes of a table may project at most 100 NonKeyAttributes in all");
}

std::string NameList(const std::vector<KeyElement>& elements) { return ListOfNames(elements); }
std::string NameList(const std::vector<KeyRequest>& keys) { return ListOfNames(keys); }

std::vector<KeyElement> DefinitionsInUse(const table::TableDescriptor& descriptor) {
  std::map<std::string, item::Type> types;
  auto add = [&](const KeySchema& schema) {
    for (const KeyElement& element : schema.hash) types.emplace(element.name, element.type);
    for (const KeyElement& element : schema.range) types.emplace(element.name, element.type);
  };
  add(descriptor.key_schema);
  for (const table::IndexDescriptor& index : descriptor.indexes) add(index.key_schema);
  std::vector<KeyElement> definitions;
  for (const auto& [name, type] : types) definitions.push_back({name, type});
  return definitions;
}

}  // namespace dray::dynamodb
