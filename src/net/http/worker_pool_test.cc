// SPDX-License-Identifier: Apache-2.0
#include "net/http/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <random>

namespace dray::http {
namespace {

class Function final : public WorkerPool::Work {
 public:
  explicit Function(std::function<void()> run) : run_(std::move(run)) {}
  void Run() override { run_(); }

 private:
  const std::function<void()> run_;
};

std::shared_ptr<WorkerPool::Work> Do(std::function<void()> run) {
  return std::make_shared<Function>(std::move(run));
}

TEST(WorkerPool, WorkThatSaysThatItWaitsMakesRoom) {
  WorkerPool pool(2, 10, 1);
  std::latch opened(1), done(1);
  ASSERT_TRUE(pool.Submit(Do([&] {
    base::BlockingSection section;
    opened.wait();
    done.count_down();
  })));
  ASSERT_TRUE(pool.Submit(Do([&] { opened.count_down(); })));
  done.wait();
}

TEST(WorkerPool, WorkThatWaitsInSilenceDoesNotStopTheOthers) {
  WorkerPool pool(4, 10, 1);
  std::latch opened(3), done(3);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(pool.Submit(Do([&] {
      opened.arrive_and_wait();
      done.count_down();
    })));
  }
  done.wait();
}

TEST(WorkerPool, AFullQueueRefuses) {
  WorkerPool pool(1, 1, 1);
  std::latch started(1), opened(1), done(2);
  ASSERT_TRUE(pool.Submit(Do([&] {
    started.count_down();
    opened.wait();
    done.count_down();
  })));
  started.wait();
  ASSERT_TRUE(pool.Submit(Do([&] { done.count_down(); })));
  EXPECT_FALSE(pool.Submit(Do([] {})));
  opened.count_down();
  done.wait();
}

TEST(WorkerPool, EverythingThatWasTakenRunsOnce) {
  WorkerPool pool(8, 1'000'000, 2);
  constexpr int kThreads = 4, kEach = 5'000;
  std::latch done(kThreads * kEach);
  std::atomic<int> runs{0};
  std::vector<std::thread> submitters;
  for (int i = 0; i < kThreads; ++i) {
    submitters.emplace_back([&, i] {
      std::minstd_rand random(static_cast<unsigned>(i));
      for (int n = 0; n < kEach; ++n) {
        const bool waits = random() % 16 == 0;
        ASSERT_TRUE(pool.Submit(Do([&, waits] {
          if (waits) {
            base::BlockingSection section;
            std::this_thread::yield();
          }
          ++runs;
          done.count_down();
        })));
      }
    });
  }
  for (std::thread& submitter : submitters) submitter.join();
  done.wait();
  EXPECT_EQ(runs, kThreads * kEach);
  pool.Stop();
  EXPECT_FALSE(pool.Submit(Do([] {})));
}

}  // namespace
}  // namespace dray::http
