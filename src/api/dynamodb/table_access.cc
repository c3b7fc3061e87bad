// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/table_access.h"

#include <string>
#include <utility>

#include "api/dynamodb/error_mapping.h"

namespace dray::dynamodb {

namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

// An error of the catalog other than "not found" travels on as it is.
Result<OpenTable> Open(Services& services, const TableName& table, Error not_found) {
  Result<table::TableRef> ref = services.tables.Find(table.account, table.name);
  if (!ref) {
    if (ref.error().reason == table::reason::kTableNotFound) return not_found;
    return std::move(ref).error();
  }
  std::shared_ptr<const table::TableDescriptor> descriptor = services.tables.DescriptorOf(*ref);
  return OpenTable{*std::move(ref), std::move(descriptor)};
}

}  // namespace

Result<OpenTable> OpenForItems(Services& services, const TableName& table) {
  Error not_found{ErrorKind::kNotFound, "Requested resource not found", reason::kResourceNotFound};
  ASSIGN_OR_RETURN(OpenTable open, Open(services, table, not_found));
  if (open.descriptor.status != table::TableStatus::kActive) return not_found;
  return open;
}

Result<OpenTable> OpenForAdministration(Services& services, const TableName& table) {
  return Open(services, table,
              Error{ErrorKind::kNotFound,
                    "Requested resource not found: Table: " + table.name + " not found",
                    reason::kResourceNotFound});
}

Result<OpenTable> OpenForBackups(Services& services, const TableName& table) {
  ASSIGN_OR_RETURN(
      OpenTable open,
      Open(services, table,
           Error{ErrorKind::kNotFound, "Table not found: " + table.name, reason::kTableNotFound}));
  if (open.descriptor.status == table::TableStatus::kCreating) {
    return Error{ErrorKind::kInUse,
                 "Backups are being enabled for the table: " + table.name + ". Please retry later",
                 reason::kBackupsUnavailable};
  }
  return open;
}

}  // namespace dray::dynamodb
