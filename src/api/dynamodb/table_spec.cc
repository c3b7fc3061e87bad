// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/table_spec.h"

#include <algorithm>

#include "api/dynamodb/error_mapping.h"

namespace dray::dynamodb {

namespace {

using base::Result;
using base::Status;

constexpr std::string_view kAttributeTypes[] = {"B", "N", "S"};
constexpr Member kAttributeDefinitionMembers[] = {
    {.name = "AttributeName", .type = MemberType::kString, .required = true, .min = 1, .max = 255},
    {.name = "AttributeType",
     .type = MemberType::kString,
     .required = true,
     .values = kAttributeTypes},
};
constexpr Shape kAttributeDefinition{"AttributeDefinition", kAttributeDefinitionMembers};

constexpr std::string_view kKeyTypes[] = {"HASH", "RANGE"};
constexpr Member kKeySchemaElementMembers[] = {
    {.name = "AttributeName", .type = MemberType::kString, .required = true, .min = 1, .max = 255},
    {.name = "KeyType", .type = MemberType::kString, .required = true, .values = kKeyTypes},
};
constexpr Shape kKeySchemaElement{"KeySchemaElement", kKeySchemaElementMembers};

constexpr Member kThroughputMembers[] = {
    {.name = "ReadCapacityUnits", .type = MemberType::kInteger, .required = true, .min = 1},
    {.name = "WriteCapacityUnits", .type = MemberType::kInteger, .required = true, .min = 1},
};
constexpr Shape kThroughput{"ProvisionedThroughput", kThroughputMembers};

constexpr Member kOnDemandMembers[] = {
    {.name = "MaxReadRequestUnits", .type = MemberType::kInteger},
    {.name = "MaxWriteRequestUnits", .type = MemberType::kInteger},
};
constexpr Shape kOnDemand{"OnDemandThroughput", kOnDemandMembers};

constexpr Member kWarmMembers[] = {
    {.name = "ReadUnitsPerSecond", .type = MemberType::kInteger, .min = 1},
    {.name = "WriteUnitsPerSecond", .type = MemberType::kInteger, .min = 1},
};
constexpr Shape kWarm{"WarmThroughput", kWarmMembers};

constexpr Member kTagMembers[] = {
    {.name = "Key", .type = MemberType::kString, .required = true, .min = 1, .max = 128},
    {.name = "Value", .type = MemberType::kString, .required = true, .max = 256},
};
constexpr Shape kTag{"Tag", kTagMembers};

constexpr std::string_view kSseTypes[] = {"AES256", "KMS"};
constexpr Member kSseMembers[] = {
    {.name = "Enabled", .type = MemberType::kBoolean},
    {.name = "SSEType", .type = MemberType::kString, .values = kSseTypes},
    {.name = "KMSMasterKeyId", .type = MemberType::kString},
};
constexpr Shape kSse{"SSESpecification", kSseMembers};

constexpr Member kStreamMembers[] = {
    {.name = "StreamEnabled", .type = MemberType::kBoolean, .required = true},
};
constexpr Shape kStream{"StreamSpecification", kStreamMembers};

constexpr std::string_view kBillingModes[] = {"PROVISIONED", "PAY_PER_REQUEST"};
constexpr std::string_view kTableClasses[] = {"STANDARD", "STANDARD_INFREQUENT_ACCESS"};

constexpr std::string_view kTableNameMissing =
    "The parameter 'TableName' is required but was not present in the request";

constexpr Member kCreateTableMembers[] = {
    {.name = "TableName",
     .type = MemberType::kTable,
     .required = true,
     .min = 3,
     .max = 255,
     .pattern = &kTableNamePattern,
     .missing_text = kTableNameMissing},
    {.name = "AttributeDefinitions",
     .type = MemberType::kStructures,
     .required = true,
     .shape = &kAttributeDefinition},
    {.name = "KeySchema",
     .type = MemberType::kStructures,
     .required = true,
     .min = 1,
     .max = 2,
     .shape = &kKeySchemaElement},
    {.name = "BillingMode", .type = MemberType::kString, .values = kBillingModes},
    {.name = "ProvisionedThroughput", .type = MemberType::kStructure, .shape = &kThroughput},
    {.name = "OnDemandThroughput", .type = MemberType::kStructure, .shape = &kOnDemand},
    {.name = "WarmThroughput", .type = MemberType::kStructure, .shape = &kWarm},
    {.name = "TableClass", .type = MemberType::kString, .values = kTableClasses},
    {.name = "DeletionProtectionEnabled", .type = MemberType::kBoolean},
    {.name = "Tags", .type = MemberType::kStructures, .shape = &kTag},
    {.name = "SSESpecification", .type = MemberType::kStructure, .shape = &kSse},
    {.name = "StreamSpecification", .type = MemberType::kStructure, .shape = &kStream},
    {.name = "LocalSecondaryIndexes", .refused = true},
    {.name = "GlobalSecondaryIndexes", .refused = true},
    {.name = "VectorIndexes", .refused = true},
    {.name = "ResourcePolicy", .refused = true},
    {.name = "GlobalTableSourceArn", .refused = true},
    {.name = "GlobalTableSettingsReplicationMode", .refused = true},
};

constexpr Member kTableCreationMembers[] = {
    {.name = "TableName",
     .type = MemberType::kString,
     .required = true,
     .min = 3,
     .max = 255,
     .pattern = &kTableNamePattern},
    {.name = "AttributeDefinitions",
     .type = MemberType::kStructures,
     .required = true,
     .shape = &kAttributeDefinition},
    {.name = "KeySchema",
     .type = MemberType::kStructures,
     .required = true,
     .min = 1,
     .max = 2,
     .shape = &kKeySchemaElement},
    {.name = "BillingMode", .type = MemberType::kString, .values = kBillingModes},
    {.name = "ProvisionedThroughput", .type = MemberType::kStructure, .shape = &kThroughput},
    {.name = "OnDemandThroughput", .type = MemberType::kStructure, .shape = &kOnDemand},
    {.name = "SSESpecification", .type = MemberType::kStructure, .shape = &kSse},
    {.name = "GlobalSecondaryIndexes", .refused = true},
    {.name = "VectorIndexes", .refused = true},
};

Status ReadBilling(const JsonView& body, table::TableDescriptor& spec) {
  std::optional<JsonView> throughput = body.Find("ProvisionedThroughput");
  std::optional<JsonView> on_demand = body.Find("OnDemandThroughput");
  if (StringOr(body, "BillingMode", "PROVISIONED") == "PAY_PER_REQUEST") {
    if (throughput) {
      return InvalidParameter(
          "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
          "PAY_PER_REQUEST");
    }
    spec.billing_mode = table::BillingMode::kPayPerRequest;
    return base::Ok();
  }
  if (!throughput) {
    return InvalidParameter(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
        "PROVISIONED");
  }
  if (on_demand) {
    std::string_view member =
        on_demand->Find("MaxWriteRequestUnits") ? "MaxWriteRequestUnits" : "MaxReadRequestUnits";
    return InvalidParameter(std::string(member) +
                            " for OnDemandThroughput cannot be specified when table BillingMode is "
                            "PROVISIONED.");
  }
  spec.billing_mode = table::BillingMode::kProvisioned;
  spec.provisioned.read_units = OptionalInt(*throughput, "ReadCapacityUnits").value_or(0);
  spec.provisioned.write_units = OptionalInt(*throughput, "WriteCapacityUnits").value_or(0);
  return base::Ok();
}

Status ReadDefinitions(const JsonView& body, std::vector<item::KeyElement>& definitions) {
  return body.Find("AttributeDefinitions")->ForEachElement([&](JsonView element) -> Status {
    item::KeyElement definition;
    definition.name = element.Find("AttributeName")->string();
    item::TypeFromName(element.Find("AttributeType")->string(), definition.type);
    for (const item::KeyElement& other : definitions) {
      if (other.name == definition.name) {
        return InvalidParameter("Cannot define the attribute " + definition.name +
                                " more than once in AttributeDefinitions");
      }
    }
    definitions.push_back(std::move(definition));
    return base::Ok();
  });
}

Status ReadKeySchema(const JsonView& body, table::TableDescriptor& spec) {
  struct Element {
    std::string name;
    bool is_hash;
  };
  std::vector<Element> keys;
  RETURN_IF_ERROR(body.Find("KeySchema")->ForEachElement([&](JsonView element) {
    keys.push_back({std::string(element.Find("AttributeName")->string()),
                    element.Find("KeyType")->string() == "HASH"});
    return base::Ok();
  }));
  const std::vector<item::KeyElement>& definitions = spec.attribute_definitions;
  auto find = [&](const std::string& name) {
    return std::find_if(definitions.begin(), definitions.end(),
                        [&](const item::KeyElement& element) { return element.name == name; });
  };
  if (!keys[0].is_hash) {
    return ValidationError("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  }
  if (keys.size() == 2 && keys[1].is_hash) {
    return ValidationError(
        "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  }
  bool are_defined = definitions.size() >= keys.size();
  for (const Element& key : keys) are_defined = are_defined && find(key.name) != definitions.end();
  if (!are_defined) {
    return ValidationError("Invalid KeySchema: Some index key attribute have no definition");
  }
  if (keys.size() == 2 && keys[0].name == keys[1].name) {
    return ValidationError(
        "Both the Hash Key and the Range Key element in the KeySchema have the same name");
  }
  if (definitions.size() != keys.size()) {
    return InvalidParameter(
        "Number of attributes in KeySchema does not exactly match number of attributes defined in "
        "AttributeDefinitions");
  }
  spec.key_schema.hash.push_back(*find(keys[0].name));
  if (keys.size() == 2) spec.key_schema.range.push_back(*find(keys[1].name));
  return base::Ok();
}

Status RefuseWhatIsTurnedOn(const JsonView& body) {
  if (auto sse = body.Find("SSESpecification")) {
    if (BoolOr(*sse, "Enabled", false) || StringOr(*sse, "SSEType", "AES256") == "KMS") {
      return NotSupported("SSESpecification with a KMS key");
    }
  }
  if (auto stream = body.Find("StreamSpecification")) {
    if (BoolOr(*stream, "StreamEnabled", false)) return NotSupported("StreamSpecification");
  }
  return base::Ok();
}

// Settings without an effect here, returned by DescribeTable as they were given.
std::string PassThrough(const JsonView& body) {
  std::string out;
  for (std::string_view name : {"OnDemandThroughput", "WarmThroughput"}) {
    std::optional<JsonView> value = body.Find(name);
    if (!value) continue;
    out += out.empty() ? "{\"" : ",\"";
    out += name;
    out += "\":";
    value->AppendJson(out);
  }
  if (!out.empty()) out += '}';
  return out;
}

}  // namespace

const Shape kCreateTableShape{"CreateTableInput", kCreateTableMembers};
const Shape kTableCreationParametersShape{"TableCreationParameters", kTableCreationMembers};

Result<table::TableDescriptor> ReadTableSpec(const JsonView& body, std::string_view account) {
  table::TableDescriptor spec;
  spec.account = account;
  spec.name = body.Find("TableName")->string();
  RETURN_IF_ERROR(ReadBilling(body, spec));
  RETURN_IF_ERROR(ReadDefinitions(body, spec.attribute_definitions));
  RETURN_IF_ERROR(ReadKeySchema(body, spec));
  RETURN_IF_ERROR(RefuseWhatIsTurnedOn(body));
  spec.is_deletion_protected = BoolOr(body, "DeletionProtectionEnabled", false);
  spec.table_class = StringOr(body, "TableClass", "");
  spec.pass_through_json = PassThrough(body);
  if (auto tags = body.Find("Tags")) {
    RETURN_IF_ERROR(tags->ForEachElement([&](JsonView tag) {
      spec.tags.emplace_back(tag.Find("Key")->string(), tag.Find("Value")->string());
      return base::Ok();
    }));
  }
  return spec;
}

}  // namespace dray::dynamodb
