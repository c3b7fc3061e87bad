// SPDX-License-Identifier: Apache-2.0
// Bytes of text a second, one core, on lines like those of an export with 700-byte items.
#include <benchmark/benchmark.h>

#include <random>

#include "format/compression/gzip.h"

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

void BM_GzipRead(benchmark::State& state) {
  std::string text = Lines();
  std::string packed;
  dray::base::StringSink sink(packed);
  auto writer = dray::compression::MakeGzipSink(sink);
  if (!writer->Write(text) || !writer->Close()) state.SkipWithError("write");
  std::string buffer(256 << 10, '\0');
  for (auto _ : state) {
    dray::base::StringSource source(packed);
    auto gzip = dray::compression::MakeGzipSource(source);
    while (true) {
      auto count = gzip->Read(buffer.data(), buffer.size());
      if (!count) state.SkipWithError("read");
      if (!count || *count == 0) break;
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) * state.iterations());
}
BENCHMARK(BM_GzipRead)->Unit(benchmark::kMillisecond);

}  // namespace
