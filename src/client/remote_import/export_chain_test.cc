// SPDX-License-Identifier: Apache-2.0
#include "client/remote_import/export_chain.h"

#include <gtest/gtest.h>

namespace dray::remote_import {
namespace {

constexpr int64_t kSecond = 1'000'000;

ExportRun Changes(const std::string& root, int64_t from, int64_t to,
                  const std::string& view = "NEW_IMAGE") {
  ExportRun run{root, {}};
  run.summary.table_arn = "arn:aws:dynamodb:us-east-1:111122223333:table/Music";
  run.summary.export_arn = run.summary.table_arn + "/export/" + root;
  run.summary.increment = {from * kSecond, to * kSecond, view};
  return run;
}

std::string Roots(const std::vector<ExportRun>& runs) {
  std::string text;
  for (const ExportRun& run : runs) text += run.root;
  return text;
}

// Links, '|', what is left out; or the error.
std::string Plan(std::vector<ExportRun> runs, int64_t at) {
  auto chain = PlanChain(std::move(runs), at * kSecond, "the full export F",
                         [](const std::string& root) { return "at:" + root; });
  if (!chain) return chain.error().message;
  return Roots(chain->links) + "|" + Roots(chain->left_out);
}

TEST(ExportChain, GoesFromWhereTheTableIsToTheEnd) {
  const std::vector<ExportRun> runs = {Changes("c", 20, 30), Changes("a", 0, 10),
                                       Changes("b", 10, 20)};
  EXPECT_EQ(Plan(runs, 0), "abc|");
  EXPECT_EQ(Plan(runs, 10), "bc|a");
  EXPECT_EQ(Plan(runs, 30), "|abc");
  EXPECT_EQ(Plan(runs, 99), "|abc");
  EXPECT_EQ(Plan({}, 5), "|");
}

TEST(ExportChain, AGapNamesBothTimes) {
  const std::string inside = Plan({Changes("a", 0, 10), Changes("c", 20, 30)}, 0);
  EXPECT_NE(inside.find("contiguous up to 1970-01-01T00:00:10.000Z"), std::string::npos) << inside;
  EXPECT_NE(inside.find("at:c, begins at 1970-01-01T00:00:20.000Z"), std::string::npos) << inside;
  const std::string before = Plan({Changes("c", 20, 30)}, 0);
  EXPECT_NE(before.find("copy as of 1970-01-01T00:00:00.000Z (the full export F)"),
            std::string::npos);
  EXPECT_NE(before.find("what changed between these times is missing"), std::string::npos);
  const std::string across = Plan({Changes("a", 0, 10), Changes("c", 5, 30)}, 0);
  EXPECT_NE(across.find("begins at 1970-01-01T00:00:05.000Z already and ends at"),
            std::string::npos)
      << across;
}

TEST(ExportChain, OfSeveralWaysTheShortestThatGoesFarthest) {
  // The longest first step would lead nowhere.
  EXPECT_EQ(Plan({Changes("a", 0, 10), Changes("b", 0, 5), Changes("c", 5, 20)}, 0), "bc|a");
  EXPECT_EQ(Plan({Changes("a", 0, 10), Changes("b", 10, 20), Changes("c", 0, 20)}, 0), "c|ab");
  // The same period twice: what can be undone.
  EXPECT_EQ(Plan({Changes("a", 0, 10), Changes("b", 0, 10, "NEW_AND_OLD_IMAGES")}, 0), "b|a");
  // One that holds no time is no step.
  EXPECT_EQ(Plan({Changes("a", 0, 0), Changes("b", 0, 10)}, 0), "b|");
}

TEST(ExportChain, ManifestsHaveMilliseconds) {
  ExportRun run = Changes("a", 0, 10);
  run.summary.increment->from_time_micros = 5'000;
  auto chain = PlanChain({run}, 5'999, "", [](const std::string& root) { return root; });
  ASSERT_TRUE(chain);
  EXPECT_EQ(Roots(chain->links), "a");
  EXPECT_EQ(chain->end_micros(0), 10 * kSecond);
}

TEST(ExportChain, SeveralTablesAreListed) {
  ExportRun other = Changes("b", 0, 1);
  other.summary.table_arn += "2";
  EXPECT_TRUE(CheckOneTable({Changes("a", 0, 1), Changes("c", 1, 2)}));
  const base::Status status = CheckOneTable({Changes("a", 0, 1), other, Changes("c", 1, 2)});
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("table/Music: 2\n"), std::string::npos);
  EXPECT_NE(status.error().message.find("table/Music2: 1"), std::string::npos);
}

}  // namespace
}  // namespace dray::remote_import
