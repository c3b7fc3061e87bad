// SPDX-License-Identifier: Apache-2.0
// Finish:   items, by hash ranges in parallel: sort -> the newest of each key -> sorted files; from
//           each its entries -> the sort of entries; then the entries, in the same way.
#include "storage/table/bulk_loader.h"

#include <algorithm>
#include <optional>

#include "base/mutex.h"
#include "storage/table/index_entry.h"
#include "storage/table/key_encoding.h"
#include "storage/table/record.h"

namespace dray::table {
namespace {

// Of the progress, where there are indexes: items, the rest is entries.
constexpr double kItemsShare = 0.6;

bool HasLocal(const BulkLoadTarget& target) {
  return std::any_of(target.indexes.begin(), target.indexes.end(),
                     [](const IndexDescriptor& index) { return index.kind == IndexKind::kLocal; });
}

void AddTo(TableMetrics& sum, const TableMetrics& more) {
  sum.item_count += more.item_count;
  sum.size_bytes += more.size_bytes;
}

// Metrics of all groups together.
class SharedMetrics {
 public:
  explicit SharedMetrics(const BulkLoadTarget& target) {
    base::MutexLock lock(mutex_);
    sum_.indexes.resize(target.indexes.size());
  }
  void Add(const LoadMetrics& metrics) {
    base::MutexLock lock(mutex_);
    AddTo(sum_.items, metrics.items);
    for (size_t i = 0; i < metrics.indexes.size(); ++i) AddTo(sum_.indexes[i], metrics.indexes[i]);
  }
  LoadMetrics sum() {
    base::MutexLock lock(mutex_);
    return sum_;
  }

 private:
  base::Mutex mutex_;
  LoadMetrics sum_ GUARDED_BY(mutex_);
};

// Items of a range of hashes, in the order of their keys.
class ItemGroup final : public ExternalSort::Group {
 public:
  // `entries`: where there are indexes.
  static base::Result<std::unique_ptr<ExternalSort::Group>> Open(const BulkLoadTarget& target,
                                                                 ExternalSort* entries,
                                                                 SharedMetrics& metrics) {
    ASSIGN_OR_RETURN(auto items, target.engine.StartBulkLoad(target.partition));
    std::unique_ptr<kv::BulkLoad> collections;
    if (HasLocal(target)) {
      ASSIGN_OR_RETURN(collections, target.engine.StartBulkLoad(target.partition));
    }
    return std::unique_ptr<ExternalSort::Group>(
        new ItemGroup(target, std::move(items), std::move(collections), entries, metrics));
  }

  base::Status Add(const LoadRecord& record) override {
    ++metrics_.items.item_count;
    metrics_.items.size_bytes += record.size_bytes;
    RETURN_IF_ERROR(items_->Add(record.key, record.value));
    if (entries_ == nullptr) return base::Ok();
    ASSIGN_OR_RETURN(ItemRecord parsed, ParseItemRecord(record.value));
    const item::ItemView item(parsed.encoded);
    int64_t local_bytes = static_cast<int64_t>(parsed.size_bytes);
    for (const IndexDescriptor& index : target_.indexes) {
      auto entry = EntryOf(index, target_.key_schema, item);
      // As when an index is built of items that were there before it: what does not fit its keys is
      // left out.
      if (!entry && entry.error().kind == base::ErrorKind::kInvalidArgument) continue;
      if (!entry) return std::move(entry).error();
      if (!*entry) continue;
      if (index.kind == IndexKind::kLocal)
        local_bytes += static_cast<int64_t>((*entry)->size_bytes);
      RETURN_IF_ERROR(AddEntry(index, **entry));
    }
    return collections_ == nullptr ? base::Ok() : AddToCollection(record.key, local_bytes);
  }

  base::Status Finish() override {
    if (collections_ != nullptr) {
      RETURN_IF_ERROR(EndCollection());
      RETURN_IF_ERROR(collections_->Finish());
    }
    RETURN_IF_ERROR(items_->Finish());
    shared_.Add(metrics_);
    return base::Ok();
  }

