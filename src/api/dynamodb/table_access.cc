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

Result<OpenTable> Open(const Resource& resource, Error not_found) {
  if (resource.found.ref == nullptr) return not_found;
  return OpenTable{resource.found.ref, resource.found.descriptor};
}

}  // namespace

Result<OpenTable> OpenForItems(const Resource& resource) {
  Error not_found{ErrorKind::kNotFound, "Requested resource not found", reason::kResourceNotFound};
  ASSIGN_OR_RETURN(OpenTable open, Open(resource, not_found));
  if (open.descriptor.status != table::TableStatus::kActive) return not_found;
  return open;
}

Result<OpenTable> OpenForAdministration(const Resource& resource) {
  return Open(resource, Error{ErrorKind::kNotFound,
                              "Requested resource not found: Table: " +
                                  std::string(resource.table_name()) + " not found",
                              reason::kResourceNotFound});
}

Result<OpenTable> OpenForBackups(const Resource& resource) {
  const std::string name(resource.table_name());
  ASSIGN_OR_RETURN(OpenTable open,
                   Open(resource, Error{ErrorKind::kNotFound, "Table not found: " + name,
                                        reason::kTableNotFound}));
  if (open.descriptor.status == table::TableStatus::kCreating) {
    return Error{ErrorKind::kInUse,
                 "Backups are being enabled for the table: " + name + ". Please retry later",
                 reason::kBackupsUnavailable};
  }
  return open;
}

}  // namespace dray::dynamodb
