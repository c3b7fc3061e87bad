// SPDX-License-Identifier: Apache-2.0
// Applies what one object asks for, batch by batch: judge the batch against the table, store the
// position with what was found (the intent), write, count. A resumed job judges the batch whose
// intent stands last with JudgeAgain. Each batch is one commit or a few; memory is bounded by one
// batch.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/table/table.h"
#include "transfer/import_into/ask_source.h"
#include "transfer/import_into/keys_in_flight.h"
#include "transfer/import_into/position.h"
#include "transfer/import_table/error_log.h"

namespace dray::import_into {

// Shared by the objects of a job; what it refers to outlives them.
struct WriteContext {
  table::Tables& tables;
  table::TableRef table;
  table::ServiceClock& clock;
  Positions& positions;
  KeysInFlight& keys;
  import_table::ErrorLog& log;
  size_t batch_records_max = 256;
  bool is_dry_run = false;  // judges and counts only
  bool is_forced = false;
};

class ObjectWriter {
 public:
  ObjectWriter(const WriteContext& context, uint64_t number, std::string object_key,
               Position position)
      : context_(context),
        number_(number),
        object_key_(std::move(object_key)),
        position_(std::move(position)) {}

  // Called after each batch; an error from it ends the writing.
  using Tick = std::function<base::Status(const Counters& counters)>;
  // Reads `source` from its beginning, skips what is done, applies the rest; the position says
  // finished when it returns Ok. Errors are those that the whole job fails of.
  base::Status Run(AskSource& source, const Tick& tick);
  // Only what is pending, and stores that it is done. After a kill this comes first, for all
  // objects: a record that is not pending must not come between an intent and its write.
  base::Status RunPending(AskSource& source, const Tick& tick);
  // The object cannot be read at all: one error.
  base::Status Refuse(const std::string& message);

  const Position& position() const { return position_; }

 private:
  struct Batch {
    std::vector<Ask> asks;
    std::vector<Asked> places;  // of the asks, for the error log
    std::vector<Asked> bad;     // for the error log, in any order
    uint64_t records = 0, filtered = 0;
    size_t memory_bytes = 0;
    bool is_end = false;
  };
  base::Status Skip(AskSource& source);
  // `records_max`: 0 = as many as fit.
  base::Result<Batch> ReadBatch(AskSource& source, uint64_t records_max);
  base::Result<Batch> RunBatch(AskSource& source);
  base::Result<std::vector<Effect>> Predict(const Batch& batch);
  base::Result<std::vector<Verdict>> StoreIntentAndApply(const Batch& batch);
  base::Result<std::vector<Verdict>> Apply(const Batch& batch);
  base::Result<std::vector<Verdict>> ApplyOneByOne(const Batch& batch);
  Verdict JudgeOne(const Batch& batch, size_t i, const table::StoredItem* old_item) const;
  base::Status Count(Batch& batch, const std::vector<Verdict>& verdicts);
  base::Status StoreLog(std::vector<Asked>& bad);

  const WriteContext& context_;
  const uint64_t number_;
  const std::string object_key_;
  Position position_;
  // A record of the next batch that had to wait, because its key is in the batch already.
  std::optional<Asked> held_;
  bool is_repeated_ = false;  // the batch may have been applied already
};

}  // namespace dray::import_into
