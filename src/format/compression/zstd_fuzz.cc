// SPDX-License-Identifier: Apache-2.0
// Any bytes: reading them in crumbs and at once must agree, in the error too when only the input
// comes in crumbs; and with what libzstd makes of the whole at once.
#include <zstd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "format/compression/zstd_source.h"
#include "testing/piecewise_source.h"

namespace {

using dray::base::Result;

constexpr size_t kOutputBytesMax = 1 << 20;

struct Outcome {
  std::string text, error;
  bool failed = false;
};

Outcome Read(std::string_view bytes, size_t in_piece, size_t out_piece) {
  dray::testing::PiecewiseSource source(bytes, in_piece);
  auto zstd = dray::compression::MakeZstdSource(source);
  Outcome outcome;
  std::string buffer(out_piece, '\0');
  while (outcome.text.size() < kOutputBytesMax) {
    auto count = zstd->Read(buffer.data(), buffer.size());
    if (!count) {
      outcome.failed = true;
      outcome.error = count.error().message;
    }
    if (!count || *count == 0) break;
    outcome.text.append(buffer, 0, *count);
  }
  outcome.text.resize(std::min(outcome.text.size(), kOutputBytesMax));
  return outcome;
}

// What libzstd's stream makes of the bytes one by one. Given a whole frame at once it refuses a
// compressed block of no bytes, which it takes for an empty one otherwise.
std::string LibzstdReads(std::string_view bytes) {
  ZSTD_DStream* stream = ZSTD_createDStream();
  std::string text(kOutputBytesMax, '\0');
  ZSTD_outBuffer output{text.data(), text.size(), 0};
  size_t rest = 0;
  for (const char& byte : bytes) {
    ZSTD_inBuffer input{&byte, 1, 0};
    while (input.pos < input.size) {
      rest = ZSTD_decompressStream(stream, &output, &input);
      if (ZSTD_isError(rest)) abort();
    }
  }
  if (rest != 0) abort();  // within a frame
  ZSTD_freeDStream(stream);
  text.resize(output.pos);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Outcome whole = Read(bytes, size + 1, 1 << 16);
  Outcome input_crumbs = Read(bytes, 3, 1 << 16);
  if (whole.failed != input_crumbs.failed || whole.error != input_crumbs.error) abort();
  if (whole.text != input_crumbs.text) abort();
  Outcome crumbs = Read(bytes, 3, 61);
  if (whole.text.size() >= kOutputBytesMax || crumbs.text.size() >= kOutputBytesMax) return 0;
  if (whole.failed != crumbs.failed) abort();
  if (!whole.failed && whole.text != crumbs.text) abort();
  if (whole.failed || size == 0) return 0;
  if (LibzstdReads(bytes) != whole.text) abort();
  return 0;
}
