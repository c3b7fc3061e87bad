// SPDX-License-Identifier: Apache-2.0
// From the table that authorisation found to an open one, with the error that the kind of operation
// gives when it is not there.
#pragma once

#include <memory>
#include <string_view>

#include "api/dynamodb/dynamodb.h"
#include "api/dynamodb/resource_name.h"
#include "base/result.h"

namespace dray::dynamodb {

struct OpenTable {
  table::TableRef ref;
  // Shared with the catalog, so that a request copies none: the version that this request goes by.
  std::shared_ptr<const table::TableDescriptor> shared_descriptor;
  const table::TableDescriptor& descriptor = *shared_descriptor;
};

// For reading and writing items: the table must be ACTIVE. "Requested resource not found".
base::Result<OpenTable> OpenForItems(const Resource& resource);
// For operations on tables, in any state. "Requested resource not found: Table: x not found".
base::Result<OpenTable> OpenForAdministration(const Resource& resource);
// For backups: TableNotFoundException, ContinuousBackupsUnavailableException while CREATING.
base::Result<OpenTable> OpenForBackups(const Resource& resource);

}  // namespace dray::dynamodb
