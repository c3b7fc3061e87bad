// SPDX-License-Identifier: Apache-2.0
// Names of tables and jobs: what a request says, and the ARNs made of it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "storage/table/table.h"

namespace dray::dynamodb {

// A table as authorisation found it: what is done later is done to the same one.
struct FoundTable {
  table::TableRef ref;  // null: it is not there
  // Shared with the catalog: the version that the request goes by. Null like `ref`.
  std::shared_ptr<const table::TableDescriptor> descriptor;
};

// One resource that an operation touches.
struct Resource {
  std::string account;
  std::string path;  // "table/NAME", "table/NAME/index/NAME", "table/NAME/export/ID" and the like;
                     // "*": none
  FoundTable found = {};  // of operations on tables and indexes: filled in by authorisation
  std::string Arn(std::string_view region) const;
  // NAME; empty when the path names no table.
  std::string_view table_name() const;
};

struct TableName {
  std::string account;
  std::string name;
  Resource resource() const { return {account, "table/" + name}; }
  Resource index_resource(std::string_view index) const {
    return {account, "table/" + name + "/index/" + std::string(index)};
  }
};

// arn:aws:dynamodb:REGION:ACCOUNT:PATH in its parts; nullopt when it is not an ARN at all.
struct Arn {
  std::string partition, service, region, account, path;
};
std::optional<Arn> ParseArn(std::string_view text);

// A TableName member: a name in the caller's account, or a table's ARN. The region of an ARN is
// not looked at.
base::Result<TableName> ParseTableName(std::string_view text, std::string_view caller_account);

// A ResourceArn member: a table's ARN, in any account. `invalid_text`: of an ARN of another region
// or partition, before the ARN.
base::Result<TableName> ParseResourceArn(std::string_view text, std::string_view region,
                                         std::string_view invalid_text);

// The TableArn of an export: contract section 1.4, check 2. Another account is kAccessDenied.
base::Result<TableName> ParseExportTableArn(std::string_view text, std::string_view caller_account);

// "table/NAME/export/ID" of an ExportArn or ImportArn (`kind` "export" or "import"). Errors as
// DescribeExport and DescribeImport give them.
base::Result<Resource> ParseJobArn(std::string_view text, std::string_view kind,
                                   std::string_view caller_account, std::string_view region);

// The same of the ARN of either.
base::Result<Resource> ParseJobArn(std::string_view text, std::string_view caller_account,
                                   std::string_view region);

// "table/NAME/backup/ID" of a BackupArn.
base::Result<Resource> ParseBackupArn(std::string_view text, std::string_view caller_account,
                                      std::string_view region);

std::string TableArn(std::string_view region, std::string_view account, std::string_view name);

}  // namespace dray::dynamodb
