// SPDX-License-Identifier: Apache-2.0
#include "storage/table/index_work.h"

#include <algorithm>
#include <set>

#include "storage/table/key_encoding.h"

namespace dray::table {
namespace {

// Few enough that a writer who meets one of their latches waits no longer than for another write.
constexpr size_t kItemsPerCommit = 128;
constexpr size_t kBytesPerCommit = 512 * 1024;
constexpr size_t kCommitsPerCheckpoint = 16;
constexpr size_t kKeyAttributesMax = 4;

base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message), {}};
}

std::vector<IndexDescriptor>::iterator FindIndex(TableDescriptor& descriptor,
                                                 std::string_view name) {
  return std::find_if(descriptor.indexes.begin(), descriptor.indexes.end(),
                      [&](const IndexDescriptor& index) { return index.name == name; });
}

// What is being built, and what is to be removed.
std::vector<uint64_t> NumbersToBuild(const TableDescriptor& descriptor) {
  std::vector<uint64_t> numbers;
  for (const IndexDescriptor& index : descriptor.indexes) {
    if (index.status == IndexStatus::kCreating) numbers.push_back(index.number);
  }
  if (descriptor.time_to_live.is_enabled && descriptor.time_to_live.is_backfilling) {
    numbers.push_back(descriptor.time_to_live.number);
  }
  return numbers;
}
std::vector<uint64_t> NumbersToRemove(const TableRecord& record) {
  std::vector<uint64_t> numbers = record.dropped_numbers;
  for (const IndexDescriptor& index : record.descriptor.indexes) {
    if (index.status == IndexStatus::kDeleting) numbers.push_back(index.number);
  }
  return numbers;
}

}  // namespace

base::Status DeletePrefix(kv::Engine& engine, const Table& table, const std::string& prefix) {
  for (const Partition& partition : table.partitions) {
    RETURN_IF_ERROR(engine.DeleteRange(partition.id, prefix, kv::PrefixEnd(prefix)));
  }
  return base::Ok();
}

base::Status DeleteIndexData(kv::Engine& engine, const Table& table, uint64_t number) {
  for (char family : {kItemFamily, kMiscFamily, kExpiryFamily}) {
    RETURN_IF_ERROR(DeletePrefix(engine, table, TablePrefix(family, number)));
  }
  return base::Ok();
}

// ---- what is asked for
// ---------------------------------------------------------------------------

base::Status IndexWork::CheckSpec(const TableDescriptor& spec) const {
  std::set<std::string_view> names;
  for (const IndexDescriptor& index : spec.indexes) {
    if (index.status == IndexStatus::kDeleting) continue;
    RETURN_IF_ERROR(CheckIndex(index, spec.key_schema));
    if (!names.insert(index.name).second) return Invalid("Duplicate index name: " + index.name);
  }
  return base::Ok();
}

base::Status IndexWork::CheckIndex(const IndexDescriptor& index,
                                   const item::KeySchema& table_schema) const {
  const item::KeySchema& schema = index.key_schema;
  if (index.name.empty() || schema.hash.empty() || schema.hash.size() > kKeyAttributesMax ||
      schema.range.size() > kKeyAttributesMax) {
    return Invalid("An index needs a name, one to four HASH and at most four RANGE attributes");
  }
  if (index.kind == IndexKind::kLocal && schema.hash != table_schema.hash) {
    return Invalid("A local index has the partition key of its table");
  }
  if (index.kind == IndexKind::kGlobal && !engine_.capabilities().multi_partition_commit) {
    return Invalid("The storage engine cannot keep global secondary indexes");
  }
  return base::Ok();
}

base::Status IndexWork::CreateIndex(Table& table, IndexDescriptor spec) {
  base::MutexLock changing(table.changing);
  RETURN_IF_ERROR(CheckUsable(table));
  if (spec.kind != IndexKind::kGlobal) {
    return Invalid("A local secondary index can only be created with its table");
  }
  TableRecord record = *table.record();
  RETURN_IF_ERROR(CheckIndex(spec, record.descriptor.key_schema));
  if (FindIndex(record.descriptor, spec.name) != record.descriptor.indexes.end()) {
    return base::Error{base::ErrorKind::kAlreadyExists,
                       "Attempting to create an index which already exists", reason::kIndexExists};
  }
  ASSIGN_OR_RETURN(spec.number, catalog_.TakeNumber());
  spec.status = IndexStatus::kCreating;
  spec.is_backfilling = true;
  record.descriptor.indexes.push_back(std::move(spec));
  RETURN_IF_ERROR(catalog_.StoreVersion(table, std::move(record)));
  Wake();
  return base::Ok();
}

