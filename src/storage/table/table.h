// SPDX-License-Identifier: Apache-2.0
// Tables: catalog, item store, change log, views of the past, bulk loading. This header is what the
// rest of Dray sees; the parts are catalog.h, key_encoding.h, item_store.h, history.h, view.h,
// increment.h and bulk_loader.h. All classes here are thread-safe unless they say otherwise. A
// table is addressed by its TableRef, got from the catalog once per request.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/item/item_encoding.h"
#include "model/item/key_schema.h"
#include "storage/kv/engine.h"
#include "storage/table/index_descriptor.h"
#include "storage/table/service_clock.h"

namespace dray::table {

// First bytes of the keys of change logs, for an engine that keeps logs apart from what they are
// of.
inline constexpr std::string_view kLogKeys = "cx";

namespace reason {
inline constexpr std::string_view kTableNotFound = "table_not_found";
inline constexpr std::string_view kTableExists = "table_exists";  // also while it is being deleted
inline constexpr std::string_view kTableInUse = "table_in_use";   // CREATING
inline constexpr std::string_view kRecoveryOff =
    "recovery_off";  // a view of a table that records nothing
inline constexpr std::string_view kOutsideWindow =
    "outside_window";  // T before the window or in the future
inline constexpr std::string_view kIndexNotFound = "index_not_found";
inline constexpr std::string_view kIndexExists = "index_exists";  // also while it is being deleted
inline constexpr std::string_view kIndexInUse = "index_in_use";   // not ACTIVE, so not to be read
inline constexpr std::string_view kCollectionTooLarge = "collection_too_large";
}  // namespace reason

enum class TableStatus { kCreating, kActive, kDeleting };
enum class BillingMode { kProvisioned, kPayPerRequest };

// Point-in-time recovery of one table.
struct Recovery {
  bool is_enabled = false;
  int64_t period_days = 35;
  int64_t enabled_at_micros = 0;  // start of recording; the window never reaches before it
};

// Who else may use a table: what PutResourcePolicy attached.
struct ResourcePolicy {
  std::string json;
  int64_t revision = 0;  // never 0, and never that of another text of the table
};

// What DescribeTable tells and restores bring back. Versioned by time: DescriptorAt(T).
struct TableDescriptor {
  std::string account;
  std::string name;
  uint64_t number = 0;   // never reused; part of every key
  std::string table_id;  // UUID
  TableStatus status = TableStatus::kCreating;
  int64_t created_at_micros = 0;
  item::KeySchema key_schema;
  std::vector<item::KeyElement> attribute_definitions;  // as given
  BillingMode billing_mode = BillingMode::kProvisioned;
  Throughput provisioned;
  Recovery recovery;
  bool is_deletion_protected = false;
  std::string table_class;  // stored and returned; empty = STANDARD
  std::vector<std::pair<std::string, std::string>> tags;
  std::string pass_through_json;  // neutral settings returned as given, a JSON object or empty
  std::vector<IndexDescriptor> indexes;  // local ones first
  TimeToLive time_to_live;
  // Of the table as it is now: versions by time, backups and restores do not have it. Null: none.
  std::shared_ptr<const ResourcePolicy> resource_policy;
};

struct TableMetrics {
  uint64_t item_count = 0;
  uint64_t size_bytes = 0;
};

// One range of partition-key hashes, both ends included.
struct HashRange {
  uint64_t first = 0;
  uint64_t last = UINT64_MAX;
  bool operator==(const HashRange&) const = default;
};

class Table;  // opaque: descriptor, latches, counters of one open table
using TableRef =
    std::shared_ptr<Table>;  // shared: requests and jobs keep a deleted table's state alive

// The hash of docs/formats/keys.md over the ordered encoding of the partition key.
uint64_t HashOfPartitionKey(std::string_view ordered_partition_key);

// ---- reading and writing items
// -------------------------------------------------------------------

struct StoredItem {
  std::string record;                // owns the bytes of `item`
  std::string_view encoded() const;  // the item inside the record (item_encoding.h)
  int64_t write_time_micros() const;
  size_t size_bytes() const;  // AWS's size
};

// What a Mutation decided about one item, with the latch of its key held.
struct Decision {
  enum class Kind { kKeep, kPut, kDelete, kConditionFailed } kind = Kind::kKeep;
  std::string encoded;    // kPut: the new item, with the same key
  size_t size_bytes = 0;  // kPut: AWS's size of it
};
// Gets the old item, or nullptr when absent. Errors end the operation and change nothing.
using Mutation = std::function<base::Result<Decision>(const StoredItem* old_item)>;

// What a write did to the entry of its item in one index: what ConsumedCapacity counts. AWS charges
// an entry that stays under its key once, by the larger size, and one that moves twice.
struct IndexWrite {
  std::string index;     // its name
  size_t old_bytes = 0;  // AWS's size of the entry that went away or was replaced; 0: none
  size_t new_bytes = 0;  // of the entry that was put; 0: none
  bool is_same_key = false;
};

struct MutateResult {
  Decision::Kind done = Decision::Kind::kKeep;
  std::optional<StoredItem> old_item;
  int64_t write_time_micros = 0;         // 0: nothing was written
  std::vector<IndexWrite> index_writes;  // of the indexes whose entry changed
  // Tables with local indexes: the size of the item collection after the write, entries in local
  // indexes included; nullopt when nothing was written.
  std::optional<uint64_t> collection_bytes;
};

// One page of items in key order.
struct ItemPage {
  std::vector<StoredItem> items;
  // No limit was reached. When one was, also with the very last item, the page ends with a
  // LastEvaluatedKey, as on AWS.
  bool is_last = true;
};

struct PageLimits {
  size_t items_max = SIZE_MAX;     // Limit
  size_t bytes_max = 1024 * 1024;  // AWS's sizes; the item that crosses it is still in the page
};

// Bounds on the ordered sort key, all optional. An index may have several RANGE attributes: the
// first ones are equal to `equal`, the bounds are for the one behind these.
struct SortRange {
  std::vector<std::string> equal;
  std::optional<std::string> from;
  bool from_inclusive = true;
  std::optional<std::string> to;
  bool to_inclusive = true;
  std::optional<std::string> prefix;  // begins_with, S and B only
};

// ---- views: items as of a time
// -------------------------------------------------------------------

// Reads one hash range of a table as of T, in pages, in key order. Used by one thread.
class ViewCursor {
 public:
  virtual ~ViewCursor() = default;
  // The next item's encoding, valid until the next call; nullopt at the end.
  virtual base::Result<std::optional<std::string_view>> Next() = 0;
  // Where a later cursor can go on: the storage key behind the last item returned, opaque.
  virtual std::string position() const = 0;
};

// A consistent cut: the writes with time < T. It pins the changes it needs while it lives; jobs pin
// theirs durably too (PinChanges). Cursors may be used from several threads, each its own.
class View {
 public:
  virtual ~View() = default;
  virtual int64_t time_micros() const = 0;
  // `position` from an earlier cursor of the same range, or empty.
  virtual base::Result<std::unique_ptr<ViewCursor>> OpenCursor(HashRange range,
                                                               std::string_view position) = 0;
};

// ---- increments: what changed between two times
// --------------------------------------------------

// What a key held at the end of an increment. Borrows from the cursor.
struct Image {
  std::string_view encoded;
  size_t size_bytes = 0;  // AWS's size
};

// One key that was written within an increment's times. One of the images is there: a key that was
// absent before and afterwards did not change.
struct KeyChange {
  int64_t write_time_micros = 0;   // of its last write within the times
  std::optional<Image> old_image;  // at the beginning
  std::optional<Image> new_image;  // at the end
};

// Reads one hash range of an increment, in key order. Used by one thread.
class IncrementCursor {
 public:
  virtual ~IncrementCursor() = default;
  // Valid until the next call; nullopt at the end.
  virtual base::Result<std::optional<KeyChange>> Next() = 0;
  // Where a later cursor can go on: behind the last change returned, opaque.
  virtual std::string position() const = 0;
};

// The writes with from <= time < to: what leads from the view of `from` to the view of `to`. Its
// cost depends on the writes within its times, not on the table or on those before. Pins as a view
// of `from` does.
class Increment {
 public:
  virtual ~Increment() = default;
  // `position` as for views. Without `with_old_images`, an old image is given only where there is
  // no new one: that costs less.
  virtual base::Result<std::unique_ptr<IncrementCursor>> OpenCursor(HashRange range,
                                                                    std::string_view position,
                                                                    bool with_old_images) = 0;
};

// ---- bulk loading
// --------------------------------------------------------------------------------

// Fills a table that cannot be read yet (CREATING) from items in any order, within bounded memory,
// spilling to `folder`. Of items with one key the one with the highest `sequence` wins. Add is
// thread-safe.
class BulkLoader {
 public:
  virtual ~BulkLoader() = default;
  // `sequence` orders duplicates: (object number << 40 | record index).
  virtual base::Status Add(const item::PrimaryKey& key, std::string_view encoded, size_t size_bytes,
                           uint64_t sequence) = 0;
  // Everything added so far survives a crash once this returns; the bytes go into the job's record
  // and are given to ResumeBulkLoad.
  virtual base::Result<std::string> Checkpoint() = 0;
  // Sorts, writes and ingests items and the entries of all indexes; durable afterwards, the indexes
  // are ACTIVE, counted and complete. `progress` gets the share done, 0 to 1.
  virtual base::Result<TableMetrics> Finish(
      const std::function<base::Status(double)>& progress) = 0;
};

// ---- the facade
// ----------------------------------------------------------------------------------

// How much a view's cursor reads at once; tests take little.
struct ViewOptions {
  kv::ReadLimits items = {.entries_max = 1 << 16, .bytes_max = 2 << 20};
  kv::ReadLimits changes = {.entries_max = 1 << 13, .bytes_max = 256 << 10};
  size_t changed_keys_max = 1 << 14;  // held in memory
  size_t images_max = 32;
};

struct Options {
  std::string folder;  // for spill files of bulk loads
  size_t bulk_memory_bytes = 192 << 20;
  unsigned initial_partitions = 4;
  ViewOptions view;
  // Of the items and local index entries of one partition key, in tables with local indexes.
  uint64_t collection_bytes_max = 10ull << 30;
};

class Tables {
 public:
  // Loads the catalog. Nothing is expired before PinsLoaded was called. The references outlive it.
  static base::Result<std::unique_ptr<Tables>> Open(kv::Engine& engine, ServiceClock& clock,
                                                    Options options);
  virtual ~Tables() = default;

