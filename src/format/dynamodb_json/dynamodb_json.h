// SPDX-License-Identifier: Apache-2.0
// DynamoDB JSON: {"Item":{"pk":{"S":"x"}}} and the attribute-value JSON of the table API. The texts
// are specified in docs/formats/dynamodb-json.md.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "format/codec/change_reader.h"
#include "format/codec/codec.h"
#include "model/item/item_encoding.h"
#include "model/item/key_schema.h"

namespace dray::dynamodb_json {

// One line an item, compact, LF, raw UTF-8, key attributes first (contract section 2.6). Buffers at
// least 64 KB before each Write into `sink`, which outlives the writer.
std::unique_ptr<codec::ItemWriter> MakeItemWriter(const item::KeySchema& keys,
                                                  base::ByteSink& sink);

struct ReaderOptions {
  size_t buffer_bytes = 256 * 1024;                   // to begin with; grows to hold one record
  size_t record_bytes_max = size_t{8} * 1024 * 1024;  // of text; a longer record is kBadObject
};

// Streaming: objects may stand on lines or be glued, blank lines are skipped, one record is in
// memory at a time. `source` outlives it. Does not check kItemBytesMax: Record::item_size_bytes.
std::unique_ptr<codec::ItemReader> MakeItemReader(base::ByteSource& source,
                                                  const ReaderOptions& options = {});
// The same for the records of an incremental export.
std::unique_ptr<codec::ChangeReader> MakeChangeReader(base::ByteSource& source,
                                                      const ReaderOptions& options = {});
// The same of a part, which outlives it.
std::unique_ptr<codec::ItemReader> MakePartReader(const codec::TextPart& part,
                                                  const ReaderOptions& options = {});

// {"S":"x"} for one value; {"a":{"S":"x"},...} for a map of attributes. Appends, escapes as JSON.
void AppendValue(const item::ValueView& value, std::string& out);
void AppendAttributes(const item::MapView& attributes, std::string& out);

// Parses the text of a map of attributes, e.g. a PutItem's "Item", into `builder` (StartItem to
// just before Finish). Errors: kInvalidArgument with AWS's texts; reason kNotAttributeValue where
// AWS answers SerializationException (a number where a string belongs), which goes before any other
// error of the text, as on AWS.
inline constexpr std::string_view kNotAttributeValue = "not_attribute_value";
base::Status ParseAttributes(std::string_view json_object, item::ItemBuilder& builder);

}  // namespace dray::dynamodb_json
