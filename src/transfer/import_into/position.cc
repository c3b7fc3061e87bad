// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_into/position.h"

#include "base/big_endian.h"
#include "base/check.h"
#include "base/varint.h"

namespace dray::import_into {
namespace {

constexpr char kFamily = 'l';
constexpr char kPositionKind = 'p';
constexpr char kVersion = 1;

base::Error Damaged() {
  return base::Error{base::ErrorKind::kCorruption, "A position of an import is damaged", {}};
}

}  // namespace

std::string EncodePosition(const Position& position) {
  std::string out(1, kVersion);
  out += static_cast<char>(position.is_finished ? 1 : 0);
  base::AppendVarint(position.records_done, out);
  Counters::ForEach(position.counters, [&out](uint64_t n) { base::AppendVarint(n, out); });
  base::AppendVarint(position.records_pending, out);
  base::AppendVarint(static_cast<uint64_t>(position.intent_time_micros), out);
  for (Effect effect : position.predicted) out += static_cast<char>(effect);
  return out;
}

base::Result<Position> DecodePosition(std::string_view bytes) {
  if (bytes.size() < 2 || bytes[0] != kVersion) return Damaged();
  Position position;
  position.is_finished = bytes[1] != 0;
  bytes.remove_prefix(2);
  bool is_whole = base::TakeVarint(bytes, position.records_done);
  Counters::ForEach(position.counters,
                    [&](uint64_t& n) { is_whole = is_whole && base::TakeVarint(bytes, n); });
  uint64_t time = 0;
  if (!is_whole || !base::TakeVarint(bytes, position.records_pending) ||
      !base::TakeVarint(bytes, time)) {
    return Damaged();
  }
  position.intent_time_micros = static_cast<int64_t>(time);
  for (char effect : bytes) {
    if (effect < 1 || effect > static_cast<char>(Effect::kFailed)) return Damaged();
    position.predicted.push_back(static_cast<Effect>(effect));
  }
  return position;
}

Positions::Positions(kv::Engine& engine, std::string_view import_arn)
    : engine_(engine),
      prefix_(std::string{kFamily, kPositionKind}.append(import_arn).append(1, '\0')) {}

base::Status Positions::Store(uint64_t object, const Position& position) {
  std::string key = prefix_;
  base::AppendBigEndian64(object, key);
  kv::Batch batch;
  batch.puts.emplace_back(std::move(key), EncodePosition(position));
  ASSIGN_OR_RETURN(auto outcome, engine_.Commit(kv::kSystemPartition, batch));
  CHECK(outcome == kv::CommitOutcome::kCommitted);
  return base::Ok();
}

base::Result<std::vector<Position>> Positions::Load(uint64_t count) {
  std::vector<Position> positions(count);
  std::string from = prefix_;
  const std::string to = kv::PrefixEnd(prefix_);
  kv::Page page;
  do {
    RETURN_IF_ERROR(engine_.ReadRange(kv::kSystemPartition, from, to, kv::Direction::kForward,
                                      kv::ReadLimits(), page));
    for (size_t i = 0; i < page.size(); ++i) {
      const std::string_view number = page.key(i).substr(prefix_.size());
      if (number.size() != 8) return Damaged();
      const uint64_t object = base::ReadBigEndian64(number);
      if (object >= count) return Damaged();
      ASSIGN_OR_RETURN(positions[object], DecodePosition(page.value(i)));
    }
    if (page.size() > 0) from = std::string(page.key(page.size() - 1)).append(1, '\0');
  } while (!page.is_last());
  return positions;
}

base::Status Positions::Remove() {
  return engine_.DeleteRange(kv::kSystemPartition, prefix_, kv::PrefixEnd(prefix_));
}

}  // namespace dray::import_into