  // --- catalog. `spec` gives account, name, settings and indexes; numbers, times and statuses are
  // set here, and the id when it is empty. Indexes that were being deleted are left out, expiry is
  // off. Leaves the table CREATING when `load_later` (imports, restores), else ACTIVE; its indexes
  // are loaded with it, and ACTIVE when the load has finished.
  virtual base::Result<TableRef> Create(TableDescriptor spec, bool load_later) = 0;
  virtual base::Result<TableRef> Find(std::string_view account, std::string_view name) = 0;
  virtual base::Result<TableRef> FindByNumber(uint64_t number) = 0;  // deleted but pinned ones too
  // At most `count_max` names after `start_after`, in byte order.
  virtual base::Result<std::vector<std::string>> List(std::string_view account,
                                                      std::string_view start_after,
                                                      size_t count_max) = 0;
  virtual base::Status Activate(const TableRef& table) = 0;
  // Writes a new version of the descriptor; `change` edits a copy of the current one. Of an index
  // it can change what is provisioned and passed through; the rest has operations of its own.
  virtual base::Status Update(const TableRef& table,
                              const std::function<base::Status(TableDescriptor&)>& change) = 0;
  // Drains writes; the name is free afterwards. Items and changes go away in the background, those
  // that a pin needs when the pin is gone.
  virtual base::Status Delete(const TableRef& table) = 0;
  virtual TableDescriptor Describe(const TableRef& table) const = 0;
  // The same without a copy: the version of this moment, shared with whoever else reads it.
  virtual std::shared_ptr<const TableDescriptor> DescriptorOf(const TableRef& table) const = 0;
  virtual TableMetrics Metrics(const TableRef& table) const = 0;
  virtual std::vector<HashRange> Partitions(const TableRef& table) const = 0;

