// SPDX-License-Identifier: Apache-2.0
// Wall time. Times are microseconds since 1970-01-01T00:00:00Z everywhere inside Dray.
#pragma once

#include <atomic>
#include <cstdint>

namespace dray::base {

inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

class Clock {  // thread-safe
 public:
  virtual ~Clock() = default;
  virtual int64_t NowMicros() const = 0;  // may step in both directions; see table/service_clock.h
};

class SystemClock final : public Clock {
 public:
  int64_t NowMicros() const override;
};

// The system's time plus an offset that can be moved: tests and `dray serve --dev`.
class MovableClock final : public Clock {
 public:
  explicit MovableClock(const Clock& under) : under_(under) {}
  int64_t NowMicros() const override { return under_.NowMicros() + offset_micros_.load(); }
  void Move(int64_t micros) { offset_micros_ += micros; }
  void SetOffset(int64_t micros) { offset_micros_ = micros; }
  int64_t offset_micros() const { return offset_micros_; }

 private:
  const Clock& under_;
  std::atomic<int64_t> offset_micros_{0};
};

// Steady time for durations, never for stamps.
int64_t SteadyMicros();

}  // namespace dray::base
