// SPDX-License-Identifier: Apache-2.0
#include "format/item_format/item_format.h"

#include "base/check.h"
#include "format/codec/line_cutter.h"
#include "format/dynamodb_json/dynamodb_json.h"
#include "format/ion/ion.h"

namespace dray::item_format {

namespace {

struct Row {
  Format format;
  std::string_view name;
  std::string_view extension;  // empty: exports do not write it
  std::unique_ptr<codec::ItemWriter> (*make_writer)(const item::KeySchema&, base::ByteSink&);
  std::unique_ptr<codec::ItemReader> (*make_reader)(base::ByteSource&, const ReaderOptions&);
  std::unique_ptr<codec::ItemReader> (*make_part_reader)(const codec::TextPart&,
                                                         const codec::ReaderState&,
                                                         const ReaderOptions&);
  std::unique_ptr<codec::PartCutter> (*make_part_cutter)();
};

std::unique_ptr<codec::PartCutter> MakeLineCutter() {
  return std::make_unique<codec::LineCutter>();
}

// In the order of Format.
constexpr Row kRows[] = {
    {Format::kDynamoDbJson, "DYNAMODB_JSON", "json.gz", dynamodb_json::MakeItemWriter,
     [](base::ByteSource& source, const ReaderOptions&) {
       return dynamodb_json::MakeItemReader(source);
     },
     [](const codec::TextPart& part, const codec::ReaderState&, const ReaderOptions&) {
       return dynamodb_json::MakePartReader(part);
     },
     MakeLineCutter},
    {Format::kIon, "ION", "ion.gz", ion::MakeItemWriter,
     [](base::ByteSource& source, const ReaderOptions&) { return ion::MakeItemReader(source); },
     [](const codec::TextPart& part, const codec::ReaderState& state, const ReaderOptions&) {
       return ion::MakePartReader(part, state);
     },
     MakeLineCutter},
    {Format::kCsv, "CSV", "", nullptr,
     [](base::ByteSource& source, const ReaderOptions& options) {
       return csv::MakeItemReader(source, options.csv);
     },
     [](const codec::TextPart& part, const codec::ReaderState& state,
        const ReaderOptions& options) { return csv::MakePartReader(part, state, options.csv); },
     csv::MakePartCutter},
};

const Row& RowOf(Format format) { return kRows[static_cast<size_t>(format)]; }

}  // namespace

std::optional<Format> FormatFromName(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.format;
  }
  return std::nullopt;
}

std::optional<Format> ExportFormatFromName(std::string_view name) {
  auto format = FormatFromName(name);
  if (!format || RowOf(*format).make_writer == nullptr) return std::nullopt;
  return format;
}

std::string_view FormatName(Format format) { return RowOf(format).name; }

std::string_view DataFileExtension(Format format) { return RowOf(format).extension; }

std::unique_ptr<codec::ItemWriter> MakeItemWriter(Format format, const item::KeySchema& keys,
                                                  base::ByteSink& sink) {
  CHECK(RowOf(format).make_writer != nullptr);
  return RowOf(format).make_writer(keys, sink);
}

std::unique_ptr<codec::ItemReader> MakeItemReader(Format format, base::ByteSource& source,
                                                  const ReaderOptions& options) {
  return RowOf(format).make_reader(source, options);
}

std::unique_ptr<codec::ChangeReader> MakeChangeReader(Format format, base::ByteSource& source,
                                                      const ChangeReaderOptions& options) {
  if (format == Format::kIon) {
    return ion::MakeChangeReader(source, {options.buffer_bytes, options.record_bytes_max});
  }
  return dynamodb_json::MakeChangeReader(source, {options.buffer_bytes, options.record_bytes_max});
}

std::unique_ptr<codec::ItemReader> MakePartReader(Format format, const codec::TextPart& part,
                                                  const codec::ReaderState& state,
                                                  const ReaderOptions& options) {
  return RowOf(format).make_part_reader(part, state, options);
}

std::unique_ptr<codec::PartCutter> MakePartCutter(Format format) {
  return RowOf(format).make_part_cutter();
}

}  // namespace dray::item_format
