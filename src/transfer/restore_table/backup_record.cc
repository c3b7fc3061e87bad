// SPDX-License-Identifier: Apache-2.0
#include "transfer/restore_table/backup_record.h"

#include "base/varint.h"
#include "storage/table/catalog_record.h"

namespace dray::restore_table {
namespace {

constexpr char kFamily = 'r';
constexpr char kVersion = 1;

void AppendText(std::string_view text, std::string& out) {
  base::AppendVarint(text.size(), out);
  out.append(text);
}

bool TakeText(std::string_view& bytes, std::string& text) {
  uint64_t size = 0;
  if (!base::TakeVarint(bytes, size) || size > bytes.size()) return false;
  text.assign(bytes.substr(0, size));
  bytes.remove_prefix(size);
  return true;
}

bool TakeTime(std::string_view& bytes, int64_t& micros) {
  uint64_t value = 0;
  if (!base::TakeVarint(bytes, value)) return false;
  micros = base::UnZigZag(value);
  return true;
}

}  // namespace

std::string BackupPrefix(std::string_view arn_prefix) {
  return std::string(1, kFamily).append(arn_prefix);
}
std::string BackupKey(std::string_view arn) { return BackupPrefix(arn); }

std::string EncodeBackup(const Backup& backup) {
  std::string out(1, kVersion);
  out.push_back(static_cast<char>(backup.type));
  out.push_back(static_cast<char>(backup.status));
  for (int64_t micros : {backup.created_at_micros, backup.expires_at_micros, backup.cut_micros}) {
    base::AppendVarint(base::ZigZag(micros), out);
  }
  base::AppendVarint(backup.item_count, out);
  base::AppendVarint(backup.size_bytes, out);
  AppendText(backup.name, out);
  AppendText(table::EncodeDescriptor(backup.table), out);
  return out;
}

base::Result<Backup> DecodeBackup(std::string_view key, std::string_view value) {
  auto damaged = [&] {
    return base::Error{base::ErrorKind::kCorruption,
                       "The record of the backup " + std::string(key.substr(1)) + " is damaged",
                       {}};
  };
  if (value.size() < 3 || value[0] != kVersion) return damaged();
  const auto type = static_cast<uint8_t>(value[1]), status = static_cast<uint8_t>(value[2]);
  if (type > static_cast<uint8_t>(BackupType::kSystem) ||
      status > static_cast<uint8_t>(BackupStatus::kDeleted)) {
    return damaged();
  }
  Backup backup;
  backup.arn = key.substr(1);
  backup.type = static_cast<BackupType>(type);
  backup.status = static_cast<BackupStatus>(status);
  value.remove_prefix(3);
  std::string descriptor;
  const bool is_whole =
      TakeTime(value, backup.created_at_micros) && TakeTime(value, backup.expires_at_micros) &&
      TakeTime(value, backup.cut_micros) && base::TakeVarint(value, backup.item_count) &&
      base::TakeVarint(value, backup.size_bytes) && TakeText(value, backup.name) &&
      TakeText(value, descriptor) && value.empty();
  if (!is_whole) return damaged();
  ASSIGN_OR_RETURN(backup.table, table::DecodeDescriptor(descriptor));
  return backup;
}

}  // namespace dray::restore_table
