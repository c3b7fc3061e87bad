// SPDX-License-Identifier: Apache-2.0
// How far each source object of a job was applied, in kv beside its record: family 'l',
// docs/formats/import-job.md. A position is stored before its pending records are applied, so that
// a resumed job knows what it may have written without having said so. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/kv/engine.h"
#include "transfer/import_into/counters.h"

namespace dray::import_into {

struct Position {
  bool is_finished = false;
  uint64_t records_done = 0;
  Counters counters;  // of the records that are done
  // The records behind them, perhaps applied, perhaps not.
  uint64_t records_pending = 0;
  int64_t intent_time_micros = 0;
  std::vector<Effect> predicted;  // of those that ask for something, in their order
  bool operator==(const Position&) const = default;
};

std::string EncodePosition(const Position& position);
base::Result<Position> DecodePosition(std::string_view bytes);

class Positions {
 public:
  Positions(kv::Engine& engine, std::string_view import_arn);
  base::Status Store(uint64_t object, const Position& position);
  // Of the objects 0 to `count` - 1: those without one are at their beginning.
  base::Result<std::vector<Position>> Load(uint64_t count);
  base::Status Remove();

 private:
  kv::Engine& engine_;
  const std::string prefix_;
};

}  // namespace dray::import_into
