// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_table/object_import.h"

#include <deque>
#include <optional>

#include "transfer/import_table/part_reading.h"
#include "transfer/import_table/part_source.h"
#include "transfer/import_table/source_list.h"

namespace dray::import_table {
namespace {

constexpr uint64_t kRecordsPerTick = 256;
constexpr unsigned kIndexBits = 40;  // of a sequence: records of one object
// Parts that are read ahead for each thread that helps: one at work, one waiting.
constexpr size_t kPartsPerHelper = 2;

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

// A part, and what was found in it ahead. Shared: a thread may be reading it when it is not wanted
// any more.
struct WindowPart {
  Part part;
  SharedWork::TaskRef task;  // nullptr: nobody reads it ahead
  std::unique_ptr<ReadAhead> ahead;
};

class ObjectReading final : public RecordSink {
 public:
  ObjectReading(const ObjectImport& import, base::ByteSource& body, Counters& counters)
      : import_(import),
        counters_(counters),
        counted_(body),
        decompressed_(compression::MakeDecompressingSource(import.compression, counted_)),
        parts_(decompressed_ ? *decompressed_ : counted_,
               item_format::MakePartCutter(import.rules.format), import.part_bytes),
        bad_(import) {}
  ~ObjectReading() override { Drop(window_.size()); }
  ObjectReading(const ObjectReading&) = delete;
  ObjectReading& operator=(const ObjectReading&) = delete;

  base::Status Run();

  // Of the part in front.
  base::Status AddItem(const item::PrimaryKey& key, const codec::Record& record) override;
  base::Status AddBad(const codec::Record& record, std::string message) override;
  base::Status AddFiltered(const codec::Record& record) override;

 private:
  base::Status ReadParts();
  void FillWindow();
  void ReadNext() {
    window_.push_back(std::make_shared<WindowPart>());
    window_.back()->part = parts_.Next();
  }
  void HandOut(const std::shared_ptr<WindowPart>& part);
  bool WasReadAhead(WindowPart& front);
  base::Status TakeOver(const ReadAhead& ahead);
  void JoinFront();
  void Drop(size_t count);
  std::string HeadOf(const codec::Record& record);
  base::Status AddToLoader(const item::PrimaryKey& key, std::string_view encoded, size_t size_bytes,
                           uint64_t index_in_part) {
    return import_.loader.Add(key, encoded, size_bytes,
                              import_.number << kIndexBits | (first_index_ + index_in_part));
  }
  base::Status Tick();

