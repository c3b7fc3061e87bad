// SPDX-License-Identifier: Apache-2.0
// The CRCs of S3's additional checksums. Extend(0, x) is the check value of x; extending in pieces
// gives the same as at once. Check values for "123456789": CRC32 cbf43926, CRC32C e3069283,
// CRC64NVME ae8b14860a799888.
#pragma once

#include <cstdint>
#include <string_view>

namespace dray::hash {

uint32_t ExtendCrc32(uint32_t crc, std::string_view bytes);
uint32_t ExtendCrc32c(uint32_t crc, std::string_view bytes);
uint64_t ExtendCrc64Nvme(uint64_t crc, std::string_view bytes);

}  // namespace dray::hash