  // --- indexes. Errors: kIndexNotFound, kIndexExists, and AWS's texts.
  // Adds a global index, CREATING: from then on every write keeps it, and AdvanceIndexWork fills in
  // the items that were there before, also after a restart. Items whose attributes do not fit its
  // keys are left out, as on AWS.
  virtual base::Status CreateIndex(const TableRef& table, IndexDescriptor spec) = 0;
  // Removes a global index, in the background, also one that is still being built.
  virtual base::Status DeleteIndex(const TableRef& table, std::string_view name) = 0;
  virtual base::Result<TableMetrics> IndexMetrics(const TableRef& table,
                                                  std::string_view name) const = 0;
  // Turns expiry on for an attribute (built in the background, too) or off.
  virtual base::Status SetTimeToLive(const TableRef& table, const TimeToLive& settings) = 0;

  // --- items
  virtual base::Result<std::optional<StoredItem>> Get(const TableRef& table,
                                                      const item::PrimaryKey& key) = 0;
  virtual base::Result<MutateResult> Mutate(const TableRef& table, const item::PrimaryKey& key,
                                            const Mutation& mutation) = 0;
  // Many unconditional puts and deletes (nullopt), each atomic by itself, with shared fsyncs:
  // BatchWriteItem. Keys are distinct.
  struct BatchEntry {
    item::PrimaryKey key;
    std::optional<std::string> encoded;
    size_t size_bytes = 0;
  };
  // A result for each entry, in their order.
  virtual base::Result<std::vector<MutateResult>> WriteBatch(
      const TableRef& table, const std::vector<BatchEntry>& entries) = 0;
  // Mutate for many distinct keys, each atomic by itself, with shared fsyncs: `mutation` gets the
  // key's place in `keys` besides. An error of one ends all that were not committed before it.
  using ManyMutation =
      std::function<base::Result<Decision>(size_t index, const StoredItem* old_item)>;
  virtual base::Result<std::vector<MutateResult>> MutateMany(
      const TableRef& table, const std::vector<item::PrimaryKey>& keys,
      const ManyMutation& mutation) = 0;
  // All items of one partition key within a sort range. `start_after`: exclusive start key. With
  // the name of an index: its entries, as items with the projected attributes; `partition_key` is
  // then from IndexPartitionKey and `start_after` from EntryKeyOf (index_entry.h), and an index
  // that is not there or not ACTIVE is an error with AWS's text.
  virtual base::Result<ItemPage> Query(const TableRef& table, std::string_view index,
                                       std::string_view partition_key, const SortRange& range,
                                       kv::Direction direction,
                                       const std::optional<item::PrimaryKey>& start_after,
                                       PageLimits limits) = 0;
  base::Result<ItemPage> Query(const TableRef& table, std::string_view partition_key,
                               const SortRange& range, kv::Direction direction,
                               const std::optional<item::PrimaryKey>& start_after,
                               PageLimits limits) {
    return Query(table, {}, partition_key, range, direction, start_after, limits);
  }
  // Items of a hash range in storage order, or entries of an index, by the hashes of its partition
  // keys. Segment i of n is the range [i*2^64/n, (i+1)*2^64/n - 1].
  virtual base::Result<ItemPage> Scan(const TableRef& table, std::string_view index,
                                      HashRange range,
                                      const std::optional<item::PrimaryKey>& start_after,
                                      PageLimits limits) = 0;
  base::Result<ItemPage> Scan(const TableRef& table, HashRange range,
                              const std::optional<item::PrimaryKey>& start_after,
                              PageLimits limits) {
    return Scan(table, {}, range, start_after, limits);
  }

