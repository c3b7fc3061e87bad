// SPDX-License-Identifier: Apache-2.0
// The facade: which part does what. Steps that take more than one part stand here.
#include <atomic>

#include "base/big_endian.h"
#include "base/log.h"
#include "base/text_encoding.h"
#include "storage/table/bulk_loader.h"
#include "storage/table/catalog.h"
#include "storage/table/history.h"
#include "storage/table/increment.h"
#include "storage/table/index_work.h"
#include "storage/table/item_expiry.h"
#include "storage/table/item_store.h"
#include "storage/table/key_encoding.h"
#include "storage/table/load_remover.h"
#include "storage/table/view.h"

namespace dray::table {
namespace {

// Keeps the table's data from being collected while it works, and stores what it brought.
class CountedBulkLoad final : public BulkLoader {
 public:
  CountedBulkLoad(kv::Engine& engine, IndexWork& index_work, TableRef table)
      : engine_(engine), index_work_(index_work), table_(std::move(table)) {
    ++table_->bulk_loads;
  }
  ~CountedBulkLoad() override {
    loader_.reset();
    --table_->bulk_loads;
  }
  // `indexes`: the numbers of those that the loader fills, in its order.
  void set_loader(std::unique_ptr<TableLoader> loader, std::vector<uint64_t> indexes) {
    loader_ = std::move(loader);
    indexes_ = std::move(indexes);
  }

  base::Status Add(const item::PrimaryKey& key, std::string_view encoded, size_t size_bytes,
                   uint64_t sequence) override {
    return loader_->Add(key, encoded, size_bytes, sequence);
  }
  base::Result<std::string> Checkpoint() override { return loader_->Checkpoint(); }
  base::Result<TableMetrics> Finish(const std::function<base::Status(double)>& progress) override {
    ASSIGN_OR_RETURN(LoadMetrics metrics, loader_->Finish(progress));
    kv::Batch batch;
    auto put = [&batch](uint64_t number, const TableMetrics& brought) {
      batch.puts.emplace_back(Counters::RecordKey(number, Counters::kBulkStripe),
                              Counters::Encode(CountOf(brought)));
    };
    put(table_->number, metrics.items);
    for (size_t i = 0; i < indexes_.size(); ++i) put(indexes_[i], metrics.indexes[i]);
    ASSIGN_OR_RETURN(auto outcome, engine_.Commit(kv::kSystemPartition, batch));
    if (outcome != kv::CommitOutcome::kCommitted) {
      return base::Error{base::ErrorKind::kInternal, "The counts of a load were not stored", {}};
    }
    table_->counters.Set(Counters::kBulkStripe, CountOf(metrics.items));
    if (auto maintenance = table_->maintenance()) {
      for (size_t i = 0; i < indexes_.size(); ++i) {
        if (const MaintainedIndex* index = maintenance->FindByNumber(indexes_[i])) {
          index->counters->Set(Counters::kBulkStripe, CountOf(metrics.indexes[i]));
        }
      }
    }
    RETURN_IF_ERROR(index_work_.MarkLoaded(*table_, indexes_));
    return metrics.items;
  }

 private:
  static Count CountOf(const TableMetrics& metrics) {
    return {static_cast<int64_t>(metrics.item_count), static_cast<int64_t>(metrics.size_bytes)};
  }

  kv::Engine& engine_;
  IndexWork& index_work_;
  const TableRef table_;
  std::unique_ptr<TableLoader> loader_;
  std::vector<uint64_t> indexes_;
};

class TablesOverEngine final : public Tables {
 public:
  TablesOverEngine(kv::Engine& engine, ServiceClock& clock, Options options,
                   std::unique_ptr<Catalog> catalog)
      : engine_(engine),
        clock_(clock),
        options_(std::move(options)),
        catalog_(std::move(catalog)),
        items_(engine, options_.collection_bytes_max),
        history_(engine, clock, *catalog_),
        index_work_(engine, *catalog_, items_),
        expiry_(engine, clock, items_),
        load_remover_(base::PosixFileSystem(), options_.folder) {}

