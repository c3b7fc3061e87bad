// SPDX-License-Identifier: Apache-2.0
#include "storage/table/increment.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "storage/table/change_index.h"
#include "storage/table/key_encoding.h"
#include "storage/table/record.h"
#include "storage/table/view.h"

namespace dray::table {
namespace {

// So far back from the current record a change after `to` is looked for.
constexpr int kStepsBack = 4;

base::Error MissingChange() {
  return {base::ErrorKind::kCorruption, "A change in the index is missing in the log", {}};
}

class Cursor final : public IncrementCursor {
 public:
  Cursor(kv::Engine& engine, std::shared_ptr<ViewPin> pin, int64_t to_micros,
         const ViewOptions& options, HashRange hashes, std::string_view position,
         bool with_old_images)
      : engine_(engine),
        pin_(std::move(pin)),
        table_(pin_->table()),
        to_micros_(to_micros),
        options_(options),
        hashes_(hashes),
        with_old_images_(with_old_images),
        index_(engine, table_, options, {pin_->time_micros(), to_micros}),
        position_(position) {
    partition_ = &table_.PartitionOf(position.empty() ? hashes.first : HashOfTail(position));
    range_.after = position;
  }

  base::Result<std::optional<KeyChange>> Next() override {
    for (;;) {
      while (next_ < changed_.size()) {
        if (next_ >= batch_begin_ + batch_.size()) RETURN_IF_ERROR(ReadBatch());
        const size_t at = next_++;
        ASSIGN_OR_RETURN(auto change, ChangeOf(changed_[at], batch_[at - batch_begin_]));
        if (!change) continue;
        position_ = changed_[at].tail;
        return change;
      }
      if (partition_ == nullptr) return std::optional<KeyChange>();
      RETURN_IF_ERROR(Advance());
    }
  }

  std::string position() const override { return position_; }

 private:
  // What stands before and after in the form of item records; nullopt: absent.
  struct Images {
    std::optional<std::string> before, after;
  };

  static base::Result<std::optional<Image>> ImageOf(const std::optional<std::string>& record) {
    if (!record) return std::optional<Image>();
    ASSIGN_OR_RETURN(ItemRecord item, ParseItemRecord(*record));
    return std::optional(Image{item.encoded, item.size_bytes});
  }

  base::Result<std::optional<KeyChange>> ChangeOf(const ChangedKey& changed, const Images& images) {
    KeyChange change;
    change.write_time_micros = changed.last_micros;
    ASSIGN_OR_RETURN(change.old_image, ImageOf(images.before));
    ASSIGN_OR_RETURN(change.new_image, ImageOf(images.after));
    if (!change.old_image && !change.new_image) return std::optional<KeyChange>();
    return std::optional(change);
  }

  // The keys of the next piece of the range; none, perhaps.
  base::Status Advance() {
    if (is_read_) {
      if (range_.is_bounded) {
        range_ = TailRange{.after = std::move(range_.end), .end = {}};
      } else {
        range_ = {};
        const bool is_last =
            partition_ == &table_.partitions.back() || partition_->hashes.last >= hashes_.last;
        partition_ = is_last ? nullptr : partition_ + 1;
      }
    }
    is_read_ = true;
    changed_.clear();
    batch_.clear();
    next_ = batch_begin_ = 0;
    if (partition_ == nullptr) return base::Ok();
    const HashRange hashes = {std::max(hashes_.first, partition_->hashes.first),
                              std::min(hashes_.last, partition_->hashes.last)};
    return index_.Read(partition_->id, hashes, range_, changed_);
  }

  // Images of the keys from `next_` on.
  base::Status ReadBatch() {
    batch_begin_ = next_;
    batch_.assign(std::min(options_.images_max, changed_.size() - next_), Images{});
    RETURN_IF_ERROR(ReadAfter());
    std::vector<size_t> wanted;
    std::vector<int64_t> times;
    for (size_t i = 0; i < batch_.size(); ++i) {
      if (batch_[i].after && !with_old_images_) continue;
      wanted.push_back(i);
      times.push_back(KeyAt(i).first_micros);
    }
    ASSIGN_OR_RETURN(auto images, ReadImages(wanted, times));
    for (size_t i = 0; i < wanted.size(); ++i) batch_[wanted[i]].before = std::move(images[i]);
    return base::Ok();
  }

  base::Status ReadAfter() {
    std::vector<std::string> keys;
    keys.reserve(batch_.size());
    for (size_t i = 0; i < batch_.size(); ++i) {
      keys.push_back(TablePrefix(kItemFamily, table_.number).append(KeyAt(i).tail));
    }
    ASSIGN_OR_RETURN(auto records, engine_.MultiGet(partition_->id, keys));
    std::vector<Wanted> wanted;
    for (size_t i = 0; i < records.size(); ++i) {
      if (!records[i]) {
        wanted.push_back({i, 0});
        continue;
      }
      ASSIGN_OR_RETURN(ItemRecord item, ParseItemRecord(*records[i]));
      if (item.write_time_micros < to_micros_) {
        batch_[i].after = std::move(records[i]);
      } else {
        wanted.push_back({i, item.write_time_micros});
      }
    }
    if (wanted.empty()) return base::Ok();
    const std::vector<int64_t> generations = table_.gate.GenerationsFrom(to_micros_);
    const size_t nearest = std::min<size_t>(1, generations.size());
    RETURN_IF_ERROR(Search(std::span(generations).first(nearest), wanted));
    RETURN_IF_ERROR(GoBack(wanted));
    return Search(std::span(generations).subspan(nearest), wanted);
  }

