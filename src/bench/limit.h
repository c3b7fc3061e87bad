// SPDX-License-Identifier: Apache-2.0
// The limit that benchmarks quote: the third-party steps of an export and of an import alone, each
// in one thread, in seconds per item. What the machine could do is cores / their sum.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace dray::bench {

struct Limit {
  double scan = 0, walk = 0, deflate = 0, md5 = 0, write = 0;  // an export's
  double inflate = 0, sort = 0, sorted_file = 0;               // an import's, with `walk`
  double export_items_per_second(unsigned cores) const {
    return cores / (scan + walk + deflate + md5 + write);
  }
  double import_items_per_second(unsigned cores) const {
    return cores / (inflate + walk + sort + sorted_file);
  }
};

// Works in `folder`, which it makes and removes. `append_line`: of sample_items.h.
base::Result<Limit> MeasureLimit(const std::string& folder, uint64_t items,
                                 void (*append_line)(uint64_t number, std::string& out));

}  // namespace dray::bench
