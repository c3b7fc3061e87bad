// SPDX-License-Identifier: Apache-2.0
// Backups as the wire shows them.
#pragma once

#include <string>
#include <string_view>

#include "transfer/restore_table/backups.h"

namespace dray::dynamodb {

// {"BackupDetails":{...}}, with the status that is given.
void AppendBackupDetails(const restore_table::Backup& backup, restore_table::BackupStatus status,
                         std::string& out);
// {"BackupDescription":{...}}
void AppendBackup(const restore_table::Backup& backup, std::string_view region, std::string& out);
// One element of BackupSummaries.
void AppendBackupSummary(const restore_table::Backup& backup, std::string_view region,
                         std::string& out);

}  // namespace dray::dynamodb
