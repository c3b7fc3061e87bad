// SPDX-License-Identifier: Apache-2.0
#include "storage/table/item_store.h"

#include <algorithm>

#include "base/big_endian.h"
#include "base/check.h"
#include "base/no_wait.h"
#include "storage/table/catalog.h"
#include "storage/table/index_entry.h"
#include "storage/table/key_encoding.h"
#include "storage/table/record.h"
#include "storage/table/write_set.h"

namespace dray::table {
namespace {

constexpr int kGuardAttemptsMax = 100;
// Large engine pages are read ahead and leave the cache alone: right for scans, not for queries.
constexpr size_t kQueryPageBytes = 256 * 1024;
constexpr size_t kScanPageBytes = 1024 * 1024;
constexpr size_t kEntriesMax = 16 * 1024;

base::Error TooManyWriters() {
  return {base::ErrorKind::kUnavailable, "Other writers changed the item again and again", {}};
}

base::Result<std::optional<StoredItem>> ToStoredItem(std::optional<std::string> record) {
  if (!record) return std::optional<StoredItem>();
  if (auto parsed = ParseItemRecord(*record); !parsed) return std::move(parsed).error();
  return std::optional<StoredItem>(StoredItem{*std::move(record)});
}

const std::string* RecordOf(const StoredItem* item) {
  return item == nullptr ? nullptr : &item->record;
}

}  // namespace

base::Status CheckUsable(const Table& table) {
  switch (table.status()) {
    case TableStatus::kActive:
      return base::Ok();
    case TableStatus::kCreating:
      return base::Error{base::ErrorKind::kInUse, "The table is being created",
                         reason::kTableInUse};
    case TableStatus::kDeleting:
      break;
  }
  return TableNotFound();
}

std::string HashRangeBegin(char family, uint64_t table_number, uint64_t first_hash) {
  std::string key = TablePrefix(family, table_number);
  base::AppendBigEndian64(first_hash, key);
  return key;
}

std::string HashRangeEnd(char family, uint64_t table_number, uint64_t last_hash) {
  if (last_hash == UINT64_MAX) return kv::PrefixEnd(TablePrefix(family, table_number));
  return HashRangeBegin(family, table_number, last_hash + 1);
}

// ---- reading
// -------------------------------------------------------------------------------------

base::Result<std::optional<StoredItem>> ItemStore::Get(Table& table, const item::PrimaryKey& key) {
  RETURN_IF_ERROR(CheckUsable(table));
  const std::string item_key = ItemKey(table.number, key);
  const uint64_t hash = HashOfTail(TailOfItemKey(item_key));
  ASSIGN_OR_RETURN(auto record, engine_.Get(table.PartitionOf(hash).id, item_key));
  return ToStoredItem(std::move(record));
}

base::Status ItemStore::ReadItems(const KeyRange& range, kv::Direction direction, size_t page_bytes,
                                  const PageLimits& limits, size_t& size_bytes, ItemPage& page) {
  if (!range.to.empty() && range.to <= range.from) return base::Ok();
  std::string from = range.from, to = range.to;
  kv::Page entries;
  kv::ReadLimits read;
  do {
    read.entries_max = std::min(limits.items_max - page.items.size(), kEntriesMax);
    read.bytes_max = page_bytes;
    RETURN_IF_ERROR(engine_.ReadRange(range.partition, from, to, direction, read, entries));
    for (size_t i = 0; i < entries.size(); ++i) {
      ASSIGN_OR_RETURN(ItemRecord record, ParseItemRecord(entries.value(i)));
      page.items.push_back(StoredItem{std::string(entries.value(i))});
      size_bytes += record.size_bytes;
      if (page.items.size() >= limits.items_max || size_bytes >= limits.bytes_max) {
        page.is_last = false;
        return base::Ok();
      }
    }
    if (entries.is_last() || entries.size() == 0) return base::Ok();
    std::string_view last = entries.key(entries.size() - 1);
    if (direction == kv::Direction::kForward) {
      from.assign(last).push_back('\0');
    } else {
      to.assign(last);
    }
  } while (true);
}

// Where the items of a table or the entries of one of its indexes stand. `is_index` tells how sort
// keys are made (index_entry.h).
struct ItemStore::Source {
  uint64_t number = 0;
  bool is_index = false;
};

base::Result<ItemStore::Source> ItemStore::SourceOf(const Table& table, std::string_view index) {
  RETURN_IF_ERROR(CheckUsable(table));
  if (index.empty()) return Source{table.number, false};
  auto maintenance = table.maintenance();
  const MaintainedIndex* found = maintenance == nullptr ? nullptr : maintenance->Find(index);
  if (found == nullptr || found->descriptor.status == IndexStatus::kDeleting) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "The table does not have the specified index: " + std::string(index),
                       reason::kIndexNotFound};
  }
  if (found->descriptor.status == IndexStatus::kCreating) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "Cannot read from backfilling global secondary index: " + std::string(index),
                       reason::kIndexInUse};
  }
  return Source{found->descriptor.number, true};
}

