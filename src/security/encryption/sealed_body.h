// SPDX-License-Identifier: Apache-2.0
// Bodies of any length under AES-256-GCM (docs/formats/sealed-body.md): chunks of 64 KiB, each with
// a tag, so that any range can be opened without what stands before it. A chunk's nonce is its
// number and whether it is the last: chunks that were changed, moved, left out or cut off do not
// open. Neither do those of another body, as each body has a key of its own. Pure; an object is
// used by one thread.
//
//   OFFSET          SIZE      of a sealed body of n bytes in chunks 0..m
//   k * 65552       65536     ciphertext of chunk k; the last one has 1..65536 bytes
//                   16        its GCM tag
//
// nonce (12 bytes): 0 0 0 | 1 for the last chunk, else 0 | chunk number, 8 bytes, big-endian
// An empty body has no chunk and no sealed byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace dray::encryption {

inline constexpr size_t kChunkBytes = 64 << 10;
inline constexpr size_t kTagBytes = 16;
inline constexpr size_t kSealedChunkBytes = kChunkBytes + kTagBytes;

inline uint64_t ChunkCount(uint64_t plain_bytes) {
  return plain_bytes / kChunkBytes + (plain_bytes % kChunkBytes != 0 ? 1 : 0);
}
// How long a sealed body is.
inline uint64_t SealedBytes(uint64_t plain_bytes) {
  return plain_bytes + ChunkCount(plain_bytes) * kTagBytes;
}

// One key, ready for chunk after chunk.
class ChunkCipher {
 public:
  enum class Direction { kSeal, kOpen };
  // `key`: 32 bytes.
  ChunkCipher(std::string_view key, Direction direction);
  ~ChunkCipher();
  ChunkCipher(ChunkCipher&&) noexcept;
  ChunkCipher& operator=(ChunkCipher&&) noexcept;

  // Writes plain.size() + kTagBytes bytes at `sealed`. 1 to kChunkBytes bytes at once.
  void Seal(uint64_t number, bool is_last, std::string_view plain, char* sealed);
  // Writes sealed.size() - kTagBytes bytes at `plain`. False when they are not what was sealed with
  // this key in this place: what stands at `plain` then must not be used.
  bool Open(uint64_t number, bool is_last, std::string_view sealed, char* plain);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Seals a body whose length shows only at its end.
class BodySealer {
 public:
  explicit BodySealer(std::string_view key) : cipher_(key, ChunkCipher::Direction::kSeal) {}
  // The sealed bytes that are ready; they stay until the next call.
  std::string_view Update(std::string_view plain);
  std::string_view Finish();  // the last chunk; nothing may follow

 private:
  void SealChunk(std::string_view plain, bool is_last);

  ChunkCipher cipher_;
  uint64_t number_ = 0;
  std::string held_;  // up to one chunk: it may be the last
  std::string sealed_;
  size_t sealed_bytes_ = 0;  // of `sealed_`, which only grows
};

}  // namespace dray::encryption