base::Status IndexWork::DeleteIndex(Table& table, std::string_view name) {
  base::MutexLock changing(table.changing);
  RETURN_IF_ERROR(CheckUsable(table));
  TableRecord record = *table.record();
  auto index = FindIndex(record.descriptor, name);
  if (index == record.descriptor.indexes.end()) {
    return base::Error{base::ErrorKind::kNotFound, "Requested resource not found",
                       reason::kIndexNotFound};
  }
  if (index->kind != IndexKind::kGlobal) {
    return Invalid("A local secondary index lives as long as its table");
  }
  if (index->status == IndexStatus::kDeleting) {
    return base::Error{base::ErrorKind::kInUse,
                       "Attempting to delete an index which is being deleted", reason::kIndexInUse};
  }
  index->status = IndexStatus::kDeleting;
  index->is_backfilling = false;
  RETURN_IF_ERROR(catalog_.StoreVersion(table, std::move(record)));
  Wake();
  return base::Ok();
}

base::Status IndexWork::SetTimeToLive(Table& table, const TimeToLive& settings) {
  base::MutexLock changing(table.changing);
  RETURN_IF_ERROR(CheckUsable(table));
  TableRecord record = *table.record();
  TimeToLive& current = record.descriptor.time_to_live;
  if (current.is_enabled == settings.is_enabled &&
      (!current.is_enabled || current.attribute == settings.attribute)) {
    return base::Ok();
  }
  // Also when the attribute changes: the times of the old one are dropped as a whole.
  if (current.is_enabled) record.dropped_numbers.push_back(current.number);
  current = TimeToLive{};
  if (settings.is_enabled) {
    current.is_enabled = true;
    current.attribute = settings.attribute;
    ASSIGN_OR_RETURN(current.number, catalog_.TakeNumber());
    current.is_backfilling = true;
  }
  RETURN_IF_ERROR(catalog_.StoreVersion(table, std::move(record)));
  Wake();
  return base::Ok();
}

void IndexWork::OnWork(std::function<void()> wake) {
  base::MutexLock lock(wake_mutex_);
  wake_ = std::move(wake);
}

void IndexWork::Wake() {
  base::MutexLock lock(wake_mutex_);
  if (wake_) wake_();
}

// ---- what is done
// --------------------------------------------------------------------------------

bool IndexWork::IsNeeded(const Table& table) {
  if (table.status() != TableStatus::kActive) return false;
  auto record = table.record();
  return !NumbersToBuild(record->descriptor).empty() || !NumbersToRemove(*record).empty();
}

base::Status IndexWork::Advance(Table& table, size_t& items_max) {
  base::MutexLock background(table.background);
  // A load fills the indexes of its table; a table that is deleted goes as a whole.
  if (!IsNeeded(table)) return base::Ok();
  // Writes that entered before the record said so know nothing of what is built, or still put into
  // what is to be removed. What the record says after the drain waits for the next call.
  const auto record = table.record();
  table.gate.Drain();
  RETURN_IF_ERROR(RemoveDropped(table, NumbersToRemove(*record)));
  const std::vector<uint64_t> numbers = NumbersToBuild(record->descriptor);
  if (numbers.empty()) return base::Ok();
  RETURN_IF_ERROR(LoadPositions(table, numbers));
  // Those that began together are built together.
  const std::string& position = table.build_positions[numbers.front()];
  std::vector<uint64_t> group;
  for (uint64_t number : numbers) {
    if (table.build_positions[number] == position) group.push_back(number);
  }
  return Build(table, group, items_max);
}

base::Status IndexWork::MarkLoaded(Table& table, std::span<const uint64_t> numbers) {
  if (numbers.empty()) return base::Ok();
  base::MutexLock background(table.background);
  return Finish(table, TableStatus::kCreating, numbers);
}

base::Status IndexWork::RemoveDropped(Table& table, std::span<const uint64_t> numbers) {
  if (numbers.empty()) return base::Ok();
  kv::Batch batch;
  for (uint64_t number : numbers) {
    RETURN_IF_ERROR(DeleteIndexData(engine_, table, number));
    table.build_positions.erase(number);
    batch.deletes.push_back(BuildPositionKey(number));
  }
  auto removed = engine_.Commit(kv::kSystemPartition, batch);
  if (!removed) return std::move(removed).error();
  auto is_removed = [&](uint64_t number) {
    return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
  };
  base::MutexLock changing(table.changing);
  if (table.status() == TableStatus::kDeleting) return base::Ok();
  TableRecord record = *table.record();
  std::erase_if(record.dropped_numbers, is_removed);
  std::erase_if(record.descriptor.indexes,
                [&](const IndexDescriptor& index) { return is_removed(index.number); });
  return catalog_.StoreVersion(table, std::move(record));
}

