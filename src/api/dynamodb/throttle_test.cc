// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/throttle.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace dray::dynamodb {
namespace {

constexpr int64_t kSecond = base::kMicrosPerSecond;

TEST(Throttle, RefusesTheTwentyFirstExportWithinTwoSecondsOfAnAccount) {
  Throttle throttle;
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(throttle.Admit("a", "ExportTableToPointInTime", i * kSecond / 20)) << i;
  }
  EXPECT_FALSE(throttle.Admit("a", "ExportTableToPointInTime", kSecond));
  EXPECT_TRUE(throttle.Admit("b", "ExportTableToPointInTime", kSecond));
  EXPECT_TRUE(throttle.Admit("a", "DescribeExport", kSecond));
  EXPECT_TRUE(throttle.Admit("a", "ExportTableToPointInTime", 2 * kSecond + kSecond / 2));
}

TEST(Throttle, WhoGoesOnCallingStaysRefused) {
  Throttle throttle;
  int admitted = 0;
  for (int i = 0; i < 100; ++i) {  // 20 a second
    if (throttle.Admit("a", "DescribeContinuousBackups", i * kSecond / 20)) ++admitted;
  }
  EXPECT_EQ(admitted, 10);
}

TEST(Throttle, OperationsWithoutALimitPass) {
  Throttle throttle;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(throttle.Admit("a", "PutItem", 0));
}

}  // namespace
}  // namespace dray::dynamodb
