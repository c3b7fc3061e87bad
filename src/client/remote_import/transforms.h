// SPDX-License-Identifier: Apache-2.0
// What an import does to each item on its way, as the member Transforms of Dray's own operations.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dray::remote_import {

struct TransformStep {
  enum class Kind {
    kKeep,    // "a,b"
    kDrop,    // "a,b"
    kRename,  // "from=to"
    kFilter,  // an expression
    kMask,    // "a": a keyed hash; "a=text": this text
  };
  Kind kind = Kind::kKeep;
  std::string text;
};

struct TransformPlan {
  std::vector<TransformStep> steps;         // in the order in which they are applied
  std::string filter_names, filter_values;  // JSON objects, or empty
  std::string mask_key_file;                // of the hashes
  bool needs_key() const;
};
// kInvalidArgument: a step or a member is not what it has to be.
base::Status CheckTransforms(const TransformPlan& plan);
// Of a checked plan: a JSON array, or empty when there are no steps.
std::string RenderTransforms(const TransformPlan& plan, std::string_view mask_key);

}  // namespace dray::remote_import
