// SPDX-License-Identifier: Apache-2.0
// Reading one part of an object (part_source.h): records -> transforms -> checks -> whoever takes
// them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "format/codec/codec.h"
#include "format/item_format/item_format.h"
#include "model/item/key_schema.h"
#include "transfer/import_table/error_log.h"
#include "transfer/import_table/item_checks.h"
#include "transfer/transform/transform.h"

namespace dray::import_table {

// Gets the records of a part in order; indexes count from the part's first one. An error ends the
// reading.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual base::Status AddItem(const item::PrimaryKey& key, const codec::Record& record) = 0;
  virtual base::Status AddBad(const codec::Record& record, std::string message) = 0;
  virtual base::Status AddFiltered(const codec::Record& record) = 0;  // is not wanted
};

// What an import does with the text of its objects. What it borrows outlives it; thread-safe.
struct RecordRules {
  item_format::Format format = item_format::Format::kDynamoDbJson;
  const item_format::ReaderOptions& reader_options;
  const transform::Transforms* transforms = nullptr;  // null: none
  const ItemChecks& checks;
};

struct PartEnd {
  // Of the object. Where the part ends, or where its first record begins that is not whole.
  uint64_t consumed_bytes = 0;
  codec::ReaderState state;  // there
  uint64_t records = 0;
  bool is_abandoned = false;  // what is behind it in the object is not read
};

base::Result<PartEnd> ReadPart(const RecordRules& rules, const codec::TextPart& part,
                               const codec::ReaderState& state, RecordSink& sink);

// What stands in a part if it begins with a record and in a certain state: read before that is
// known.
class ReadAhead final : public RecordSink {
 public:
  explicit ReadAhead(codec::ReaderState assumed) : assumed_(std::move(assumed)) {}

  void Read(const RecordRules& rules, const codec::TextPart& part);

  const codec::ReaderState& assumed() const { return assumed_; }
  // If the part begins as assumed, this is what a reader of the whole object finds there. False: it
  // was given up, or the object is abandoned in it, which is left to whoever reads it for good.
  bool is_usable() const { return is_usable_; }
  const PartEnd& end() const { return end_; }

  struct Item {
    item::PrimaryKey key;
    uint64_t index = 0;  // in the part
    size_t encoded_at = 0, encoded_bytes = 0;
    size_t size_bytes = 0;
  };
  const std::vector<Item>& items() const { return items_; }
  std::string_view EncodedOf(const Item& item) const {
    return std::string_view(encoded_).substr(item.encoded_at, item.encoded_bytes);
  }
  const BadRecords& bad() const { return bad_; }
  uint64_t filtered() const { return filtered_; }

  base::Status AddItem(const item::PrimaryKey& key, const codec::Record& record) override;
  base::Status AddBad(const codec::Record& record, std::string message) override;
  base::Status AddFiltered(const codec::Record& record) override;

 private:
  const codec::ReaderState assumed_;
  bool is_usable_ = false;
  PartEnd end_;
  std::string encoded_;  // of all items
  std::vector<Item> items_;
  BadRecords bad_;
  uint64_t filtered_ = 0;
};

}  // namespace dray::import_table