 private:
  ItemGroup(const BulkLoadTarget& target, std::unique_ptr<kv::BulkLoad> items,
            std::unique_ptr<kv::BulkLoad> collections, ExternalSort* entries,
            SharedMetrics& metrics)
      : target_(target),
        items_(std::move(items)),
        collections_(std::move(collections)),
        entries_(entries),
        shared_(metrics) {}

  base::Status AddEntry(const IndexDescriptor& index, const IndexEntry& entry) {
    head_.clear();
    AppendItemKey(index.number, entry.key, head_);
    const size_t key_bytes = head_.size();
    AppendItemRecord(target_.write_time_micros, entry.size_bytes, {}, head_);
    return entries_->Add({.key_and_value = head_,
                          .key_bytes = key_bytes,
                          .rest_of_value = entry.encoded,
                          .size_bytes = entry.size_bytes,
                          .sequence = 0});
  }

  // The items of one partition key come one behind the other, and in one group.
  base::Status AddToCollection(std::string_view item_key, int64_t bytes) {
    const std::string_view tail = TailOfItemKey(item_key);
    const std::string_view collection = PartitionPartOfTail(tail);
    if (collection_bytes_ > 0 && PartitionPartOfTail(collection_tail_) != collection) {
      RETURN_IF_ERROR(EndCollection());
    }
    if (collection_bytes_ == 0) collection_tail_ = tail;
    collection_bytes_ += bytes;
    return base::Ok();
  }
  base::Status EndCollection() {
    if (collection_bytes_ == 0) return base::Ok();
    return collections_->Add(CollectionKey(target_.table_number, collection_tail_),
                             MakeCollectionRecord(std::exchange(collection_bytes_, 0)));
  }

  const BulkLoadTarget& target_;
  const std::unique_ptr<kv::BulkLoad> items_, collections_;
  ExternalSort* const entries_;
  SharedMetrics& shared_;
  LoadMetrics metrics_;
  std::string head_;
  std::string collection_tail_;
  int64_t collection_bytes_ = 0;
};

// Entries of all indexes whose hashes are in one range. Those of one index come in the order of
// their keys.
class EntryGroup final : public ExternalSort::Group {
 public:
  EntryGroup(const BulkLoadTarget& target, SharedMetrics& metrics)
      : target_(target), shared_(metrics), loads_(target.indexes.size()) {
    metrics_.indexes.resize(target.indexes.size());
  }

  base::Status Add(const LoadRecord& record) override {
    // Few indexes, and mostly the one of the record before.
    for (size_t tried = 0; !record.key.starts_with(prefix_); ++tried) {
      if (tried == target_.indexes.size()) {
        return base::Error{
            base::ErrorKind::kCorruption, "The spilled entries of a bulk load are damaged", {}};
      }
      at_ = (at_ + 1) % target_.indexes.size();
      prefix_ = TablePrefix(kItemFamily, target_.indexes[at_].number);
    }
    if (loads_[at_] == nullptr) {
      ASSIGN_OR_RETURN(loads_[at_], target_.engine.StartBulkLoad(target_.partition));
    }
    ++metrics_.indexes[at_].item_count;
    metrics_.indexes[at_].size_bytes += record.size_bytes;
    return loads_[at_]->Add(record.key, record.value);
  }

  base::Status Finish() override {
    for (auto& load : loads_) {
      if (load != nullptr) RETURN_IF_ERROR(load->Finish());
    }
    shared_.Add(metrics_);
    return base::Ok();
  }

