// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_table/error_log.h"

#include "format/json/json.h"

namespace dray::import_table {

void BadRecords::Add(const BadRecord& record) {
  size_bytes_ += sizeof(Entry) + record.head.size() + record.message.size();
  entries_.push_back({record.index, record.offset_bytes, std::string(record.head), record.message});
}

void BadRecords::Clear() {
  entries_.clear();
  size_bytes_ = 0;
}

base::Status ErrorLog::Store(uint64_t object, std::string_view object_key, const BadRecords& bad,
                             uint64_t first_index, uint64_t /*first_offset_bytes*/) {
  std::vector<ImportRecords::ErrorLine> lines;
  lines.reserve(bad.entries().size());
  for (const BadRecords::Entry& entry : bad.entries()) {
    const uint64_t index = first_index + entry.index;
    lines.push_back({object, index, RenderLine(object_key, index, entry)});
  }
  return records_.StoreErrors(lines);
}

std::string ErrorLog::RenderLine(std::string_view object_key, uint64_t item_index,
                                 const BadRecords::Entry& entry) const {
  std::string line;
  json::Writer writer(line);
  writer.StartObject().Name("itemS3Pointer").StartObject();
  writer.Name("bucket").String(bucket_).Name("key").String(object_key);
  writer.Name("itemIndex").Int(static_cast<int64_t>(item_index)).EndObject();
  writer.Name("importArn").String(import_arn_);
  writer.Name("errorMessages").StartArray().String(entry.message).EndArray().EndObject();
  return line;
}

}  // namespace dray::import_table
