// SPDX-License-Identifier: Apache-2.0
#include "storage/table/service_clock.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

#include "storage/kv/memory/memory_engine.h"
#include "storage/table/test_engine.h"

namespace dray::table {
namespace {

constexpr int64_t kSecond = base::kMicrosPerSecond;

class FixedClock final : public base::Clock {
 public:
  int64_t NowMicros() const override { return now.load(); }
  std::atomic<int64_t> now{1'700'000'000 * kSecond};
};

std::atomic<int64_t> steady_now{0};
int64_t SteadyNow() { return steady_now; }

class ServiceClockTest : public ::testing::Test {
 protected:
  ServiceClockTest() { Open(); }
  void Open() {
    auto opened = ServiceClock::Open(engine, wall, SteadyNow);
    ASSERT_TRUE(opened);
    clock = *std::move(opened);
  }
  void Pass(int64_t micros) {
    wall.now += micros;
    steady_now += micros;
  }
  TestEngine engine{kv_memory::MakeMemoryEngine()};
  FixedClock wall;
  std::unique_ptr<ServiceClock> clock;
};

TEST_F(ServiceClockTest, FollowsTheWallAndNeverRepeats) {
  EXPECT_EQ(*clock->Issue(), wall.now);
  EXPECT_EQ(*clock->Issue(), wall.now + 1);
  Pass(kSecond);
  EXPECT_EQ(*clock->Issue(), wall.now);
}

TEST_F(ServiceClockTest, GoesOnWhenTheWallStepsBack) {
  const int64_t last = *clock->Issue();
  wall.now -= 3600 * kSecond;
  EXPECT_EQ(*clock->Issue(), last + 1);
  EXPECT_EQ(clock->NowMicros(), last + 1);
}

TEST_F(ServiceClockTest, StartsAboveEveryEarlierTimeAfterRestart) {
  int64_t last = 0;
  for (int i = 0; i < 100; ++i) {
    last = *clock->Issue();
    Pass(kSecond / 10);
  }
  wall.now -= 3600 * kSecond;
  Open();
  EXPECT_GT(*clock->Issue(), last);
}

TEST_F(ServiceClockTest, WhatIsIssuedLiesBehindNowAlsoAfterRestartWithAnOlderWall) {
  const int64_t now = clock->NowMicros();
  EXPECT_GT(*clock->Issue(), now);
  Pass(60 * kSecond);
  const int64_t later = clock->NowMicros();
  EXPECT_EQ(later, wall.now);
  wall.now -= 30 * kSecond;
  Open();
  EXPECT_GT(*clock->Issue(), later);
}

TEST_F(ServiceClockTest, FailingEngineStopsTimeInsteadOfRiskingARepetition) {
  const int64_t first = *clock->Issue();
  engine.set_before_commit([](const kv::Batch&) -> base::Status {
    return base::Error{base::ErrorKind::kIo, "disk is gone", {}};
  });
  Pass(30 * kSecond);
  EXPECT_FALSE(clock->Issue());
  const int64_t now = clock->NowMicros();
  EXPECT_LT(now, wall.now);
  EXPECT_GE(now, first);
  engine.set_before_commit({});
  EXPECT_EQ(*clock->Issue(), wall.now);
}

TEST_F(ServiceClockTest, JumpForwardIsFollowedSlowly) {
  const int64_t before = *clock->Issue();
  wall.now += 3600 * kSecond;
  Pass(kSecond);
  EXPECT_LE(*clock->Issue(), before + 11 * kSecond);
  Pass(400 * kSecond);
  EXPECT_EQ(*clock->Issue(), wall.now);
}

TEST_F(ServiceClockTest, WrongJumpThatIsTakenBackLeavesNoTrace) {
  const int64_t before = *clock->Issue();
  wall.now += 100 * 365 * base::kMicrosPerDay;
  Pass(kSecond);
  EXPECT_LE(clock->NowMicros(), before + 11 * kSecond);
  wall.now -= 100 * 365 * base::kMicrosPerDay;
  Pass(20 * kSecond);
  EXPECT_EQ(*clock->Issue(), wall.now);
}

TEST_F(ServiceClockTest, PassingTimeWithoutCallsIsNoJump) {
  ASSERT_TRUE(clock->Issue());
  Pass(base::kMicrosPerDay);
  EXPECT_EQ(*clock->Issue(), wall.now);
}

TEST_F(ServiceClockTest, StepToWallAcceptsAJump) {
  ASSERT_TRUE(clock->Issue());
  wall.now += base::kMicrosPerDay;
  clock->StepToWall();
  EXPECT_EQ(*clock->Issue(), wall.now);
}

TEST_F(ServiceClockTest, GivesDistinctTimesToAllThreads) {
  std::vector<std::vector<int64_t>> times(4);
  std::vector<std::thread> threads;
  for (auto& own : times) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) own.push_back(*clock->Issue());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<int64_t> all;
  for (const auto& own : times) all.insert(own.begin(), own.end());
  EXPECT_EQ(all.size(), 8000u);
}

}  // namespace
}  // namespace dray::table
