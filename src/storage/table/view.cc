// SPDX-License-Identifier: Apache-2.0
#include "storage/table/view.h"

#include <algorithm>
#include <string>
#include <vector>

#include "storage/table/change_index.h"
#include "storage/table/item_store.h"
#include "storage/table/key_encoding.h"
#include "storage/table/record.h"

namespace dray::table {
namespace {

class Cursor final : public ViewCursor {
 public:
  Cursor(kv::Engine& engine, std::shared_ptr<ViewPin> pin, const ViewOptions& options,
         HashRange hashes, std::string_view position)
      : engine_(engine),
        pin_(std::move(pin)),
        table_(pin_->table()),
        time_micros_(pin_->time_micros()),
        options_(options),
        hashes_(hashes),
        index_(engine, table_, options, {.from_micros = time_micros_}),
        position_(position) {
    covered_.end = position;
    partition_ = &table_.partitions.front();
    if (!position.empty()) partition_ = &table_.PartitionOf(HashOfTail(position));
    SkipToOverlap();
  }

  base::Result<std::optional<std::string_view>> Next() override {
    for (;;) {
      const bool has_item = next_item_ < window_items_end_;
      const bool has_change = next_change_ < changed_.size();
      if (!has_change) {
        if (has_item) return CurrentItem();
        ASSIGN_OR_RETURN(bool has_more, Advance());
        if (!has_more) return std::optional<std::string_view>();
        continue;
      }
      const std::string& changed_tail = changed_[next_change_].tail;
      if (has_item) {
        std::string_view item_tail = TailOfItemKey(page_.key(next_item_));
        if (item_tail < changed_tail) return CurrentItem();
        if (item_tail == changed_tail) {
          ASSIGN_OR_RETURN(ItemRecord item, ParseItemRecord(page_.value(next_item_)));
          if (item.write_time_micros < time_micros_) {  // the change came after the page was read
            ++next_change_;
            return CurrentItem();
          }
          ++next_item_;
        }
      }
      ASSIGN_OR_RETURN(auto image, NextImage());
      if (image) return image;
    }
  }

  std::string position() const override {
    return last_tail_.empty() ? position_ : std::string(last_tail_);
  }

 private:
  base::Result<std::optional<std::string_view>> CurrentItem() {
    ASSIGN_OR_RETURN(ItemRecord item, ParseItemRecord(page_.value(next_item_)));
    if (item.write_time_micros >= time_micros_) {
      return base::Error{base::ErrorKind::kCorruption,
                         "An item changed after the view's time and its change is not recorded",
                         {}};
    }
    last_tail_ = TailOfItemKey(page_.key(next_item_));
    ++next_item_;
    return std::optional(item.encoded);
  }

  // The image in the next change; nullopt when the key was absent.
  base::Result<std::optional<std::string_view>> NextImage() {
    if (next_change_ >= images_begin_ + images_.size()) {
      images_begin_ = next_change_;
      const size_t count = std::min(options_.images_max, changed_.size() - next_change_);
      std::vector<std::string> keys;
      keys.reserve(count);
      for (size_t i = 0; i < count; ++i) {
        const ChangedKey& changed = changed_[next_change_ + i];
        keys.push_back(ChangeKey(table_.number, changed.first_micros, changed.tail));
      }
      ASSIGN_OR_RETURN(images_, engine_.MultiGet(partition_->id, keys));
    }
    const size_t at = next_change_++;
    const std::optional<std::string>& change = images_[at - images_begin_];
    if (!change) {
      return base::Error{
          base::ErrorKind::kCorruption, "A change in the index is missing in the log", {}};
    }
    ASSIGN_OR_RETURN(auto image, ParseChangeRecord(*change));
    if (!image) return std::optional<std::string_view>();
    ASSIGN_OR_RETURN(ItemRecord item, ParseItemRecord(*image));
    last_tail_ = changed_[at].tail;
    return std::optional(item.encoded);
  }

  // The next window with something in it or not; false at the end.
  base::Result<bool> Advance() {
    if (!last_tail_.empty()) position_ = last_tail_;
    last_tail_ = {};
    if (partition_ == nullptr) return false;
    if (window_.is_bounded && (!covered_.is_bounded || window_.end < covered_.end)) {
      // The rest of the page: behind the last window.
      window_.after = std::move(window_.end);
    } else if (has_page_ && !covered_.is_bounded) {
      ++partition_;
      SkipToOverlap();
      has_page_ = false;
      covered_ = {};
      window_ = {};
      next_item_ = window_items_end_ = 0;
      changed_.clear();
      next_change_ = 0;
      return partition_ != nullptr;
    } else {
      RETURN_IF_ERROR(ReadPage());
      window_.after = covered_.after;
    }
    window_.end = covered_.end;
    window_.is_bounded = covered_.is_bounded;
    RETURN_IF_ERROR(ReadChanges());
    FindWindowItemsEnd();
    return true;
  }

