// SPDX-License-Identifier: Apache-2.0
// Any bytes: reading them in crumbs through a tiny buffer, at once, and as stretches with a reader
// each must agree in every outcome. The first byte chooses the dialect.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "format/csv/csv.h"
#include "format/csv/record_splitter.h"
#include "testing/piecewise_source.h"

namespace {

using dray::codec::Record;

constexpr size_t kRecordBytesMax = 4096;

struct Seen {
  Record::Outcome outcome;
  std::string item, message;
  uint64_t offset;
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> Read(std::string_view text, size_t piece, dray::csv::ReaderOptions options) {
  options.record_bytes_max = kRecordBytesMax;
  dray::testing::PiecewiseSource source(text, piece);
  auto reader = dray::csv::MakeItemReader(source, options);
  std::vector<Seen> seen;
  while (true) {
    auto record = reader->Next();
    if (!record) abort();
    if (record->outcome == Record::Outcome::kEnd) break;
    bool is_item = record->outcome == Record::Outcome::kItem;
    if (is_item && !dray::item::ItemView::Check(record->item)) abort();
    if (is_item != record->message.empty() || record->index != seen.size()) abort();
    seen.push_back({record->outcome, std::string(is_item ? record->item : ""), record->message,
                    record->offset_bytes});
  }
  if (reader->consumed_bytes() > text.size()) abort();
  bool is_abandoned = !seen.empty() && seen.back().outcome == Record::Outcome::kBadObject;
  if (!is_abandoned && reader->consumed_bytes() != text.size()) abort();
  return seen;
}

// Stretches of about `size` bytes.
std::vector<Seen> ReadStretches(std::string_view text, size_t size,
                                dray::csv::ReaderOptions options) {
  std::vector<Seen> seen;
  dray::csv::RecordSplitter splitter;
  std::shared_ptr<const dray::csv::Layout> layout;
  size_t begin = 0, looked_at = 0;
  while (begin < text.size()) {
    options.lines_before = splitter.lines();
    size_t end = 0;
    while (end == 0 && looked_at < text.size()) {
      auto more = text.substr(looked_at, size);
      if (size_t found = splitter.Advance(more); found != 0) end = looked_at + found;
      looked_at += more.size();
      if (end != 0 && layout == nullptr) {
        layout = dray::csv::FindLayout(options.dialect, text.substr(0, end));
        if (layout == nullptr) end = 0;
      }
    }
    if (end == 0) end = text.size();
    for (Seen& one : Read(text.substr(begin, end - begin), size, options)) {
      one.offset += begin;
      seen.push_back(std::move(one));
      if (seen.back().outcome == Record::Outcome::kBadObject) return seen;
    }
    options.layout = layout;
    begin = end;
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.empty()) return 0;
  const auto choice = static_cast<unsigned char>(text[0]);
  text.remove_prefix(1);
  dray::csv::ReaderOptions options;
  options.dialect.delimiter = ",;:|\t "[choice % 6];
  if (choice / 6 % 2 == 1) options.dialect.header_list = {"pk", "sk", "raw"};
  options.dialect.keys = {{"pk", dray::item::Type::kString},
                          {"sk", dray::item::Type::kNumber},
                          {"raw", dray::item::Type::kBinary}};
  options.buffer_bytes = size + 1;
  auto whole = Read(text, size + 1, options);
  options.buffer_bytes = 16;
  if (whole != Read(text, 1, options)) abort();
  options.buffer_bytes = 50;
  if (whole != Read(text, 100, options)) abort();
  if (whole != ReadStretches(text, 40, options)) abort();
  return 0;
}
