// SPDX-License-Identifier: Apache-2.0
// The keys and values of backups in kv; docs/formats/backups.md. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "transfer/restore_table/backups.h"

namespace dray::restore_table {

// What the keys of all backups begin with; those of an account's with the start of its ARNs, too.
std::string BackupPrefix(std::string_view arn_prefix = {});
std::string BackupKey(std::string_view arn);

std::string EncodeBackup(const Backup& backup);
base::Result<Backup> DecodeBackup(std::string_view key, std::string_view value);

}  // namespace dray::restore_table
