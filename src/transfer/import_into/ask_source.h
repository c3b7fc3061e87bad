// SPDX-License-Identifier: Apache-2.0
// From the records of one object to what they ask for. Used by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "format/codec/change_reader.h"
#include "format/codec/codec.h"
#include "storage/table/table.h"
#include "transfer/import_into/ask.h"
#include "transfer/import_table/error_log.h"
#include "transfer/transform/transform.h"

namespace dray::import_into {

struct Asked {
  enum class Outcome { kAsk, kFiltered, kBad, kEnd } outcome = Outcome::kEnd;
  Ask ask;
  import_table::BadRecord bad;  // what the error log says of the record; without a message if kAsk
};

class AskSource {
 public:
  virtual ~AskSource() = default;
  // Errors are those of the source, and kChainBroken when a file of a chain changes; broken data,
  // also broken compression, is kBad.
  virtual base::Result<Asked> Next() = 0;
  virtual uint64_t consumed_bytes() const = 0;  // uncompressed
};

// Items, transformed (`transforms` may be null), each an ask of `action`. Checked as PutItem checks
// an item for the table. The references outlive the source.
std::unique_ptr<AskSource> MakeItemAsks(std::unique_ptr<codec::ItemReader> reader,
                                        const transform::Transforms* transforms, Action action,
                                        const table::TableDescriptor& table);

// Records of an incremental export: put the new image, delete where there is none; with `is_undo`
// the other way round.
std::unique_ptr<AskSource> MakeChangeAsks(std::unique_ptr<codec::ChangeReader> reader, bool is_undo,
                                          const table::TableDescriptor& table);

}  // namespace dray::import_into
