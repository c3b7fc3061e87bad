// SPDX-License-Identifier: Apache-2.0
// Whether incremental exports follow one another without a gap. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "format/export_layout/export_layout.h"

namespace dray::import_into {

namespace reason {
inline constexpr std::string_view kChainBroken = "import_chain_broken";
}  // namespace reason

struct Link {
  std::string manifest_key;
  export_layout::Summary summary;
};

// What a table is known to be a copy of.
struct Copy {
  int64_t at_micros = 0;
  std::string table_arn;        // empty: not known
  bool is_transformed = false;  // on the way, which the increments would not be
  std::string origin;           // where that is known from, in words
};

base::Error ChainError(std::string message);

// Puts the links in their order. kChainBroken unless they are incremental exports of one table,
// each from where the one before ends, the first from where the table is a copy of on; with
// `is_undo` there is one, with old images, and it ends there. `copy` nullopt: not known;
// `is_forced` bears that when undoing, and another end.
base::Status OrderChain(std::vector<Link>& links, const std::optional<Copy>& copy, bool is_undo,
                        bool is_forced);

}  // namespace dray::import_into