  const ObjectImport& import_;
  Counters& counters_;
  Counters ticked_;
  CountingSource counted_;
  const std::unique_ptr<base::ByteSource> decompressed_;  // nullptr: none is needed
  PartSource parts_;
  BadRecordsOfObject bad_;
  std::deque<std::shared_ptr<WindowPart>> window_;  // shared: see WindowPart
  bool is_started_ = false;                         // a part was read: what comes first is known
  // Where the part in front begins: everything before was read.
  uint64_t first_index_ = 0;
  codec::ReaderState state_;
};

base::Status ObjectReading::Run() {
  base::Status read = ReadParts();
  // What was counted is logged, also when the import ends here with what it has.
  base::Status logged = bad_.Flush();
  RETURN_IF_ERROR(std::move(read));
  RETURN_IF_ERROR(std::move(logged));
  return Tick();
}

base::Status ObjectReading::ReadParts() {
  while (true) {
    FillWindow();
    WindowPart& front = *window_.front();
    const Part& part = front.part;
    PartEnd end;
    if (WasReadAhead(front)) {
      end = front.ahead->end();
      RETURN_IF_ERROR(TakeOver(*front.ahead));
    } else {
      ASSIGN_OR_RETURN(end, ReadPart(import_.rules, part.text, state_, *this));
    }
    first_index_ += end.records;
    state_ = end.state;
    is_started_ = true;
    counters_.processed_bytes = end.consumed_bytes;
    if (end.is_abandoned || part.text.is_last) break;
    if (part.failure) {
      auto defect = DefectOf(*part.failure);
      if (!defect) return *part.failure;
      RETURN_IF_ERROR(bad_.Add({first_index_, end.consumed_bytes, {}, *std::move(defect)}));
      ++counters_.processed_items;
      ++counters_.errors;
      break;
    }
    if (end.consumed_bytes == part.text.offset_bytes + part.text.text.size()) {
      Drop(1);
    } else {
      JoinFront();
    }
    RETURN_IF_ERROR(Tick());
  }
  return base::Ok();
}

void ObjectReading::FillWindow() {
  const size_t wanted = is_started_ ? 1 + kPartsPerHelper * import_.shared_work.helpers() : 1;
  while (window_.size() < wanted && !parts_.has_ended()) {
    ReadNext();
    if (window_.size() > 1) HandOut(window_.back());
  }
}

void ObjectReading::HandOut(const std::shared_ptr<WindowPart>& part) {
  codec::ReaderState assumed = state_;
  assumed.lines_before = part->part.lines_before;
  part->ahead = std::make_unique<ReadAhead>(std::move(assumed));
  part->task = std::make_shared<SharedWork::Task>(
      [part = part.get(), &import = import_] { part->ahead->Read(import.rules, part->part.text); });
  import_.shared_work.Submit(part->task);
}

bool ObjectReading::WasReadAhead(WindowPart& front) {
  const SharedWork::TaskRef task = std::exchange(front.task, nullptr);
  if (task == nullptr || SharedWork::TakeBack(*task)) return false;
  import_.shared_work.WaitFor(*task);
  return front.ahead->is_usable() && front.ahead->assumed() == state_;
}

base::Status ObjectReading::TakeOver(const ReadAhead& ahead) {
  for (const ReadAhead::Item& item : ahead.items()) {
    RETURN_IF_ERROR(AddToLoader(item.key, ahead.EncodedOf(item), item.size_bytes, item.index));
  }
  for (BadRecord bad : ahead.bad().entries()) {
    bad.index += first_index_;
    RETURN_IF_ERROR(bad_.Add(std::move(bad)));
  }
  counters_.processed_items += ahead.end().records;
  counters_.imported_items += ahead.items().size();
  counters_.filtered_items += ahead.filtered();
  counters_.errors += ahead.bad().entries().size();
  return base::Ok();
}

// A record goes through the end of the front part: its rest and the next parts become one, large
// enough that records of any length are read in a time that grows with it.
void ObjectReading::JoinFront() {
  std::shared_ptr<WindowPart> front = window_.front();
  const size_t rest_bytes =
      front->part.text.text.size() -
      static_cast<size_t>(counters_.processed_bytes - front->part.text.offset_bytes);
  uint64_t from = counters_.processed_bytes;
  do {
    if (window_.size() == 1) ReadNext();
    auto joined = std::make_shared<WindowPart>();
    joined->part = PartSource::Join(front->part, from, window_[1]->part);
    front = joined;
    Drop(2);
    window_.push_front(joined);
  } while (front->part.text.text.size() < 2 * rest_bytes &&
           (window_.size() > 1 || !parts_.has_ended()));
}

void ObjectReading::Drop(size_t count) {
  for (; count > 0; --count) {
    // What it points to stays until whoever reads it has done so.
    const std::shared_ptr<WindowPart>& front = window_.front();
    if (front->task != nullptr && !SharedWork::TakeBack(*front->task)) {
      import_.shared_work.WaitFor(*front->task);
    }
    parts_.Recycle(std::move(front->part));
    window_.pop_front();
  }
}

base::Status ObjectReading::AddItem(const item::PrimaryKey& key, const codec::Record& record) {
  RETURN_IF_ERROR(AddToLoader(key, record.item, record.item_size_bytes, record.index));
  ++counters_.processed_items;
  ++counters_.imported_items;
  counters_.processed_bytes = record.offset_bytes;
  return counters_.processed_items % kRecordsPerTick == 0 ? Tick() : base::Ok();
}

base::Status ObjectReading::AddBad(const codec::Record& record, std::string message) {
  ++counters_.processed_items;
  ++counters_.errors;
  counters_.processed_bytes = record.offset_bytes;
  BadRecord bad = BadRecordOf(record, std::move(message));
  bad.index += first_index_;
  bad.head = HeadOf(record);
  RETURN_IF_ERROR(bad_.Add(std::move(bad)));
  return counters_.processed_items % kRecordsPerTick == 0 ? Tick() : base::Ok();
}

base::Status ObjectReading::AddFiltered(const codec::Record& record) {
  ++counters_.processed_items;
  ++counters_.filtered_items;
  counters_.processed_bytes = record.offset_bytes;
  return counters_.processed_items % kRecordsPerTick == 0 ? Tick() : base::Ok();
}

// That of text which cannot be parsed may go on in the next parts.
std::string ObjectReading::HeadOf(const codec::Record& record) {
  std::string head(record.head);
  if (record.outcome != codec::Record::Outcome::kBadObject) return head;
  if (import_.rules.transforms != nullptr) return {};  // it may hold what is to be masked
  for (size_t i = 1; head.size() < codec::Record::kHeadBytesMax; ++i) {
    if (i == window_.size() && parts_.has_ended()) break;
    if (i == window_.size()) ReadNext();
    head += window_[i]->part.text.text.substr(0, codec::Record::kHeadBytesMax - head.size());
  }
  return head;
}

base::Status ObjectReading::Tick() {
  Counters since{counters_.processed_items - ticked_.processed_items,
                 counters_.imported_items - ticked_.imported_items,
                 counters_.errors - ticked_.errors,
                 counters_.processed_bytes - ticked_.processed_bytes,
                 counters_.filtered_items - ticked_.filtered_items};
  ticked_ = counters_;
  return import_.tick(since, counted_.TakeBytes());
}

}  // namespace

base::Status ImportObject(const ObjectImport& import, base::ByteSource& body, Counters& counters) {
  return ObjectReading(import, body, counters).Run();
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
