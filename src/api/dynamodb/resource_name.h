// SPDX-License-Identifier: Apache-2.0
// Names of tables and jobs: what a request says, and the ARNs made of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dray::dynamodb {

// One resource that an operation touches.
struct Resource {
  std::string account;
  std::string path;  // "table/NAME", "table/NAME/index/NAME", "table/NAME/export/ID" and the like;
                     // "*": none
  std::string Arn(std::string_view region) const;
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
