// SPDX-License-Identifier: Apache-2.0
#include "storage/table/catalog.h"

#include <algorithm>

#include "base/big_endian.h"
#include "base/check.h"
#include "base/random.h"
#include "base/varint.h"
#include "storage/table/key_encoding.h"

namespace dray::table {
namespace {

// A table's partitions: equal ranges of hashes. The number of the table is in their ids, so that
// these are never used twice either.
std::vector<Partition> MakePartitions(uint64_t table_number, unsigned count) {
  std::vector<Partition> partitions(count);
  const uint64_t step = count == 1 ? 0 : UINT64_MAX / count + 1;
  for (unsigned i = 0; i < count; ++i) {
    partitions[i].id = table_number << 16 | i;
    partitions[i].hashes.first = step * i;
    partitions[i].hashes.last = i + 1 == count ? UINT64_MAX : step * (i + 1) - 1;
  }
  return partitions;
}

std::string EncodeNumber(uint64_t number) {
  std::string out;
  base::AppendVarint(number, out);
  return out;
}

// Numbers and statuses of a new table's indexes; the last number given out.
uint64_t StartIndexes(TableDescriptor& descriptor, bool load_later) {
  std::erase_if(descriptor.indexes, [](const IndexDescriptor& index) {
    return index.status == IndexStatus::kDeleting;
  });
  std::stable_sort(
      descriptor.indexes.begin(), descriptor.indexes.end(),
      [](const IndexDescriptor& a, const IndexDescriptor& b) { return a.kind < b.kind; });
  uint64_t last = descriptor.number;
  for (IndexDescriptor& index : descriptor.indexes) {
    index.number = ++last;
    index.status = load_later ? IndexStatus::kCreating : IndexStatus::kActive;
    index.is_backfilling = load_later;
  }
  return last;
}

template <class Function>
base::Status ForEachEntry(kv::Engine& engine, const std::string& prefix, Function function) {
  std::string from = prefix;
  const std::string to = kv::PrefixEnd(prefix);
  kv::Page page;
  do {
    RETURN_IF_ERROR(engine.ReadRange(kv::kSystemPartition, from, to, kv::Direction::kForward,
                                     kv::ReadLimits{}, page));
    for (size_t i = 0; i < page.size(); ++i) RETURN_IF_ERROR(function(page.key(i), page.value(i)));
    if (page.size() > 0) from = std::string(page.key(page.size() - 1)) + '\0';
  } while (!page.is_last());
  return base::Ok();
}

}  // namespace

base::Error TableNotFound() {
  return {base::ErrorKind::kNotFound, "Requested resource not found", reason::kTableNotFound};
}

base::Result<std::unique_ptr<Catalog>> Catalog::Open(kv::Engine& engine, ServiceClock& clock,
                                                     unsigned initial_partitions) {
  if (initial_partitions < 1 || initial_partitions > UINT16_MAX) {
    return base::Error{
        base::ErrorKind::kInvalidArgument, "initial_partitions must be from 1 to 65535", {}};
  }
  std::unique_ptr<Catalog> catalog(new Catalog(engine, clock, initial_partitions));
  RETURN_IF_ERROR(catalog->Load());
  return catalog;
}

base::Status Catalog::Load() {
  base::MutexLock creating(creating_);
  base::MutexLock lock(mutex_);
  ASSIGN_OR_RETURN(auto last_number, engine_.Get(kv::kSystemPartition, LastNumberKey()));
  if (last_number) {
    std::string_view rest = *last_number;
    if (!base::TakeVarint(rest, last_number_)) {
      return base::Error{base::ErrorKind::kCorruption, "The counter of tables is damaged", {}};
    }
  }
  return ForEachEntry(
      engine_, TableRecordPrefix(),
      [this](std::string_view, std::string_view value) NO_THREAD_SAFETY_ANALYSIS -> base::Status {
        ASSIGN_OR_RETURN(TableRecord record, DecodeTableRecord(value));
        const bool is_deleted = record.deleted_at_micros != 0;
        auto name = std::pair(record.descriptor.account, record.descriptor.name);
        auto table = std::make_shared<Table>(std::move(record), clock_);
        by_number_[table->number] = table;
        if (!is_deleted) by_name_[std::move(name)] = std::move(table);
        return base::Ok();
      });
}

base::Result<TableRef> Catalog::Create(TableDescriptor spec, bool load_later) {
  base::MutexLock creating(creating_);
  {
    base::MutexLock lock(mutex_);
    if (by_name_.contains(std::pair(spec.account, spec.name))) {
      return base::Error{base::ErrorKind::kAlreadyExists, "Table already exists: " + spec.name,
                         reason::kTableExists};
    }
  }
  TableRecord record;
  record.descriptor = std::move(spec);
  TableDescriptor& descriptor = record.descriptor;
  descriptor.number = last_number_ + 1;
  // An import promises the id before the table exists.
  if (descriptor.table_id.empty()) descriptor.table_id = base::RandomUuid();
  descriptor.status = load_later ? TableStatus::kCreating : TableStatus::kActive;
  descriptor.recovery = Recovery{};  // recording starts with EnableRecovery only
  descriptor.time_to_live = TimeToLive{};
  const uint64_t last_number = StartIndexes(descriptor, load_later);
  ASSIGN_OR_RETURN(descriptor.created_at_micros, clock_.Issue());
  record.partitions = MakePartitions(descriptor.number, initial_partitions_);

  kv::Batch batch;
  std::string name_value;
  base::AppendBigEndian64(descriptor.number, name_value);
  std::string name_key = NameKey(descriptor.account, descriptor.name);
  batch.guards.push_back({name_key, std::nullopt});
  batch.puts.emplace_back(LastNumberKey(), EncodeNumber(last_number));
  batch.puts.emplace_back(std::move(name_key), std::move(name_value));
  batch.puts.emplace_back(TableRecordKey(descriptor.number), EncodeTableRecord(record));
  batch.puts.emplace_back(VersionKey(descriptor.number, descriptor.created_at_micros),
                          EncodeDescriptor(descriptor));
  RETURN_IF_ERROR(Commit(batch));

  last_number_ = last_number;
  auto table = std::make_shared<Table>(std::move(record), clock_);
  if (!load_later) table->gate.Open();
  auto stored = table->record();
  base::MutexLock lock(mutex_);
  by_number_[table->number] = table;
  by_name_[std::pair(stored->descriptor.account, stored->descriptor.name)] = table;
  return table;
}

base::Result<uint64_t> Catalog::TakeNumber() {
  base::MutexLock creating(creating_);
  kv::Batch batch;
  batch.puts.emplace_back(LastNumberKey(), EncodeNumber(last_number_ + 1));
  RETURN_IF_ERROR(Commit(batch));
  return ++last_number_;
}

base::Result<TableRef> Catalog::Find(std::string_view account, std::string_view name) {
  base::MutexLock lock(mutex_);
  auto found = by_name_.find(std::pair(account, name));
  if (found == by_name_.end()) return TableNotFound();
  return found->second;
}

base::Result<TableRef> Catalog::FindByNumber(uint64_t number) {
  base::MutexLock lock(mutex_);
  auto found = by_number_.find(number);
  if (found == by_number_.end()) return TableNotFound();
  return found->second;
}

std::vector<std::string> Catalog::List(std::string_view account, std::string_view start_after,
                                       size_t count_max) {
  base::MutexLock lock(mutex_);
  std::vector<std::string> names;
  for (auto at = by_name_.upper_bound(std::pair(account, start_after));
       at != by_name_.end() && at->first.first == account && names.size() < count_max; ++at) {
    names.push_back(at->first.second);
  }
  return names;
}

std::vector<TableRef> Catalog::All() {
  base::MutexLock lock(mutex_);
  std::vector<TableRef> tables;
  tables.reserve(by_number_.size());
  for (const auto& [number, table] : by_number_) tables.push_back(table);
  return tables;
}

base::Status Catalog::StoreState(Table& table, TableRecord record) {
  kv::Batch batch;
  batch.puts.emplace_back(TableRecordKey(table.number), EncodeTableRecord(record));
  RETURN_IF_ERROR(Commit(batch));
  table.set_record(std::move(record));
  return base::Ok();
}

base::Status Catalog::StoreVersion(Table& table, TableRecord record) {
  ASSIGN_OR_RETURN(int64_t time, clock_.Issue());
  kv::Batch batch;
  batch.puts.emplace_back(TableRecordKey(table.number), EncodeTableRecord(record));
  batch.puts.emplace_back(VersionKey(table.number, time), EncodeDescriptor(record.descriptor));
  RETURN_IF_ERROR(Commit(batch));
  table.set_record(std::move(record));
  return base::Ok();
}

base::Status Catalog::StoreDeleted(Table& table, TableRecord record) {
  const std::pair name(record.descriptor.account, record.descriptor.name);
  kv::Batch batch;
  batch.puts.emplace_back(TableRecordKey(table.number), EncodeTableRecord(record));
  batch.deletes.push_back(NameKey(name.first, name.second));
  RETURN_IF_ERROR(Commit(batch));
  table.set_record(std::move(record));
  base::MutexLock lock(mutex_);
  by_name_.erase(name);
  return base::Ok();
}

base::Status Catalog::Forget(Table& table) {
  kv::Batch batch;
  batch.deletes.push_back(TableRecordKey(table.number));
  ASSIGN_OR_RETURN(auto versions, Versions(table.number));
  for (const auto& [time, value] : versions) {
    batch.deletes.push_back(VersionKey(table.number, time));
  }
  for (uint64_t number : IndexNumbersOf(*table.record())) {
    batch.deletes.push_back(BuildPositionKey(number));
  }
  RETURN_IF_ERROR(Commit(batch));
  base::MutexLock lock(mutex_);
  by_number_.erase(table.number);
  return base::Ok();
}

base::Result<TableDescriptor> Catalog::DescriptorAt(const TableRef& table, int64_t time_micros) {
  base::MutexLock changing(table->changing);  // a version with a time below T is stored by now
  ASSIGN_OR_RETURN(auto versions, Versions(table->number));
  const std::string* found = nullptr;
  for (const auto& [time, value] : versions) {
    if (time < time_micros) found = &value;
  }
  if (found == nullptr || time_micros > clock_.NowMicros()) {
    return base::Error{base::ErrorKind::kInvalidArgument, "The table has no settings of that time",
                       reason::kOutsideWindow};
  }
  return DecodeDescriptor(*found);
}

base::Status Catalog::DropVersionsBefore(Table& table, int64_t limit_micros) {
  ASSIGN_OR_RETURN(auto versions, Versions(table.number));
  kv::Batch batch;
  for (size_t i = 0; i + 1 < versions.size() && versions[i + 1].time_micros < limit_micros; ++i) {
    batch.deletes.push_back(VersionKey(table.number, versions[i].time_micros));
  }
  if (batch.deletes.empty()) return base::Ok();
  return Commit(batch);
}

base::Status Catalog::Commit(const kv::Batch& batch) {
  ASSIGN_OR_RETURN(auto outcome, engine_.Commit(kv::kSystemPartition, batch));
  if (outcome != kv::CommitOutcome::kCommitted) {
    return base::Error{base::ErrorKind::kAlreadyExists, "The table's name was taken meanwhile",
                       reason::kTableExists};
  }
  return base::Ok();
}

base::Result<std::vector<Catalog::Version>> Catalog::Versions(uint64_t number) {
  std::vector<Version> versions;
  const std::string prefix = VersionPrefix(number);
  RETURN_IF_ERROR(ForEachEntry(
      engine_, prefix, [&](std::string_view key, std::string_view value) -> base::Status {
        if (key.size() != prefix.size() + 8) {
          return base::Error{base::ErrorKind::kCorruption, "A descriptor's key is damaged", {}};
        }
        versions.push_back({static_cast<int64_t>(base::ReadBigEndian64(key.substr(prefix.size()))),
                            std::string(value)});
        return base::Ok();
      }));
  return versions;
}

}  // namespace dray::table
