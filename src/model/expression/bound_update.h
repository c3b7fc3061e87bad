// SPDX-License-Identifier: Apache-2.0
// Update expressions with their names and values, applied to encoded items.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "model/expression/attribute_use.h"
#include "model/expression/bound_path.h"
#include "model/expression/expression.h"
#include "model/expression/path_tree.h"

namespace dray::expression {

// Immutable after Bind; may be applied by several threads. Movable. Points into the parameters.
class BoundUpdate {
 public:
  static base::Result<BoundUpdate> Bind(std::shared_ptr<const Tree> tree, Parameters& parameters);

  enum class Outcome {
    kWritten,  // `out` holds the new item
    // There was no item and the expression only removes: AWS writes none then. `out` is empty.
    kNothingToWrite,
  };
  // The item after the update, into `out` (Apply calls StartItem; Finish and size_bytes are the
  // caller's). `old_item` is nullopt when there is none: the update starts from `key` then, which
  // is otherwise not looked at. All operands see the old item; attributes that the expression does
  // not name are copied as bytes. Errors are AWS's, among them the item's size, nesting levels and
  // numbers out of range. Key attributes are not checked: CheckKeysNotWritten.
  base::Result<Outcome> Apply(const std::optional<item::ItemView>& old_item,
                              const item::ItemView& key, item::ItemBuilder& out) const;

  // ReturnValues UPDATED_OLD (given the old item) and UPDATED_NEW (the new one): what is at the
  // updated paths, with the structure around it, into `out` as BoundProjection::Project does. As on
  // AWS an index beyond a list's end finds nothing although SET appended there, and after a REMOVE
  // it finds the element that moved up.
  base::Status ProjectUpdated(const item::ItemView& item, item::ItemBuilder& out) const;

  // Written attributes first, then the attributes that SET's operands read.
  AttributeUses attribute_uses() const;

 private:
  friend class UpdateRun;  // update_run.cc
  BoundUpdate() = default;

  std::shared_ptr<const Tree> tree_;
  BoundOperands operands_;
  PathTree targets_;  // leaves are indexes of actions
  bool only_removes_ = false;
};

}  // namespace dray::expression
