// SPDX-License-Identifier: Apache-2.0
// Amazon Ion text as exports have it, $ion_1_0 {Item:{pk:"x",sk:1.}}, and as imports take it. The
// texts are specified in docs/formats/ion.md.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "format/codec/change_reader.h"
#include "format/codec/codec.h"
#include "model/item/key_schema.h"

namespace dray::ion {

// One line an item, each with its version marker, compact, LF, raw UTF-8, key attributes first
// (contract section 2.8). Buffers at least 64 KB before each Write into `sink`, which outlives the
// writer.
std::unique_ptr<codec::ItemWriter> MakeItemWriter(const item::KeySchema& keys,
                                                  base::ByteSink& sink);

struct ReaderOptions {
  size_t buffer_bytes = 256 * 1024;                   // to begin with; grows to hold one record
  size_t record_bytes_max = size_t{8} * 1024 * 1024;  // of text; a longer record is kBadObject
};

// Streaming: structs may stand on lines, be glued, or be the elements of a list at the top; one
// record is in memory at a time. `source` outlives it. Does not check kItemBytesMax:
// Record::item_size_bytes.
std::unique_ptr<codec::ItemReader> MakeItemReader(base::ByteSource& source,
                                                  const ReaderOptions& options = {});
// The same of a part, which outlives it; `state` is that of a reader that came there.
std::unique_ptr<codec::ItemReader> MakePartReader(const codec::TextPart& part,
                                                  const codec::ReaderState& state,
                                                  const ReaderOptions& options = {});

// The same for the records of an incremental export, without lists at the top.
std::unique_ptr<codec::ChangeReader> MakeChangeReader(base::ByteSource& source,
                                                      const ReaderOptions& options = {});

}  // namespace dray::ion
