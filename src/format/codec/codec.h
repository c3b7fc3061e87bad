// SPDX-License-Identifier: Apache-2.0
// The seam between formats and pipelines: items written one by one into a sink, records read one by
// one from a source. Implementations: dynamodb_json, ion, csv (no writer); item_format chooses.
#pragma once

#include <cstdint>
#include <memory>
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
  static constexpr size_t kHeadBytesMax = 200;

  Outcome outcome = Outcome::kEnd;
  std::string_view item;       // encoded (item_encoding.h)
  size_t item_size_bytes = 0;  // AWS's size of it
  std::string message;         // for the two bad outcomes: AWS's text where it has one
  uint64_t index = 0;          // 0-based within the object, bad records counted
  uint64_t offset_bytes = 0;   // where the record starts in the uncompressed object
  std::string_view head;       // its first bytes as they are, at most kHeadBytesMax
};

// What a reader knows between two records besides the text: whoever reads on there must know it,
// too. The members are the formats' own; equal states read equal texts equally.
struct ReaderState {
  uint64_t lines_before = 0;            // line feeds, where messages name lines
  unsigned place = 0;                   // e.g. whether a list is open
  std::shared_ptr<const void> columns;  // of CSV; shared: by all readers of an object
  bool operator==(const ReaderState&) const = default;
};

// A stretch of an object's text, all of it in memory. It begins between two records.
struct TextPart {
  static constexpr size_t kPaddingBytes = 64;  // of zeros stand behind the text

  std::string_view text;
  uint64_t offset_bytes = 0;  // of its beginning, in the uncompressed object
  bool is_last = false;       // the object ends with it
};

class ItemReader {
 public:
  virtual ~ItemReader() = default;
  // Errors only when the source fails; bad data is a Record. A reader of a part that is not the
  // last gives the error kPartEnded when it needs more than there is: then consumed_bytes() is
  // where the first record begins that is not whole, or the end of the part.
  virtual base::Result<Record> Next() = 0;
  // Of the uncompressed object, read so far, newlines included.
  virtual uint64_t consumed_bytes() const = 0;
  // Where consumed_bytes() is.
  virtual ReaderState state() const { return {}; }
};

inline constexpr std::string_view kPartEnded = "codec_part_ended";  // Error::reason

// Finds places at which the text of an object can be cut into parts that are worth reading side by
// side: probably between two records, whatever the text is. Used by one thread.
class PartCutter {
 public:
  virtual ~PartCutter() = default;
  // `text` follows what was given before. Where in it the last record ends that does; 0: none.
  virtual size_t Advance(std::string_view text) = 0;
  // Line feeds before the last place that was given, if the format's messages name lines.
  virtual uint64_t lines_before() const { return 0; }
};

}  // namespace dray::codec
