// SPDX-License-Identifier: Apache-2.0
#include "storage/table/write_set.h"

#include <algorithm>

#include "base/varint.h"
#include "storage/table/expiry_time.h"
#include "storage/table/key_encoding.h"
#include "storage/table/record.h"

namespace dray::table {
namespace {

std::string Mark() { return std::string(1, '\x01'); }

// The image of an item before its change, and where the image is found by key.
void AddChange(const Table& table, std::string_view tail, const WriteGate::Ticket& ticket,
               std::optional<std::string_view> old_record, kv::Batch& batch) {
  if (!ticket.generation) return;
  batch.puts.emplace_back(ChangeKey(table.number, ticket.time_micros, tail),
                          MakeChangeRecord(old_record));
  batch.puts.emplace_back(
      ChangeIndexKey(table.number, *ticket.generation, tail, ticket.time_micros), Mark());
}

int64_t Bytes(size_t size) { return static_cast<int64_t>(size); }

}  // namespace

ItemPlace::ItemPlace(const Table& table, std::string item_key) : key(std::move(item_key)) {
  std::string_view tail = TailOfItemKey(key);
  partition = table.PartitionOf(HashOfTail(tail)).id;
  stripe = table.StripeOf(tail);
}

WriteSet::WriteSet(kv::Engine& engine, Table& table, uint64_t collection_bytes_max)
    : engine_(engine),
      table_(table),
      collection_bytes_max_(collection_bytes_max),
      needs_guards_(!engine.capabilities().exclusive_writer),
      maintenance_(table.maintenance()) {}

// ---- items
// ---------------------------------------------------------------------------------------

base::Status WriteSet::AddWrite(const ItemPlace& place, const std::string* old_record,
                                const std::optional<NewItem>& item, const WriteGate::Ticket& ticket,
                                MutateResult& result) {
  std::optional<ItemRecord> old_item;
  std::optional<std::string_view> old_bytes;
  if (old_record != nullptr) {
    old_bytes = *old_record;
    ASSIGN_OR_RETURN(old_item, ParseItemRecord(*old_record));
  }
  result.write_time_micros = ticket.time_micros;
  result.index_writes.clear();
  if (needs_guards_) {
    Guard(place.key, old_bytes ? std::optional(*old_record) : std::optional<std::string>());
  }

  Count delta;
  if (old_item) delta = delta + Count{-1, -Bytes(old_item->size_bytes)};
  if (item) delta = delta + Count{1, Bytes(item->size_bytes)};
  RETURN_IF_ERROR(AddTo(table_.counters, table_.number, place, delta));

  if (maintenance_ != nullptr) {
    Collection* collection = nullptr;
    if (maintenance_->has_collections) {
      ASSIGN_OR_RETURN(collection, CollectionOf(place));
    }
    int64_t grows_by = delta.size_bytes;
    RETURN_IF_ERROR(AddIndexes(place, old_item, item, ticket.time_micros, grows_by, result));
    AddExpiry(place, old_item, item);
    if (collection != nullptr) {
      collection->bytes += grows_by;
      collection->is_changed = true;
      if (grows_by > 0 && collection->bytes > Bytes(collection_bytes_max_)) {
        return base::Error{base::ErrorKind::kLimitExceeded, "Collection size exceeded.",
                           reason::kCollectionTooLarge};
      }
      result.collection_bytes = static_cast<uint64_t>(std::max<int64_t>(0, collection->bytes));
    }
  }

  AddChange(table_, TailOfItemKey(place.key), ticket, old_bytes, batch_);
  if (item) {
    batch_.puts.emplace_back(place.key,
                             MakeItemRecord(ticket.time_micros, item->size_bytes, item->encoded));
  } else {
    batch_.deletes.push_back(place.key);
  }
  return base::Ok();
}

void WriteSet::Guard(std::string key, std::optional<std::string> expected) {
  batch_.guards.push_back({std::move(key), std::move(expected)});
}

// The sum before comes from memory, or with a guard from the engine when others may write it too.
base::Status WriteSet::AddTo(Counters& counters, uint64_t number, const ItemPlace& place,
                             Count delta) {
  auto sum = std::find_if(sums_.begin(), sums_.end(), [&](const Sum& known) {
    return known.stripe == place.stripe && known.number == number;
  });
  if (sum == sums_.end()) {
    Count before;
    if (needs_guards_) {
      std::string key = Counters::RecordKey(number, place.stripe);
      ASSIGN_OR_RETURN(auto record, engine_.Get(place.partition, key));
      if (record) {
        ASSIGN_OR_RETURN(before, Counters::Decode(*record));
      }
      Guard(std::move(key), std::move(record));
    } else {
      before = counters.Get(place.stripe);
    }
    sum = sums_.insert(sums_.end(), Sum{number, place.stripe, &counters, before, before});
  }
  sum->count = sum->count + delta;
  return base::Ok();
}

// ---- indexes
// -------------------------------------------------------------------------------------

base::Status WriteSet::AddIndexes(const ItemPlace& place, const std::optional<ItemRecord>& old_item,
                                  const std::optional<NewItem>& item, int64_t time_micros,
                                  int64_t& grows_by, MutateResult& result) {
  size_t local_bytes = item ? item->size_bytes : 0;
  for (const MaintainedIndex& index : maintenance_->indexes) {
    if (index.descriptor.status == IndexStatus::kDeleting) continue;
    std::optional<IndexEntry> old_entry, entry;
    if (item) {
      ASSIGN_OR_RETURN(entry, EntryOf(index.descriptor, maintenance_->table_schema,
                                      item::ItemView(item->encoded)));
    }
    if (old_item) {
      ASSIGN_OR_RETURN(old_entry, OldEntryOf(index, item::ItemView(old_item->encoded)));
    }
    if (old_entry && index.descriptor.status == IndexStatus::kCreating) {
      ASSIGN_OR_RETURN(bool is_there, IsThere(index, *old_entry));
      if (!is_there) old_entry.reset();
    }
    const int64_t delta =
        (entry ? Bytes(entry->size_bytes) : 0) - (old_entry ? Bytes(old_entry->size_bytes) : 0);
    if (index.descriptor.kind == IndexKind::kLocal) {
      grows_by += delta;
      if (entry) local_bytes += entry->size_bytes;
    }
    RETURN_IF_ERROR(ReplaceEntry(index, place, old_entry, entry, time_micros, result));
  }
  // AWS counts an item with its entries in local indexes, which stand beside it.
  if (item && maintenance_->has_collections && local_bytes > item::kItemBytesMax) {
    return base::Error{
        base::ErrorKind::kInvalidArgument, "Item size has exceeded the maximum allowed size", {}};
  }
  return base::Ok();
}

base::Status WriteSet::ReplaceEntry(const MaintainedIndex& index, const ItemPlace& place,
                                    const std::optional<IndexEntry>& old_entry,
                                    const std::optional<IndexEntry>& entry, int64_t time_micros,
                                    MutateResult& result) {
  if (!old_entry && !entry) return base::Ok();
  const bool is_same_key = old_entry && entry && old_entry->key == entry->key;
  if (is_same_key && old_entry->encoded == entry->encoded) return base::Ok();
  const uint64_t number = index.descriptor.number;
  IndexWrite write{.index = index.descriptor.name, .is_same_key = is_same_key};
  Count delta;
  if (old_entry) {
    write.old_bytes = old_entry->size_bytes;
    delta = delta + Count{-1, -Bytes(old_entry->size_bytes)};
    if (!is_same_key) batch_.deletes.push_back(ItemKey(number, old_entry->key));
  }
  if (entry) {
    write.new_bytes = entry->size_bytes;
    delta = delta + Count{1, Bytes(entry->size_bytes)};
    batch_.puts.emplace_back(ItemKey(number, entry->key),
                             MakeItemRecord(time_micros, entry->size_bytes, entry->encoded));
  }
  result.index_writes.push_back(std::move(write));
  return AddTo(*index.counters, number, place, delta);
}

// An item from before its index may not fit the index's keys; then it has no entry.
base::Result<std::optional<IndexEntry>> WriteSet::OldEntryOf(const MaintainedIndex& index,
                                                             const item::ItemView& item) const {
  auto entry = EntryOf(index.descriptor, maintenance_->table_schema, item);
  if (!entry && entry.error().kind == base::ErrorKind::kInvalidArgument) {
    return std::optional<IndexEntry>();
  }
  return entry;
}

base::Result<bool> WriteSet::IsThere(const MaintainedIndex& index, const IndexEntry& entry) {
  std::string key = ItemKey(index.descriptor.number, entry.key);
  const uint64_t hash = HashOfTail(TailOfItemKey(key));
  ASSIGN_OR_RETURN(auto record, engine_.Get(table_.PartitionOf(hash).id, key));
  const bool is_there = record.has_value();
  if (needs_guards_) Guard(std::move(key), std::move(record));
  return is_there;
}

base::Status WriteSet::AddMissing(const ItemPlace& place, const std::string& record,
                                  std::span<const uint64_t> index_numbers) {
  if (maintenance_ == nullptr) return base::Ok();
  ASSIGN_OR_RETURN(ItemRecord item, ParseItemRecord(record));
  const item::ItemView view(item.encoded);
  if (needs_guards_) Guard(place.key, record);
  Collection* collection = nullptr;
  if (maintenance_->has_collections) {
    ASSIGN_OR_RETURN(collection, CollectionOf(place));
  }
  MutateResult unused;  // nobody asks what the background consumes
  for (const MaintainedIndex& index : maintenance_->indexes) {
    const IndexDescriptor& descriptor = index.descriptor;
    if (descriptor.status != IndexStatus::kCreating ||
        std::find(index_numbers.begin(), index_numbers.end(), descriptor.number) ==
            index_numbers.end()) {
      continue;
    }
    ASSIGN_OR_RETURN(auto entry, OldEntryOf(index, view));
    if (!entry) continue;
    ASSIGN_OR_RETURN(bool is_there, IsThere(index, *entry));
    if (is_there) continue;
    if (descriptor.kind == IndexKind::kLocal) {
      collection->bytes += Bytes(entry->size_bytes);
      collection->is_changed = true;
    }
    RETURN_IF_ERROR(
        ReplaceEntry(index, place, std::nullopt, entry, item.write_time_micros, unused));
  }
  const TimeToLive& expiry = maintenance_->time_to_live;
  if (expiry.is_backfilling &&
      std::find(index_numbers.begin(), index_numbers.end(), expiry.number) != index_numbers.end()) {
    if (auto seconds = ExpirySecondsOf(view, expiry.attribute)) {
      PutExpiry(TailOfItemKey(place.key), *seconds);
    }
  }
  return base::Ok();
}

// ---- expiry
// --------------------------------------------------------------------------------------

void WriteSet::AddExpiry(const ItemPlace& place, const std::optional<ItemRecord>& old_item,
                         const std::optional<NewItem>& item) {
  const TimeToLive& expiry = maintenance_->time_to_live;
  if (!expiry.is_enabled) return;
  std::optional<int64_t> before, after;
  if (old_item) before = ExpirySecondsOf(item::ItemView(old_item->encoded), expiry.attribute);
  if (item) after = ExpirySecondsOf(item::ItemView(item->encoded), expiry.attribute);
  std::string_view tail = TailOfItemKey(place.key);
  // While older items are looked through the old time may have no entry yet, and the new one may be
  // the same: it is put again. A delete of nothing does no harm.
  if (before && before != after) {
    batch_.deletes.push_back(ExpiryKey(expiry.number, *before, tail));
  }
  if (after && (before != after || expiry.is_backfilling)) PutExpiry(tail, *after);
}

void WriteSet::PutExpiry(std::string_view tail, int64_t seconds) {
  batch_.puts.emplace_back(ExpiryKey(maintenance_->time_to_live.number, seconds, tail), Mark());
  expiry_puts_.push_back({std::string(tail), seconds});
}

// ---- item collections
// ----------------------------------------------------------------------------

base::Result<WriteSet::Collection*> WriteSet::CollectionOf(const ItemPlace& place) {
  std::string key = CollectionKey(table_.number, TailOfItemKey(place.key));
  for (Collection& known : collections_) {
    if (known.key == key) return &known;
  }
  ASSIGN_OR_RETURN(auto record, engine_.Get(place.partition, key));
  Collection collection{.key = key, .bytes = 0, .is_changed = false};
  if (record) {
    ASSIGN_OR_RETURN(collection.bytes, ParseCollectionRecord(*record));
  } else if (maintenance_->collections_may_be_missing) {
    ASSIGN_OR_RETURN(collection.bytes, SumCollection(place));
    collection.is_changed = true;
  }
  if (needs_guards_) Guard(std::move(key), std::move(record));
  collections_.push_back(std::move(collection));
  return &collections_.back();
}

// What the items and the entries in local indexes of one partition key have now.
base::Result<int64_t> WriteSet::SumCollection(const ItemPlace& place) {
  std::vector<uint64_t> numbers = {table_.number};
  for (const MaintainedIndex& index : maintenance_->indexes) {
    if (index.descriptor.kind == IndexKind::kLocal) numbers.push_back(index.descriptor.number);
  }
  int64_t bytes = 0;
  kv::Page page;
  for (uint64_t number : numbers) {
    std::string from = TablePrefix(kItemFamily, number);
    from += PartitionPartOfTail(TailOfItemKey(place.key));
    const std::string to = kv::PrefixEnd(from);
    do {
      RETURN_IF_ERROR(engine_.ReadRange(place.partition, from, to, kv::Direction::kForward,
                                        kv::ReadLimits{}, page));
      for (size_t i = 0; i < page.size(); ++i) {
        ASSIGN_OR_RETURN(ItemRecord item, ParseItemRecord(page.value(i)));
        bytes += Bytes(item.size_bytes);
      }
      if (page.size() > 0) from = std::string(page.key(page.size() - 1)) + '\0';
    } while (!page.is_last());
  }
  return bytes;
}

// ---- the commit
// ----------------------------------------------------------------------------------

base::Result<bool> WriteSet::Commit(kv::PartitionId partition) {
  for (const Sum& sum : sums_) {
    if (sum.count == sum.before) continue;
    batch_.puts.emplace_back(Counters::RecordKey(sum.number, sum.stripe),
                             Counters::Encode(sum.count));
  }
  for (Collection& collection : collections_) {
    if (!collection.is_changed) continue;
    if (collection.bytes > 0) {
      batch_.puts.emplace_back(std::move(collection.key), MakeCollectionRecord(collection.bytes));
    } else {
      batch_.deletes.push_back(std::move(collection.key));
    }
  }
  if (batch_.puts.empty() && batch_.deletes.empty()) return true;
  ASSIGN_OR_RETURN(auto outcome, engine_.Commit(partition, batch_));
  if (outcome == kv::CommitOutcome::kGuardFailed) return false;
  for (const Sum& sum : sums_) sum.counters->Set(sum.stripe, sum.count);
  // Behind the commit: a search that begins in between sees the entry, or finds the floor lowered.
  for (const ExpiryPut& put : expiry_puts_) table_.LowerExpiryFloor(put.tail, put.seconds);
  return true;
}

}  // namespace dray::table
