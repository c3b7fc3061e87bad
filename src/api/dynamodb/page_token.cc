// SPDX-License-Identifier: Apache-2.0
//
//  OFFSET  SIZE  CONTENT (then hex digits)
//       0     4  CRC32 of the rest, big endian
//       4     n  the ARN
//     4+n     p  zero bytes up to a multiple of 8, at least 56 altogether
#include "api/dynamodb/page_token.h"

#include <algorithm>

#include "base/text_encoding.h"
#include "hash/crc.h"

namespace dray::dynamodb {

namespace {

constexpr size_t kChecksumBytes = 4;
constexpr size_t kBytesMin = 56;

std::string Checksum(std::string_view rest) {
  uint32_t crc = hash::ExtendCrc32(0, rest);
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(crc >> shift & 0xFF);
  return out;
}

}  // namespace

std::string MakePageToken(std::string_view last_arn) {
  std::string rest(last_arn);
  size_t total = std::max(kBytesMin, (kChecksumBytes + rest.size() + 7) / 8 * 8);
  rest.resize(total - kChecksumBytes, '\0');
  return base::HexEncode(Checksum(rest) + rest);
}

std::optional<std::string> ReadPageToken(std::string_view token) {
  std::optional<std::string> bytes = base::HexDecode(token);
  if (!bytes || bytes->size() < kBytesMin) return std::nullopt;
  std::string rest = bytes->substr(kChecksumBytes);
  if (Checksum(rest) != bytes->substr(0, kChecksumBytes)) return std::nullopt;
  rest.resize(rest.find_last_not_of('\0') + 1);
  return rest;
}

}  // namespace dray::dynamodb