  // Brings the tables of the catalog back to where they were.
  base::Status Resume() {
    RETURN_IF_ERROR(load_remover_.Resume());
    for (const TableRef& table : catalog_->All()) {
      RETURN_IF_ERROR(history_.Resume(*table));
      RETURN_IF_ERROR(LoadCounters(*table));
      if (table->status() == TableStatus::kActive) table->gate.Open();
    }
    return base::Ok();
  }

  // ---- catalog

  base::Result<TableRef> Create(TableDescriptor spec, bool load_later) override {
    RETURN_IF_ERROR(index_work_.CheckSpec(spec));
    return catalog_->Create(std::move(spec), load_later);
  }
  base::Result<TableRef> Find(std::string_view account, std::string_view name) override {
    return catalog_->Find(account, name);
  }
  base::Result<TableRef> FindByNumber(uint64_t number) override {
    return catalog_->FindByNumber(number);
  }
  base::Result<std::vector<std::string>> List(std::string_view account,
                                              std::string_view start_after,
                                              size_t count_max) override {
    return catalog_->List(account, start_after, count_max);
  }

  base::Status Activate(const TableRef& table) override {
    base::MutexLock changing(table->changing);
    if (table->status() == TableStatus::kActive) return base::Ok();
    if (table->status() == TableStatus::kDeleting) return TableNotFound();
    TableRecord record = *table->record();
    record.descriptor.status = TableStatus::kActive;
    RETURN_IF_ERROR(catalog_->StoreVersion(*table, std::move(record)));
    table->gate.Open();
    index_work_.Wake();
    return base::Ok();
  }

  base::Status Update(const TableRef& table,
                      const std::function<base::Status(TableDescriptor&)>& change) override {
    base::MutexLock changing(table->changing);
    if (table->status() == TableStatus::kDeleting) return TableNotFound();
    TableRecord record = *table->record();
    const TableDescriptor before = record.descriptor;
    RETURN_IF_ERROR(change(record.descriptor));
    // What has an operation of its own, or never changes, is not the callback's.
    record.descriptor.account = before.account;
    record.descriptor.name = before.name;
    record.descriptor.number = before.number;
    record.descriptor.table_id = before.table_id;
    record.descriptor.status = before.status;
    record.descriptor.created_at_micros = before.created_at_micros;
    record.descriptor.key_schema = before.key_schema;
    record.descriptor.recovery = before.recovery;
    record.descriptor.time_to_live = before.time_to_live;
    record.descriptor.indexes = KeepIndexes(before.indexes, record.descriptor.indexes);
    return catalog_->StoreVersion(*table, std::move(record));
  }

  base::Status Delete(const TableRef& table) override {
    base::MutexLock changing(table->changing);
    if (table->status() == TableStatus::kDeleting) return TableNotFound();
    const TableRecord before = *table->record();
    TableRecord record = before;
    record.descriptor.status = TableStatus::kDeleting;
    record.descriptor.resource_policy = nullptr;
    table->set_record(record);
    table->gate.Close();
    auto time = clock_.Issue();
    base::Status stored = time ? base::Ok() : base::Status(time.error());
    if (time) {
      record.deleted_at_micros = *time;
      stored = catalog_->StoreDeleted(*table, std::move(record));
    }
    if (!stored) {
      table->set_record(before);
      if (before.descriptor.status == TableStatus::kActive) table->gate.Open();
    }
    return stored;
  }

  TableDescriptor Describe(const TableRef& table) const override {
    return table->record()->descriptor;
  }
  std::shared_ptr<const TableDescriptor> DescriptorOf(const TableRef& table) const override {
    std::shared_ptr<const TableRecord> record = table->record();
    return {record, &record->descriptor};
  }
  TableMetrics Metrics(const TableRef& table) const override { return table->counters.total(); }
  std::vector<HashRange> Partitions(const TableRef& table) const override {
    std::vector<HashRange> ranges;
    for (const Partition& partition : table->partitions) ranges.push_back(partition.hashes);
    return ranges;
  }

  // ---- indexes