  // A key whose record of now does not tell what it held at `to`.
  struct Wanted {
    size_t in_batch;
    int64_t change_micros;  // of its latest known change, or 0: it is absent, or was on the way
  };

  // Looks for the earliest changes after `to` in some generations; what is found is wanted no more.
  base::Status Search(std::span<const int64_t> generations, std::vector<Wanted>& wanted) {
    if (wanted.empty() || generations.empty()) return base::Ok();
    std::vector<std::string_view> tails;
    tails.reserve(wanted.size());
    for (const Wanted& key : wanted) tails.push_back(KeyAt(key.in_batch).tail);
    ASSIGN_OR_RETURN(auto times, EarliestChanges(engine_, table_, partition_->id, generations,
                                                 tails, to_micros_));
    std::vector<size_t> found;
    std::vector<int64_t> found_times;
    size_t left = 0;
    for (size_t i = 0; i < wanted.size(); ++i) {
      if (times[i] == 0) {
        wanted[left++] = wanted[i];
      } else {
        found.push_back(wanted[i].in_batch);
        found_times.push_back(times[i]);
      }
    }
    wanted.resize(left);
    ASSIGN_OR_RETURN(auto images, ReadImages(found, found_times));
    for (size_t i = 0; i < found.size(); ++i) batch_[found[i]].after = std::move(images[i]);
    return base::Ok();
  }

  // From a change after `to` back to the ones before it, until its image is from before `to`. Keys
  // for which that takes long, or that were absent on the way, stay wanted.
  base::Status GoBack(std::vector<Wanted>& wanted) {
    for (int step = 0; step < kStepsBack; ++step) {
      std::vector<size_t> keys, places;  // in the batch, in `wanted`
      std::vector<int64_t> times;
      for (size_t i = 0; i < wanted.size(); ++i) {
        if (wanted[i].change_micros == 0) continue;
        keys.push_back(wanted[i].in_batch);
        places.push_back(i);
        times.push_back(wanted[i].change_micros);
      }
      if (keys.empty()) break;
      ASSIGN_OR_RETURN(auto images, ReadImages(keys, times));
      for (size_t i = 0; i < keys.size(); ++i) {
        int64_t& change_micros = wanted[places[i]].change_micros;
        change_micros = 0;
        if (!images[i]) continue;
        ASSIGN_OR_RETURN(ItemRecord item, ParseItemRecord(*images[i]));
        if (item.write_time_micros >= to_micros_) {
          change_micros = item.write_time_micros;
        } else {
          batch_[keys[i]].after = std::move(images[i]);
        }
      }
      std::erase_if(wanted,
                    [this](const Wanted& key) { return batch_[key.in_batch].after.has_value(); });
    }
    return base::Ok();
  }

  // The item records in the changes of keys of the batch at some times.
  base::Result<std::vector<std::optional<std::string>>> ReadImages(
      const std::vector<size_t>& in_batch, const std::vector<int64_t>& times) {
    std::vector<std::string> keys;
    keys.reserve(in_batch.size());
    for (size_t i = 0; i < in_batch.size(); ++i) {
      keys.push_back(ChangeKey(table_.number, times[i], KeyAt(in_batch[i]).tail));
    }
    ASSIGN_OR_RETURN(auto images, engine_.MultiGet(partition_->id, keys));
    for (std::optional<std::string>& image : images) {
      if (!image) return MissingChange();
      ASSIGN_OR_RETURN(auto record, ParseChangeRecord(*image));
      if (record) {
        image->erase(0, image->size() - record->size());
      } else {
        image.reset();
      }
    }
    return images;
  }

  const ChangedKey& KeyAt(size_t in_batch) const { return changed_[batch_begin_ + in_batch]; }

  kv::Engine& engine_;
  const std::shared_ptr<ViewPin> pin_;  // shared: cursors may outlive their increment
  Table& table_;
  const int64_t to_micros_;
  const ViewOptions options_;
  const HashRange hashes_;
  const bool with_old_images_;

  ChangeIndex index_;
  const Partition* partition_ = nullptr;  // nullptr: at the end
  TailRange range_;                       // the piece that `changed_` is of
  bool is_read_ = false;
  std::vector<ChangedKey> changed_;  // ascending
  size_t next_ = 0;
  std::vector<Images> batch_;  // of the keys from batch_begin_ on
  size_t batch_begin_ = 0;
  std::string position_;
};

class TableIncrement final : public Increment {
 public:
  TableIncrement(kv::Engine& engine, std::shared_ptr<ViewPin> pin, int64_t to_micros,
                 const ViewOptions& options)
      : engine_(engine), pin_(std::move(pin)), to_micros_(to_micros), options_(options) {}

  base::Result<std::unique_ptr<IncrementCursor>> OpenCursor(HashRange range,
                                                            std::string_view position,
                                                            bool with_old_images) override {
    RETURN_IF_ERROR(CheckPosition(range, position));
    return std::unique_ptr<IncrementCursor>(std::make_unique<Cursor>(
        engine_, pin_, to_micros_, options_, range, position, with_old_images));
  }

 private:
  kv::Engine& engine_;
  const std::shared_ptr<ViewPin> pin_;  // shared: cursors may outlive their increment
  const int64_t to_micros_;
  const ViewOptions options_;
};

}  // namespace

std::unique_ptr<Increment> MakeIncrement(kv::Engine& engine, std::shared_ptr<ViewPin> pin,
                                         int64_t to_micros, const ViewOptions& options) {
  return std::make_unique<TableIncrement>(engine, std::move(pin), to_micros, options);
}

}  // namespace dray::table
