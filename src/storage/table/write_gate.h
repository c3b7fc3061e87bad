// SPDX-License-Identifier: Apache-2.0
// The gate through which every write of one table goes: it gives the write its time and keeps it in
// the in-flight set until it has been committed or has failed. Times are issued and registered
// under one mutex, so that "no write before T is in flight" is a question with an answer. It also
// knows whether changes are recorded, and the generations of the change index: generation g holds
// the changes from time g up to the next generation. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "storage/table/service_clock.h"

namespace dray::table {

class WriteGate {
 public:
  explicit WriteGate(ServiceClock& clock) : clock_(clock) {}

  struct Ticket {
    int64_t time_micros = 0;
    std::optional<int64_t> generation;  // nullopt: the write is not recorded
    uint64_t slot = 0;
  };

  // Called under the latch of the key. nullopt: the gate is closed. Every ticket must be given back
  // by Leave, also when the commit failed (see Passage).
  base::Result<std::optional<Ticket>> Enter();
  void Leave(const Ticket& ticket);

  void Open();
  // No write enters any more; returns when the last one has left.
  void Close();
  // Waits for the writes that are in flight now.
  void Drain();
  // Waits until no write with a time below `time_micros` is in flight.
  void WaitForWritesBefore(int64_t time_micros);

  // A new time: every write that entered before has a smaller one, every later one a greater. May
  // start a generation, so that what lies before the cut costs its readers nothing.
  base::Result<int64_t> Cut();

  // Writes that enter from now on are recorded, under a new generation. `earlier` are the
  // generations that the index holds already.
  base::Status StartRecording(std::vector<int64_t> earlier);
  // Writes that enter from now on are not. Those in flight may still record.
  void StopRecording();
  bool is_recording();

  // The generations that may hold changes at or after T: the one that contains T, and later ones.
  std::vector<int64_t> GenerationsFrom(int64_t time_micros);
  // Forgets the generations that end at or before `limit_micros`; returns the start of the first
  // one that is left, or nullopt when nothing was forgotten.
  std::optional<int64_t> DropGenerationsBefore(int64_t limit_micros);

 private:
  struct Slot {
    int64_t time_micros;
    bool has_left;
  };
  void MaybeStartGeneration(int64_t time_micros, size_t changes_min, size_t changes_min_when_many)
      REQUIRES(mutex_);

  ServiceClock& clock_;
  base::Mutex mutex_;
  base::CondVar left_;
  bool is_open_ GUARDED_BY(mutex_) = false;
  bool is_recording_ GUARDED_BY(mutex_) = false;
  // In-flight writes in the order of their times; the front one has not left.
  std::deque<Slot> in_flight_ GUARDED_BY(mutex_);
  uint64_t first_slot_ GUARDED_BY(mutex_) = 0;  // number of in_flight_.front()
  std::vector<int64_t> generations_ GUARDED_BY(mutex_);
  size_t changes_in_generation_ GUARDED_BY(mutex_) = 0;
};

// One write's way through the gate: leaves when it goes out of scope.
class Passage {
 public:
  Passage(WriteGate& gate, const WriteGate::Ticket& ticket) : gate_(gate), ticket_(ticket) {}
  ~Passage() { gate_.Leave(ticket_); }
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

 private:
  WriteGate& gate_;
  const WriteGate::Ticket ticket_;
};

}  // namespace dray::table
