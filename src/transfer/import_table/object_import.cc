// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_table/object_import.h"

#include "format/compression/gzip.h"
#include "format/json/json.h"

namespace dray::import_table {
namespace {

constexpr uint64_t kRecordsPerTick = 256;
constexpr size_t kLinesPerCommit = 128;
constexpr unsigned kIndexBits = 40;  // of a sequence: records of one object

class CountingSource final : public base::ByteSource {
 public:
  explicit CountingSource(base::ByteSource& under) : under_(under) {}
  base::Result<size_t> Read(char* out, size_t capacity) override {
    auto count = under_.Read(out, capacity);
    if (count) bytes_ += *count;
    return count;
  }
  uint64_t TakeBytes() { return std::exchange(bytes_, 0); }

 private:
  base::ByteSource& under_;
  uint64_t bytes_ = 0;
};

class ErrorLog {
 public:
  explicit ErrorLog(const ObjectImport& import) : import_(import) {}

  base::Status Add(uint64_t item_index, std::string_view message) {
    std::string line;
    json::Writer writer(line);
    writer.StartObject().Name("itemS3Pointer").StartObject();
    writer.Name("bucket").String(import_.bucket).Name("key").String(import_.object.key);
    writer.Name("itemIndex").Int(static_cast<int64_t>(item_index)).EndObject();
    writer.Name("importArn").String(import_.import_arn);
    writer.Name("errorMessages").StartArray().String(message).EndArray().EndObject();
    lines_.push_back({import_.number, item_index, std::move(line)});
    return lines_.size() < kLinesPerCommit ? base::Ok() : Flush();
  }
  base::Status Flush() {
    RETURN_IF_ERROR(import_.records.StoreErrors(lines_));
    lines_.clear();
    return base::Ok();
  }

 private:
  const ObjectImport& import_;
  std::vector<ImportRecords::ErrorLine> lines_;
};

// What keeps the record out of the table, or Ok. Errors of the loader come through `loader_status`.
base::Status CheckAndAdd(const ObjectImport& import, const codec::Record& record,
                         base::Status& loader_status) {
  if (record.outcome != codec::Record::Outcome::kItem) {
    return base::Error{base::ErrorKind::kInvalidArgument, record.message, {}};
  }
  if (record.item_size_bytes > item::kItemBytesMax) {
    return base::Error{
        base::ErrorKind::kInvalidArgument, "Item size has exceeded the maximum allowed size", {}};
  }
  ASSIGN_OR_RETURN(item::PrimaryKey key, item::KeyOfItem(import.keys, item::ItemView(record.item)));
  loader_status = import.loader.Add(key, record.item, record.item_size_bytes,
                                    import.number << kIndexBits | record.index);
  return base::Ok();
}

}  // namespace

base::Status ImportObject(const ObjectImport& import, base::ByteSource& body, Counters& counters) {
  CountingSource counted(body);
  std::unique_ptr<base::ByteSource> inflated;
  if (import.is_gzip) inflated = compression::MakeGzipSource(counted);
  auto reader = item_format::MakeItemReader(import.format, inflated ? *inflated : counted);
  ErrorLog log(import);
  Counters ticked;
  auto tick = [&]() -> base::Status {
    counters.processed_bytes = reader->consumed_bytes();
    Counters since{counters.processed_items - ticked.processed_items,
                   counters.imported_items - ticked.imported_items, counters.errors - ticked.errors,
                   counters.processed_bytes - ticked.processed_bytes};
    ticked = counters;
    return import.tick(since, counted.TakeBytes());
  };
  while (true) {
    auto record = reader->Next();
    if (!record) {
      // Cut or corrupt compression is a defect of the object like text that does not parse.
      if (record.error().kind != base::ErrorKind::kCorruption) return record.error();
      RETURN_IF_ERROR(log.Add(counters.processed_items, record.error().message));
      ++counters.processed_items;
      ++counters.errors;
      break;
    }
    if (record->outcome == codec::Record::Outcome::kEnd) break;
    ++counters.processed_items;
    base::Status loader_status = base::Ok();
    base::Status checked = CheckAndAdd(import, *record, loader_status);
    RETURN_IF_ERROR(std::move(loader_status));
    if (checked) {
      ++counters.imported_items;
    } else {
      ++counters.errors;
      RETURN_IF_ERROR(log.Add(record->index, checked.error().message));
    }
    if (counters.processed_items % kRecordsPerTick == 0) RETURN_IF_ERROR(tick());
  }
  RETURN_IF_ERROR(log.Flush());
  return tick();
}

base::Status RefuseObject(const ObjectImport& import, const std::string& message,
                          Counters& counters) {
  ErrorLog log(import);
  RETURN_IF_ERROR(log.Add(0, message));
  RETURN_IF_ERROR(log.Flush());
  ++counters.processed_items;
  ++counters.errors;
  return import.tick(counters, 0);
}

}  // namespace dray::import_table
