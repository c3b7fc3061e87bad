// SPDX-License-Identifier: Apache-2.0
// Several document paths as one tree, so that an item is walked once for all of them. Internal to
// this module's bound classes.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "model/expression/bound_path.h"

namespace dray::expression {

class PathTree {
 public:
  static constexpr uint32_t kNoLeaf = UINT32_MAX;
  struct Step {
    BoundElement element;
    uint32_t leaf = kNoLeaf;         // the number of the path that ends here
    std::vector<uint32_t> children;  // in the order of the paths; none at a leaf
  };

  PathTree() : steps_(1) {}
  // Numbers the paths in the order of the calls. They do not overlap: CheckPaths.
  void Add(BoundPath path);

  const Step& root() const { return steps_[0]; }
  const Step& step(uint32_t index) const { return steps_[index]; }
  const Step* FindName(const Step& parent, std::string_view name) const;
  const Step* FindIndex(const Step& parent, uint32_t index) const;

 private:
  std::vector<Step> steps_;
  uint32_t paths_ = 0;
};

// "Two document paths overlap with each other; must remove or rewrite one of these paths; path one:
// [a], path two: [a, b]", or "conflict" where one uses as a list what the other uses as a map. AWS
// reports the newest clash first.
base::Status CheckPaths(const std::vector<BoundPath>& paths);

// What the paths reach in `item`, with the structure around it, as attributes of `out`.
base::Status ProjectPaths(const PathTree& paths, const item::ItemView& item,
                          item::ItemBuilder& out);

}  // namespace dray::expression
