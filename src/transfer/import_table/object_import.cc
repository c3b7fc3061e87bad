// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_table/object_import.h"

#include "transfer/import_table/item_transform.h"

namespace dray::import_table {
namespace {

constexpr uint64_t kRecordsPerTick = 256;
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

// Hands bad records over when enough have come together.
class BadRecordsOfObject {
 public:
  explicit BadRecordsOfObject(const ObjectImport& import) : import_(import) {}

  base::Status Add(BadRecord record) {
    pending_.Add(std::move(record));
    return pending_.size_bytes() < ErrorLog::kPendingBytesMax ? base::Ok() : Flush();
  }
  base::Status Flush() {
    if (pending_.empty()) return base::Ok();
    RETURN_IF_ERROR(import_.log.Store(import_.number, import_.object.key, pending_, 0, 0));
    pending_.Clear();
    return base::Ok();
  }

 private:
  const ObjectImport& import_;
  BadRecords pending_;
};

// The records of `reader` until its end; counts what it does with them.
base::Status ReadRecords(const ObjectImport& import, codec::ItemReader& reader,
                         BadRecordsOfObject& bad, Counters& counters,
                         const std::function<base::Status()>& tick) {
  ItemTransform transform(import.transforms);
  while (true) {
    auto record = reader.Next();
    if (!record) {
      // Cut or corrupt compression is a defect of the object like text that does not parse.
      if (record.error().kind != base::ErrorKind::kCorruption) return record.error();
      const uint64_t index = counters.processed_items++;
      ++counters.errors;
      return bad.Add({index, reader.consumed_bytes(), {}, record.error().message});
    }
    if (record->outcome == codec::Record::Outcome::kEnd) return base::Ok();
    if (!transform.Apply(*record)) {
      ++counters.filtered_items;
      ++counters.processed_items;
    } else if (auto key = import.checks.Check(*record)) {
      RETURN_IF_ERROR(import.loader.Add(*key, record->item, record->item_size_bytes,
                                        import.number << kIndexBits | record->index));
      ++counters.imported_items;
      ++counters.processed_items;
    } else {
      ++counters.errors;
      ++counters.processed_items;
      RETURN_IF_ERROR(bad.Add(BadRecordOf(*record, std::move(key).error().message)));
    }
    if (counters.processed_items % kRecordsPerTick == 0) RETURN_IF_ERROR(tick());
  }
}

}  // namespace

base::Status ImportObject(const ObjectImport& import, base::ByteSource& body, Counters& counters) {
  CountingSource counted(body);
  auto decompressed = compression::MakeDecompressingSource(import.compression, counted);
  auto reader = item_format::MakeItemReader(import.format, decompressed ? *decompressed : counted,
                                            import.reader_options);
  BadRecordsOfObject bad(import);
  Counters ticked;
  auto tick = [&]() -> base::Status {
    counters.processed_bytes = reader->consumed_bytes();
    Counters since{counters.processed_items - ticked.processed_items,
                   counters.imported_items - ticked.imported_items, counters.errors - ticked.errors,
                   counters.processed_bytes - ticked.processed_bytes,
                   counters.filtered_items - ticked.filtered_items};
    ticked = counters;
    return import.tick(since, counted.TakeBytes());
  };
  base::Status read = ReadRecords(import, *reader, bad, counters, tick);
  // What was counted is logged, also when the import ends here with what it has.
  base::Status logged = bad.Flush();
  RETURN_IF_ERROR(std::move(read));
  RETURN_IF_ERROR(std::move(logged));
  return tick();
}

base::Status RefuseObject(const ObjectImport& import, const std::string& message,
                          Counters& counters) {
  BadRecordsOfObject bad(import);
  RETURN_IF_ERROR(bad.Add({0, 0, {}, message}));
  RETURN_IF_ERROR(bad.Flush());
  ++counters.processed_items;
  ++counters.errors;
  return import.tick(counters, 0);
}

}  // namespace dray::import_table
