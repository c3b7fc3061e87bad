// SPDX-License-Identifier: Apache-2.0
// The other side of ItemWriter::WriteChange: records of incremental exports read one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "format/codec/codec.h"

namespace dray::codec {

// What one call of Next found. Strings are valid until the next call.
struct ChangeRecord {
  struct Image {
    std::string_view encoded;  // item_encoding.h
    size_t size_bytes = 0;     // AWS's size of it
  };
  // kItem says that the members below hold a change; the record's own item is empty.
  Record record;
  Image keys;
  std::optional<Image> old_image, new_image;  // those that are there
};

class ChangeReader {
 public:
  virtual ~ChangeReader() = default;
  // Errors only when the source fails; bad data is a record.
  virtual base::Result<ChangeRecord> Next() = 0;
  virtual uint64_t consumed_bytes() const = 0;  // as ItemReader's
};

}  // namespace dray::codec
