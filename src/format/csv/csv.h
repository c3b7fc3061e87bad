// SPDX-License-Identifier: Apache-2.0
// CSV as imports take it: a header, then a row an item. The text is specified in
// docs/formats/csv.md. There is no writer: AWS exports no CSV.
//
// An object may be read by one reader, or by several that each have a stretch of it: the stretches
// are found by RecordSplitter (record_splitter.h), the first one is read like a whole object, the
// others with the Layout that FindLayout got from the beginning of the object.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "format/codec/codec.h"
#include "model/item/flat_item_builder.h"
#include "model/item/key_schema.h"

namespace dray::csv {

// What a request says about its objects.
struct Dialect {
  char delimiter = ',';  // one of , ; : | tab space
  // Names of the columns; empty: the first line of each object names them.
  std::vector<std::string> header_list;
  // Keys of the table and of its indexes: the columns that are not just text.
  std::vector<item::KeyElement> keys;
};

// The columns of an object. Immutable: threads may share one.
class Layout {
 public:
  struct Column {
    item::EncodedName name;
    item::Type type;  // kString, kNumber or kBinary
  };

  // kInvalidArgument: no column, one without a name, a name twice, too long or not UTF-8.
  static base::Result<std::shared_ptr<const Layout>> Make(const std::vector<std::string>& names,
                                                          const Dialect& dialect);
  const std::vector<Column>& columns() const { return columns_; }

 private:
  std::vector<Column> columns_;
};

struct ReaderOptions {
  Dialect dialect;
  // For a stretch that begins with a record somewhere in an object: its columns, and the line feeds
  // before it, for messages. Null: the text begins where the object does.
  std::shared_ptr<const Layout> layout;
  uint64_t lines_before = 0;

  size_t buffer_bytes = 256 * 1024;                   // to begin with; grows to hold one record
  size_t record_bytes_max = size_t{8} * 1024 * 1024;  // of text; a longer record is kBadObject
};

// Streaming: one record is in memory at a time, encoded straight from the text. `source` outlives
// it. A row's index counts from the first row; a bad header has index 0. Does not check
// kItemBytesMax (Record::item_size_bytes) or that keys are there.
std::unique_ptr<codec::ItemReader> MakeItemReader(base::ByteSource& source,
                                                  const ReaderOptions& options = {});

// The same of a part, which outlives it; `state` is that of a reader that came there.
std::unique_ptr<codec::ItemReader> MakePartReader(const codec::TextPart& part,
                                                  const codec::ReaderState& state,
                                                  const ReaderOptions& options);
std::unique_ptr<codec::PartCutter> MakePartCutter();

// The columns of the object that begins with `start`. Null when they cannot be told: the header is
// longer than `start`, or bad (a reader of the object will say why).
std::shared_ptr<const Layout> FindLayout(const Dialect& dialect, std::string_view start);

}  // namespace dray::csv
