// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_table/import_records.h"

#include <algorithm>

#include "base/big_endian.h"
#include "base/check.h"
#include "base/varint.h"

namespace dray::import_table {
namespace {

constexpr char kFamily = 'l';
constexpr char kObjectKind = 'o';
constexpr char kErrorKind = 'v';
constexpr char kVersion = 1;
constexpr size_t kPositionBytes = 24;  // of a line of the error log: time, object, item

std::string Prefix(char kind, std::string_view import_arn) {
  return std::string{kFamily, kind}.append(import_arn).append(1, '\0');
}

std::string TimeKey(int64_t micros) {
  std::string key;
  base::AppendBigEndian64(static_cast<uint64_t>(std::max<int64_t>(0, micros)), key);
  return key;
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

base::Status ImportRecords::StoreErrors(int64_t time_micros, const std::vector<ErrorLine>& lines) {
  kv::Batch batch;
  for (const ErrorLine& line : lines) {
    std::string key = error_prefix_;
    base::AppendBigEndian64(static_cast<uint64_t>(time_micros), key);
    base::AppendBigEndian64(line.object, key);
    base::AppendBigEndian64(line.item_index, key);
    batch.puts.emplace_back(std::move(key), std::string(1, kVersion).append(line.json));
  }
  if (batch.puts.empty()) return base::Ok();
  return Commit(engine_, batch);
}

base::Result<ErrorLogPage> ImportRecords::ReadErrors(const ErrorLogQuery& query) {
  std::string from = error_prefix_, to = kv::PrefixEnd(error_prefix_);
  auto raise = [&](const std::string& key) { from = std::max(from, key); };
  auto lower = [&](const std::string& key) { to = std::min(to, key); };
  if (query.start_micros) raise(error_prefix_ + TimeKey(*query.start_micros));
  if (query.end_micros) lower(error_prefix_ + TimeKey(*query.end_micros));
  if (!query.after.empty()) raise((error_prefix_ + query.after).append(1, '\0'));
  if (!query.before.empty()) lower(error_prefix_ + query.before);
  ErrorLogPage result;
  if (from >= to || query.count_max == 0) {
    result.is_last = from >= to;
    return result;
  }
  kv::Page page;
  RETURN_IF_ERROR(
      engine_.ReadRange(kv::kSystemPartition, from, to,
                        query.newest_first ? kv::Direction::kReverse : kv::Direction::kForward,
                        {.entries_max = query.count_max, .bytes_max = query.bytes_max}, page));
  result.is_last = page.is_last();
  for (size_t i = 0; i < page.size(); ++i) {
    std::string_view position = page.key(i).substr(error_prefix_.size());
    std::string_view value = page.value(i);
    if (position.size() != kPositionBytes || value.empty() || value[0] != kVersion) {
      return Damaged("error log");
    }
    result.lines.push_back({static_cast<int64_t>(base::ReadBigEndian64(position)),
                            std::string(position), std::string(value.substr(1))});
  }
  return result;
}

base::Status ImportRecords::RemoveErrorsExceptOf(const std::vector<bool>& is_done) {
  return RemoveErrorsExcept(
      [&](uint64_t object, uint64_t) { return object < is_done.size() && is_done[object]; });
}

base::Status ImportRecords::RemoveErrorsExcept(
    const std::function<bool(uint64_t object, uint64_t item_index)>& is_done) {
  ErrorLogQuery query;
  query.count_max = 4096;
  while (true) {
    ASSIGN_OR_RETURN(ErrorLogPage page, ReadErrors(query));
    kv::Batch batch;
    for (const LoggedError& line : page.lines) {
      const std::string_view position = line.position;
      if (!is_done(base::ReadBigEndian64(position.substr(8)),
                   base::ReadBigEndian64(position.substr(16)))) {
        batch.deletes.push_back(error_prefix_ + line.position);
      }
    }
    if (!batch.deletes.empty()) RETURN_IF_ERROR(Commit(engine_, batch));
    if (page.is_last || page.lines.empty()) return base::Ok();
    query.after = page.lines.back().position;
  }
}

}  // namespace dray::import_table
