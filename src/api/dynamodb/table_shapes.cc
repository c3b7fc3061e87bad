// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/table_shapes.h"

namespace dray::dynamodb {

namespace {

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
    {.name = "WriteCapacityUnits", .type = MemberType::kInteger, .required = true, .min = 1},
    {.name = "ReadCapacityUnits", .type = MemberType::kInteger, .required = true, .min = 1},
};
constexpr Shape kThroughput{"ProvisionedThroughput", kThroughputMembers};

constexpr Member kOnDemandMembers[] = {
    {.name = "MaxReadRequestUnits", .type = MemberType::kInteger},
    {.name = "MaxWriteRequestUnits", .type = MemberType::kInteger},
};
constexpr Shape kOnDemand{"OnDemandThroughput", kOnDemandMembers};

constexpr Member kWarmMembers[] = {
    {.name = "ReadUnitsPerSecond", .type = MemberType::kInteger},
    {.name = "WriteUnitsPerSecond", .type = MemberType::kInteger},
};
constexpr Shape kWarm{"WarmThroughput", kWarmMembers};

constexpr Member kTagMembers[] = {
    {.name = "Key", .type = MemberType::kString},
    {.name = "Value", .type = MemberType::kString},
};

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

constexpr std::string_view kProjectionTypes[] = {"ALL", "INCLUDE", "KEYS_ONLY"};
constexpr Member kProjectionMembers[] = {
    {.name = "ProjectionType", .type = MemberType::kString, .values = kProjectionTypes},
    {.name = "NonKeyAttributes",
     .type = MemberType::kStrings,
     .min = 1,
     .max = 20,
     .element_min = 1,
     .element_max = 255},
};
constexpr Shape kProjection{"Projection", kProjectionMembers};

// Members that several shapes have.
constexpr Member kIndexName{.name = "IndexName",
                            .type = MemberType::kString,
                            .required = true,
                            .min = 3,
                            .max = 255,
                            .pattern = &kTableNamePattern};
constexpr Member kKeysOfTable{.name = "KeySchema",
                              .type = MemberType::kStructures,
                              .required = true,
                              .min = 1,
                              .max = 2,
                              .shape = &kKeySchemaElement};
// A global index may have several of each kind: index_spec.h says how many.
constexpr Member kKeysOfGlobalIndex{.name = "KeySchema",
                                    .type = MemberType::kStructures,
                                    .required = true,
                                    .min = 1,
                                    .shape = &kKeySchemaElement};
constexpr Member kProjectionMember{
    .name = "Projection", .type = MemberType::kStructure, .required = true, .shape = &kProjection};
constexpr Member kProvisionedMember{
    .name = "ProvisionedThroughput", .type = MemberType::kStructure, .shape = &kThroughput};
constexpr Member kOnDemandMember{
    .name = "OnDemandThroughput", .type = MemberType::kStructure, .shape = &kOnDemand};
constexpr Member kWarmMember{
    .name = "WarmThroughput", .type = MemberType::kStructure, .shape = &kWarm};
constexpr Member kSseMember{
    .name = "SSESpecification", .type = MemberType::kStructure, .shape = &kSse};
constexpr Member kStreamMember{
    .name = "StreamSpecification", .type = MemberType::kStructure, .shape = &kStream};
constexpr std::string_view kBillingModes[] = {"PROVISIONED", "PAY_PER_REQUEST"};
constexpr Member kBillingModeMember{
    .name = "BillingMode", .type = MemberType::kString, .values = kBillingModes};
constexpr Member kDefinitions{.name = "AttributeDefinitions",
                              .type = MemberType::kStructures,
                              .required = true,
                              .shape = &kAttributeDefinition};
// Its values are checked in words of their own: table_spec.h.
constexpr Member kTableClassMember{.name = "TableClass", .type = MemberType::kString};
constexpr Member kProtectionMember{.name = "DeletionProtectionEnabled",
                                   .type = MemberType::kBoolean};

constexpr Member kLocalIndexMembers[] = {kIndexName, kKeysOfTable, kProjectionMember};
constexpr Shape kLocalIndex{"LocalSecondaryIndex", kLocalIndexMembers};

constexpr Member kGlobalIndexMembers[] = {kIndexName,         kKeysOfGlobalIndex, kProjectionMember,
                                          kProvisionedMember, kOnDemandMember,    kWarmMember};
constexpr Shape kGlobalIndex{"GlobalSecondaryIndex", kGlobalIndexMembers};
constexpr Member kGlobalIndexes{
    .name = "GlobalSecondaryIndexes", .type = MemberType::kStructures, .shape = &kGlobalIndex};

constexpr Member kCreateTableMembers[] = {
    {.name = "TableName",
     .type = MemberType::kTable,
     .required = true,
     .min = 3,
     .max = 255,
     .pattern = &kTableNamePattern,
     .missing_text = "The parameter 'TableName' is required but was not present in the request"},
    kDefinitions,
    kKeysOfTable,
    kBillingModeMember,
    kProvisionedMember,
    {.name = "LocalSecondaryIndexes", .type = MemberType::kStructures, .shape = &kLocalIndex},
    kGlobalIndexes,
    kOnDemandMember,
    kWarmMember,
    kTableClassMember,
    kProtectionMember,
    {.name = "Tags", .type = MemberType::kStructures, .shape = &kTagShape},
    kSseMember,
    kStreamMember,
    {.name = "VectorIndexes", .refused = true},
    {.name = "ResourcePolicy", .type = MemberType::kString},
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
    kDefinitions,
    kKeysOfTable,
    kBillingModeMember,
    kProvisionedMember,
    kGlobalIndexes,
    kOnDemandMember,
    kSseMember,
    {.name = "VectorIndexes", .refused = true},
};

constexpr Member kTargetTableName{.name = "TargetTableName",
                                  .type = MemberType::kString,
                                  .required = true,
                                  .min = 3,
                                  .max = 255,
                                  .pattern = &kTableNamePattern};
constexpr Member kBillingModeOverride{
    .name = "BillingModeOverride", .type = MemberType::kString, .values = kBillingModes};
constexpr Member kGlobalIndexOverride{.name = "GlobalSecondaryIndexOverride",
                                      .type = MemberType::kStructures,
                                      .shape = &kGlobalIndex};
constexpr Member kLocalIndexOverride{
    .name = "LocalSecondaryIndexOverride", .type = MemberType::kStructures, .shape = &kLocalIndex};
constexpr Member kProvisionedOverride{
    .name = "ProvisionedThroughputOverride", .type = MemberType::kStructure, .shape = &kThroughput};
constexpr Member kOnDemandOverride{
    .name = "OnDemandThroughputOverride", .type = MemberType::kStructure, .shape = &kOnDemand};
constexpr Member kSseOverride{
    .name = "SSESpecificationOverride", .type = MemberType::kStructure, .shape = &kSse};
constexpr Member kVectorIndexOverride{.name = "VectorIndexOverride", .refused = true};

constexpr Member kRestoreToPointInTimeMembers[] = {
    {.name = "SourceTableArn", .type = MemberType::kString, .min = 1, .max = 1024},
    {.name = "SourceTableName",
     .type = MemberType::kString,
     .min = 3,
     .max = 255,
     .pattern = &kTableNamePattern},
    kTargetTableName,
    {.name = "UseLatestRestorableTime", .type = MemberType::kBoolean},
    {.name = "RestoreDateTime", .type = MemberType::kTimestamp},
    kBillingModeOverride,
    kGlobalIndexOverride,
    kLocalIndexOverride,
    kProvisionedOverride,
    kOnDemandOverride,
    kSseOverride,
    kVectorIndexOverride,
};

constexpr Member kRestoreFromBackupMembers[] = {
    kTargetTableName,
    {.name = "BackupArn", .type = MemberType::kString, .required = true, .min = 37, .max = 1024},
    kBillingModeOverride,
    kGlobalIndexOverride,
    kLocalIndexOverride,
    kProvisionedOverride,
    kOnDemandOverride,
    kSseOverride,
    kVectorIndexOverride,
};

constexpr Member kUpdateIndexMembers[] = {kIndexName, kProvisionedMember, kOnDemandMember,
                                          kWarmMember};
constexpr Shape kUpdateIndex{"UpdateGlobalSecondaryIndexAction", kUpdateIndexMembers};
constexpr Shape kCreateIndex{"CreateGlobalSecondaryIndexAction", kGlobalIndexMembers};
constexpr Member kDeleteIndexMembers[] = {kIndexName};
constexpr Shape kDeleteIndex{"DeleteGlobalSecondaryIndexAction", kDeleteIndexMembers};
constexpr Member kIndexUpdateMembers[] = {
    {.name = "Update", .type = MemberType::kStructure, .shape = &kUpdateIndex},
    {.name = "Create", .type = MemberType::kStructure, .shape = &kCreateIndex},
    {.name = "Delete", .type = MemberType::kStructure, .shape = &kDeleteIndex},
};
constexpr Shape kIndexUpdate{"GlobalSecondaryIndexUpdate", kIndexUpdateMembers};

constexpr Member kUpdateTableMembers[] = {
    kTableNameMember,
    {.name = "AttributeDefinitions",
     .type = MemberType::kStructures,
     .shape = &kAttributeDefinition},
    kBillingModeMember,
    kProvisionedMember,
    {.name = "GlobalSecondaryIndexUpdates",
     .type = MemberType::kStructures,
     .shape = &kIndexUpdate},
    kOnDemandMember,
    kWarmMember,
    kTableClassMember,
    kProtectionMember,
    kSseMember,
    kStreamMember,
    {.name = "VectorIndexUpdates", .refused = true},
    {.name = "ReplicaUpdates", .refused = true},
    {.name = "MultiRegionConsistency", .refused = true},
    {.name = "GlobalTableWitnessUpdates", .refused = true},
    {.name = "GlobalTableSettingsReplicationMode", .refused = true},
};

}  // namespace

const Shape kTagShape{"Tag", kTagMembers};
const Shape kCreateTableShape{"CreateTableInput", kCreateTableMembers};
const Shape kTableCreationParametersShape{"TableCreationParameters", kTableCreationMembers};
const Shape kRestoreTableToPointInTimeShape{"RestoreTableToPointInTimeInput",
                                            kRestoreToPointInTimeMembers};
const Shape kRestoreTableFromBackupShape{"RestoreTableFromBackupInput", kRestoreFromBackupMembers};
const Shape kUpdateTableShape{"UpdateTableInput", kUpdateTableMembers};

}  // namespace dray::dynamodb
