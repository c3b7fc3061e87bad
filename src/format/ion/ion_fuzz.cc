// SPDX-License-Identifier: Apache-2.0
// Any bytes: reading them in crumbs through a tiny buffer and at once must agree in every outcome,
// and what is read as an item must come back equal after it was written.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "format/ion/ion.h"
#include "testing/piecewise_source.h"

namespace {

using dray::codec::Record;

constexpr size_t kRecordBytesMax = 4096;

struct Seen {
  Record::Outcome outcome;
  std::string item;
  uint64_t offset;
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> Read(std::string_view text, size_t piece, size_t buffer_bytes) {
  dray::testing::PiecewiseSource source(text, piece);
  auto reader = dray::ion::MakeItemReader(
      source, {.buffer_bytes = buffer_bytes, .record_bytes_max = kRecordBytesMax});
  std::vector<Seen> seen;
  while (true) {
    auto record = reader->Next();
    if (!record) abort();
    if (record->outcome == Record::Outcome::kEnd) break;
    bool is_item = record->outcome == Record::Outcome::kItem;
    if (!is_item && record->message.empty()) abort();
    seen.push_back(
        {record->outcome, std::string(is_item ? record->item : ""), record->offset_bytes});
  }
  if (reader->consumed_bytes() > text.size()) abort();
  return seen;
}

void WriteAndReadAgain(const std::string& encoded) {
  dray::item::ItemView view(encoded);
  if (!dray::item::ItemView::Check(encoded)) abort();
  std::string line;
  dray::base::StringSink sink(line);
  auto writer = dray::ion::MakeItemWriter(
      {.hash = {{"p", dray::item::Type::kString}}, .range = {{"c", dray::item::Type::kNumber}}},
      sink);
  if (!writer->Write(view) || !writer->Finish()) abort();
  dray::base::StringSource source(line);
  auto reader = dray::ion::MakeItemReader(source);
  auto record = reader->Next();
  if (!record || record->outcome != Record::Outcome::kItem) abort();
  if (dray::item::ItemView(record->item).ToTree() != view.ToTree()) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto whole = Read(text, size + 1, size + 1);
  if (whole != Read(text, 1, 16)) abort();
  if (whole != Read(text, 100, 50)) abort();
  for (const Seen& one : whole) {
    if (one.outcome == Record::Outcome::kItem) WriteAndReadAgain(one.item);
  }
  return 0;
}
