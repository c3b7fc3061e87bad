// SPDX-License-Identifier: Apache-2.0
// Any bytes: reading them in crumbs and at once must agree, and what was read must survive another
// round trip.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "format/compression/gzip.h"
#include "testing/piecewise_source.h"

namespace {

using dray::base::Result;

constexpr size_t kOutputBytesMax = 1 << 20;

struct Outcome {
  std::string text;
  bool failed = false;
};

Outcome Read(std::string_view bytes, size_t in_piece, size_t out_piece) {
  dray::testing::PiecewiseSource source(bytes, in_piece);
  auto gzip = dray::compression::MakeGzipSource(source);
  Outcome outcome;
  std::string buffer(out_piece, '\0');
  while (outcome.text.size() < kOutputBytesMax) {
    auto count = gzip->Read(buffer.data(), buffer.size());
    outcome.failed = !count;
    if (!count || *count == 0) break;
    outcome.text.append(buffer, 0, *count);
  }
  outcome.text.resize(std::min(outcome.text.size(), kOutputBytesMax));
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Outcome whole = Read(bytes, size + 1, 1 << 16);
  Outcome crumbs = Read(bytes, 3, 61);
  if (whole.text.size() < kOutputBytesMax && crumbs.text.size() < kOutputBytesMax) {
    if (whole.failed != crumbs.failed) abort();
    if (!whole.failed && whole.text != crumbs.text) abort();
  }
  std::string packed;
  dray::base::StringSink sink(packed);
  auto gzip = dray::compression::MakeGzipSink(sink);
  if (!gzip->Write(whole.text) || !gzip->Close()) abort();
  Outcome again = Read(packed, 1000, 1000);
  if (again.failed || again.text != whole.text) abort();
  return 0;
}
