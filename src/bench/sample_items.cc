// SPDX-License-Identifier: Apache-2.0
#include "bench/sample_items.h"

#include <array>
#include <cstdio>
#include <string_view>

namespace dray::bench {
namespace {

constexpr const char* kWords[] = {"river",  "north",  "copper", "window", "orange", "silent",
                                  "market", "harbor", "yellow", "winter", "garden", "bridge",
                                  "purple", "forest", "candle", "stone"};
constexpr size_t kLineBytes = 700;
constexpr size_t kFlatTextBytes = 480;  // so that a flat item's line is as long

uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

// Words and numbers from `random`, `bytes` or a few more.
void AppendWords(uint64_t random, size_t bytes, std::string& out) {
  const size_t start = out.size();
  while (out.size() - start < bytes) {
    random = Mix(random);
    out += kWords[random & 15];
    out.push_back(' ');
    out += std::to_string(random >> 52);
    out.push_back(' ');
  }
}

// Of a flat item, by column. No value needs quotes.
constexpr size_t kColumns = 9;
std::array<std::string, kColumns> ValuesOf(uint64_t number) {
  const uint64_t r = Mix(number);
  std::array<std::string, kColumns> values = {KeyOf(number),
                                              std::to_string(1 + r % 100'000),
                                              std::to_string(1 + (r >> 20) % 1000),
                                              r % 2 ? "yes" : "no",
                                              kWords[r >> 4 & 15],
                                              kWords[r >> 16 & 15],
                                              std::to_string(10'000 + (r >> 12) % 80'000),
                                              kWords[r >> 8 & 15],
                                              ""};
  AppendWords(r, kFlatTextBytes, values.back());
  return values;
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
  AppendWords(random, kLineBytes - 8 - (out.size() - start), out);
  out += "\"}}}\n";
}

void AppendCsvRow(uint64_t number, std::string& out) {
  const std::array<std::string, kColumns> values = ValuesOf(number);
  for (size_t i = 0; i < kColumns; ++i) {
    out += values[i];
    out.push_back(i + 1 < kColumns ? ',' : '\n');
  }
}

void AppendFlatLine(uint64_t number, std::string& out) {
  const std::array<std::string, kColumns> values = ValuesOf(number);
  std::string_view names(kCsvHeader);
  out += R"({"Item":{)";
  for (size_t i = 0; i < kColumns; ++i) {
    const size_t end = names.find_first_of(",\n");
    if (i > 0) out.push_back(',');
    out.append("\"").append(names.substr(0, end)).append("\":{\"S\":\"");
    out.append(values[i]).append("\"}");
    names.remove_prefix(end + 1);
  }
  out += "}}\n";
}

}  // namespace dray::bench
