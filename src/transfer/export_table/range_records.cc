// SPDX-License-Identifier: Apache-2.0
#include "transfer/export_table/range_records.h"

#include <optional>
#include <utility>

#include "base/check.h"

namespace dray::export_table {
namespace {

// What both kinds share: `Front` is what the cursor's Next gives.
template <class Cursor, class Front>
class RecordsOf : public RangeRecords {
 public:
  explicit RecordsOf(std::unique_ptr<Cursor> cursor) : cursor_(std::move(cursor)) {}

  base::Result<bool> HasMore() final {
    if (!is_fetched_) {
      position_ = cursor_->position();
      ASSIGN_OR_RETURN(front_, cursor_->Next());
      is_fetched_ = true;
    }
    return front_.has_value();
  }
  base::Status WriteNext(codec::ItemWriter& writer) final {
    CHECK(is_fetched_ && front_);
    RETURN_IF_ERROR(Write(*front_, writer));
    is_fetched_ = false;
    return base::Ok();
  }
  std::string position() const final { return is_fetched_ ? position_ : cursor_->position(); }

 protected:
  virtual base::Status Write(const Front& front, codec::ItemWriter& writer) = 0;

 private:
  const std::unique_ptr<Cursor> cursor_;
  bool is_fetched_ = false;
  std::optional<Front> front_;
  std::string position_;  // before the record in front was fetched
};

class ViewRecords final : public RecordsOf<table::ViewCursor, std::string_view> {
 public:
  using RecordsOf::RecordsOf;
  uint64_t image_bytes() const override { return 0; }

 private:
  base::Status Write(const std::string_view& encoded, codec::ItemWriter& writer) override {
    return writer.Write(item::ItemView(encoded));
  }
};

class IncrementRecords final : public RecordsOf<table::IncrementCursor, table::KeyChange> {
 public:
  IncrementRecords(std::unique_ptr<table::IncrementCursor> cursor, bool with_old_images)
      : RecordsOf(std::move(cursor)), with_old_images_(with_old_images) {}
  uint64_t image_bytes() const override { return image_bytes_; }

 private:
  base::Status Write(const table::KeyChange& front, codec::ItemWriter& writer) override {
    std::optional<item::ItemView> old_image, new_image;
    if (front.old_image) old_image.emplace(front.old_image->encoded);
    if (front.new_image) new_image.emplace(front.new_image->encoded);
    codec::Change change;
    change.write_time_micros = front.write_time_micros;
    change.keyed = new_image ? &*new_image : &*old_image;
    if (new_image) {
      change.new_image = &*new_image;
      image_bytes_ += front.new_image->size_bytes;
    }
    if (old_image && with_old_images_) {
      change.old_image = &*old_image;
      image_bytes_ += front.old_image->size_bytes;
    }
    return writer.WriteChange(change);
  }

  const bool with_old_images_;
  uint64_t image_bytes_ = 0;
};

}  // namespace

std::unique_ptr<RangeRecords> RecordsOfView(std::unique_ptr<table::ViewCursor> cursor) {
  return std::make_unique<ViewRecords>(std::move(cursor));
}

std::unique_ptr<RangeRecords> RecordsOfIncrement(std::unique_ptr<table::IncrementCursor> cursor,
                                                 bool with_old_images) {
  return std::make_unique<IncrementRecords>(std::move(cursor), with_old_images);
}

}  // namespace dray::export_table
