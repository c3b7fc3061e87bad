// SPDX-License-Identifier: Apache-2.0
// Bytes of text a second, one core, on lines like those of an export with 700-byte items.
#include <benchmark/benchmark.h>
#include <zstd.h>

#include <random>

#include "format/compression/gzip.h"
#include "format/compression/zstd_source.h"

namespace {

std::string Lines() {
  std::mt19937_64 random(1);
  std::string text;
  while (text.size() < 32 << 20) {
    text += "{\"Item\":{\"pk\":{\"S\":\"customer#" + std::to_string(random() % 1'000'000) + "\"}";
    for (int i = 0; i < 18; ++i) {
      text += ",\"attribute_" + std::to_string(i) + "\":{\"N\":\"" +
              std::to_string(random() % 100'000) + "\"}";
    }
    text += "}}\n";
  }
  return text;
}

class NullSink final : public dray::base::ByteSink {
 public:
  dray::base::Status Write(std::string_view bytes) override {
    size_bytes += bytes.size();
    return dray::base::Ok();
  }
  dray::base::Status Close() override { return dray::base::Ok(); }
  size_t size_bytes = 0;
};

void BM_GzipWrite(benchmark::State& state) {
  std::string text = Lines();
  size_t compressed = 0;
  for (auto _ : state) {
    NullSink null;
    auto gzip = dray::compression::MakeGzipSink(null, static_cast<unsigned>(state.range(0)));
    for (size_t at = 0; at < text.size(); at += 64 << 10) {
      if (!gzip->Write(std::string_view(text).substr(at, 64 << 10))) state.SkipWithError("write");
    }
    if (!gzip->Close()) state.SkipWithError("close");
    compressed = null.size_bytes;
  }
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) * state.iterations());
  state.counters["ratio"] = static_cast<double>(text.size()) / static_cast<double>(compressed);
}
BENCHMARK(BM_GzipWrite)->DenseRange(0, 3)->Unit(benchmark::kMillisecond);

// What `source` gives, read to its end.
void ReadAll(benchmark::State& state, dray::base::ByteSource& source, std::string& buffer) {
  while (true) {
    auto count = source.Read(buffer.data(), buffer.size());
    if (!count) state.SkipWithError("read");
    if (!count || *count == 0) break;
  }
}

void BM_GzipRead(benchmark::State& state) {
  std::string text = Lines();
  std::string packed;
  dray::base::StringSink sink(packed);
  auto writer = dray::compression::MakeGzipSink(sink);
  if (!writer->Write(text) || !writer->Close()) state.SkipWithError("write");
  std::string buffer(256 << 10, '\0');
  for (auto _ : state) {
    dray::base::StringSource source(packed);
    ReadAll(state, *dray::compression::MakeGzipSource(source), buffer);
  }
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) * state.iterations());
}
BENCHMARK(BM_GzipRead)->Unit(benchmark::kMillisecond);

// By the level that the text was compressed with.
void BM_ZstdRead(benchmark::State& state) {
  std::string text = Lines();
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(),
                              static_cast<int>(state.range(0))));
  std::string buffer(256 << 10, '\0');
  for (auto _ : state) {
    dray::base::StringSource source(packed);
    ReadAll(state, *dray::compression::MakeZstdSource(source), buffer);
  }
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) * state.iterations());
  state.counters["ratio"] = static_cast<double>(text.size()) / static_cast<double>(packed.size());
}
BENCHMARK(BM_ZstdRead)->Arg(1)->Arg(3)->Arg(19)->Unit(benchmark::kMillisecond);

// The same without the stream around it: what libzstd can do.
void BM_ZstdReadAtOnce(benchmark::State& state) {
  std::string text = Lines();
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  std::string out(text.size(), '\0');
  for (auto _ : state) {
    if (ZSTD_isError(ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size()))) {
      state.SkipWithError("read");
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) * state.iterations());
}
BENCHMARK(BM_ZstdReadAtOnce)->Unit(benchmark::kMillisecond);

}  // namespace
