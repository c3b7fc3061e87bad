// SPDX-License-Identifier: Apache-2.0
// First byte: the kind of body and the sizes of the pieces; the rest is the raw body. The outcome
// must not depend on the pieces, and an accepted body must be written again to the same meaning.
#include <algorithm>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "security/sigv4/sigv4.h"

namespace dray::sigv4 {
namespace {

class SlowSource final : public base::ByteSource {
 public:
  SlowSource(std::string_view bytes, size_t step) : rest_(bytes), step_(step) {}
  base::Result<size_t> Read(char* out, size_t capacity) override {
    size_t count = std::min({capacity, step_, rest_.size()});
    rest_.copy(out, count);
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
  size_t step_;
};

struct Outcome {
  bool is_accepted = false;
  std::string bytes;
  std::vector<std::pair<std::string, std::string>> trailers;
};

Outcome Decode(std::string_view raw, BodyKind kind, size_t source_step, size_t read_step) {
  SlowSource source(raw, source_step);
  BodyOptions options;
  options.kind = kind;
  options.signing_key = std::string(32, 'k');
  options.seed_signature = std::string(64, '0');
  options.amz_date = "20261122T123456Z";
  options.scope = "20261122/us-east-1/s3/aws4_request";
  auto body = MakeVerifiedBody(source, options);
  Outcome outcome;
  std::string buffer(read_step, '\0');
  for (;;) {
    auto count = body->Read(buffer.data(), buffer.size());
    if (!count) return outcome;
    if (*count == 0) break;
    CHECK(*count <= buffer.size());
    outcome.bytes.append(buffer, 0, *count);
  }
  outcome.is_accepted = true;
  outcome.trailers = body->trailers();
  return outcome;
}

}  // namespace
}  // namespace dray::sigv4

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dray::sigv4;
  if (size == 0) return 0;
  constexpr BodyKind kKinds[] = {BodyKind::kChunkedUnsignedTrailer, BodyKind::kChunkedSigned,
                                 BodyKind::kChunkedSignedTrailer};
  BodyKind kind = kKinds[data[0] % 3];
  size_t step = 1 + data[0] / 3;
  std::string raw(reinterpret_cast<const char*>(data) + 1, size - 1);
  Outcome whole = Decode(raw, kind, raw.size() + 1, 1 << 16);
  Outcome pieces = Decode(raw, kind, step, 1 + step % 7);
  CHECK(whole.is_accepted == pieces.is_accepted);
  if (!whole.is_accepted) return 0;
  CHECK(whole.bytes == pieces.bytes && whole.trailers == pieces.trailers);
  CHECK(whole.bytes.size() < raw.size());
  if (kind != BodyKind::kChunkedUnsignedTrailer) return 0;

  std::string again;
  for (char byte : whole.bytes) again.append("1\r\n").append(1, byte).append("\r\n");
  again += "0\r\n";
  for (const auto& [name, value] : whole.trailers) again += name + ":" + value + "\r\n";
  Outcome other = Decode(again + "\r\n", kind, again.size(), 100);
  CHECK(other.is_accepted && other.bytes == whole.bytes && other.trailers == whole.trailers);
  return 0;
}
