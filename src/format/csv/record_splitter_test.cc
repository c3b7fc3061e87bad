// SPDX-License-Identifier: Apache-2.0
#include "format/csv/record_splitter.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "format/csv/csv.h"

namespace dray::csv {
namespace {

using codec::Record;

TEST(RecordSplitter, FindsTheEndOfTheLastRecord) {
  RecordSplitter splitter;
  EXPECT_EQ(splitter.Advance("pk,v\na,1\nb"), 9u);
  EXPECT_EQ(splitter.lines(), 2u);
  EXPECT_EQ(splitter.Advance(",\"x\n\ny"), 0u);
  EXPECT_EQ(splitter.lines(), 2u);
  EXPECT_EQ(splitter.Advance("\"\"\n"), 0u);
  EXPECT_EQ(splitter.Advance("\"\r\nc,"), 3u);
  EXPECT_EQ(splitter.lines(), 6u);
  EXPECT_EQ(splitter.Advance(""), 0u);
  EXPECT_EQ(splitter.lines(), 6u);
}

std::string RandomText(std::mt19937_64& random) {
  std::string text = "pk,v\n";
  for (int row = 0; row < 60; ++row) {
    for (int field = 0; field < 2; ++field) {
      if (field > 0) text += ',';
      if (random() % 2 == 0) {
        text += '"';
        for (size_t i = random() % 40; i > 0; --i) {
          text += std::string_view("\"\"\nx").substr(random() % 2 * 2, 2);
        }
        text += '"';
      } else {
        text.append(random() % 30 + 1, 'x');
      }
    }
    if (random() % 200 == 0) text += '"';  // a stray one, now and then
    text += random() % 2 == 0 ? "\n" : "\r\n";
  }
  return text;
}

struct Seen {
  std::string item, message;
  bool is_last = false;
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> Read(std::string_view text, const ReaderOptions& options) {
  base::StringSource source(text);
  auto reader = MakeItemReader(source, options);
  std::vector<Seen> seen;
  while (true) {
    auto record = reader->Next();
    EXPECT_TRUE(record);
    if (!record || record->outcome == Record::Outcome::kEnd) return seen;
    seen.push_back(
        {std::string(record->outcome == Record::Outcome::kItem ? record->item : std::string_view()),
         record->message, record->outcome == Record::Outcome::kBadObject});
  }
}

TEST(RecordSplitter, MakesStretchesThatReadLikeTheWhole) {
  const char* given = std::getenv("DRAY_TEST_SEED");
  const uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  SCOPED_TRACE("DRAY_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 100; ++round) {
    const std::string text = RandomText(random);
    const std::string_view view(text);
    ReaderOptions options;
    std::vector<Seen> seen;
    RecordSplitter splitter;
    size_t begin = 0, looked_at = 0;
    auto read_to = [&](size_t end) {
      for (Seen& one : Read(view.substr(begin, end - begin), options)) {
        if (seen.empty() || !seen.back().is_last) seen.push_back(std::move(one));
      }
      if (begin == 0) options.layout = FindLayout(options.dialect, view.substr(0, end));
      options.lines_before = splitter.lines();
      begin = end;
    };
    while (looked_at < text.size()) {
      auto more = view.substr(looked_at, random() % 300 + 1);
      size_t end = splitter.Advance(more);
      if (end != 0) read_to(looked_at + end);
      looked_at += more.size();
    }
    if (begin < text.size()) read_to(text.size());
    EXPECT_EQ(seen, Read(text, {})) << text;
  }
}

TEST(FindLayout, TellsTheColumnsOfAWholeHeaderOnly) {
  auto names = [](std::string_view start, const Dialect& dialect = {}) {
    std::string text;
    auto layout = FindLayout(dialect, start);
    if (layout == nullptr) return std::string("none");
    for (const Layout::Column& column : layout->columns()) {
      text += std::string(column.name.name()) + ";";
    }
    return text;
  };
  EXPECT_EQ(names("\xEF\xBB\xBF\n\"p\nk\",v\r\nx"), "p\nk;v;");
  EXPECT_EQ(names("pk,v"), "none");
  EXPECT_EQ(names("pk,\"v\n"), "none");
  EXPECT_EQ(names("pk,pk\nx,y\n"), "none");
  EXPECT_EQ(names("", {.delimiter = ',', .header_list = {"a", "b"}, .keys = {}}), "a;b;");
}

}  // namespace
}  // namespace dray::csv
