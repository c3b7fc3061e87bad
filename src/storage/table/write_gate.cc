// SPDX-License-Identifier: Apache-2.0
#include "storage/table/write_gate.h"

#include <algorithm>

#include "base/check.h"

namespace dray::table {
namespace {

// A view reads, beside the changes after its time, those of its generation before it: at most so
// many. Each generation costs a view one read per page, hence fewer and larger ones when many
// stand.
constexpr size_t kManyGenerations = 256;
constexpr size_t kChangesPerGeneration = 64 * 1024;
constexpr size_t kChangesPerGenerationWhenMany = 1024 * 1024;
constexpr size_t kChangesPerGenerationAtCut = 1024;

}  // namespace

base::Result<std::optional<WriteGate::Ticket>> WriteGate::Enter() {
  base::MutexLock lock(mutex_);
  if (!is_open_) return std::optional<Ticket>();
  ASSIGN_OR_RETURN(int64_t time, clock_.Issue());
  Ticket ticket;
  ticket.time_micros = time;
  if (is_recording_) {
    MaybeStartGeneration(time, kChangesPerGeneration, kChangesPerGenerationWhenMany);
    ++changes_in_generation_;
    ticket.generation = generations_.back();
  }
  ticket.slot = first_slot_ + in_flight_.size();
  in_flight_.push_back({time, false});
  return std::optional<Ticket>(ticket);
}

void WriteGate::Leave(const Ticket& ticket) {
  base::MutexLock lock(mutex_);
  CHECK(ticket.slot >= first_slot_ && ticket.slot - first_slot_ < in_flight_.size());
  in_flight_[ticket.slot - first_slot_].has_left = true;
  bool moved = false;
  while (!in_flight_.empty() && in_flight_.front().has_left) {
    in_flight_.pop_front();
    ++first_slot_;
    moved = true;
  }
  if (moved) left_.NotifyAll();
}

void WriteGate::Open() {
  base::MutexLock lock(mutex_);
  is_open_ = true;
}

void WriteGate::Close() {
  base::MutexLock lock(mutex_);
  is_open_ = false;
  while (!in_flight_.empty()) left_.Wait(mutex_);
}

void WriteGate::Drain() {
  base::MutexLock lock(mutex_);
  const uint64_t end = first_slot_ + in_flight_.size();
  while (first_slot_ < end) left_.Wait(mutex_);
}

void WriteGate::WaitForWritesBefore(int64_t time_micros) {
  base::MutexLock lock(mutex_);
  while (!in_flight_.empty() && in_flight_.front().time_micros < time_micros) left_.Wait(mutex_);
}

base::Result<int64_t> WriteGate::Cut() {
  base::MutexLock lock(mutex_);
  ASSIGN_OR_RETURN(int64_t time, clock_.Issue());
  if (is_recording_) MaybeStartGeneration(time, kChangesPerGenerationAtCut, SIZE_MAX);
  return time;
}

base::Status WriteGate::StartRecording(std::vector<int64_t> earlier) {
  base::MutexLock lock(mutex_);
  ASSIGN_OR_RETURN(int64_t time, clock_.Issue());
  CHECK(earlier.empty() || earlier.back() < time);
  generations_ = std::move(earlier);
  generations_.push_back(time);
  changes_in_generation_ = 0;
  is_recording_ = true;
  return base::Ok();
}

void WriteGate::StopRecording() {
  base::MutexLock lock(mutex_);
  is_recording_ = false;
  generations_.clear();
}

bool WriteGate::is_recording() {
  base::MutexLock lock(mutex_);
  return is_recording_;
}

std::vector<int64_t> WriteGate::GenerationsFrom(int64_t time_micros) {
  base::MutexLock lock(mutex_);
  auto first = std::upper_bound(generations_.begin(), generations_.end(), time_micros);
  if (first != generations_.begin()) --first;
  return {first, generations_.end()};
}

std::optional<int64_t> WriteGate::DropGenerationsBefore(int64_t limit_micros) {
  base::MutexLock lock(mutex_);
  auto kept = std::upper_bound(generations_.begin(), generations_.end(), limit_micros);
  if (kept != generations_.begin()) --kept;
  if (kept == generations_.begin()) return std::nullopt;
  generations_.erase(generations_.begin(), kept);
  return generations_.front();
}

void WriteGate::MaybeStartGeneration(int64_t time_micros, size_t changes_min,
                                     size_t changes_min_when_many) {
  const bool many = generations_.size() >= kManyGenerations;
  if (changes_in_generation_ < (many ? changes_min_when_many : changes_min)) return;
  generations_.push_back(time_micros);
  changes_in_generation_ = 0;
}

}  // namespace dray::table
