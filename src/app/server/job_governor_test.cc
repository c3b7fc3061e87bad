// SPDX-License-Identifier: Apache-2.0
#include "app/server/job_governor.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <chrono>
#include <latch>

namespace dray::server {
namespace {

constexpr int kNiceness = 7;

// How many processors the threads of a job may use: one that was there before the governor, and
// one that the first starts.
class Job {
 public:
  Job() {
    thread_ = std::thread([this] {
      setpriority(PRIO_PROCESS, 0, kNiceness);
      is_nice_.count_down();
      while (!is_over_) {
        seen_ = Processors();
        std::thread([this] { seen_by_child_ = Processors(); }).join();
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    });
    is_nice_.wait();
  }
  ~Job() {
    is_over_ = true;
    thread_.join();
  }
  static int Processors() {
    cpu_set_t all;
    return sched_getaffinity(0, sizeof all, &all) == 0 ? CPU_COUNT(&all) : 0;
  }
  bool Awaits(int processors) {
    for (int i = 0; i < 2000; ++i) {
      if (seen_ == processors && seen_by_child_ == processors) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

 private:
  std::latch is_nice_{1};
  std::atomic<bool> is_over_{false};
  std::atomic<int> seen_{0}, seen_by_child_{0};
  std::thread thread_;
};

TEST(JobGovernorTest, KeepsAProcessorFreeOfJobsWhileRequestsCome) {
  const int processors = Job::Processors();
  if (processors < 2) GTEST_SKIP() << "needs two processors";
  std::atomic<uint64_t> requests{0};
  Job job;
  JobGovernor governor(kNiceness, requests);
  EXPECT_TRUE(job.Awaits(processors));
  std::atomic<bool> is_over{false};
  std::thread client([&] {
    while (!is_over) {
      requests += 100;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  EXPECT_TRUE(job.Awaits(processors - 1));
  EXPECT_EQ(Job::Processors(), processors);  // of a thread that is not as nice
  is_over = true;
  client.join();
  EXPECT_TRUE(job.Awaits(processors));
}

}  // namespace
}  // namespace dray::server
