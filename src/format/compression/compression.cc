// SPDX-License-Identifier: Apache-2.0
#include "format/compression/compression.h"

#include "format/compression/gzip.h"
#include "format/compression/zstd_source.h"

namespace dray::compression {

std::optional<Compression> CompressionFromName(std::string_view name) {
  if (name == "NONE") return Compression::kNone;
  if (name == "GZIP") return Compression::kGzip;
  if (name == "ZSTD") return Compression::kZstd;
  return std::nullopt;
}

std::unique_ptr<base::ByteSource> MakeDecompressingSource(Compression compression,
                                                          base::ByteSource& in) {
  switch (compression) {
    case Compression::kNone:
      return nullptr;
    case Compression::kGzip:
      return MakeGzipSource(in);
    case Compression::kZstd:
      return MakeZstdSource(in);
  }
  return nullptr;
}

}  // namespace dray::compression
