// SPDX-License-Identifier: Apache-2.0
// What one record of a source asks of one key of an existing table, and what comes of it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/item/key_schema.h"
#include "storage/table/table.h"

namespace dray::import_into {

enum class Action {
  kInsert,   // put the item where there is none
  kReplace,  // put it
  kMerge,    // its attributes overwrite those of the item there, the others stay
  kDelete,
  kUndo,  // put `encoded` back (empty: delete) where `expected` is (empty: nothing)
};

struct Ask {
  uint64_t record_index = 0;  // in its object
  item::PrimaryKey key;
  Action action = Action::kReplace;
  std::string encoded;
  size_t size_bytes = 0;  // of `encoded`
  std::string expected;
  size_t memory_bytes() const { return encoded.size() + expected.size() + sizeof(Ask); }
};

// The numeric values are stored (docs/formats/import-job.md): never renumber.
enum class Effect : uint8_t {
  kInserted = 1,
  kUpdated = 2,    // there was an item with the key, and it changed
  kUnchanged = 3,  // the table held already what was asked for
  kDeleted = 4,
  kSkipped = 5,  // kInsert, and there was an item
  kFailed = 6,
};

struct Verdict {
  Effect effect = Effect::kUnchanged;
  table::Decision decision;
  std::string message;  // kFailed: why, for the error log
};

// `is_forced`: kUndo whatever is there.
Verdict Judge(const Ask& ask, const table::StoredItem* old_item, bool is_forced);

// Of a record that was about to be applied when the server went down: at `intent_time` it would
// have had the effect `predicted`. Whoever wrote the key since has the last word, be it this job or
// somebody else; what was not written yet is judged anew.
Verdict JudgeAgain(const Ask& ask, const table::StoredItem* old_item, bool is_forced,
                   Effect predicted, int64_t intent_time);

}  // namespace dray::import_into
