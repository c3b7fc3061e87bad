// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_table/import_records.h"

#include "base/big_endian.h"
#include "base/check.h"
#include "base/varint.h"

namespace dray::import_table {
namespace {

constexpr char kFamily = 'l';
constexpr char kObjectKind = 'o';
constexpr char kErrorKind = 'e';
constexpr char kVersion = 1;

std::string Prefix(char kind, std::string_view import_arn) {
  return std::string{kFamily, kind}.append(import_arn).append(1, '\0');
}

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

base::Error Damaged(std::string_view what) {
  return base::Error{base::ErrorKind::kCorruption,
                     "A record of an import's " + std::string(what) + " is damaged",
                     {}};
}

base::Status Commit(kv::Engine& engine, const kv::Batch& batch) {
  ASSIGN_OR_RETURN(auto outcome, engine.Commit(kv::kSystemPartition, batch));
  CHECK(outcome == kv::CommitOutcome::kCommitted);
  return base::Ok();
}

// Calls `read(value)` with every value under the prefix until it returns false.
template <class Read>
base::Status ForEachValue(kv::Engine& engine, const std::string& prefix, Read read) {
  std::string from = prefix;
  const std::string to = kv::PrefixEnd(prefix);
  kv::Page page;
  do {
    RETURN_IF_ERROR(engine.ReadRange(kv::kSystemPartition, from, to, kv::Direction::kForward,
                                     kv::ReadLimits(), page));
    for (size_t i = 0; i < page.size(); ++i) {
      ASSIGN_OR_RETURN(bool goes_on, read(page.value(i)));
      if (!goes_on) return base::Ok();
    }
    if (page.size() > 0) from = std::string(page.key(page.size() - 1)).append(1, '\0');
  } while (!page.is_last());
  return base::Ok();
}

}  // namespace

ImportRecords::ImportRecords(kv::Engine& engine, std::string_view import_arn)
    : engine_(engine),
      object_prefix_(Prefix(kObjectKind, import_arn)),
      error_prefix_(Prefix(kErrorKind, import_arn)) {}

base::Status ImportRecords::StoreObjects(uint64_t first, const std::vector<SourceObject>& objects) {
  kv::Batch batch;
  for (const SourceObject& object : objects) {
    std::string key = object_prefix_;
    base::AppendBigEndian64(first++, key);
    std::string value(1, kVersion);
    base::AppendVarint(object.size_bytes, value);
    AppendText(object.etag, value);
    AppendText(object.key, value);
    batch.puts.emplace_back(std::move(key), std::move(value));
  }
  if (batch.puts.empty()) return base::Ok();
  return Commit(engine_, batch);
}

base::Result<std::vector<SourceObject>> ImportRecords::LoadObjects() {
  std::vector<SourceObject> objects;
  RETURN_IF_ERROR(
      ForEachValue(engine_, object_prefix_, [&](std::string_view value) -> base::Result<bool> {
        if (value.empty() || value[0] != kVersion) return Damaged("objects");
        value.remove_prefix(1);
        SourceObject object;
        if (!base::TakeVarint(value, object.size_bytes) || !TakeText(value, object.etag) ||
            !TakeText(value, object.key)) {
          return Damaged("objects");
        }
        objects.push_back(std::move(object));
        return true;
      }));
  return objects;
}

base::Status ImportRecords::RemoveObjects() {
  return engine_.DeleteRange(kv::kSystemPartition, object_prefix_, kv::PrefixEnd(object_prefix_));
}

base::Status ImportRecords::RemoveErrors() {
  return engine_.DeleteRange(kv::kSystemPartition, error_prefix_, kv::PrefixEnd(error_prefix_));
}

base::Status ImportRecords::StoreErrors(const std::vector<ErrorLine>& lines) {
  kv::Batch batch;
  for (const ErrorLine& line : lines) {
    std::string key = error_prefix_;
    base::AppendBigEndian64(line.object, key);
    base::AppendBigEndian64(line.item_index, key);
    batch.puts.emplace_back(std::move(key), std::string(1, kVersion).append(line.json));
  }
  if (batch.puts.empty()) return base::Ok();
  return Commit(engine_, batch);
}

base::Result<std::vector<std::string>> ImportRecords::LoadErrors(uint64_t from, size_t count_max) {
  std::vector<std::string> lines;
  if (count_max == 0) return lines;
  uint64_t number = 0;
  RETURN_IF_ERROR(
      ForEachValue(engine_, error_prefix_, [&](std::string_view value) -> base::Result<bool> {
        if (number++ < from) return true;
        if (value.empty() || value[0] != kVersion) return Damaged("error log");
        lines.emplace_back(value.substr(1));
        return lines.size() < count_max;
      }));
  return lines;
}

}  // namespace dray::import_table