  base::Status CreateIndex(const TableRef& table, IndexDescriptor spec) override {
    return index_work_.CreateIndex(*table, std::move(spec));
  }
  base::Status DeleteIndex(const TableRef& table, std::string_view name) override {
    return index_work_.DeleteIndex(*table, name);
  }
  base::Result<TableMetrics> IndexMetrics(const TableRef& table,
                                          std::string_view name) const override {
    auto maintenance = table->maintenance();
    const MaintainedIndex* index = maintenance == nullptr ? nullptr : maintenance->Find(name);
    if (index == nullptr) {
      return base::Error{base::ErrorKind::kNotFound, "Requested resource not found",
                         reason::kIndexNotFound};
    }
    return index->counters->total();
  }
  base::Status SetTimeToLive(const TableRef& table, const TimeToLive& settings) override {
    return index_work_.SetTimeToLive(*table, settings);
  }
  base::Result<bool> AdvanceIndexWork(size_t items_max) override {
    bool is_more = false;
    auto advanced = ForEachTable([&](const TableRef& table) -> base::Status {
      size_t left = items_max;
      RETURN_IF_ERROR(index_work_.Advance(*table, left));
      is_more = is_more || IndexWork::IsNeeded(*table);
      return base::Ok();
    });
    if (!advanced) return std::move(advanced).error();
    return is_more;
  }
  base::Result<bool> ExpireItems(size_t items_max) override {
    bool is_more = false;
    auto advanced = ForEachTable([&](const TableRef& table) -> base::Status {
      size_t left = items_max;
      RETURN_IF_ERROR(expiry_.Advance(*table, left));
      is_more = is_more || left == 0;
      return base::Ok();
    });
    if (!advanced) return std::move(advanced).error();
    return is_more;
  }
  void OnIndexWork(std::function<void()> wake) override { index_work_.OnWork(std::move(wake)); }

  // ---- items

  base::Result<std::optional<StoredItem>> Get(const TableRef& table,
                                              const item::PrimaryKey& key) override {
    return items_.Get(*table, key);
  }
  base::Result<MutateResult> Mutate(const TableRef& table, const item::PrimaryKey& key,
                                    const Mutation& mutation) override {
    return items_.Mutate(*table, key, mutation);
  }
  base::Result<std::vector<MutateResult>> WriteBatch(
      const TableRef& table, const std::vector<BatchEntry>& entries) override {
    return items_.WriteBatch(*table, entries);
  }
  base::Result<std::vector<MutateResult>> MutateMany(const TableRef& table,
                                                     const std::vector<item::PrimaryKey>& keys,
                                                     const ManyMutation& mutation) override {
    return items_.MutateMany(*table, keys, mutation);
  }
  base::Result<ItemPage> Query(const TableRef& table, std::string_view index,
                               std::string_view partition_key, const SortRange& range,
                               kv::Direction direction,
                               const std::optional<item::PrimaryKey>& start_after,
                               PageLimits limits) override {
    return items_.Query(*table, index, partition_key, range, direction, start_after, limits);
  }
  base::Result<ItemPage> Scan(const TableRef& table, std::string_view index, HashRange range,
                              const std::optional<item::PrimaryKey>& start_after,
                              PageLimits limits) override {
    return items_.Scan(*table, index, range, start_after, limits);
  }

  // ---- history