 private:
  const BulkLoadTarget& target_;
  SharedMetrics& shared_;
  std::vector<std::unique_ptr<kv::BulkLoad>> loads_;
  LoadMetrics metrics_;
  size_t at_ = 0;
  std::string prefix_ = TablePrefix(kItemFamily, target_.indexes.front().number);
};

ExternalSortOptions SortOptions(const BulkLoadOptions& options) {
  return {options.folder, options.memory_bytes, options.threads, options.files};
}

}  // namespace

TableLoader::TableLoader(BulkLoadTarget target, BulkLoadOptions options,
                         std::unique_ptr<ExternalSort> items)
    : target_(std::move(target)), options_(std::move(options)), items_(std::move(items)) {}

base::Result<std::unique_ptr<TableLoader>> TableLoader::Make(BulkLoadTarget target,
                                                             BulkLoadOptions options) {
  ASSIGN_OR_RETURN(auto sort, ExternalSort::Create(SortOptions(options)));
  std::unique_ptr<TableLoader> loader(
      new TableLoader(std::move(target), std::move(options), std::move(sort)));
  RETURN_IF_ERROR(loader->RemoveLeftovers());
  return loader;
}

base::Result<std::unique_ptr<TableLoader>> TableLoader::Resume(BulkLoadTarget target,
                                                               BulkLoadOptions options,
                                                               std::string_view checkpoint) {
  ASSIGN_OR_RETURN(auto sort, ExternalSort::Resume(SortOptions(options), checkpoint));
  std::unique_ptr<TableLoader> loader(
      new TableLoader(std::move(target), std::move(options), std::move(sort)));
  RETURN_IF_ERROR(loader->RemoveLeftovers());
  return loader;
}

// A Finish that was interrupted may have loaded some ranges already. They would be loaded again,
// but what the source no longer holds would stay.
base::Status TableLoader::RemoveLeftovers() {
  RETURN_IF_ERROR(RemoveLeftovers(TablePrefix(kItemFamily, target_.table_number)));
  RETURN_IF_ERROR(RemoveLeftovers(TablePrefix(kCollectionFamily, target_.table_number)));
  for (const IndexDescriptor& index : target_.indexes) {
    RETURN_IF_ERROR(RemoveLeftovers(TablePrefix(kItemFamily, index.number)));
  }
  return base::Ok();
}

base::Status TableLoader::RemoveLeftovers(const std::string& prefix) {
  const std::string to = kv::PrefixEnd(prefix);
  kv::ReadLimits one;
  one.entries_max = 1;
  kv::Page page;
  RETURN_IF_ERROR(
      target_.engine.ReadRange(target_.partition, prefix, to, kv::Direction::kForward, one, page));
  if (page.size() == 0) return base::Ok();
  return target_.engine.DeleteRange(target_.partition, prefix, to);
}

base::Status TableLoader::Add(const item::PrimaryKey& key, std::string_view encoded,
                              size_t size_bytes, uint64_t sequence) {
  // Key and the head of the item record; reused by this thread.
  thread_local std::string head;
  head.clear();
  AppendItemKey(target_.table_number, key, head);
  const size_t key_bytes = head.size();
  AppendItemRecord(target_.write_time_micros, size_bytes, {}, head);
  return items_->Add({.key_and_value = head,
                      .key_bytes = key_bytes,
                      .rest_of_value = encoded,
                      .size_bytes = size_bytes,
                      .sequence = sequence});
}

base::Result<LoadMetrics> TableLoader::Finish(const std::function<base::Status(double)>& progress) {
  SharedMetrics metrics(target_);
  std::unique_ptr<ExternalSort> entries;
  if (!target_.indexes.empty()) {
    ExternalSortOptions options = SortOptions(options_);
    options.folder += "/entries";
    options.memory_bytes /= 2;
    ASSIGN_OR_RETURN(entries, ExternalSort::Create(std::move(options)));
  }
  const double items_share = entries == nullptr ? 1 : kItemsShare;
  RETURN_IF_ERROR(items_->Finish([&] { return ItemGroup::Open(target_, entries.get(), metrics); },
                                 [&](double share) { return progress(items_share * share); }));
  if (entries != nullptr) {
    auto open = [&]() -> base::Result<std::unique_ptr<ExternalSort::Group>> {
      return std::unique_ptr<ExternalSort::Group>(std::make_unique<EntryGroup>(target_, metrics));
    };
    RETURN_IF_ERROR(entries->Finish(
        open, [&](double share) { return progress(items_share + (1 - items_share) * share); }));
  }
  return metrics.sum();
}

}  // namespace dray::table
