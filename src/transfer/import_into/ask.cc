// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_into/ask.h"

namespace dray::import_into {
namespace {

using Kind = table::Decision::Kind;

// Attributes and set members have no order.
bool IsSame(std::string_view a, size_t a_bytes, std::string_view b, size_t b_bytes) {
  if (a == b) return true;
  return a_bytes == b_bytes && item::ItemView(a).ToTree() == item::ItemView(b).ToTree();
}

bool Holds(const table::StoredItem* item, std::string_view encoded) {
  if (item == nullptr || encoded.empty()) return item == nullptr && encoded.empty();
  return IsSame(item->encoded(), item->size_bytes(), encoded, item::ItemView(encoded).SizeBytes());
}

Verdict Put(const table::StoredItem* old_item, std::string encoded, size_t size_bytes) {
  return Verdict{old_item == nullptr ? Effect::kInserted : Effect::kUpdated,
                 {Kind::kPut, std::move(encoded), size_bytes},
                 {}};
}

Verdict Delete(const table::StoredItem* old_item) {
  if (old_item == nullptr) return Verdict{Effect::kUnchanged, {}, {}};
  return Verdict{Effect::kDeleted, {Kind::kDelete, {}, 0}, {}};
}

Verdict Replace(const Ask& ask, const table::StoredItem* old_item) {
  if (old_item != nullptr &&
      IsSame(old_item->encoded(), old_item->size_bytes(), ask.encoded, ask.size_bytes)) {
    return Verdict{Effect::kUnchanged, {}, {}};
  }
  return Put(old_item, ask.encoded, ask.size_bytes);
}

Verdict Merge(const Ask& ask, const table::StoredItem* old_item) {
  if (old_item == nullptr) return Put(nullptr, ask.encoded, ask.size_bytes);
  item::ItemBuilder builder;
  builder.StartItem();
  auto add = [&builder](std::string_view name, const item::ValueView& value) -> base::Status {
    RETURN_IF_ERROR(builder.Name(name));
    builder.Copy(value);
    return base::Ok();
  };
  const item::ItemView record(ask.encoded), old(old_item->encoded());
  base::Status added = base::Ok();
  for (auto it = old.attributes().begin(); it.valid() && added; it.Next()) {
    auto newer = record.Find(it.name());
    added = add(it.name(), newer ? *newer : it.value());
  }
  for (auto it = record.attributes().begin(); it.valid() && added; it.Next()) {
    if (!old.Find(it.name())) added = add(it.name(), it.value());
  }
  if (!added) return Verdict{Effect::kFailed, {}, added.error().message};
  const std::string_view merged = builder.Finish();
  if (merged.empty() || builder.size_bytes() > item::kItemBytesMax) {
    return Verdict{
        Effect::kFailed, {}, "Item size to update has exceeded the maximum allowed size"};
  }
  if (IsSame(old_item->encoded(), old_item->size_bytes(), merged, builder.size_bytes())) {
    return Verdict{Effect::kUnchanged, {}, {}};
  }
  return Put(old_item, std::string(merged), builder.size_bytes());
}

Verdict Undo(const Ask& ask, const table::StoredItem* old_item, bool is_forced) {
  if (Holds(old_item, ask.encoded)) return Verdict{Effect::kUnchanged, {}, {}};
  if (!is_forced && !Holds(old_item, ask.expected)) {
    return Verdict{Effect::kFailed,
                   {},
                   "The item is not what the incremental export made of it: it was changed since, "
                   "and is left as it is"};
  }
  if (ask.encoded.empty()) return Delete(old_item);
  return Put(old_item, ask.encoded, ask.size_bytes);
}

}  // namespace

Verdict Judge(const Ask& ask, const table::StoredItem* old_item, bool is_forced) {
  switch (ask.action) {
    case Action::kInsert:
      if (old_item != nullptr) return Verdict{Effect::kSkipped, {}, {}};
      return Put(nullptr, ask.encoded, ask.size_bytes);
    case Action::kReplace:
      return Replace(ask, old_item);
    case Action::kMerge:
      return Merge(ask, old_item);
    case Action::kDelete:
      return Delete(old_item);
    case Action::kUndo:
      break;
  }
  return Undo(ask, old_item, is_forced);
}

Verdict JudgeAgain(const Ask& ask, const table::StoredItem* old_item, bool is_forced,
                   Effect predicted, int64_t intent_time) {
  const bool was_written_since =
      old_item != nullptr ? old_item->write_time_micros() > intent_time
                          // It was there, and a delete leaves no time.
                          : predicted != Effect::kInserted && predicted != Effect::kFailed;
  if (was_written_since && predicted != Effect::kFailed) return Verdict{predicted, {}, {}};
  return Judge(ask, old_item, is_forced);
}

}  // namespace dray::import_into
