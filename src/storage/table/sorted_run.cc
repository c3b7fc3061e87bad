// SPDX-License-Identifier: Apache-2.0
#include "storage/table/sorted_run.h"

#include <algorithm>
#include <cstring>

#include "storage/table/key_encoding.h"

namespace dray::table {
namespace {

constexpr size_t kRunBufferBytes = 1 << 20;
constexpr size_t kRunBufferBytesMin = 64 << 10;

base::Error Damaged(std::string message) {
  return base::Error{base::ErrorKind::kCorruption, std::move(message), {}};
}

// Of a record that was checked when it was indexed.
LoadRecord Trusted(const char* at) {
  LoadRecord record;
  uint32_t lengths[3];
  std::memcpy(&record.sequence, at, 8);
  std::memcpy(lengths, at + 8, 12);
  record.key = {at + LoadRecord::kHeaderBytes, lengths[0]};
  record.value = {record.key.data() + lengths[0], lengths[1]};
  record.size_bytes = lengths[2];
  return record;
}

// By hash first: the records may be of several tables or indexes.
int Compare(std::string_view left, std::string_view right) {
  const uint64_t left_hash = HashOfTail(TailOfItemKey(left));
  const uint64_t right_hash = HashOfTail(TailOfItemKey(right));
  if (left_hash != right_hash) return left_hash < right_hash ? -1 : 1;
  return left.compare(right);
}

bool HasHash(const LoadRecord& record) { return record.key.size() >= kTablePrefixBytes + 8; }

}  // namespace

base::Status LoadRecordSorter::AddBuffer(std::string_view buffer) {
  const char* at = buffer.data();
  const char* const end = at + buffer.size();
  LoadRecord record;
  while (at < end) {
    if (!ReadLoadRecord(at, end, record) || !HasHash(record)) {
      return Damaged("The spilled records of a bulk load are damaged");
    }
    entries_.push_back({HashOfTail(TailOfItemKey(record.key)), at});
    at += record.bytes();
  }
  return base::Ok();
}

base::Status LoadRecordSorter::Drain(const LoadRecordSink& sink) {
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    if (a.hash != b.hash) return a.hash < b.hash;
    LoadRecord left = Trusted(a.record), right = Trusted(b.record);
    if (int order = left.key.compare(right.key); order != 0) return order < 0;
    return left.sequence < right.sequence;
  });
  for (size_t i = 0; i < entries_.size(); ++i) {
    LoadRecord record = Trusted(entries_[i].record);
    if (i + 1 < entries_.size() && entries_[i + 1].hash == entries_[i].hash &&
        Trusted(entries_[i + 1].record).key == record.key) {
      continue;  // the next one is newer
    }
    RETURN_IF_ERROR(sink(record));
  }
  entries_.clear();
  return base::Ok();
}

base::Result<std::unique_ptr<RunWriter>> RunWriter::Create(base::FileSystem& files,
                                                           const std::string& path) {
  ASSIGN_OR_RETURN(auto file, files.CreateFile(path));
  return std::unique_ptr<RunWriter>(new RunWriter(std::move(file)));
}

base::Status RunWriter::Add(const LoadRecord& record) {
  char header[LoadRecord::kHeaderBytes];
  WriteLoadRecordHeader(record.sequence, record.key.size(), record.value.size(), record.size_bytes,
                        header);
  buffer_.append(header, sizeof(header)).append(record.key).append(record.value);
  if (buffer_.size() < kRunBufferBytes) return base::Ok();
  RETURN_IF_ERROR(file_->Append(buffer_));
  buffer_.clear();
  return base::Ok();
}

base::Status RunWriter::Close() {
  RETURN_IF_ERROR(file_->Append(buffer_));
  return file_->Close();
}

base::Result<std::unique_ptr<RunReader>> RunReader::Open(base::FileSystem& files,
                                                         const std::string& path,
                                                         size_t buffer_bytes) {
  ASSIGN_OR_RETURN(auto file, files.OpenFile(path, base::Caching::kCached));
  std::unique_ptr<RunReader> reader(new RunReader(std::move(file), path, buffer_bytes));
  RETURN_IF_ERROR(reader->Next());
  return reader;
}

base::Status RunReader::Next() {
  if (has_record_) at_ += record_.bytes();
  has_record_ = false;
  while (!ReadLoadRecord(buffer_.data() + at_, buffer_.data() + end_, record_)) {
    const size_t before = end_ - at_;
    RETURN_IF_ERROR(Fill());
    if (end_ - at_ > before) continue;
    if (before == 0) return base::Ok();
    return Damaged(path_ + " ends within a record");
  }
  if (!HasHash(record_)) return Damaged(path_ + " is damaged");
  has_record_ = true;
  return base::Ok();
}

// Moves the rest to the front and reads behind it; the buffer grows when one record fills it.
base::Status RunReader::Fill() {
  std::memmove(buffer_.data(), buffer_.data() + at_, end_ - at_);
  end_ -= at_;
  at_ = 0;
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  ASSIGN_OR_RETURN(size_t got,
                   file_->ReadAt(file_offset_, buffer_.data() + end_, buffer_.size() - end_));
  end_ += got;
  file_offset_ += got;
  return base::Ok();
}

base::Status MergeRuns(base::FileSystem& files, const std::vector<std::string>& paths,
                       size_t memory_bytes, const LoadRecordSink& sink) {
  if (paths.empty()) return base::Ok();
  const size_t buffer_bytes =
      std::clamp(memory_bytes / paths.size(), kRunBufferBytesMin, kRunBufferBytes);
  std::vector<std::unique_ptr<RunReader>> heap;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(auto reader, RunReader::Open(files, path, buffer_bytes));
    if (reader->has_record()) heap.push_back(std::move(reader));
  }
  // The smallest key on top; of equal keys the highest sequence, so that the first one counts.
  auto is_later = [](const std::unique_ptr<RunReader>& a, const std::unique_ptr<RunReader>& b) {
    if (int order = Compare(a->record().key, b->record().key); order != 0) return order > 0;
    return a->record().sequence < b->record().sequence;
  };
  std::make_heap(heap.begin(), heap.end(), is_later);
  std::string last_key;
  bool has_last = false;
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), is_later);
    RunReader& front = *heap.back();
    if (!has_last || front.record().key != last_key) {
      RETURN_IF_ERROR(sink(front.record()));
      last_key.assign(front.record().key);
      has_last = true;
    }
    RETURN_IF_ERROR(front.Next());
    if (front.has_record()) {
      std::push_heap(heap.begin(), heap.end(), is_later);
    } else {
      heap.pop_back();
    }
  }
  return base::Ok();
}

}  // namespace dray::table
