// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_into/object_writer.h"

#include <algorithm>
#include <set>

namespace dray::import_into {
namespace {

constexpr size_t kBatchBytesMax = 1 << 20;

// What is wrong with one item, not with the table or the machine.
bool IsAboutAnItem(const base::Error& error) {
  return error.kind == base::ErrorKind::kInvalidArgument ||
         error.kind == base::ErrorKind::kLimitExceeded;
}

using KeyText = std::pair<std::string, std::string>;

}  // namespace

base::Status ObjectWriter::Run(AskSource& source, const Tick& tick) {
  RETURN_IF_ERROR(Skip(source));
  for (bool is_end = false; !is_end;) {
    ASSIGN_OR_RETURN(Batch batch, RunBatch(source));
    is_end = batch.is_end;
    RETURN_IF_ERROR(tick(position_.counters));
  }
  position_.is_finished = true;
  return context_.positions.Store(number_, position_);
}

base::Status ObjectWriter::RunPending(AskSource& source, const Tick& tick) {
  RETURN_IF_ERROR(Skip(source));
  ASSIGN_OR_RETURN(Batch batch, RunBatch(source));
  RETURN_IF_ERROR(context_.positions.Store(number_, position_));
  return tick(position_.counters);
}

base::Result<ObjectWriter::Batch> ObjectWriter::RunBatch(AskSource& source) {
  is_repeated_ = position_.records_pending > 0;
  ASSIGN_OR_RETURN(Batch batch, ReadBatch(source, position_.records_pending));
  if (is_repeated_ && (batch.records != position_.records_pending ||
                       batch.asks.size() != position_.predicted.size())) {
    return base::Error{base::ErrorKind::kCorruption,
                       "The object " + object_key_ + " is not what it was before the restart",
                       {}};
  }
  std::vector<Verdict> verdicts;
  if (!batch.asks.empty()) {
    ASSIGN_OR_RETURN(verdicts, StoreIntentAndApply(batch));
  }
  RETURN_IF_ERROR(Count(batch, verdicts));
  position_.counters.bytes = source.consumed_bytes();
  position_.records_done += batch.records;
  position_.records_pending = 0;
  position_.predicted.clear();
  return batch;
}

base::Result<std::vector<Verdict>> ObjectWriter::StoreIntentAndApply(const Batch& batch) {
  if (context_.is_dry_run) return Apply(batch);
  std::vector<const item::PrimaryKey*> keys;
  keys.reserve(batch.asks.size());
  for (const Ask& ask : batch.asks) keys.push_back(&ask.key);
  const KeysInFlight::Hold hold(context_.keys, keys);
  if (!is_repeated_) {
    ASSIGN_OR_RETURN(position_.intent_time_micros, context_.clock.Issue());
    ASSIGN_OR_RETURN(position_.predicted, Predict(batch));
    position_.records_pending = batch.records;
    RETURN_IF_ERROR(context_.positions.Store(number_, position_));
  }
  return Apply(batch);
}

base::Status ObjectWriter::Refuse(const std::string& message) {
  std::vector<Asked> bad(1);
  bad[0].bad.index = position_.records_done;
  bad[0].bad.message = message;
  RETURN_IF_ERROR(StoreLog(bad));
  ++position_.counters.processed;
  ++position_.counters.errors;
  position_.is_finished = true;
  position_.records_pending = 0;
  position_.predicted.clear();
  return context_.positions.Store(number_, position_);
}

base::Status ObjectWriter::Skip(AskSource& source) {
  for (uint64_t i = 0; i < position_.records_done; ++i) {
    ASSIGN_OR_RETURN(Asked asked, source.Next());
    if (asked.outcome == Asked::Outcome::kEnd) break;
  }
  return base::Ok();
}

base::Result<ObjectWriter::Batch> ObjectWriter::ReadBatch(AskSource& source, uint64_t records_max) {
  Batch batch;
  std::set<KeyText> keys;
  if (records_max == 0) records_max = context_.batch_records_max;
  // What is repeated has the size that it had.
  while (batch.records < records_max && (is_repeated_ || batch.memory_bytes < kBatchBytesMax)) {
    Asked asked;
    if (held_) {
      asked = *std::move(held_);
      held_.reset();
    } else {
      ASSIGN_OR_RETURN(asked, source.Next());
    }
    if (asked.outcome == Asked::Outcome::kEnd) {
      batch.is_end = true;
      break;
    }
    if (asked.outcome == Asked::Outcome::kAsk &&
        !keys.emplace(asked.ask.key.partition, asked.ask.key.sort).second) {
      held_ = std::move(asked);
      break;
    }
    ++batch.records;
    if (asked.outcome == Asked::Outcome::kFiltered) {
      ++batch.filtered;
    } else if (asked.outcome == Asked::Outcome::kBad) {
      batch.memory_bytes += sizeof(Asked) + asked.bad.message.size() + asked.bad.head.size();
      batch.bad.push_back(std::move(asked));
    } else {
      batch.memory_bytes += asked.ask.memory_bytes();
      batch.asks.push_back(std::move(asked.ask));
      asked.ask = Ask();
      batch.places.push_back(std::move(asked));
    }
  }
  return batch;
}

base::Result<std::vector<Effect>> ObjectWriter::Predict(const Batch& batch) {
  std::vector<Effect> effects;
  effects.reserve(batch.asks.size());
  for (const Ask& ask : batch.asks) {
    ASSIGN_OR_RETURN(auto old_item, context_.tables.Get(context_.table, ask.key));
    effects.push_back(Judge(ask, old_item ? &*old_item : nullptr, context_.is_forced).effect);
  }
  return effects;
}

Verdict ObjectWriter::JudgeOne(const Batch& batch, size_t i,
                               const table::StoredItem* old_item) const {
  if (!is_repeated_) return Judge(batch.asks[i], old_item, context_.is_forced);
  return JudgeAgain(batch.asks[i], old_item, context_.is_forced, position_.predicted[i],
                    position_.intent_time_micros);
}

base::Result<std::vector<Verdict>> ObjectWriter::Apply(const Batch& batch) {
  std::vector<Verdict> verdicts(batch.asks.size());
  if (context_.is_dry_run) {
    for (size_t i = 0; i < batch.asks.size(); ++i) {
      ASSIGN_OR_RETURN(auto old_item, context_.tables.Get(context_.table, batch.asks[i].key));
      verdicts[i] = JudgeOne(batch, i, old_item ? &*old_item : nullptr);
    }
    return verdicts;
  }
  std::vector<item::PrimaryKey> keys;
  keys.reserve(batch.asks.size());
  for (const Ask& ask : batch.asks) keys.push_back(ask.key);
  auto written = context_.tables.MutateMany(
      context_.table, keys,
      [&](size_t i, const table::StoredItem* old_item) -> base::Result<table::Decision> {
        verdicts[i] = JudgeOne(batch, i, old_item);
        return std::move(verdicts[i].decision);
      });
  if (written) return verdicts;
  if (!IsAboutAnItem(written.error())) return written.error();
  // Some of the batch may have been written.
  is_repeated_ = true;
  return ApplyOneByOne(batch);
}

base::Result<std::vector<Verdict>> ObjectWriter::ApplyOneByOne(const Batch& batch) {
  std::vector<Verdict> verdicts(batch.asks.size());
  for (size_t i = 0; i < batch.asks.size(); ++i) {
    auto written = context_.tables.Mutate(
        context_.table, batch.asks[i].key,
        [&](const table::StoredItem* old_item) -> base::Result<table::Decision> {
          verdicts[i] = JudgeOne(batch, i, old_item);
          return std::move(verdicts[i].decision);
        });
    if (written) continue;
    if (!IsAboutAnItem(written.error())) return written.error();
    verdicts[i] = Verdict{Effect::kFailed, {}, written.error().message};
  }
  return verdicts;
}

base::Status ObjectWriter::Count(Batch& batch, const std::vector<Verdict>& verdicts) {
  Counters& counters = position_.counters;
  counters.processed += batch.records;
  counters.filtered += batch.filtered;
  counters.errors += batch.bad.size();
  for (size_t i = 0; i < verdicts.size(); ++i) {
    counters.Count(verdicts[i].effect);
    if (verdicts[i].effect != Effect::kFailed) continue;
    batch.bad.push_back(batch.places[i]);
    batch.bad.back().bad.message = verdicts[i].message;
  }
  return StoreLog(batch.bad);
}

base::Status ObjectWriter::StoreLog(std::vector<Asked>& bad) {
  if (bad.empty()) return base::Ok();
  std::sort(bad.begin(), bad.end(),
            [](const Asked& a, const Asked& b) { return a.bad.index < b.bad.index; });
  import_table::BadRecords records;
  for (Asked& one : bad) records.Add(std::move(one.bad));
  return context_.log.Store(number_, object_key_, records, 0, 0);
}

}  // namespace dray::import_into