base::Status IndexWork::LoadPositions(Table& table, std::span<const uint64_t> numbers) {
  for (uint64_t number : numbers) {
    if (table.build_positions.contains(number)) continue;
    ASSIGN_OR_RETURN(auto stored, engine_.Get(kv::kSystemPartition, BuildPositionKey(number)));
    std::string tail;
    if (stored) {
      ASSIGN_OR_RETURN(tail, DecodeBuildPosition(*stored));
    }
    table.build_positions[number] = std::move(tail);
  }
  return base::Ok();
}

base::Status IndexWork::StorePosition(Table& table, std::span<const uint64_t> numbers,
                                      std::string_view tail) {
  kv::Batch batch;
  for (uint64_t number : numbers) {
    batch.puts.emplace_back(BuildPositionKey(number), EncodeBuildPosition(tail));
  }
  auto stored = engine_.Commit(kv::kSystemPartition, batch);
  if (!stored) return std::move(stored).error();
  for (uint64_t number : numbers) table.build_positions[number] = tail;
  return base::Ok();
}

base::Status IndexWork::Build(Table& table, std::span<const uint64_t> numbers, size_t& items_max) {
  std::string tail = table.build_positions[numbers.front()];
  const std::string begin = tail;
  size_t commits = 0;
  while (items_max > 0 && table.status() == TableStatus::kActive) {
    ASSIGN_OR_RETURN(auto keys, NextKeys(table, tail, std::min(items_max, kItemsPerCommit)));
    if (keys.empty()) return Finish(table, TableStatus::kActive, numbers);
    RETURN_IF_ERROR(items_.AddMissingEntries(table, keys, numbers));
    items_max -= keys.size();
    tail = TailOfItemKey(keys.back());
    if (++commits % kCommitsPerCheckpoint == 0) {
      RETURN_IF_ERROR(StorePosition(table, numbers, tail));
    }
  }
  return tail == begin ? base::Ok() : StorePosition(table, numbers, tail);
}

base::Result<std::vector<std::string>> IndexWork::NextKeys(const Table& table,
                                                           const std::string& tail,
                                                           size_t count_max) {
  std::string start = TablePrefix(kItemFamily, table.number);
  if (!tail.empty()) start.append(tail).push_back('\0');
  std::vector<std::string> keys;
  kv::Page page;
  const kv::ReadLimits limits{.entries_max = count_max, .bytes_max = kBytesPerCommit};
  for (const Partition& partition : table.partitions) {
    const std::string from =
        std::max(HashRangeBegin(kItemFamily, table.number, partition.hashes.first), start);
    const std::string to = HashRangeEnd(kItemFamily, table.number, partition.hashes.last);
    if (to <= from) continue;
    RETURN_IF_ERROR(
        engine_.ReadRange(partition.id, from, to, kv::Direction::kForward, limits, page));
    for (size_t i = 0; i < page.size(); ++i) keys.emplace_back(page.key(i));
    if (!keys.empty()) break;
  }
  return keys;
}

base::Status IndexWork::Finish(Table& table, TableStatus status,
                               std::span<const uint64_t> numbers) {
  auto is_built = [&](uint64_t number) {
    return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
  };
  {
    base::MutexLock changing(table.changing);
    if (table.status() != status) return base::Ok();
    TableRecord record = *table.record();
    for (IndexDescriptor& index : record.descriptor.indexes) {
      if (!is_built(index.number) || index.status != IndexStatus::kCreating) continue;
      index.status = IndexStatus::kActive;
      index.is_backfilling = false;
    }
    TimeToLive& expiry = record.descriptor.time_to_live;
    if (expiry.is_enabled && is_built(expiry.number)) expiry.is_backfilling = false;
    RETURN_IF_ERROR(catalog_.StoreVersion(table, std::move(record)));
  }
  kv::Batch batch;
  for (uint64_t number : numbers) {
    table.build_positions.erase(number);
    batch.deletes.push_back(BuildPositionKey(number));
  }
  auto removed = engine_.Commit(kv::kSystemPartition, batch);
  if (!removed) return std::move(removed).error();
  return base::Ok();
}

}  // namespace dray::table
