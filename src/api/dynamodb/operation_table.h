// SPDX-License-Identifier: Apache-2.0
// Every operation, one row each.
#pragma once

#include <span>
#include <string_view>

#include "api/dynamodb/operation.h"

namespace dray::dynamodb {

// How the ARN is made that the caller must be allowed on.
enum class ResourceKind {
  kNone,    // "*": the operation is about the account
  kTable,   // table/NAME of each table that the request names; of an index table/NAME/index/INDEX
  kExport,  // table/NAME/export/ID
  kImport,  // table/NAME/import/ID
  kBackup,  // table/NAME/backup/ID
  kJob,     // kExport or kImport
};

// What mostly takes no waiting and little time, so that the thread that reads the request may
// answer it: see Protocol::MayServeNow.
enum class Quick {
  kNo,
  kYes,
  kWithoutSync,  // where commits do not wait for the disk
};

// Whom the resource policy of the table can allow an operation. Source: "DynamoDB API operations
// supported by resource-based policies" in AWS's guide.
enum class Sharing {
  kNone,           // nobody: the policy says nothing about the operation
  kWithinAccount,  // callers of the table's account
  kAcrossAccounts,
};

struct Operation {
  std::string_view name;    // behind the dot of X-Amz-Target
  std::string_view action;  // IAM
  ResourceKind resource;
  Sharing sharing;
  ParsedCall (*parse)(const Input& input);
  Quick quick = Quick::kNo;
};

std::span<const Operation> Operations();
// Of our own: X-Amz-Target Dray_20261122.*, actions dray:*.
std::span<const Operation> OwnOperations();
const Operation* FindOwnOperation(std::string_view name);
const Operation* FindOperation(std::string_view name);
// Operations of AWS's current model that have no row yet.
bool IsKnownToAws(std::string_view name);

}  // namespace dray::dynamodb
