// SPDX-License-Identifier: Apache-2.0
// The one place where pipelines get the writer or reader of a format that a request names.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "format/codec/change_reader.h"
#include "format/codec/codec.h"
#include "format/csv/csv.h"
#include "model/item/key_schema.h"

namespace dray::item_format {

enum class Format { kDynamoDbJson, kIon, kCsv };

// By AWS's names of InputFormat: DYNAMODB_JSON, ION, CSV. nullopt: none of ours.
std::optional<Format> FormatFromName(std::string_view name);
// Of these, those of ExportFormat: DYNAMODB_JSON, ION.
std::optional<Format> ExportFormatFromName(std::string_view name);
std::string_view FormatName(Format format);

// Of an export's data files: json.gz, ion.gz. A format of exports only.
std::string_view DataFileExtension(Format format);
// `sink` outlives the writer. A format of exports only.
std::unique_ptr<codec::ItemWriter> MakeItemWriter(Format format, const item::KeySchema& keys,
                                                  base::ByteSink& sink);

// What a format must be told besides the text.
struct ReaderOptions {
  csv::ReaderOptions csv;
};

// `source` outlives the reader.
std::unique_ptr<codec::ItemReader> MakeItemReader(Format format, base::ByteSource& source,
                                                  const ReaderOptions& options = {});

// Of the records of incremental exports. The buffer begins with `buffer_bytes` and grows to hold
// one record of at most `record_bytes_max`.
struct ChangeReaderOptions {
  size_t buffer_bytes = 256 * 1024;
  size_t record_bytes_max = size_t{8} * 1024 * 1024;
};
std::unique_ptr<codec::ChangeReader> MakeChangeReader(Format format, base::ByteSource& source,
                                                      const ChangeReaderOptions& options = {});

// For objects that are read in parts. `part` outlives the reader; `state` is that of a reader that
// came to where it begins, or a new one for the first part.
std::unique_ptr<codec::ItemReader> MakePartReader(Format format, const codec::TextPart& part,
                                                  const codec::ReaderState& state,
                                                  const ReaderOptions& options = {});
std::unique_ptr<codec::PartCutter> MakePartCutter(Format format);

}  // namespace dray::item_format