  base::Status EnableRecovery(const TableRef& table, int64_t period_days) override {
    return history_.Enable(table, period_days);
  }
  base::Status DisableRecovery(const TableRef& table) override { return history_.Disable(table); }
  base::Result<Window> RestorableWindow(const TableRef& table) override {
    return history_.RestorableWindow(table);
  }
  base::Result<std::unique_ptr<View>> OpenView(const TableRef& table,
                                               std::optional<int64_t> time_micros) override {
    ASSIGN_OR_RETURN(auto pin, history_.PinView(table, time_micros));
    return MakeView(engine_, std::move(pin), options_.view);
  }
  base::Result<std::unique_ptr<Increment>> OpenIncrement(const TableRef& table, int64_t from_micros,
                                                         int64_t to_micros) override {
    ASSIGN_OR_RETURN(auto pin, history_.PinIncrement(table, from_micros, to_micros));
    return MakeIncrement(engine_, std::move(pin), to_micros, options_.view);
  }
  base::Result<uint64_t> EstimateChangeBytes(const TableRef& table, int64_t from_micros,
                                             int64_t to_micros) override {
    uint64_t bytes = 0;
    for (unsigned stripe = 0; stripe < kStripes; ++stripe) {
      ASSIGN_OR_RETURN(uint64_t in_stripe,
                       engine_.EstimateBytes(ChangeStripeBound(table->number, stripe, from_micros),
                                             ChangeStripeBound(table->number, stripe, to_micros)));
      bytes += in_stripe;
    }
    return bytes;
  }
  base::Result<TableDescriptor> DescriptorAt(const TableRef& table, int64_t time_micros) override {
    return catalog_->DescriptorAt(table, time_micros);
  }
  void Pin(uint64_t table_number, std::string_view owner, int64_t time_micros) override {
    auto table = catalog_->FindByNumber(table_number);
    if (table) {
      history_.Pin(**table, owner, time_micros);
    } else {
      base::log::Warning("changes are to be kept of a table whose data is gone",
                         {{"table_number", table_number}, {"owner", owner}});
    }
  }
  void Unpin(uint64_t table_number, std::string_view owner) override {
    if (auto table = catalog_->FindByNumber(table_number)) history_.Unpin(**table, owner);
  }
  base::Result<int64_t> PinNow(const TableRef& table, std::string_view owner) override {
    return history_.PinNow(table, owner);
  }
  void PinsLoaded() override { history_.PinsLoaded(); }
  base::Status CollectGarbage() override {
    return ForEachTable([&](const TableRef& table) {
      base::MutexLock background(table->background);
      return history_.CollectGarbage(table);
    });
  }

  // ---- bulk loading

  base::Result<std::unique_ptr<BulkLoader>> StartBulkLoad(const TableRef& table,
                                                          std::string_view job_id) override {
    return LoadInto(table, [&](BulkLoadTarget target) {
      return TableLoader::Make(std::move(target), BulkOptions(job_id));
    });
  }
  base::Result<std::unique_ptr<BulkLoader>> ResumeBulkLoad(const TableRef& table,
                                                           std::string_view job_id,
                                                           std::string_view checkpoint) override {
    return LoadInto(table, [&](BulkLoadTarget target) {
      return TableLoader::Resume(std::move(target), BulkOptions(job_id), checkpoint);
    });
  }
  base::Status AbandonBulkLoad(std::string_view job_id) override {
    return load_remover_.Remove(BulkOptions(job_id).folder);
  }

  base::Result<item::PrimaryKey> KeyOf(const TableRef& table, const StoredItem& item) override {
    return item::KeyOfItem(table->record()->descriptor.key_schema, item::ItemView(item.encoded()));
  }

 private:
  // One table's failure must not keep the others from going on; the first one is returned.
  base::Status ForEachTable(const std::function<base::Status(const TableRef&)>& work) {
    base::Status first_failure = base::Ok();
    for (const TableRef& table : catalog_->All()) {
      auto done = work(table);
      if (!done && first_failure) first_failure = std::move(done);
    }
    return first_failure;
  }

  // The indexes as they were, with what an update may change of them.
  static std::vector<IndexDescriptor> KeepIndexes(std::vector<IndexDescriptor> before,
                                                  const std::vector<IndexDescriptor>& changed) {
    for (IndexDescriptor& index : before) {
      for (const IndexDescriptor& change : changed) {
        if (change.name != index.name) continue;
        index.provisioned = change.provisioned;
        index.pass_through_json = change.pass_through_json;
      }
    }
    return before;
  }

  base::Status LoadCounters(Table& table) {
    RETURN_IF_ERROR(LoadStripes(table, table.number, table.counters));
    if (auto maintenance = table.maintenance()) {
      for (const MaintainedIndex& index : maintenance->indexes) {
        RETURN_IF_ERROR(LoadStripes(table, index.descriptor.number, *index.counters));
      }
    }
    return base::Ok();
  }