  // --- history
  // Turning on drains the writes in flight and takes the enable time after them.
  virtual base::Status EnableRecovery(const TableRef& table, int64_t period_days) = 0;
  virtual base::Status DisableRecovery(const TableRef& table) = 0;
  struct Window {
    int64_t earliest_micros = 0;
    int64_t latest_micros = 0;  // contract section 3.2
  };
  virtual base::Result<Window> RestorableWindow(const TableRef& table) = 0;
  // Waits until no write before T is in flight. T = nullopt takes a new time: the cut is now. A
  // view of a pinned time opens also when recovery is off meanwhile or the table deleted.
  virtual base::Result<std::unique_ptr<View>> OpenView(const TableRef& table,
                                                       std::optional<int64_t> time_micros) = 0;
  // The same rules hold for `from_micros` as for a view's time; `to_micros` is not in the future.
  virtual base::Result<std::unique_ptr<Increment>> OpenIncrement(const TableRef& table,
                                                                 int64_t from_micros,
                                                                 int64_t to_micros) = 0;
  // About how many bytes the changes in [from, to) take on disk: for plans.
  virtual base::Result<uint64_t> EstimateChangeBytes(const TableRef& table, int64_t from_micros,
                                                     int64_t to_micros) = 0;
  virtual base::Result<TableDescriptor> DescriptorAt(const TableRef& table,
                                                     int64_t time_micros) = 0;

