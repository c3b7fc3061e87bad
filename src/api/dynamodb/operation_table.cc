// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/operation_table.h"

#include <algorithm>

namespace dray::dynamodb {

namespace {

using enum ResourceKind;

constexpr Operation kOperations[] = {
    {"BatchGetItem", "dynamodb:BatchGetItem", kTable, ParseBatchGetItem},
    {"BatchWriteItem", "dynamodb:BatchWriteItem", kTable, ParseBatchWriteItem},
    {"CreateBackup", "dynamodb:CreateBackup", kTable, ParseCreateBackup},
    {"CreateTable", "dynamodb:CreateTable", kTable, ParseCreateTable},
    {"DeleteBackup", "dynamodb:DeleteBackup", kBackup, ParseDeleteBackup},
    {"DeleteItem", "dynamodb:DeleteItem", kTable, ParseDeleteItem, Quick::kWithoutSync},
    {"DeleteTable", "dynamodb:DeleteTable", kTable, ParseDeleteTable},
    {"DescribeBackup", "dynamodb:DescribeBackup", kBackup, ParseDescribeBackup},
    {"DescribeContinuousBackups", "dynamodb:DescribeContinuousBackups", kTable,
     ParseDescribeContinuousBackups},
    {"DescribeEndpoints", "dynamodb:DescribeEndpoints", kNone, ParseDescribeEndpoints},
    {"DescribeExport", "dynamodb:DescribeExport", kExport, ParseDescribeExport},
    {"DescribeImport", "dynamodb:DescribeImport", kImport, ParseDescribeImport},
    {"DescribeLimits", "dynamodb:DescribeLimits", kNone, ParseDescribeLimits},
    {"DescribeTable", "dynamodb:DescribeTable", kTable, ParseDescribeTable},
    {"DescribeTimeToLive", "dynamodb:DescribeTimeToLive", kTable, ParseDescribeTimeToLive},
    {"ExportTableToPointInTime", "dynamodb:ExportTableToPointInTime", kTable,
     ParseExportTableToPointInTime},
    {"GetItem", "dynamodb:GetItem", kTable, ParseGetItem, Quick::kYes},
    {"ImportTable", "dynamodb:ImportTable", kTable, ParseImportTable},
    {"ListBackups", "dynamodb:ListBackups", kNone, ParseListBackups},
    {"ListExports", "dynamodb:ListExports", kNone, ParseListExports},
    {"ListImports", "dynamodb:ListImports", kNone, ParseListImports},
    {"ListTables", "dynamodb:ListTables", kNone, ParseListTables},
    {"ListTagsOfResource", "dynamodb:ListTagsOfResource", kTable, ParseListTagsOfResource},
    {"PutItem", "dynamodb:PutItem", kTable, ParsePutItem, Quick::kWithoutSync},
    {"Query", "dynamodb:Query", kTable, ParseQuery},
    {"RestoreTableFromBackup", "dynamodb:RestoreTableFromBackup", kBackup,
     ParseRestoreTableFromBackup},
    {"RestoreTableToPointInTime", "dynamodb:RestoreTableToPointInTime", kTable,
     ParseRestoreTableToPointInTime},
    {"Scan", "dynamodb:Scan", kTable, ParseScan},
    {"TagResource", "dynamodb:TagResource", kTable, ParseTagResource},
    {"UntagResource", "dynamodb:UntagResource", kTable, ParseUntagResource},
    {"UpdateContinuousBackups", "dynamodb:UpdateContinuousBackups", kTable,
     ParseUpdateContinuousBackups},
    {"UpdateItem", "dynamodb:UpdateItem", kTable, ParseUpdateItem, Quick::kWithoutSync},
    {"UpdateTable", "dynamodb:UpdateTable", kTable, ParseUpdateTable},
    {"UpdateTimeToLive", "dynamodb:UpdateTimeToLive", kTable, ParseUpdateTimeToLive},
};

constexpr Operation kOwnOperations[] = {
    {"ApplyIncrementals", "dray:ApplyIncrementals", kTable, ParseApplyIncrementals},
    {"CancelJob", "dray:CancelJob", kJob, ParseCancelJob},
    {"DescribeJobErrors", "dray:DescribeJobErrors", kJob, ParseDescribeJobErrors},
    {"DescribeJobLog", "dray:DescribeJobLog", kJob, ParseDescribeJobLog},
    {"ImportIntoTable", "dray:ImportIntoTable", kTable, ParseImportIntoTable},
    {"ImportTable", "dray:ImportTable", kTable, ParseOwnImportTable},
};

constexpr std::string_view kNotYet[] = {
    "BatchExecuteStatement",
    "CreateGlobalTable",
    "DeleteResourcePolicy",
    "DescribeContributorInsights",
    "DescribeGlobalTable",
    "DescribeGlobalTableSettings",
    "DescribeKinesisStreamingDestination",
    "DescribeTableReplicaAutoScaling",
    "DisableKinesisStreamingDestination",
    "EnableKinesisStreamingDestination",
    "ExecuteStatement",
    "ExecuteTransaction",
    "GetResourcePolicy",
    "ListContributorInsights",
    "ListGlobalTables",
    "PutResourcePolicy",
    "TransactGetItems",
    "TransactWriteItems",
    "UpdateContributorInsights",
    "UpdateGlobalTable",
    "UpdateGlobalTableSettings",
    "UpdateKinesisStreamingDestination",
    "UpdateTableReplicaAutoScaling",
};

}  // namespace

std::span<const Operation> Operations() { return kOperations; }
std::span<const Operation> OwnOperations() { return kOwnOperations; }

const Operation* FindOwnOperation(std::string_view name) {
  for (const Operation& operation : kOwnOperations) {
    if (operation.name == name) return &operation;
  }
  return nullptr;
}

const Operation* FindOperation(std::string_view name) {
  auto row = std::lower_bound(
      std::begin(kOperations), std::end(kOperations), name,
      [](const Operation& operation, std::string_view wanted) { return operation.name < wanted; });
  return row != std::end(kOperations) && row->name == name ? &*row : nullptr;
}

bool IsKnownToAws(std::string_view name) {
  return std::binary_search(std::begin(kNotYet), std::end(kNotYet), name);
}

}  // namespace dray::dynamodb