  base::Status LoadStripes(const Table& table, uint64_t number, Counters& counters) {
    const std::string prefix = TablePrefix(kMiscFamily, number);
    kv::Page page;
    for (const Partition& partition : table.partitions) {
      // A counter stands in the partition of its stripe; an engine with one key space shows all of
      // them in each, which does no harm.
      std::string from = prefix;
      do {
        RETURN_IF_ERROR(engine_.ReadRange(partition.id, from, kv::PrefixEnd(prefix),
                                          kv::Direction::kForward, kv::ReadLimits{}, page));
        for (size_t i = 0; i < page.size(); ++i) RETURN_IF_ERROR(LoadCounter(counters, page, i));
        if (page.size() > 0) from = std::string(page.key(page.size() - 1)) + '\0';
      } while (!page.is_last());
    }
    auto bulk =
        engine_.Get(kv::kSystemPartition, Counters::RecordKey(number, Counters::kBulkStripe));
    if (!bulk) return std::move(bulk).error();
    if (!*bulk) return base::Ok();
    ASSIGN_OR_RETURN(Count sum, Counters::Decode(**bulk));
    counters.Set(Counters::kBulkStripe, sum);
    return base::Ok();
  }

  static base::Status LoadCounter(Counters& counters, const kv::Page& page, size_t i) {
    std::string_view key = page.key(i);
    const bool is_good = key.size() == kTablePrefixBytes + 2;
    const uint16_t stripe = is_good ? base::ReadBigEndian16(key.substr(kTablePrefixBytes)) : 0;
    if (!is_good || (stripe >= Counters::kStripeCount && stripe != Counters::kBulkStripe)) {
      return base::Error{base::ErrorKind::kCorruption, "A counter's key is damaged", {}};
    }
    ASSIGN_OR_RETURN(Count sum, Counters::Decode(page.value(i)));
    counters.Set(stripe, sum);
    return base::Ok();
  }

  template <class Make>
  base::Result<std::unique_ptr<BulkLoader>> LoadInto(const TableRef& table, Make make) {
    // Registered first, so that the data of a table deleted meanwhile is not collected under it.
    auto load = std::make_unique<CountedBulkLoad>(engine_, index_work_, table);
    if (table->status() == TableStatus::kDeleting) return TableNotFound();
    if (table->status() != TableStatus::kCreating) {
      return base::Error{base::ErrorKind::kInUse,
                         "Only a table that cannot be read yet can be bulk-loaded",
                         reason::kTableInUse};
    }
    ASSIGN_OR_RETURN(int64_t write_time, clock_.Issue());
    const TableDescriptor descriptor = table->record()->descriptor;
    std::vector<uint64_t> indexes;
    for (const IndexDescriptor& index : descriptor.indexes) indexes.push_back(index.number);
    ASSIGN_OR_RETURN(auto loader, make(BulkLoadTarget{.engine = engine_,
                                                      .table_number = table->number,
                                                      .write_time_micros = write_time,
                                                      .partition = table->partitions.front().id,
                                                      .key_schema = descriptor.key_schema,
                                                      .indexes = descriptor.indexes}));
    load->set_loader(std::move(loader), std::move(indexes));
    return std::unique_ptr<BulkLoader>(std::move(load));
  }

  BulkLoadOptions BulkOptions(std::string_view job_id) const {
    BulkLoadOptions bulk;
    // Ids may be ARNs: encoded, so that they name one folder and never leave ours.
    bulk.folder = options_.folder + "/load-" + base::PercentEncode(job_id, /*keep_slash=*/false);
    bulk.memory_bytes = options_.bulk_memory_bytes;
    return bulk;
  }

  kv::Engine& engine_;
  ServiceClock& clock_;
  const Options options_;
  const std::unique_ptr<Catalog> catalog_;
  ItemStore items_;
  History history_;
  IndexWork index_work_;
  ItemExpiry expiry_;
  LoadRemover load_remover_;
};

}  // namespace

base::Result<std::unique_ptr<Tables>> Tables::Open(kv::Engine& engine, ServiceClock& clock,
                                                   Options options) {
  ASSIGN_OR_RETURN(auto catalog, Catalog::Open(engine, clock, options.initial_partitions));
  auto tables =
      std::make_unique<TablesOverEngine>(engine, clock, std::move(options), std::move(catalog));
  RETURN_IF_ERROR(tables->Resume());
  return std::unique_ptr<Tables>(std::move(tables));
}

}  // namespace dray::table
