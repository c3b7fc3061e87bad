// SPDX-License-Identifier: Apache-2.0
#include "storage/table/item_store.h"

#include <algorithm>
#include <map>

#include "base/big_endian.h"
#include "base/check.h"
#include "storage/table/catalog.h"
#include "storage/table/key_encoding.h"
#include "storage/table/record.h"

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

// The item's own entry and, when changes are recorded, the image before it and its index entry.
void AddItemWrite(const Table& table, std::string key, const WriteGate::Ticket& ticket,
                  std::optional<std::string_view> old_record, std::optional<std::string> record,
                  kv::Batch& batch) {
  if (ticket.generation) {
    std::string_view tail = TailOfItemKey(key);
    batch.puts.emplace_back(ChangeKey(table.number, ticket.time_micros, tail),
                            MakeChangeRecord(old_record));
    batch.puts.emplace_back(
        ChangeIndexKey(table.number, *ticket.generation, tail, ticket.time_micros),
        std::string(1, '\x01'));
  }
  if (record) {
    batch.puts.emplace_back(std::move(key), *std::move(record));
  } else {
    batch.deletes.push_back(std::move(key));
  }
}

base::Result<std::optional<StoredItem>> ToStoredItem(std::optional<std::string> record) {
  if (!record) return std::optional<StoredItem>();
  if (auto parsed = ParseItemRecord(*record); !parsed) return std::move(parsed).error();
  return std::optional<StoredItem>(StoredItem{*std::move(record)});
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

base::Result<ItemPage> ItemStore::Query(Table& table, std::string_view partition_key,
                                        const SortRange& sort, kv::Direction direction,
                                        const std::optional<item::PrimaryKey>& start_after,
                                        PageLimits limits) {
  RETURN_IF_ERROR(CheckUsable(table));
  if (direction == kv::Direction::kReverse && !capabilities_.reverse_read) {
    return base::Error{
        base::ErrorKind::kInvalidArgument, "The storage engine cannot read in reverse", {}};
  }
  std::string prefix = TablePrefix(kItemFamily, table.number);
  AppendPartitionKeyTail(partition_key, prefix);
  KeyRange range;
  range.partition = table.PartitionOf(HashOfTail(TailOfItemKey(prefix))).id;
  range.from = prefix;
  range.to = kv::PrefixEnd(prefix);
  auto key_of = [&](std::string_view sort_key) {
    return ItemKey(table.number, {std::string(partition_key), std::string(sort_key)});
  };
  // Keys are never prefixes of each other, so that one more byte means "just behind".
  auto narrow_from = [&](std::string bound) { range.from = std::max(range.from, bound); };
  auto narrow_to = [&](std::string bound) {
    if (range.to.empty() || bound < range.to) range.to = std::move(bound);
  };
  if (sort.from) narrow_from(key_of(*sort.from) + (sort.from_inclusive ? "" : std::string(1, 0)));
  if (sort.to) narrow_to(key_of(*sort.to) + (sort.to_inclusive ? std::string(1, 0) : ""));
  if (sort.prefix) {
    std::string begin = prefix;
    AppendEscapedSortKey(*sort.prefix, begin);
    narrow_from(begin);
    narrow_to(kv::PrefixEnd(begin));
  }
  if (start_after) {
    std::string key = ItemKey(table.number, *start_after);
    if (direction == kv::Direction::kForward) {
      narrow_from(key + '\0');
    } else {
      narrow_to(std::move(key));
    }
  }
  ItemPage page;
  size_t size_bytes = 0;
  RETURN_IF_ERROR(ReadItems(range, direction, kQueryPageBytes, limits, size_bytes, page));
  return page;
}

base::Result<ItemPage> ItemStore::Scan(Table& table, HashRange hashes,
                                       const std::optional<item::PrimaryKey>& start_after,
                                       PageLimits limits) {
  RETURN_IF_ERROR(CheckUsable(table));
  std::string start;
  if (start_after) start = ItemKey(table.number, *start_after) + '\0';
  ItemPage page;
  size_t size_bytes = 0;
  for (const Partition& partition : table.partitions) {
    const uint64_t first = std::max(hashes.first, partition.hashes.first);
    const uint64_t last = std::min(hashes.last, partition.hashes.last);
    if (first > last) continue;
    KeyRange range;
    range.partition = partition.id;
    range.from = std::max(HashRangeBegin(kItemFamily, table.number, first), start);
    range.to = HashRangeEnd(kItemFamily, table.number, last);
    RETURN_IF_ERROR(
        ReadItems(range, kv::Direction::kForward, kScanPageBytes, limits, size_bytes, page));
    if (!page.is_last) break;
  }
  return page;
}

// ---- one item
// ------------------------------------------------------------------------------------

base::Result<MutateResult> ItemStore::Mutate(Table& table, const item::PrimaryKey& key,
                                             const Mutation& mutation) {
  RETURN_IF_ERROR(CheckUsable(table));
  const std::string item_key = ItemKey(table.number, key);
  const uint16_t stripe = Counters::StripeOfTail(TailOfItemKey(item_key));
  Latches::One latch(latches_, Counters::LatchOf(table.number, stripe));
  for (int attempt = 0; attempt < kGuardAttemptsMax; ++attempt) {
    ASSIGN_OR_RETURN(auto done, TryMutate(table, item_key, stripe, mutation));
    if (done) return *std::move(done);
  }
  return TooManyWriters();
}

base::Result<std::optional<MutateResult>> ItemStore::TryMutate(Table& table, const std::string& key,
                                                               uint16_t stripe,
                                                               const Mutation& mutation) {
  const kv::PartitionId partition = table.PartitionOf(HashOfTail(TailOfItemKey(key))).id;
  ASSIGN_OR_RETURN(auto old_record, engine_.Get(partition, key));
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
  result.write_time_micros = ticket->time_micros;

  kv::Batch batch;
  ASSIGN_OR_RETURN(Count sum, ReadCounter(table, partition, stripe, batch));
  if (old_item != nullptr) {
    sum.items -= 1;
    sum.size_bytes -= static_cast<int64_t>(old_item->size_bytes());
  }
  std::optional<std::string> record;
  if (is_put) {
    sum = sum + Count{1, static_cast<int64_t>(decision.size_bytes)};
    record = MakeItemRecord(ticket->time_micros, decision.size_bytes, decision.encoded);
  }
  std::optional<std::string_view> old_bytes;
  if (old_item != nullptr) old_bytes = old_item->record;
  if (!capabilities_.exclusive_writer) {
    batch.guards.push_back(
        {key, old_item == nullptr ? std::optional<std::string>() : old_item->record});
  }
  batch.puts.reserve(4);
  batch.puts.emplace_back(Counters::RecordKey(table.number, stripe), Counters::Encode(sum));
  AddItemWrite(table, key, *ticket, old_bytes, std::move(record), batch);
  ASSIGN_OR_RETURN(auto outcome, engine_.Commit(partition, batch));
  if (outcome == kv::CommitOutcome::kGuardFailed) return std::optional<MutateResult>();
  table.counters.Set(stripe, sum);
  return std::optional(std::move(result));
}

// The stripe's sum before this write; with a guard on it when others may write it too.
base::Result<Count> ItemStore::ReadCounter(Table& table, kv::PartitionId partition, uint16_t stripe,
                                           kv::Batch& batch) {
  if (capabilities_.exclusive_writer) return table.counters.Get(stripe);
  std::string key = Counters::RecordKey(table.number, stripe);
  ASSIGN_OR_RETURN(auto record, engine_.Get(partition, key));
  Count sum;
  if (record) {
    ASSIGN_OR_RETURN(sum, Counters::Decode(*record));
  }
  batch.guards.push_back({std::move(key), std::move(record)});
  return sum;
}

// ---- many items
// ----------------------------------------------------------------------------------

struct ItemStore::Write {
  const Tables::BatchEntry* entry = nullptr;
  std::string key;
  const Partition* partition = nullptr;
  uint16_t stripe = 0;
  MutateResult* result = nullptr;
};

base::Result<std::vector<MutateResult>> ItemStore::WriteBatch(
    Table& table, std::span<const Tables::BatchEntry> entries) {
  RETURN_IF_ERROR(CheckUsable(table));
  std::vector<Write> writes(entries.size());
  std::vector<MutateResult> results(entries.size());
  std::vector<size_t> latches;
  for (size_t i = 0; i < entries.size(); ++i) {
    writes[i].entry = &entries[i];
    writes[i].result = &results[i];
    writes[i].key = ItemKey(table.number, entries[i].key);
    std::string_view tail = TailOfItemKey(writes[i].key);
    writes[i].partition = &table.PartitionOf(HashOfTail(tail));
    writes[i].stripe = Counters::StripeOfTail(tail);
    latches.push_back(Counters::LatchOf(table.number, writes[i].stripe));
  }
  std::sort(writes.begin(), writes.end(),
            [](const Write& a, const Write& b) { return a.key < b.key; });
  for (size_t i = 1; i < writes.size(); ++i) {
    if (writes[i - 1].key == writes[i].key) {
      return base::Error{
          base::ErrorKind::kInvalidArgument, "Provided list of item keys contains duplicates", {}};
    }
  }
  Latches::Many held(latches_, std::move(latches));
  // Keys in order are partitions in order: one commit for each, or one for all.
  for (size_t begin = 0; begin < writes.size();) {
    size_t end = writes.size();
    if (!capabilities_.multi_partition_commit) {
      end = begin + 1;
      while (end < writes.size() && writes[end].partition == writes[begin].partition) ++end;
    }
    int attempt = 0;
    for (; attempt < kGuardAttemptsMax; ++attempt) {
      ASSIGN_OR_RETURN(bool is_done,
                       TryWrite(table, std::span(writes).subspan(begin, end - begin)));
      if (is_done) break;
    }
    if (attempt == kGuardAttemptsMax) return TooManyWriters();
    begin = end;
  }
  return results;
}

base::Result<bool> ItemStore::TryWrite(Table& table, std::span<Write> writes) {
  std::vector<std::optional<std::string>> old_records;
  for (size_t begin = 0; begin < writes.size();) {
    std::vector<std::string> keys;
    size_t end = begin;
    for (; end < writes.size() && writes[end].partition == writes[begin].partition; ++end) {
      keys.push_back(writes[end].key);
    }
    ASSIGN_OR_RETURN(auto found, engine_.MultiGet(writes[begin].partition->id, keys));
    for (auto& record : found) old_records.push_back(std::move(record));
    begin = end;
  }

  ASSIGN_OR_RETURN(auto ticket, table.gate.Enter());
  if (!ticket) return TableNotFound();
  Passage passage(table.gate, *ticket);
  kv::Batch batch;
  std::map<uint16_t, Count> sums;
  for (size_t i = 0; i < writes.size(); ++i) {
    Write& write = writes[i];
    const Tables::BatchEntry& entry = *write.entry;
    std::optional<std::string_view> old_bytes;
    if (old_records[i]) old_bytes = *old_records[i];
    *write.result = MutateResult{};
    write.result->done = entry.encoded ? Decision::Kind::kPut : Decision::Kind::kDelete;
    if (!entry.encoded && !old_bytes) continue;  // nothing there to delete
    write.result->write_time_micros = ticket->time_micros;
    auto [sum, is_new] = sums.try_emplace(write.stripe);
    if (is_new) {
      ASSIGN_OR_RETURN(sum->second, ReadCounter(table, write.partition->id, write.stripe, batch));
    }
    if (old_bytes) {
      ASSIGN_OR_RETURN(ItemRecord old_item, ParseItemRecord(*old_bytes));
      sum->second.items -= 1;
      sum->second.size_bytes -= static_cast<int64_t>(old_item.size_bytes);
    }
    std::optional<std::string> record;
    if (entry.encoded) {
      sum->second = sum->second + Count{1, static_cast<int64_t>(entry.size_bytes)};
      record = MakeItemRecord(ticket->time_micros, entry.size_bytes, *entry.encoded);
    }
    if (!capabilities_.exclusive_writer) batch.guards.push_back({write.key, old_records[i]});
    AddItemWrite(table, write.key, *ticket, old_bytes, std::move(record), batch);
  }
  if (sums.empty()) return true;
  for (const auto& [stripe, sum] : sums) {
    batch.puts.emplace_back(Counters::RecordKey(table.number, stripe), Counters::Encode(sum));
  }
  ASSIGN_OR_RETURN(auto outcome, engine_.Commit(writes.front().partition->id, batch));
  if (outcome == kv::CommitOutcome::kGuardFailed) return false;
  for (const auto& [stripe, sum] : sums) table.counters.Set(stripe, sum);
  for (size_t i = 0; i < writes.size(); ++i) {
    if (old_records[i]) writes[i].result->old_item = StoredItem{*std::move(old_records[i])};
  }
  return true;
}

}  // namespace dray::table
