// SPDX-License-Identifier: Apache-2.0
// S3's additional checksums: computed while bytes pass, and combined from the checksums of parts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hash/hash.h"
#include "storage/objects/object_store.h"

namespace dray::objects {

inline constexpr std::string_view kFullObject = "FULL_OBJECT";
inline constexpr std::string_view kComposite = "COMPOSITE";

// "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"; "" for kNone.
std::string_view ChecksumName(ChecksumAlgorithm algorithm);
// In any case; nullopt for other names.
std::optional<ChecksumAlgorithm> ChecksumByName(std::string_view name);
size_t ChecksumBytes(ChecksumAlgorithm algorithm);  // of the raw value; 0 for kNone
// The type an upload gets that does not name one.
std::string_view DefaultChecksumType(ChecksumAlgorithm algorithm);

class Checksum {
 public:
  explicit Checksum(ChecksumAlgorithm algorithm);
  void Update(std::string_view bytes);
  std::string Finish();  // raw, big-endian; at most once

 private:
  ChecksumAlgorithm algorithm_;
  uint64_t crc_ = 0;
  std::optional<hash::Digest> digest_;
};

struct PartChecksum {
  std::string raw;
  uint64_t size_bytes = 0;
};
// The CRC of the concatenated parts, without their bytes. Only for the CRC algorithms.
std::string CombineCrcs(ChecksumAlgorithm algorithm, const std::vector<PartChecksum>& parts);

}  // namespace dray::objects
