// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/operation_table.h"

#include <algorithm>

namespace dray::dynamodb {

namespace {

using enum ResourceKind;
using Sharing::kAcrossAccounts, Sharing::kWithinAccount;

constexpr Operation kOperations[] = {
    {"BatchGetItem", "dynamodb:BatchGetItem", kTable, kAcrossAccounts, ParseBatchGetItem},
    {"BatchWriteItem", "dynamodb:BatchWriteItem", kTable, kAcrossAccounts, ParseBatchWriteItem},
    {"CreateBackup", "dynamodb:CreateBackup", kTable, kWithinAccount, ParseCreateBackup},
    {"CreateTable", "dynamodb:CreateTable", kTable, Sharing::kNone, ParseCreateTable},
    {"DeleteBackup", "dynamodb:DeleteBackup", kBackup, Sharing::kNone, ParseDeleteBackup},
    {"DeleteItem", "dynamodb:DeleteItem", kTable, kAcrossAccounts, ParseDeleteItem,
     Quick::kWithoutSync},
    {"DeleteResourcePolicy", "dynamodb:DeleteResourcePolicy", kTable, kWithinAccount,
     ParseDeleteResourcePolicy},
    {"DeleteTable", "dynamodb:DeleteTable", kTable, kAcrossAccounts, ParseDeleteTable},
    {"DescribeBackup", "dynamodb:DescribeBackup", kBackup, Sharing::kNone, ParseDescribeBackup},
    {"DescribeContinuousBackups", "dynamodb:DescribeContinuousBackups", kTable, kWithinAccount,
     ParseDescribeContinuousBackups},
    {"DescribeEndpoints", "dynamodb:DescribeEndpoints", kNone, Sharing::kNone,
     ParseDescribeEndpoints},
    {"DescribeExport", "dynamodb:DescribeExport", kExport, Sharing::kNone, ParseDescribeExport},
    {"DescribeImport", "dynamodb:DescribeImport", kImport, Sharing::kNone, ParseDescribeImport},
    {"DescribeLimits", "dynamodb:DescribeLimits", kNone, Sharing::kNone, ParseDescribeLimits},
    {"DescribeTable", "dynamodb:DescribeTable", kTable, kAcrossAccounts, ParseDescribeTable},
    {"DescribeTimeToLive", "dynamodb:DescribeTimeToLive", kTable, kWithinAccount,
     ParseDescribeTimeToLive},
    {"ExportTableToPointInTime", "dynamodb:ExportTableToPointInTime", kTable, kWithinAccount,
     ParseExportTableToPointInTime},
    {"GetItem", "dynamodb:GetItem", kTable, kAcrossAccounts, ParseGetItem, Quick::kYes},
    {"GetResourcePolicy", "dynamodb:GetResourcePolicy", kTable, kWithinAccount,
     ParseGetResourcePolicy},
    {"ImportTable", "dynamodb:ImportTable", kTable, Sharing::kNone, ParseImportTable},
    {"ListBackups", "dynamodb:ListBackups", kNone, Sharing::kNone, ParseListBackups},
    {"ListExports", "dynamodb:ListExports", kNone, Sharing::kNone, ParseListExports},
    {"ListImports", "dynamodb:ListImports", kNone, Sharing::kNone, ParseListImports},
    {"ListTables", "dynamodb:ListTables", kNone, Sharing::kNone, ParseListTables},
    {"ListTagsOfResource", "dynamodb:ListTagsOfResource", kTable, kAcrossAccounts,
     ParseListTagsOfResource},
    {"PutItem", "dynamodb:PutItem", kTable, kAcrossAccounts, ParsePutItem, Quick::kWithoutSync},
    {"PutResourcePolicy", "dynamodb:PutResourcePolicy", kTable, kWithinAccount,
     ParsePutResourcePolicy},
    {"Query", "dynamodb:Query", kTable, kAcrossAccounts, ParseQuery},
    {"RestoreTableFromBackup", "dynamodb:RestoreTableFromBackup", kBackup, Sharing::kNone,
     ParseRestoreTableFromBackup},
    {"RestoreTableToPointInTime", "dynamodb:RestoreTableToPointInTime", kTable, kWithinAccount,
     ParseRestoreTableToPointInTime},
    {"Scan", "dynamodb:Scan", kTable, kAcrossAccounts, ParseScan},
    {"TagResource", "dynamodb:TagResource", kTable, kAcrossAccounts, ParseTagResource},
    {"UntagResource", "dynamodb:UntagResource", kTable, kAcrossAccounts, ParseUntagResource},
    {"UpdateContinuousBackups", "dynamodb:UpdateContinuousBackups", kTable, kWithinAccount,
     ParseUpdateContinuousBackups},
    {"UpdateItem", "dynamodb:UpdateItem", kTable, kAcrossAccounts, ParseUpdateItem,
     Quick::kWithoutSync},
    {"UpdateTable", "dynamodb:UpdateTable", kTable, kAcrossAccounts, ParseUpdateTable},
    {"UpdateTimeToLive", "dynamodb:UpdateTimeToLive", kTable, kWithinAccount,
     ParseUpdateTimeToLive},
};

constexpr Operation kOwnOperations[] = {
    {"ApplyIncrementals", "dray:ApplyIncrementals", kTable, kWithinAccount, ParseApplyIncrementals},
    {"CancelJob", "dray:CancelJob", kJob, Sharing::kNone, ParseCancelJob},
    {"DescribeJobErrors", "dray:DescribeJobErrors", kJob, Sharing::kNone, ParseDescribeJobErrors},
    {"DescribeJobLog", "dray:DescribeJobLog", kJob, Sharing::kNone, ParseDescribeJobLog},
    {"ImportIntoTable", "dray:ImportIntoTable", kTable, kWithinAccount, ParseImportIntoTable},
    {"ImportTable", "dray:ImportTable", kTable, Sharing::kNone, ParseOwnImportTable},
};

constexpr std::string_view kNotYet[] = {
    "BatchExecuteStatement",
    "CreateGlobalTable",
    "DescribeContributorInsights",
    "DescribeGlobalTable",
    "DescribeGlobalTableSettings",
    "DescribeKinesisStreamingDestination",
    "DescribeTableReplicaAutoScaling",
    "DisableKinesisStreamingDestination",
    "EnableKinesisStreamingDestination",
    "ExecuteStatement",
    "ExecuteTransaction",
    "ListContributorInsights",
    "ListGlobalTables",
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
