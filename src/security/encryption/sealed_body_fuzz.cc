// SPDX-License-Identifier: Apache-2.0
// A sealed body that was tampered with as the input says: it is refused, or it is the one that was
// sealed. Input: 2 bytes length of the body, then steps of 4 bytes: what, 3 bytes where.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "security/encryption/sealed_body.h"

namespace {

using namespace dray::encryption;

const std::string kKey(32, 'k');

std::string Plain(size_t size) {
  std::string plain(size, '\0');
  for (size_t i = 0; i < size; ++i) plain[i] = static_cast<char>(i * 31 + (i >> 8));
  return plain;
}

void Tamper(uint8_t what, size_t where, std::string& sealed) {
  if (sealed.empty()) return;
  switch (what % 5) {
    case 0:  // a bit
      sealed[where % sealed.size()] ^= static_cast<char>(1 << (what / 5 % 8));
      return;
    case 1:  // cut off
      sealed.resize(where % (sealed.size() + 1));
      return;
    case 2:  // longer
      sealed.append(where % 64, static_cast<char>(what));
      return;
    case 3: {  // a chunk is left out
      size_t at = where % (sealed.size() / kSealedChunkBytes + 1) * kSealedChunkBytes;
      if (at < sealed.size()) sealed.erase(at, kSealedChunkBytes);
      return;
    }
    default:  // a chunk in another's place
      if (sealed.size() >= 2 * kSealedChunkBytes) {
        sealed.replace(0, kSealedChunkBytes, sealed.substr(kSealedChunkBytes, kSealedChunkBytes));
      }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string plain = Plain((static_cast<size_t>(data[0]) << 8 | data[1]) * 4);
  BodySealer sealer(kKey);
  const size_t middle = plain.size() / 3;
  std::string sealed(sealer.Update(std::string_view(plain).substr(0, middle)));
  sealed += sealer.Update(std::string_view(plain).substr(middle));
  sealed += sealer.Finish();
  if (sealed.size() != SealedBytes(plain.size())) abort();
  std::string stored = sealed;
  for (size_t at = 2; at + 4 <= size; at += 4) {
    Tamper(data[at],
           static_cast<size_t>(data[at + 1]) << 16 | static_cast<size_t>(data[at + 2]) << 8 |
               data[at + 3],
           stored);
  }
  // As a reader does that believes the file: as many chunks as it has, the last one is the last.
  ChunkCipher cipher(kKey, ChunkCipher::Direction::kOpen);
  std::string opened;
  std::string chunk(kSealedChunkBytes, '\0');
  for (size_t at = 0, number = 0; at < stored.size(); at += kSealedChunkBytes, ++number) {
    std::string_view bytes = std::string_view(stored).substr(at, kSealedChunkBytes);
    const bool is_last = at + bytes.size() == stored.size();
    if (!cipher.Open(number, is_last, bytes, chunk.data())) return 0;
    opened.append(chunk, 0, bytes.size() - kTagBytes);
  }
  if (opened != plain && !opened.empty()) abort();
  if (!opened.empty() && stored != sealed) abort();
  return 0;
}