// The part of [prefix, end of prefix) that `sort` leaves; every key with a sort key in question
// begins with the bound made of it.
void ItemStore::Narrow(const Source& source, const std::string& prefix, const SortRange& sort,
                       KeyRange& range) {
  // Of the equal attributes and one value; of a table there is just the value.
  auto bound_of = [&](const std::string& value) {
    std::string bound = prefix;
    if (source.is_index) {
      std::vector<std::string> parts = sort.equal;
      parts.push_back(value);
      AppendEscapedSortKey(IndexSortPrefix(parts), bound);
    } else {
      AppendTerminatedPart(value, bound);
    }
    return bound;
  };
  auto narrow_from = [&](const std::string& bound) { range.from = std::max(range.from, bound); };
  auto narrow_to = [&](std::string bound) {
    if (range.to.empty() || bound < range.to) range.to = std::move(bound);
  };
  std::string equal = prefix;
  if (source.is_index) {
    AppendEscapedSortKey(IndexSortPrefix(sort.equal), equal);
  } else if (!sort.equal.empty()) {
    AppendTerminatedPart(sort.equal.front(), equal);
  }
  narrow_from(equal);
  narrow_to(kv::PrefixEnd(equal));
  if (sort.from) {
    std::string bound = bound_of(*sort.from);
    narrow_from(sort.from_inclusive ? bound : kv::PrefixEnd(bound));
  }
  if (sort.to) {
    std::string bound = bound_of(*sort.to);
    narrow_to(sort.to_inclusive ? kv::PrefixEnd(bound) : bound);
  }
  if (sort.prefix) {
    std::string begin = prefix;
    if (source.is_index) {
      std::string joined = IndexSortPrefix(sort.equal);
      AppendEscapedSortKey(*sort.prefix, joined);
      AppendEscapedSortKey(joined, begin);
    } else {
      AppendEscapedSortKey(*sort.prefix, begin);
    }
    narrow_from(begin);
    narrow_to(kv::PrefixEnd(begin));
  }
}

base::Result<ItemPage> ItemStore::Query(Table& table, std::string_view index,
                                        std::string_view partition_key, const SortRange& sort,
                                        kv::Direction direction,
                                        const std::optional<item::PrimaryKey>& start_after,
                                        PageLimits limits) {
  ASSIGN_OR_RETURN(const Source source, SourceOf(table, index));
  if (direction == kv::Direction::kReverse && !capabilities_.reverse_read) {
    return base::Error{
        base::ErrorKind::kInvalidArgument, "The storage engine cannot read in reverse", {}};
  }
  std::string prefix = TablePrefix(kItemFamily, source.number);
  AppendPartitionKeyTail(partition_key, prefix);
  KeyRange range;
  range.partition = table.PartitionOf(HashOfTail(TailOfItemKey(prefix))).id;
  range.from = prefix;
  range.to = kv::PrefixEnd(prefix);
  Narrow(source, prefix, sort, range);
  if (start_after) {
    // Keys are never prefixes of each other, so that one more byte means "just behind".
    std::string key = ItemKey(source.number, *start_after);
    if (direction == kv::Direction::kForward) {
      range.from = std::max(range.from, key + '\0');
    } else if (key < range.to) {
      range.to = std::move(key);
    }
  }
  ItemPage page;
  size_t size_bytes = 0;
  RETURN_IF_ERROR(ReadItems(range, direction, kQueryPageBytes, limits, size_bytes, page));
  return CheckStillThere(table, index, std::move(page));
}

// An index may have begun to go away while it was read.
base::Result<ItemPage> ItemStore::CheckStillThere(const Table& table, std::string_view index,
                                                  ItemPage page) {
  if (!index.empty()) {
    if (auto source = SourceOf(table, index); !source) return std::move(source).error();
  }
  return page;
}

base::Result<ItemPage> ItemStore::Scan(Table& table, std::string_view index, HashRange hashes,
                                       const std::optional<item::PrimaryKey>& start_after,
                                       PageLimits limits) {
  ASSIGN_OR_RETURN(const Source source, SourceOf(table, index));
  std::string start;
  if (start_after) start = ItemKey(source.number, *start_after) + '\0';
  ItemPage page;
  size_t size_bytes = 0;
  for (const Partition& partition : table.partitions) {
    const uint64_t first = std::max(hashes.first, partition.hashes.first);
    const uint64_t last = std::min(hashes.last, partition.hashes.last);
    if (first > last) continue;
    KeyRange range;
    range.partition = partition.id;
    range.from = std::max(HashRangeBegin(kItemFamily, source.number, first), start);
    range.to = HashRangeEnd(kItemFamily, source.number, last);
    RETURN_IF_ERROR(
        ReadItems(range, kv::Direction::kForward, kScanPageBytes, limits, size_bytes, page));
    if (!page.is_last) break;
  }
  return CheckStillThere(table, index, std::move(page));
}