  base::Status ReadPage() {
    covered_.after = std::move(covered_.end);
    const std::string to =
        HashRangeEnd(kItemFamily, table_.number, std::min(hashes_.last, partition_->hashes.last));
    RETURN_IF_ERROR(engine_.ReadRange(partition_->id, KeyBehind(kItemFamily, covered_.after), to,
                                      kv::Direction::kForward, options_.items, page_));
    has_page_ = true;
    next_item_ = 0;
    covered_.is_bounded = !page_.is_last();
    covered_.end.clear();
    if (covered_.is_bounded) covered_.end = TailOfItemKey(page_.key(page_.size() - 1));
    return base::Ok();
  }

  // Fills `changed_` for the window, and cuts the window short when there are many changes. The
  // list of generations is taken now, behind the read of the page: what that read has seen is
  // recorded in one of these.
  base::Status ReadChanges() {
    changed_.clear();
    next_change_ = 0;
    images_.clear();
    images_begin_ = 0;
    const HashRange hashes = {std::max(hashes_.first, partition_->hashes.first),
                              std::min(hashes_.last, partition_->hashes.last)};
    return index_.Read(partition_->id, hashes, window_, changed_);
  }

  void FindWindowItemsEnd() {
    if (!window_.is_bounded || (covered_.is_bounded && window_.end.size() == covered_.end.size() &&
                                window_.end == covered_.end)) {
      window_items_end_ = page_.size();
      return;
    }
    size_t begin = next_item_, end = page_.size();
    while (begin < end) {
      const size_t middle = begin + (end - begin) / 2;
      if (TailOfItemKey(page_.key(middle)) <= window_.end) {
        begin = middle + 1;
      } else {
        end = middle;
      }
    }
    window_items_end_ = begin;
  }

  // The next partition, this one included, that has hashes of the cursor's range.
  void SkipToOverlap() {
    const Partition* end = table_.partitions.data() + table_.partitions.size();
    while (partition_ < end && partition_->hashes.last < hashes_.first) ++partition_;
    if (partition_ == end || partition_->hashes.first > hashes_.last) partition_ = nullptr;
  }

  std::string KeyBehind(char family, const std::string& tail) const {
    if (tail.empty()) {
      return HashRangeBegin(family, table_.number,
                            std::max(hashes_.first, partition_->hashes.first));
    }
    std::string key = TablePrefix(family, table_.number);
    key.append(tail).push_back('\0');
    return key;
  }

  kv::Engine& engine_;
  const std::shared_ptr<ViewPin> pin_;  // shared: cursors may outlive their view
  Table& table_;
  const int64_t time_micros_;
  const ViewOptions options_;
  const HashRange hashes_;

  const Partition* partition_ = nullptr;  // nullptr: at the end
  bool has_page_ = false;                 // of this partition
  kv::Page page_;
  TailRange covered_;  // by the page
  size_t next_item_ = 0;
  TailRange window_;  // the part of the page whose changes are in `changed_`
  size_t window_items_end_ = 0;

  ChangeIndex index_;
  std::vector<ChangedKey> changed_;  // ascending
  size_t next_change_ = 0;
  std::vector<std::optional<std::string>> images_;  // of the changes from images_begin_ on
  size_t images_begin_ = 0;

  std::string_view last_tail_;  // of the last item returned; in page_ or changed_
  std::string position_;        // the same, when that is gone
};

class TableView final : public View {
 public:
  TableView(kv::Engine& engine, std::shared_ptr<ViewPin> pin, const ViewOptions& options)
      : engine_(engine), pin_(std::move(pin)), options_(options) {}

  int64_t time_micros() const override { return pin_->time_micros(); }

  base::Result<std::unique_ptr<ViewCursor>> OpenCursor(HashRange range,
                                                       std::string_view position) override {
    RETURN_IF_ERROR(CheckPosition(range, position));
    return std::unique_ptr<ViewCursor>(
        std::make_unique<Cursor>(engine_, pin_, options_, range, position));
  }

 private:
  kv::Engine& engine_;
  const std::shared_ptr<ViewPin> pin_;  // shared: cursors may outlive their view
  const ViewOptions options_;
};

}  // namespace

base::Status CheckPosition(HashRange range, std::string_view position) {
  if (position.empty()) return base::Ok();
  const bool is_inside = IsValidTail(position) && HashOfTail(position) >= range.first &&
                         HashOfTail(position) <= range.last;
  if (is_inside) return base::Ok();
  return base::Error{
      base::ErrorKind::kInvalidArgument, "The position is not one of a cursor of this range", {}};
}

std::unique_ptr<View> MakeView(kv::Engine& engine, std::shared_ptr<ViewPin> pin,
                               const ViewOptions& options) {
  return std::make_unique<TableView>(engine, std::move(pin), options);
}

}  // namespace dray::table
