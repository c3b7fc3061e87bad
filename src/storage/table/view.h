// SPDX-License-Identifier: Apache-2.0
// Reads the items as of a time from the items as they are now and the changes since. Per page:
//   1. read a page of current items behind `after`                    covers (after, end]
//   2. then the index of changes over (after, end], from the generation that contains T on: the
//      earliest change at or after T of each key; cut short when there are many
//   3. merge: a key without such a change is as it is now; one with a change is as the image in the
//      change says, which may be "absent"
// A change that is put between 1 and 2 is seen in 2 and its image is what 1 saw: no harm. One that
// is put before 1 is seen in both. So the two reads need no common snapshot.
#pragma once

#include <memory>

#include "storage/kv/engine.h"
#include "storage/table/history.h"
#include "storage/table/table.h"

namespace dray::table {

std::unique_ptr<View> MakeView(kv::Engine& engine, std::shared_ptr<ViewPin> pin,
                               const ViewOptions& options);

// Whether a position, or none, is one that a cursor of the range may have had.
base::Status CheckPosition(HashRange range, std::string_view position);

}  // namespace dray::table