// ---- one item
// ------------------------------------------------------------------------------------

base::Result<MutateResult> ItemStore::Mutate(Table& table, const item::PrimaryKey& key,
                                             const Mutation& mutation) {
  RETURN_IF_ERROR(CheckUsable(table));
  const ItemPlace place(table, ItemKey(table.number, key));
  Latches::One latch(latches_, Counters::LatchOf(table.number, place.stripe));
  if (!latch.is_held()) return base::NoWait::Refuse();
  for (int attempt = 0; attempt < kGuardAttemptsMax; ++attempt) {
    ASSIGN_OR_RETURN(auto done, TryMutate(table, place, mutation));
    if (done) return *std::move(done);
  }
  return TooManyWriters();
}

base::Result<std::optional<MutateResult>> ItemStore::TryMutate(Table& table, const ItemPlace& place,
                                                               const Mutation& mutation) {
  ASSIGN_OR_RETURN(auto old_record, engine_.Get(place.partition, place.key));
  MutateResult result;
  ASSIGN_OR_RETURN(result.old_item, ToStoredItem(std::move(old_record)));
  const StoredItem* old_item = result.old_item ? &*result.old_item : nullptr;
  ASSIGN_OR_RETURN(Decision decision, mutation(old_item));
  result.done = decision.kind;
  const bool is_put = decision.kind == Decision::Kind::kPut;
  if (!is_put && !(decision.kind == Decision::Kind::kDelete && old_item != nullptr)) {
    return std::optional(std::move(result));
  }
  ASSIGN_OR_RETURN(auto ticket, table.gate.Enter());
  if (!ticket) return TableNotFound();
  Passage passage(table.gate, *ticket);
  std::optional<NewItem> item;
  if (is_put) item = NewItem{decision.encoded, decision.size_bytes};
  WriteSet writes(engine_, table, collection_bytes_max_);
  RETURN_IF_ERROR(writes.AddWrite(place, RecordOf(old_item), item, *ticket, result));
  ASSIGN_OR_RETURN(bool is_done, writes.Commit(place.partition));
  if (!is_done) return std::optional<MutateResult>();
  return std::optional(std::move(result));
}

// ---- many items
// ----------------------------------------------------------------------------------

struct ItemStore::Write {
  size_t entry = 0;  // which of the caller's
  ItemPlace place;
};

base::Result<std::vector<MutateResult>> ItemStore::WriteBatch(
    Table& table, std::span<const Tables::BatchEntry> entries) {
  std::vector<item::PrimaryKey> keys;
  keys.reserve(entries.size());
  for (const Tables::BatchEntry& entry : entries) keys.push_back(entry.key);
  return WriteMany(table, keys, [&](size_t i, const StoredItem*) -> base::Result<Choice> {
    const Tables::BatchEntry& entry = entries[i];
    if (!entry.encoded) return Choice{Decision::Kind::kDelete, {}};
    return Choice{Decision::Kind::kPut, NewItem{*entry.encoded, entry.size_bytes}};
  });
}

base::Result<std::vector<MutateResult>> ItemStore::MutateMany(
    Table& table, std::span<const item::PrimaryKey> keys, const Tables::ManyMutation& mutation) {
  std::vector<Decision> decisions(keys.size());  // a choice borrows the new item
  return WriteMany(table, keys, [&](size_t i, const StoredItem* old_item) -> base::Result<Choice> {
    ASSIGN_OR_RETURN(decisions[i], mutation(i, old_item));
    Choice choice{decisions[i].kind, {}};
    if (choice.kind == Decision::Kind::kPut) {
      choice.item = NewItem{decisions[i].encoded, decisions[i].size_bytes};
    }
    return choice;
  });
}

base::Result<std::vector<MutateResult>> ItemStore::DeleteIf(
    Table& table, std::span<const item::PrimaryKey> keys,
    const std::function<bool(const StoredItem&)>& is_to_go) {
  return WriteMany(table, keys, [&](size_t, const StoredItem* old_item) -> base::Result<Choice> {
    const bool is_going = old_item != nullptr && is_to_go(*old_item);
    return Choice{is_going ? Decision::Kind::kDelete : Decision::Kind::kKeep, {}};
  });
}

