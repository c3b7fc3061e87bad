// SPDX-License-Identifier: Apache-2.0
// Bodies in and out, encrypted (argument 1) and as they are (0), without fsync: what encryption at
// rest costs beside MD5 and the copy into the page cache. Bytes of plaintext a second, one thread.
#include <benchmark/benchmark.h>

#include <filesystem>

#include "base/clock.h"
#include "storage/kv/memory/memory_engine.h"
#include "storage/objects/local_disk/local_disk.h"

namespace {

using namespace dray;

struct Store {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / "dray_local_disk_benchmark";
  std::unique_ptr<kv::Engine> engine = kv_memory::MakeMemoryEngine();
  base::SystemClock clock;
  std::unique_ptr<objects::ObjectStore> objects;

  Store() {
    std::filesystem::remove_all(folder);
    objects = *objects::OpenLocalDisk(*engine, base::PosixFileSystem(), clock,
                                      {.folder = folder,
                                       .region = "us-east-1",
                                       .key = std::string(32, 'k'),
                                       .sync = false,
                                       .sweep_in_background = false});
    if (!objects->CreateBucket("bucket", "111122223333")) std::abort();
  }
  ~Store() { std::filesystem::remove_all(folder); }
  bool Put(const std::string& bytes, bool is_sealed) {
    base::StringSource source(bytes);
    objects::PutOptions options{.size_bytes = bytes.size()};
    if (!is_sealed) options.sse_algorithm = "";
    return objects->Put("bucket", "key", source, options).has_value();
  }
};

void BM_Put(benchmark::State& state) {
  Store store;
  const std::string bytes(static_cast<size_t>(state.range(1)), 'p');
  for (auto _ : state) {
    if (!store.Put(bytes, state.range(0) == 1)) state.SkipWithError("put");
  }
  state.SetBytesProcessed(state.range(1) * state.iterations());
}
BENCHMARK(BM_Put)->ArgsProduct({{0, 1}, {1 << 10, 64 << 10, 8 << 20}});

void BM_Get(benchmark::State& state) {
  Store store;
  if (!store.Put(std::string(static_cast<size_t>(state.range(1)), 'p'), state.range(0) == 1)) {
    state.SkipWithError("put");
  }
  std::string buffer(256 << 10, '\0');
  for (auto _ : state) {
    auto opened = store.objects->Open("bucket", "key", {});
    for (;;) {
      auto count = opened->body->Read(buffer.data(), buffer.size());
      if (!count) state.SkipWithError("read");
      if (!count || *count == 0) break;
    }
  }
  state.SetBytesProcessed(state.range(1) * state.iterations());
}
BENCHMARK(BM_Get)->ArgsProduct({{0, 1}, {1 << 10, 64 << 10, 8 << 20}});

}  // namespace
