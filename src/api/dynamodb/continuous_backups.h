// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "api/dynamodb/table_access.h"
#include "base/result.h"

namespace dray::dynamodb {

// {"ContinuousBackupsDescription":{...}} of the table as it is now.
base::Status AppendContinuousBackups(Services& services, const table::TableRef& table,
                                     std::string& out);

}  // namespace dray::dynamodb
