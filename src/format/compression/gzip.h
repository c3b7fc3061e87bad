// SPDX-License-Identifier: Apache-2.0
// gzip as streams, over ISA-L. The writer's header is the one AWS's exports carry (contract 2.3):
// 1f 8b 08 00, mtime 0, XFL 0, OS 255; one member. The reader takes any number of members and
// checks each CRC and length; cut or corrupt input is kCorruption with the compressed offset.
#pragma once

#include <memory>

#include "base/bytes.h"

namespace dray::compression {

// Close() ends the member and closes neither nor flushes `out`, which outlives the sink: the caller
// closes it.
std::unique_ptr<base::ByteSink> MakeGzipSink(base::ByteSink& out);
std::unique_ptr<base::ByteSource> MakeGzipSource(base::ByteSource& in);

}  // namespace dray::compression
