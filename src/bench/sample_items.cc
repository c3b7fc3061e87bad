// SPDX-License-Identifier: Apache-2.0
#include "bench/sample_items.h"

#include <cstdio>

namespace dray::bench {
namespace {

constexpr const char* kWords[] = {"river",  "north",  "copper", "window", "orange", "silent",
                                  "market", "harbor", "yellow", "winter", "garden", "bridge",
                                  "purple", "forest", "candle", "stone"};
constexpr size_t kLineBytes = 700;

uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

}  // namespace

std::string KeyOf(uint64_t number) {
  char text[32];
  std::snprintf(text, sizeof(text), "customer#%012llu", static_cast<unsigned long long>(number));
  return text;
}

void AppendLine(uint64_t number, std::string& out) {
  const size_t start = out.size();
  uint64_t random = Mix(number);
  const unsigned long long r = random;
  char head[512];
  std::snprintf(head, sizeof(head),
                R"({"Item":{"pk":{"S":"%s"},"price":{"N":"%llu.%02llu"},"stock":{"N":"%llu"},)"
                R"("active":{"BOOL":%s},"none":{"NULL":true},"tags":{"SS":["%s","x%llu"]},)"
                R"("address":{"M":{"city":{"S":"%s"},"zip":{"N":"%llu"},"lines":{"L":[{"S":"%s"},)"
                R"({"S":"%llx"}]}}},"text":{"S":")",
                KeyOf(number).c_str(), 1 + r % 100'000, 1 + r % 99, 1 + (r >> 20) % 1000,
                r % 2 ? "true" : "false", kWords[r % 16], 1 + (r >> 8) % 5000, kWords[r >> 4 & 15],
                10'000 + (r >> 12) % 80'000, kWords[r >> 16 & 15], r);
  out += head;
  while (out.size() - start < kLineBytes - 8) {
    random = Mix(random);
    out += kWords[random & 15];
    out.push_back(' ');
    out += std::to_string(random >> 52);
    out.push_back(' ');
  }
  out += "\"}}}\n";
}

}  // namespace dray::bench
