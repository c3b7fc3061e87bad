// SPDX-License-Identifier: Apache-2.0
#include "transfer/verify_export/data_file.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/text_encoding.h"
#include "format/compression/gzip.h"
#include "format/item_format/item_format.h"
#include "hash/hash.h"

namespace dray::verify_export {

namespace {

constexpr size_t kBufferBytes = 256 << 10;

// Hashes and counts what passes, and keeps an error of the object's own apart from those of what
// reads it.
class WatchedSource final : public base::ByteSource {
 public:
  explicit WatchedSource(base::ByteSource& under) : under_(under), md5_(hash::Algorithm::kMd5) {}
  base::Result<size_t> Read(char* out, size_t capacity) override {
    auto count = under_.Read(out, capacity);
    if (!count) {
      error_ = count.error();
      return count;
    }
    md5_.Update({out, *count});
    bytes_ += *count;
    return count;
  }
  const std::optional<base::Error>& error() const { return error_; }
  uint64_t bytes() const { return bytes_; }
  std::string FinishMd5() { return md5_.Finish(); }

 private:
  base::ByteSource& under_;
  hash::Digest md5_;
  uint64_t bytes_ = 0;
  std::optional<base::Error> error_;
};

// Every record has to be an item.
void CountItems(item_format::Format format, base::ByteSource& text, DataFileFacts& facts) {
  auto reader = item_format::MakeItemReader(format, text);
  while (facts.damage.empty()) {
    auto record = reader->Next();
    if (!record) {
      facts.damage = "cannot be read: " + record.error().message;
    } else if (record->outcome == codec::Record::Outcome::kEnd) {
      return;
    } else if (record->outcome != codec::Record::Outcome::kItem) {
      facts.damage =
          "record " + std::to_string(record->index) + " is not an item: " + record->message;
    } else {
      ++facts.item_count;
    }
  }
}

// Records of incremental exports have other members than items, so their lines are counted.
void CountLines(base::ByteSource& text, DataFileFacts& facts) {
  std::vector<char> buffer(kBufferBytes);
  bool is_at_line_start = true;
  while (true) {
    auto count = text.Read(buffer.data(), buffer.size());
    if (!count) {
      facts.damage = "cannot be read: " + count.error().message;
      return;
    }
    if (*count == 0) break;
    facts.item_count += static_cast<uint64_t>(
        std::count(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count), '\n'));
    is_at_line_start = buffer[*count - 1] == '\n';
  }
  if (!is_at_line_start) facts.damage = "its last line is cut off";
}

}  // namespace

base::Result<DataFileFacts> ReadDataFile(base::ByteSource& body,
                                         const export_layout::Summary& summary) {
  DataFileFacts facts;
  WatchedSource watched(body);
  auto text = compression::MakeGzipSource(watched);
  auto format = item_format::ExportFormatFromName(summary.output_format);
  if (summary.increment || !format) {
    CountLines(*text, facts);
  } else {
    CountItems(*format, *text, facts);
  }
  // What is behind damage counts for the checksum, too.
  std::vector<char> buffer(kBufferBytes);
  while (!watched.error()) {
    auto count = watched.Read(buffer.data(), buffer.size());
    if (!count || *count == 0) break;
  }
  if (watched.error()) return *watched.error();
  facts.compressed_bytes = watched.bytes();
  facts.md5_base64 = base::Base64Encode(watched.FinishMd5());
  return facts;
}

}  // namespace dray::verify_export