base::Result<std::vector<MutateResult>> ItemStore::WriteMany(Table& table,
                                                             std::span<const item::PrimaryKey> keys,
                                                             const Choose& choose) {
  RETURN_IF_ERROR(CheckUsable(table));
  std::vector<Write> writes;
  writes.reserve(keys.size());
  std::vector<MutateResult> results(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    writes.push_back({i, ItemPlace(table, ItemKey(table.number, keys[i]))});
  }
  std::sort(writes.begin(), writes.end(),
            [](const Write& a, const Write& b) { return a.place.key < b.place.key; });
  for (size_t i = 1; i < writes.size(); ++i) {
    if (writes[i - 1].place.key == writes[i].place.key) {
      return base::Error{
          base::ErrorKind::kInvalidArgument, "Provided list of item keys contains duplicates", {}};
    }
  }
  Latches::Many held(latches_, LatchesOf(table, writes));
  RETURN_IF_ERROR(CommitTogether(
      writes, [&](std::span<const Write> some) { return TryWrite(table, some, choose, results); }));
  return results;
}

std::vector<size_t> ItemStore::LatchesOf(const Table& table, std::span<const Write> writes) {
  std::vector<size_t> latches;
  latches.reserve(writes.size());
  for (const Write& write : writes) {
    latches.push_back(Counters::LatchOf(table.number, write.place.stripe));
  }
  return latches;
}

// Keys in order are partitions in order: one commit for each, or one for all.
base::Status ItemStore::CommitTogether(
    std::span<const Write> writes,
    const std::function<base::Result<bool>(std::span<const Write>)>& commit) {
  for (size_t begin = 0; begin < writes.size();) {
    size_t end = writes.size();
    if (!capabilities_.multi_partition_commit) {
      end = begin + 1;
      while (end < writes.size() && writes[end].place.partition == writes[begin].place.partition) {
        ++end;
      }
    }
    int attempt = 0;
    for (; attempt < kGuardAttemptsMax; ++attempt) {
      ASSIGN_OR_RETURN(bool is_done, commit(writes.subspan(begin, end - begin)));
      if (is_done) break;
    }
    if (attempt == kGuardAttemptsMax) return TooManyWriters();
    begin = end;
  }
  return base::Ok();
}

base::Result<std::vector<std::optional<std::string>>> ItemStore::ReadRecords(
    std::span<const Write> writes) {
  std::vector<std::optional<std::string>> records;
  records.reserve(writes.size());
  for (size_t begin = 0; begin < writes.size();) {
    const kv::PartitionId partition = writes[begin].place.partition;
    std::vector<std::string> keys;
    size_t end = begin;
    for (; end < writes.size() && writes[end].place.partition == partition; ++end) {
      keys.push_back(writes[end].place.key);
    }
    ASSIGN_OR_RETURN(auto found, engine_.MultiGet(partition, keys));
    for (auto& record : found) records.push_back(std::move(record));
    begin = end;
  }
  return records;
}

base::Result<bool> ItemStore::TryWrite(Table& table, std::span<const Write> writes,
                                       const Choose& choose, std::span<MutateResult> results) {
  ASSIGN_OR_RETURN(auto old_records, ReadRecords(writes));
  ASSIGN_OR_RETURN(auto ticket, table.gate.Enter());
  if (!ticket) return TableNotFound();
  Passage passage(table.gate, *ticket);
  WriteSet set(engine_, table, collection_bytes_max_);
  for (size_t i = 0; i < writes.size(); ++i) {
    MutateResult result;
    ASSIGN_OR_RETURN(result.old_item, ToStoredItem(std::move(old_records[i])));
    const StoredItem* old_item = result.old_item ? &*result.old_item : nullptr;
    ASSIGN_OR_RETURN(Choice choice, choose(writes[i].entry, old_item));
    result.done = choice.kind;
    const bool is_put = choice.kind == Decision::Kind::kPut;
    if (is_put || (choice.kind == Decision::Kind::kDelete && old_item != nullptr)) {
      RETURN_IF_ERROR(
          set.AddWrite(writes[i].place, RecordOf(old_item), choice.item, *ticket, result));
    }
    results[writes[i].entry] = std::move(result);
  }
  return set.Commit(writes.front().place.partition);
}

base::Status ItemStore::AddMissingEntries(Table& table, std::span<const std::string> item_keys,
                                          std::span<const uint64_t> index_numbers) {
  std::vector<Write> writes;
  writes.reserve(item_keys.size());
  for (const std::string& key : item_keys) writes.push_back({0, ItemPlace(table, key)});
  Latches::Many held(latches_, LatchesOf(table, writes));
  return CommitTogether(writes, [&](std::span<const Write> some) -> base::Result<bool> {
    ASSIGN_OR_RETURN(auto records, ReadRecords(some));
    WriteSet set(engine_, table, collection_bytes_max_);
    for (size_t i = 0; i < some.size(); ++i) {
      if (!records[i]) continue;  // deleted meanwhile
      RETURN_IF_ERROR(set.AddMissing(some[i].place, *records[i], index_numbers));
    }
    return set.Commit(some.front().place.partition);
  });
}

}  // namespace dray::table
