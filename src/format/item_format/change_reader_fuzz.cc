// SPDX-License-Identifier: Apache-2.0
// The first byte chooses the format. Reading the rest in crumbs through a tiny buffer and at once
// must agree in every outcome, and what is read as a change must come back after it was written.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "format/item_format/item_format.h"
#include "testing/piecewise_source.h"

namespace {

using dray::codec::Record;
using dray::item_format::Format;

constexpr size_t kRecordBytesMax = 4096;

struct Seen {
  Record::Outcome outcome;
  std::string keys, old_image, new_image;
  uint64_t offset;
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> Read(Format format, std::string_view text, size_t piece, size_t buffer_bytes,
                       size_t record_bytes_max = kRecordBytesMax) {
  dray::testing::PiecewiseSource source(text, piece);
  auto reader = dray::item_format::MakeChangeReader(
      format, source, {.buffer_bytes = buffer_bytes, .record_bytes_max = record_bytes_max});
  std::vector<Seen> seen;
  while (true) {
    auto change = reader->Next();
    if (!change) abort();
    if (change->record.outcome == Record::Outcome::kEnd) break;
    Seen one{change->record.outcome, {}, {}, {}, change->record.offset_bytes};
    if (one.outcome == Record::Outcome::kItem) {
      one.keys = change->keys.encoded;
      if (change->old_image) one.old_image = change->old_image->encoded;
      if (change->new_image) one.new_image = change->new_image->encoded;
    } else if (change->record.message.empty()) {
      abort();
    }
    seen.push_back(std::move(one));
  }
  if (reader->consumed_bytes() > text.size()) abort();
  return seen;
}

void WriteAndReadAgain(Format format, const Seen& seen) {
  for (const std::string* encoded : {&seen.keys, &seen.old_image, &seen.new_image}) {
    if (!encoded->empty() && !dray::item::ItemView::Check(*encoded)) abort();
  }
  const dray::item::ItemView keys(seen.keys), old_image(seen.old_image), new_image(seen.new_image);
  std::string line;
  dray::base::StringSink sink(line);
  auto writer = dray::item_format::MakeItemWriter(
      format, {.hash = {{"p", dray::item::Type::kString}}, .range = {}}, sink);
  dray::codec::Change change{1, &keys, nullptr, nullptr};
  if (!seen.old_image.empty()) change.old_image = &old_image;
  if (!seen.new_image.empty()) change.new_image = &new_image;
  if (!writer->WriteChange(change) || !writer->Finish()) abort();
  auto again = Read(format, line, line.size(), line.size(), 1 << 20);
  if (again.size() != 1 || again[0].outcome != Record::Outcome::kItem) abort();
  auto is_same = [](const std::string& a, const std::string& b) {
    if (a.empty() || b.empty()) return a.empty() && b.empty();
    return dray::item::ItemView(a).ToTree() == dray::item::ItemView(b).ToTree();
  };
  if (!is_same(again[0].old_image, seen.old_image)) abort();
  if (!is_same(again[0].new_image, seen.new_image)) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Format format = (data[0] & 1) != 0 ? Format::kIon : Format::kDynamoDbJson;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = Read(format, text, size, size);
  if (whole != Read(format, text, 1, 16)) abort();
  if (whole != Read(format, text, 100, 50)) abort();
  for (const Seen& one : whole) {
    if (one.outcome == Record::Outcome::kItem) WriteAndReadAgain(format, one);
  }
  return 0;
}
