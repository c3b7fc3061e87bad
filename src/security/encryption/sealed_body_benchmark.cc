// SPDX-License-Identifier: Apache-2.0
// Bytes of plaintext a second, one core. The argument is the size of a body.
#include <benchmark/benchmark.h>

#include "security/encryption/sealed_body.h"

namespace {

using namespace dray::encryption;

const std::string kKey(32, 'k');

void BM_Seal(benchmark::State& state) {
  const std::string plain(static_cast<size_t>(state.range(0)), 'p');
  constexpr size_t kPiece = 256 << 10;
  for (auto _ : state) {
    BodySealer sealer(kKey);
    for (size_t at = 0; at < plain.size(); at += kPiece) {
      benchmark::DoNotOptimize(sealer.Update(std::string_view(plain).substr(at, kPiece)));
    }
    benchmark::DoNotOptimize(sealer.Finish());
  }
  state.SetBytesProcessed(static_cast<int64_t>(plain.size()) * state.iterations());
}
BENCHMARK(BM_Seal)->Arg(1 << 10)->Arg(64 << 10)->Arg(8 << 20);

void BM_Open(benchmark::State& state) {
  BodySealer sealer(kKey);
  std::string sealed(sealer.Update(std::string(static_cast<size_t>(state.range(0)), 'p')));
  sealed += sealer.Finish();
  std::string chunk(kSealedChunkBytes, '\0');
  for (auto _ : state) {
    ChunkCipher cipher(kKey, ChunkCipher::Direction::kOpen);
    for (size_t at = 0, number = 0; at < sealed.size(); at += kSealedChunkBytes, ++number) {
      std::string_view bytes = std::string_view(sealed).substr(at, kSealedChunkBytes);
      if (!cipher.Open(number, at + bytes.size() == sealed.size(), bytes, chunk.data())) {
        state.SkipWithError("open");
      }
    }
  }
  state.SetBytesProcessed(state.range(0) * state.iterations());
}
BENCHMARK(BM_Open)->Arg(1 << 10)->Arg(64 << 10)->Arg(8 << 20);

}  // namespace
