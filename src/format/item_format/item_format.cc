// SPDX-License-Identifier: Apache-2.0
#include "format/item_format/item_format.h"

#include "format/dynamodb_json/dynamodb_json.h"
#include "format/ion/ion.h"

namespace dray::item_format {

namespace {

struct Row {
  std::string_view name, extension;
  std::unique_ptr<codec::ItemWriter> (*make_writer)(const item::KeySchema&, base::ByteSink&);
  std::unique_ptr<codec::ItemReader> (*make_reader)(base::ByteSource&);
};

// In the order of Format.
constexpr Row kRows[] = {
    {"DYNAMODB_JSON", "json.gz", dynamodb_json::MakeItemWriter,
     [](base::ByteSource& source) { return dynamodb_json::MakeItemReader(source); }},
    {"ION", "ion.gz", ion::MakeItemWriter,
     [](base::ByteSource& source) { return ion::MakeItemReader(source); }},
};

const Row& RowOf(Format format) { return kRows[static_cast<size_t>(format)]; }

}  // namespace

std::optional<Format> FormatFromName(std::string_view name) {
  for (Format format : {Format::kDynamoDbJson, Format::kIon}) {
    if (RowOf(format).name == name) return format;
  }
  return std::nullopt;
}

std::string_view FormatName(Format format) { return RowOf(format).name; }

std::string_view DataFileExtension(Format format) { return RowOf(format).extension; }

std::unique_ptr<codec::ItemWriter> MakeItemWriter(Format format, const item::KeySchema& keys,
                                                  base::ByteSink& sink) {
  return RowOf(format).make_writer(keys, sink);
}

std::unique_ptr<codec::ItemReader> MakeItemReader(Format format, base::ByteSource& source) {
  return RowOf(format).make_reader(source);
}

}  // namespace dray::item_format
