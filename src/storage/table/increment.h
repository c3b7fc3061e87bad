// SPDX-License-Identifier: Apache-2.0
// Reads what changed in a table in [from, to), by the index of changes. For each key that was
// written then:
//   - before: the image in the key's first change within the times;
//   - afterwards: the current record, if it was written before `to`; else the image in the key's
//     earliest change at or after `to`; without such a change the key is absent.
// The current record is read before the index is, as in a view: a change that comes between is
// found in the index, and its image is what was read. The earliest change after `to` is looked for
// from both ends: in the generation of `to`; then back from the current record, whose change has
// the image before it and so the time of the write before; then on through the generations. A key
// that was written often since is found soon on the one way, and one that was written once on the
// other.
#pragma once

#include <memory>

#include "storage/kv/engine.h"
#include "storage/table/history.h"
#include "storage/table/table.h"

namespace dray::table {

// `pin` is at the increment's beginning.
std::unique_ptr<Increment> MakeIncrement(kv::Engine& engine, std::shared_ptr<ViewPin> pin,
                                         int64_t to_micros, const ViewOptions& options);

}  // namespace dray::table
