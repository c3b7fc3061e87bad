// SPDX-License-Identifier: Apache-2.0
// gzip as streams, over ISA-L. The writer's header is the one AWS's exports carry (contract 2.3):
// 1f 8b 08 00, mtime 0, XFL 0, OS 255; one member. The reader takes any number of members and
// checks each CRC and length; cut or corrupt input is kCorruption with the compressed offset, and
// so is anything but a member behind a member. Zero bytes are no member and decompress to nothing.
#pragma once

#include <memory>

#include "base/bytes.h"

namespace dray::compression {

// ISA-L's level 1: 600 MB/s a core at ratio 5 on items of DynamoDB JSON. 0 is a little faster and
// larger, 2 and 3 slower and hardly smaller.
inline constexpr unsigned kGzipLevel = 1;

// Close() ends the member and closes neither nor flushes `out`, which outlives the sink: the caller
// closes it.
std::unique_ptr<base::ByteSink> MakeGzipSink(base::ByteSink& out, unsigned level = kGzipLevel);
std::unique_ptr<base::ByteSource> MakeGzipSource(base::ByteSource& in);

}  // namespace dray::compression
