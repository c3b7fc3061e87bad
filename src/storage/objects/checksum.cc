// SPDX-License-Identifier: Apache-2.0
// Combining CRCs: crc(A|B) = shift(crc(A), |B|) xor crc(B), where shift(c, n) is c multiplied by
// x^(8n) modulo the polynomial. The pre- and post-conditioning by ones cancels out. Polynomials are
// held bit-reflected, as the CRCs themselves: bit 0 is the highest power.
#include "storage/objects/checksum.h"

#include "base/big_endian.h"
#include "base/check.h"
#include "base/text_encoding.h"
#include "hash/crc.h"

namespace dray::objects {
namespace {

struct Row {
  ChecksumAlgorithm algorithm;
  std::string_view name;
  size_t bytes;
  uint64_t reflected_polynomial;  // CRCs only
};
constexpr Row kRows[] = {
    {ChecksumAlgorithm::kCrc32, "CRC32", 4, 0xedb88320},
    {ChecksumAlgorithm::kCrc32c, "CRC32C", 4, 0x82f63b78},
    {ChecksumAlgorithm::kCrc64Nvme, "CRC64NVME", 8, 0x9a6c9329ac4bc9b5},
    {ChecksumAlgorithm::kSha1, "SHA1", 20, 0},
    {ChecksumAlgorithm::kSha256, "SHA256", 32, 0},
};

const Row* FindRow(ChecksumAlgorithm algorithm) {
  for (const Row& row : kRows) {
    if (row.algorithm == algorithm) return &row;
  }
  return nullptr;
}

// a * b modulo the polynomial; `top` is the bit that stands for x^0.
uint64_t MultiplyModulo(uint64_t a, uint64_t b, uint64_t polynomial, uint64_t top) {
  uint64_t product = 0;
  for (uint64_t bit = top; bit != 0; bit >>= 1) {
    if (a & bit) product ^= b;
    b = (b & 1) != 0 ? (b >> 1) ^ polynomial : b >> 1;
  }
  return product;
}

// x^(8 * bytes) modulo the polynomial.
uint64_t PowerOfX(uint64_t bytes, uint64_t polynomial, uint64_t top) {
  uint64_t power = top;        // x^0
  uint64_t square = top >> 8;  // x^8
  for (; bytes != 0; bytes >>= 1) {
    if (bytes & 1) power = MultiplyModulo(power, square, polynomial, top);
    square = MultiplyModulo(square, square, polynomial, top);
  }
  return power;
}

uint64_t FromBigEndian(std::string_view raw) {
  return raw.size() == 4 ? base::ReadBigEndian32(raw) : base::ReadBigEndian64(raw);
}

std::string ToBigEndian(uint64_t value, size_t bytes) {
  std::string raw;
  if (bytes == 4) {
    base::AppendBigEndian32(static_cast<uint32_t>(value), raw);
  } else {
    base::AppendBigEndian64(value, raw);
  }
  return raw;
}

}  // namespace

std::string_view ChecksumName(ChecksumAlgorithm algorithm) {
  const Row* row = FindRow(algorithm);
  return row == nullptr ? std::string_view() : row->name;
}

std::optional<ChecksumAlgorithm> ChecksumByName(std::string_view name) {
  for (const Row& row : kRows) {
    if (base::EqualsIgnoreCase(row.name, name)) return row.algorithm;
  }
  return std::nullopt;
}

size_t ChecksumBytes(ChecksumAlgorithm algorithm) {
  const Row* row = FindRow(algorithm);
  return row == nullptr ? 0 : row->bytes;
}

std::string_view DefaultChecksumType(ChecksumAlgorithm algorithm) {
  if (algorithm == ChecksumAlgorithm::kNone) return {};
  return algorithm == ChecksumAlgorithm::kCrc64Nvme ? kFullObject : kComposite;
}

Checksum::Checksum(ChecksumAlgorithm algorithm) : algorithm_(algorithm) {
  if (algorithm == ChecksumAlgorithm::kSha1) digest_.emplace(hash::Algorithm::kSha1);
  if (algorithm == ChecksumAlgorithm::kSha256) digest_.emplace(hash::Algorithm::kSha256);
}

void Checksum::Update(std::string_view bytes) {
  switch (algorithm_) {
    case ChecksumAlgorithm::kNone:
      return;
    case ChecksumAlgorithm::kCrc32:
      crc_ = hash::ExtendCrc32(static_cast<uint32_t>(crc_), bytes);
      return;
    case ChecksumAlgorithm::kCrc32c:
      crc_ = hash::ExtendCrc32c(static_cast<uint32_t>(crc_), bytes);
      return;
    case ChecksumAlgorithm::kCrc64Nvme:
      crc_ = hash::ExtendCrc64Nvme(crc_, bytes);
      return;
    case ChecksumAlgorithm::kSha1:
    case ChecksumAlgorithm::kSha256:
      digest_->Update(bytes);
      return;
  }
}

std::string Checksum::Finish() {
  if (digest_) return digest_->Finish();
  size_t bytes = ChecksumBytes(algorithm_);
  return bytes == 0 ? std::string() : ToBigEndian(crc_, bytes);
}

std::string CombineCrcs(ChecksumAlgorithm algorithm, const std::vector<PartChecksum>& parts) {
  const Row* row = FindRow(algorithm);
  CHECK(row != nullptr && row->reflected_polynomial != 0);
  uint64_t top = uint64_t{1} << (8 * row->bytes - 1);
  uint64_t crc = 0;
  for (const PartChecksum& part : parts) {
    CHECK(part.raw.size() == row->bytes);
    uint64_t shift = PowerOfX(part.size_bytes, row->reflected_polynomial, top);
    crc = MultiplyModulo(shift, crc, row->reflected_polynomial, top) ^ FromBigEndian(part.raw);
  }
  return ToBigEndian(crc, row->bytes);
}

}  // namespace dray::objects
