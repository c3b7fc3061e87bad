// SPDX-License-Identifier: Apache-2.0
#include "transfer/export_table/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "transfer/export_table/accepted_export.h"

namespace dray::export_table {
namespace {

TEST(ExportCheckpoint, RoundTrips) {
  Checkpoint checkpoint;
  checkpoint.ranges = {{{0, UINT64_MAX / 2}, std::string("\0\xff pos", 6), 3, true},
                       {{UINT64_MAX / 2 + 1, UINT64_MAX}, "", 0, false}};
  checkpoint.files = {{0, 2, 17, 1000, "bWQ1", "etag-1"}};
  checkpoint.uploads = {{"a/b \"c\"", "id"}};
  checkpoint.end_time_micros = 5;
  checkpoint.item_count = 17;
  checkpoint.compressed_bytes = 1000;
  checkpoint.image_bytes = 4000;
  checkpoint.manifest_key = "m";
  auto parsed = ParseCheckpoint(RenderCheckpoint(checkpoint));
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_EQ(RenderCheckpoint(*parsed), RenderCheckpoint(checkpoint));
  EXPECT_EQ(parsed->ranges[0].position, checkpoint.ranges[0].position);
  EXPECT_EQ(parsed->ranges[1].range.last, UINT64_MAX);
}

TEST(ExportCheckpoint, AnEmptyTextIsTheBeginningAndJunkIsRefused) {
  EXPECT_TRUE(ParseCheckpoint("")->ranges.empty());
  EXPECT_FALSE(ParseCheckpoint("{}").has_value());
  EXPECT_FALSE(ParseCheckpoint("x").has_value());
}

TEST(PlanRanges, CoversEveryHashOnceWhateverTheSizes) {
  const std::vector<table::HashRange> partitions = {
      {0, UINT64_MAX / 4}, {UINT64_MAX / 4 + 1, UINT64_MAX - 10}, {UINT64_MAX - 9, UINT64_MAX}};
  for (uint64_t table_bytes : {uint64_t{0}, uint64_t{1}, uint64_t{1000}, uint64_t{1} << 50}) {
    auto plan = PlanRanges(partitions, table_bytes, 100);
    EXPECT_EQ(plan.front().range.first, 0u);
    EXPECT_EQ(plan.back().range.last, UINT64_MAX);
    for (size_t i = 1; i < plan.size(); ++i) {
      ASSERT_EQ(plan[i].range.first, plan[i - 1].range.last + 1) << i;
      ASSERT_LE(plan[i].range.first, plan[i].range.last) << i;
    }
  }
  EXPECT_EQ(PlanRanges({{0, UINT64_MAX}}, 1000, 100).size(), 10u);
  EXPECT_EQ(PlanRanges({{0, UINT64_MAX}}, 99, 100).size(), 1u);
}

TEST(AcceptedExport, RoundTripsWithAndWithoutOptionals) {
  AcceptedExport accepted;
  accepted.request.table_arn = "arn";
  accepted.request.table_name = "name";
  accepted.request.s3_bucket = "bucket";
  accepted.table_number = 9;
  accepted.table_id = "id";
  accepted.export_time_micros = 1731672000123456;
  EXPECT_EQ(RenderAccepted(*ParseAccepted(RenderAccepted(accepted))), RenderAccepted(accepted));
  EXPECT_FALSE(ParseAccepted(RenderAccepted(accepted))->request.s3_prefix.has_value());
  EXPECT_FALSE(ParseAccepted(RenderAccepted(accepted))->period.has_value());
  EXPECT_EQ(PinnedFrom(*ParseAccepted(RenderAccepted(accepted))), 1731672000123456);
  accepted.request.increment = IncrementRequest{1731000000000000, std::nullopt, "NEW_IMAGE"};
  accepted.period = Period{1731000000000000, 1731001000000000, "NEW_IMAGE"};
  EXPECT_EQ(RenderAccepted(*ParseAccepted(RenderAccepted(accepted))), RenderAccepted(accepted));
  EXPECT_EQ(PinnedFrom(*ParseAccepted(RenderAccepted(accepted))), 1731000000000000);
  accepted.request.s3_prefix = "";
  accepted.request.export_time_micros = 7;
  accepted.request.client_token = "t";
  auto parsed = ParseAccepted(RenderAccepted(accepted));
  EXPECT_EQ(parsed->request.s3_prefix, "");
  EXPECT_EQ(parsed->request.export_time_micros, 7);
}

}  // namespace
}  // namespace dray::export_table
