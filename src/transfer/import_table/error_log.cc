// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_table/error_log.h"

#include "base/text_encoding.h"
#include "format/json/json.h"
#include "model/item/item_encoding.h"

namespace dray::import_table {
namespace {

// Of names together: an item may have more than anybody wants to read in a line.
constexpr size_t kNamesBytesMax = 1000;

// A cut may have gone through the last character.
std::string_view WithoutCutCharacter(std::string_view head) {
  for (size_t back = 1; back <= 3 && back <= head.size(); ++back) {
    const auto byte = static_cast<unsigned char>(head[head.size() - back]);
    if ((byte & 0xc0) == 0x80) continue;
    const size_t length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > back ? head.substr(0, head.size() - back) : head;
  }
  return head;
}

}  // namespace

BadRecord BadRecordOf(const codec::Record& record, std::string message) {
  BadRecord bad{record.index, record.offset_bytes, std::string(record.head), std::move(message)};
  if (record.outcome != codec::Record::Outcome::kItem) return bad;
  size_t bytes = 0;
  for (auto it = item::ItemView(record.item).attributes().begin(); it.valid(); it.Next()) {
    bytes += it.name().size();
    if (bytes > kNamesBytesMax) break;
    bad.attribute_names.emplace_back(it.name());
  }
  return bad;
}

void BadRecords::Add(BadRecord record) {
  size_bytes_ += sizeof(BadRecord) + record.head.size() + record.message.size();
  for (const std::string& name : record.attribute_names)
    size_bytes_ += sizeof(std::string) + name.size();
  entries_.push_back(std::move(record));
}

void BadRecords::Clear() {
  entries_.clear();
  size_bytes_ = 0;
}

base::Status ErrorLog::Store(uint64_t object, std::string_view object_key, const BadRecords& bad,
                             uint64_t first_index, uint64_t first_offset_bytes) {
  std::vector<ImportRecords::ErrorLine> lines;
  lines.reserve(bad.entries().size());
  for (const BadRecord& entry : bad.entries()) {
    const uint64_t index = first_index + entry.index;
    lines.push_back(
        {object, index,
         RenderLine(object_key, index, first_offset_bytes + entry.offset_bytes, entry)});
  }
  base::MutexLock lock(mutex_);
  ASSIGN_OR_RETURN(int64_t now, clock_.Issue());
  return records_.StoreErrors(now, lines);
}

// AWS's members in AWS's order, then those that AWS does not have.
std::string ErrorLog::RenderLine(std::string_view object_key, uint64_t item_index,
                                 uint64_t offset_bytes, const BadRecord& entry) const {
  std::string line;
  json::Writer writer(line);
  writer.StartObject().Name("itemS3Pointer").StartObject();
  writer.Name("bucket").String(bucket_).Name("key").String(object_key);
  writer.Name("itemIndex").Int(static_cast<int64_t>(item_index)).EndObject();
  writer.Name("importArn").String(import_arn_);
  writer.Name("errorMessages").StartArray().String(entry.message).EndArray();
  writer.Name("byteOffset").Int(static_cast<int64_t>(offset_bytes));
  const std::string_view text = WithoutCutCharacter(entry.head);
  if (base::IsValidUtf8(text)) {
    writer.Name("recordHead").String(text);
  } else {
    writer.Name("recordHeadBase64").String(base::Base64Encode(entry.head));
  }
  if (!entry.attribute_names.empty()) {
    writer.Name("attributeNames").StartArray();
    for (const std::string& name : entry.attribute_names) writer.String(name);
    writer.EndArray();
  }
  writer.EndObject();
  return line;
}

}  // namespace dray::import_table
