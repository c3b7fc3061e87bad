// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_into/ask_source.h"

#include <optional>

#include "storage/table/index_entry.h"
#include "transfer/import_into/chain.h"
#include "transfer/import_table/item_checks.h"
#include "transfer/import_table/item_transform.h"
#include "transfer/import_table/source_list.h"

namespace dray::import_into {
namespace {

using base::Result;
using codec::Record;

base::Error Invalid(std::string message) {
  return base::Error{base::ErrorKind::kInvalidArgument, std::move(message), {}};
}

// What both kinds of sources do around `Ask`s of their records.
class RecordAsks : public AskSource {
 public:
  explicit RecordAsks(const table::TableDescriptor& table) : table_(table) {}

  Result<Asked> Next() final {
    if (is_ended_) return Asked();
    Asked asked;
    auto filled = Fill(asked);
    if (filled) {
      ++count_;
      is_ended_ = asked.outcome == Asked::Outcome::kEnd;
      return asked;
    }
    auto defect = import_table::DefectOf(filled.error());
    if (!defect) return filled.error();
    is_ended_ = true;
    asked = Asked();
    asked.outcome = Asked::Outcome::kBad;
    asked.bad = {count_, consumed_bytes(), {}, *std::move(defect)};
    return asked;
  }

 protected:
  // An error of the source, or `asked` complete.
  virtual base::Status Fill(Asked& asked) = 0;

  // For what the table will say of it.
  static void Place(const Record& record, Asked& asked) {
    asked.bad = {record.index, record.offset_bytes, std::string(record.head), {}};
    asked.ask.record_index = record.index;
  }
  static void Refuse(const Record& record, std::string message, Asked& asked) {
    asked.outcome = Asked::Outcome::kBad;
    asked.bad = import_table::BadRecordOf(record, std::move(message));
  }
  base::Status CheckIndexes(std::string_view encoded) const {
    return table::CheckIndexKeys(table_.indexes, item::ItemView(encoded));
  }
  const table::TableDescriptor& table() const { return table_; }

 private:
  const table::TableDescriptor& table_;
  uint64_t count_ = 0;
  bool is_ended_ = false;
};

class ItemAsks final : public RecordAsks {
 public:
  ItemAsks(std::unique_ptr<codec::ItemReader> reader, const transform::Transforms* transforms,
           Action action, const table::TableDescriptor& table)
      : RecordAsks(table),
        reader_(std::move(reader)),
        action_(action),
        checks_(table),
        transform_(transforms) {}
  uint64_t consumed_bytes() const override { return reader_->consumed_bytes(); }

 private:
  base::Status Fill(Asked& asked) override {
    ASSIGN_OR_RETURN(Record record, reader_->Next());
    if (record.outcome == Record::Outcome::kEnd) return base::Ok();
    if (!transform_.Apply(record)) {
      asked.outcome = Asked::Outcome::kFiltered;
      return base::Ok();
    }
    auto key = checks_.Check(record);
    if (!key) {
      Refuse(record, std::move(key).error().message, asked);
      return base::Ok();
    }
    Place(record, asked);
    asked.outcome = Asked::Outcome::kAsk;
    asked.ask.key = *std::move(key);
    asked.ask.action = action_;
    asked.ask.encoded = record.item;
    asked.ask.size_bytes = record.item_size_bytes;
    return base::Ok();
  }

  const std::unique_ptr<codec::ItemReader> reader_;
  const Action action_;
  const import_table::ItemChecks checks_;
  import_table::ItemTransform transform_;
};

class ChangeAsks final : public RecordAsks {
 public:
  ChangeAsks(std::unique_ptr<codec::ChangeReader> reader, bool is_undo,
             const table::TableDescriptor& table)
      : RecordAsks(table), reader_(std::move(reader)), is_undo_(is_undo) {}
  uint64_t consumed_bytes() const override { return reader_->consumed_bytes(); }

 private:
  base::Status Fill(Asked& asked) override {
    auto next = reader_->Next();
    if (!next && import_table::HasChanged(next.error())) {
      return ChainError("A data file changed after the incremental exports were verified");
    }
    ASSIGN_OR_RETURN(codec::ChangeRecord change, std::move(next));
    if (change.record.outcome == Record::Outcome::kEnd) return base::Ok();
    if (change.record.outcome != Record::Outcome::kItem) {
      Refuse(change.record, change.record.message, asked);
      return base::Ok();
    }
    Place(change.record, asked);
    asked.outcome = Asked::Outcome::kAsk;
    base::Status made = MakeAsk(change, asked.ask);
    if (!made) Refuse(change.record, made.error().message, asked);
    return base::Ok();
  }

  base::Status MakeAsk(const codec::ChangeRecord& change, Ask& ask) const {
    ASSIGN_OR_RETURN(ask.key,
                     item::KeyOfKeyMap(table().key_schema, item::ItemView(change.keys.encoded)));
    RETURN_IF_ERROR(CheckImage(change.old_image, ask.key));
    RETURN_IF_ERROR(CheckImage(change.new_image, ask.key));
    const auto& wanted = is_undo_ ? change.old_image : change.new_image;
    if (wanted) {
      RETURN_IF_ERROR(CheckIndexes(wanted->encoded));
      ask.encoded = wanted->encoded;
      ask.size_bytes = wanted->size_bytes;
    }
    if (is_undo_) {
      ask.action = Action::kUndo;
      if (change.new_image) ask.expected = change.new_image->encoded;
    } else {
      ask.action = wanted ? Action::kReplace : Action::kDelete;
    }
    return base::Ok();
  }

  base::Status CheckImage(const std::optional<codec::ChangeRecord::Image>& image,
                          const item::PrimaryKey& key) const {
    if (!image) return base::Ok();
    if (image->size_bytes > item::kItemBytesMax) {
      return Invalid("Item size has exceeded the maximum allowed size");
    }
    ASSIGN_OR_RETURN(item::PrimaryKey own,
                     item::KeyOfItem(table().key_schema, item::ItemView(image->encoded)));
    if (own == key) return base::Ok();
    return Invalid("The record's Keys are not those of its images");
  }

  const std::unique_ptr<codec::ChangeReader> reader_;
  const bool is_undo_;
};

}  // namespace

std::unique_ptr<AskSource> MakeItemAsks(std::unique_ptr<codec::ItemReader> reader,
                                        const transform::Transforms* transforms, Action action,
                                        const table::TableDescriptor& table) {
  return std::make_unique<ItemAsks>(std::move(reader), transforms, action, table);
}

std::unique_ptr<AskSource> MakeChangeAsks(std::unique_ptr<codec::ChangeReader> reader, bool is_undo,
                                          const table::TableDescriptor& table) {
  return std::make_unique<ChangeAsks>(std::move(reader), is_undo, table);
}

}  // namespace dray::import_into
