// SPDX-License-Identifier: Apache-2.0
// DynamoDB JSON: {"Item":{"pk":{"S":"x"}}} and the attribute-value JSON of the table API.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "format/codec/codec.h"
#include "model/item/item_encoding.h"
#include "model/item/key_schema.h"

namespace dray::dynamodb_json {

// One line an item, compact, LF, raw UTF-8, key attributes first (contract section 2.6). Buffers at
// least 64 KB before each Write into `sink`, which outlives the writer.
std::unique_ptr<codec::ItemWriter> MakeItemWriter(const item::KeySchema& keys,
                                                  base::ByteSink& sink);

// Streaming: objects may stand on lines or be glued, blank lines are skipped, one record is in
// memory at a time (bounded by a record limit of 8 MB of text: longer is kBadObject). `source`
// outlives it.
std::unique_ptr<codec::ItemReader> MakeItemReader(base::ByteSource& source);

// {"S":"x"} for one value; {"a":{"S":"x"},...} for a map of attributes. Appends, escapes as JSON.
void AppendValue(const item::ValueView& value, std::string& out);
void AppendAttributes(const item::MapView& attributes, std::string& out);

// Parses the text of a map of attributes, e.g. a PutItem's "Item", into `builder` (StartItem to
// just before Finish). Errors: kInvalidArgument with AWS's texts; reason kNotAttributeValue where
// AWS answers SerializationException (a number where a string belongs).
inline constexpr std::string_view kNotAttributeValue = "not_attribute_value";
base::Status ParseAttributes(std::string_view json_object, item::ItemBuilder& builder);

}  // namespace dray::dynamodb_json
