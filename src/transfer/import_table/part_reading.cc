// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_table/part_reading.h"

#include "transfer/import_table/item_transform.h"

namespace dray::import_table {
namespace {

constexpr size_t kBadBytesMax = 1 << 20;  // held of a part that is read ahead

}  // namespace

base::Result<PartEnd> ReadPart(const RecordRules& rules, const codec::TextPart& part,
                               const codec::ReaderState& state, RecordSink& sink) {
  using Outcome = codec::Record::Outcome;
  auto reader = item_format::MakePartReader(rules.format, part, state, rules.reader_options);
  ItemTransform transform(rules.transforms);
  PartEnd end;
  while (!end.is_abandoned) {
    auto record = reader->Next();
    if (!record) {
      if (record.error().reason != codec::kPartEnded) return std::move(record).error();
      break;
    }
    if (record->outcome == Outcome::kEnd) break;
    ++end.records;
    end.is_abandoned = record->outcome == Outcome::kBadObject;
    if (!transform.Apply(*record)) {
      RETURN_IF_ERROR(sink.AddFiltered(*record));
    } else if (auto key = rules.checks.Check(*record)) {
      RETURN_IF_ERROR(sink.AddItem(*key, *record));
    } else {
      RETURN_IF_ERROR(sink.AddBad(*record, std::move(key).error().message));
    }
  }
  end.consumed_bytes = reader->consumed_bytes();
  end.state = reader->state();
  return end;
}

void ReadAhead::Read(const RecordRules& rules, const codec::TextPart& part) {
  encoded_.reserve(part.text.size());
  auto read = ReadPart(rules, part, assumed_, *this);
  if (!read) return;
  end_ = *std::move(read);
  is_usable_ = !end_.is_abandoned;
}

base::Status ReadAhead::AddItem(const item::PrimaryKey& key, const codec::Record& record) {
  items_.push_back(
      {key, record.index, encoded_.size(), record.item.size(), record.item_size_bytes});
  encoded_.append(record.item);
  return base::Ok();
}

base::Status ReadAhead::AddBad(const codec::Record& record, std::string message) {
  bad_.Add(BadRecordOf(record, std::move(message)));
  if (bad_.size_bytes() <= kBadBytesMax) return base::Ok();
  return base::Error{base::ErrorKind::kLimitExceeded, "too many bad records to be held", {}};
}

base::Status ReadAhead::AddFiltered(const codec::Record&) {
  ++filtered_;
  return base::Ok();
}

}  // namespace dray::import_table
