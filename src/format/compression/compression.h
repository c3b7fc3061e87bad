// SPDX-License-Identifier: Apache-2.0
// The compressions that objects of an import may have, by AWS's names.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace dray::compression {

enum class Compression { kNone, kGzip, kZstd };

// NONE, GZIP, ZSTD; nullopt: none of these.
std::optional<Compression> CompressionFromName(std::string_view name);

// What `in` holds, decompressed; null for kNone, where that is `in` itself. `in` outlives it.
std::unique_ptr<base::ByteSource> MakeDecompressingSource(Compression compression,
                                                          base::ByteSource& in);

}  // namespace dray::compression
