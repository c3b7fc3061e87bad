// SPDX-License-Identifier: Apache-2.0
// The seam between formats and pipelines: items written one by one into a sink, records read one by
// one from a source. Implementations: dynamodb_json, ion, csv (no writer); item_format chooses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "model/item/item_encoding.h"

namespace dray::codec {

// What an incremental export says of one item. The images are written that are given: without any
// it is a deletion, seen without old images.
struct Change {
  int64_t write_time_micros = 0;
  const item::ItemView* keyed = nullptr;  // what the key is taken from; one of the images, or not
  const item::ItemView* old_image = nullptr;
  const item::ItemView* new_image = nullptr;
};

class ItemWriter {
 public:
  virtual ~ItemWriter() = default;
  virtual base::Status Write(const item::ItemView& item) = 0;
  // A record of an incremental export. A text holds items or changes.
  virtual base::Status WriteChange(const Change& change) = 0;
  // Ends the text and flushes into the sink; does not close the sink.
  virtual base::Status Finish() = 0;
};

// What one call of Next found. Strings are valid until the next call.
struct Record {
  enum class Outcome {
    kItem,       // `item` holds one
    kBadItem,    // a record that parses, but is not an item; reading goes on behind it
    kBadObject,  // unparsable text, or JSON without `Item`: the rest of the object is abandoned,
                 // the next call gives kEnd (contract section 4.6)
    kEnd,
  };
  Outcome outcome = Outcome::kEnd;
  std::string_view item;       // encoded (item_encoding.h)
  size_t item_size_bytes = 0;  // AWS's size of it
  std::string message;         // for the two bad outcomes: AWS's text where it has one
  uint64_t index = 0;          // 0-based within the object, bad records counted
  uint64_t offset_bytes = 0;   // where the record starts in the uncompressed object
  std::string_view head;       // its first bytes as they are (at most 200), for the error log
};

class ItemReader {
 public:
  virtual ~ItemReader() = default;
  // Errors only when the source fails; bad data is a Record.
  virtual base::Result<Record> Next() = 0;
  virtual uint64_t consumed_bytes() const = 0;  // uncompressed bytes read so far, newlines included
};

}  // namespace dray::codec
