// SPDX-License-Identifier: Apache-2.0
// The one place where pipelines get the writer or reader of a format that a request names.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "format/codec/codec.h"
#include "model/item/key_schema.h"

namespace dray::item_format {

enum class Format { kDynamoDbJson, kIon };

// By AWS's names of ExportFormat and InputFormat: DYNAMODB_JSON, ION. nullopt: none of ours.
std::optional<Format> FormatFromName(std::string_view name);
std::string_view FormatName(Format format);
// Of an export's data files: json.gz, ion.gz.
std::string_view DataFileExtension(Format format);

// `sink` and `source` outlive what is made.
std::unique_ptr<codec::ItemWriter> MakeItemWriter(Format format, const item::KeySchema& keys,
                                                  base::ByteSink& sink);
std::unique_ptr<codec::ItemReader> MakeItemReader(Format format, base::ByteSource& source);

}  // namespace dray::item_format