  // Changes at or after T of the table stay until Unpin, whatever happens. Pins are kept in memory:
  // the owner (a job record) stores them and pins again at start. An owner has one pin a table:
  // another call moves it.
  virtual void Pin(uint64_t table_number, std::string_view owner, int64_t time_micros) = 0;
  virtual void Unpin(uint64_t table_number, std::string_view owner) = 0;
  // Takes the cut of now and pins it in one step, for a table whose recovery is off, too: changes
  // are then recorded for the pin alone, and nothing shows it. Returns the cut's time. kTableInUse,
  // kTableNotFound unless the table is ACTIVE.
  virtual base::Result<int64_t> PinNow(const TableRef& table, std::string_view owner) = 0;
  // Every durable pin was pinned again: from now on changes may be dropped.
  virtual void PinsLoaded() = 0;
  // One round of expiry and of removing deleted tables' data; called in the background.
  virtual base::Status CollectGarbage() = 0;

  // --- work in the background, for one thread that calls these again and again. Ordinary requests
  // never wait for it longer than for each other.
  // Builds and removes indexes, about `items_max` items' worth a table; true: more is left. One
  // table's failure does not keep the others from going on.
  virtual base::Result<bool> AdvanceIndexWork(size_t items_max) = 0;
  // Deletes items whose time has come by the service clock, at most about `items_max` a table;
  // true: more are due.
  virtual base::Result<bool> ExpireItems(size_t items_max) = 0;
  // `wake` runs, in any thread and under locks, when AdvanceIndexWork gets something to do; it only
  // signals. Empty: nothing is called any more once this returns.
  virtual void OnIndexWork(std::function<void()> wake) = 0;

  // --- bulk loading
  virtual base::Result<std::unique_ptr<BulkLoader>> StartBulkLoad(const TableRef& table,
                                                                  std::string_view job_id) = 0;
  virtual base::Result<std::unique_ptr<BulkLoader>> ResumeBulkLoad(const TableRef& table,
                                                                   std::string_view job_id,
                                                                   std::string_view checkpoint) = 0;
  // Removes its spill files, in the background.
  virtual base::Status AbandonBulkLoad(std::string_view job_id) = 0;

  // The inverse of storage keys: the primary key of a stored item, for LastEvaluatedKey.
  virtual base::Result<item::PrimaryKey> KeyOf(const TableRef& table, const StoredItem& item) = 0;
};

}  // namespace dray::table
