// SPDX-License-Identifier: Apache-2.0
// zstd (RFC 8878) as a stream, over libzstd. Takes any number of frames, skippable ones among them,
// and checks the checksum of those that carry one. Cut or corrupt input is kCorruption with the
// compressed offset, and so is anything but a frame behind a frame. Zero bytes are no frame and
// decompress to nothing.
#pragma once

#include <memory>

#include "base/bytes.h"

namespace dray::compression {

// The largest window that a frame may ask for: 2^27 bytes = 128 MiB, what `zstd --ultra -22` and
// `zstd --long` make. It bounds the memory of a source; the decoder takes it as frames ask for it.
inline constexpr int kZstdWindowLogMax = 27;

// `in` outlives it.
std::unique_ptr<base::ByteSource> MakeZstdSource(base::ByteSource& in);

}  // namespace dray::compression
