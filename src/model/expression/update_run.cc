// SPDX-License-Identifier: Apache-2.0
// One application of an update to one item.
//
// 1. What each action does to its path is worked out from the old item: keep, set to a value, or
//    remove. Values are views into the old item and the request, or into `computed_`.
// 2. The old item is copied to the builder; only containers on the way to an action are opened.
//
// When an update has several problems, the order in which they are reported is that of DynamoDB
// Local 3.3.1: targets inside of something that is no such container; types of operands, with ADD's
// numbers; then clause by clause from the last one targets that cannot exist and attributes that
// SET reads and are not there; numbers that SET computes.
#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "model/expression/bound_update.h"
#include "model/expression/tree.h"
#include "model/expression/value_order.h"

namespace dray::expression {

namespace {

using base::Result;
using base::Status;
using item::Type;
using item::ValueView;

base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message)};
}
base::Error WrongType() {
  return Invalid("An operand in the update expression has an incorrect data type");
}
base::Error InvalidPath() {
  return Invalid("The document path provided in the update expression is invalid for update");
}
base::Error MissingAttribute() {
  return Invalid("The provided expression refers to an attribute that does not exist in the item");
}
base::Error TooDeep() {
  return Invalid(
      "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
      "beyond supported limit");
}

std::vector<std::string_view> SortedMembers(const ValueView& set) {
  std::vector<std::string_view> members;
  for (auto it = set.list().begin(); it.valid(); it.Next()) members.push_back(it.value().encoded());
  std::sort(members.begin(), members.end());
  return members;
}

bool IsMember(const std::vector<std::string_view>& sorted, const ValueView& value) {
  return std::binary_search(sorted.begin(), sorted.end(), value.encoded());
}

struct Edit {
  enum class Kind { kKeep, kSet, kRemove } kind = Kind::kKeep;
  ValueView value;  // kSet
};

// What an operand of SET is. An operand that is not there, or a number out of range, is no error
// until all types are known.
struct Evaluated {
  std::optional<ValueView> value;
  std::optional<base::Error> failure;
  bool is_late = false;  // the failure is a number out of range
};

}  // namespace

class UpdateRun {
 public:
  UpdateRun(const BoundUpdate& update, const item::ItemView& old_item, item::ItemBuilder& out)
      : update_(update),
        tree_(*update.tree_),
        operands_(update.operands_),
        old_(old_item),
        out_(out),
        edits_(tree_.actions.size()) {}

  Status Run() {
    RETURN_IF_ERROR(WorkOut());
    out_.StartItem();
    RETURN_IF_ERROR(WriteEntries(old_.attributes(), update_.targets_.root()));
    if (out_.size_bytes() > item::kItemBytesMax) {
      return Invalid("Item size to update has exceeded the maximum allowed size");
    }
    return base::Ok();
  }

 private:
  BoundPath TargetOf(const Action& action) const {
    return operands_.path(tree_.nodes[action.path]);
  }

  // Whether what holds the target is there, and a map or list as the path needs it.
  enum class Parent { kMissing, kWrong, kRight };
  Parent ParentOf(const Action& action) const {
    BoundPath path = TargetOf(action);
    if (path.size() == 1) return Parent::kRight;
    std::optional<ValueView> parent = FindPath(old_, path.first(path.size() - 1));
    if (!parent) return Parent::kMissing;
    Type needed = path.back().is_index ? Type::kList : Type::kMap;
    return parent->type() == needed ? Parent::kRight : Parent::kWrong;
  }

  Status WorkOut() {
    std::vector<Parent> parents;
    for (const Action& action : tree_.actions) {
      parents.push_back(ParentOf(action));
      if (parents.back() == Parent::kWrong) return InvalidPath();
    }
    std::vector<Evaluated> evaluated(tree_.actions.size());
    for (size_t i = 0; i < tree_.actions.size(); ++i) {
      const Action& action = tree_.actions[i];
      if (action.section == Section::kRemove) {
        edits_[i].kind = Edit::Kind::kRemove;
      } else if (action.section == Section::kSet) {
        ASSIGN_OR_RETURN(evaluated[i], Evaluate(action.operand));
        if (evaluated[i].value) edits_[i] = {Edit::Kind::kSet, *evaluated[i].value};
      } else if (parents[i] == Parent::kRight) {
        ASSIGN_OR_RETURN(edits_[i],
                         action.section == Section::kAdd ? Added(action) : Deleted(action));
      }
    }
    RETURN_IF_ERROR(CheckClauses(parents, evaluated));
    for (Evaluated& each : evaluated) {
      if (each.failure) return std::move(*each.failure);
    }
    return CheckLevels();
  }

  Status CheckClauses(const std::vector<Parent>& parents, std::vector<Evaluated>& evaluated) {
    uint32_t clauses = tree_.actions.back().clause + 1;
    for (uint32_t clause = clauses; clause-- > 0;) {
      for (size_t i = 0; i < tree_.actions.size(); ++i) {
        if (tree_.actions[i].clause == clause && parents[i] != Parent::kRight) return InvalidPath();
      }
      for (size_t i = 0; i < tree_.actions.size(); ++i) {
        if (tree_.actions[i].clause != clause) continue;
        if (evaluated[i].failure && !evaluated[i].is_late) return std::move(*evaluated[i].failure);
      }
    }
    return base::Ok();
  }

  // A value that SET puts at a path of n elements stands on level n.
  Status CheckLevels() const {
    for (size_t i = 0; i < edits_.size(); ++i) {
      const Edit& edit = edits_[i];
      bool is_container = edit.kind == Edit::Kind::kSet &&
                          (edit.value.type() == Type::kList || edit.value.type() == Type::kMap);
      if (!is_container) continue;
      size_t above = TargetOf(tree_.actions[i]).size() - 1;
      if (above + static_cast<size_t>(NestingLevels(edit.value)) >
          static_cast<size_t>(item::kNestingLevelsMax)) {
        return TooDeep();
      }
    }
    return base::Ok();
  }

  Result<Evaluated> Evaluate(NodeIndex index) {
    const Node& node = tree_.nodes[index];
    switch (node.kind) {
      case NodeKind::kValue:
        return Evaluated{operands_.value(node), std::nullopt};
      case NodeKind::kPath:
        return EvaluatePath(node);
      case NodeKind::kArithmetic:
        return EvaluateArithmetic(node);
      default:
        break;
    }
    if (FunctionOf(node) == Function::kListAppend) return EvaluateListAppend(node);
    ASSIGN_OR_RETURN(Evaluated existing, EvaluatePath(tree_.Child(node, 0)));  // if_not_exists
    if (existing.value) return existing;
    return Evaluate(tree_.ChildrenOf(node)[1]);
  }

  Result<Evaluated> EvaluatePath(const Node& node) {
    std::optional<ValueView> value = FindPath(old_, operands_.path(node));
    if (!value) return Evaluated{std::nullopt, MissingAttribute()};
    return Evaluated{*value, std::nullopt};
  }

  // Both operands, whose types must be `type`.
  Result<Evaluated> EvaluateBoth(const Node& node, Type type, ValueView& left, ValueView& right) {
    for (size_t i = 0; i < 2; ++i) {
      ASSIGN_OR_RETURN(Evaluated operand, Evaluate(tree_.ChildrenOf(node)[i]));
      if (!operand.value) return operand;
      if (operand.value->type() != type) return WrongType();
      (i == 0 ? left : right) = *operand.value;
    }
    return Evaluated{left, std::nullopt};
  }

  Result<Evaluated> EvaluateArithmetic(const Node& node) {
    ValueView left, right;
    ASSIGN_OR_RETURN(Evaluated both, EvaluateBoth(node, Type::kNumber, left, right));
    if (!both.value) return both;
    bool is_plus = static_cast<Arithmetic>(node.op) == Arithmetic::kPlus;
    Result<item::Number> number = is_plus ? item::Number::Add(left.number(), right.number())
                                          : item::Number::Subtract(left.number(), right.number());
    if (!number) return Evaluated{std::nullopt, std::move(number).error(), true};
    return Evaluated{Computed(*number), std::nullopt};
  }

  Result<Evaluated> EvaluateListAppend(const Node& node) {
    ValueView left, right;
    ASSIGN_OR_RETURN(Evaluated both, EvaluateBoth(node, Type::kList, left, right));
    if (!both.value) return both;
    StartComputed();
    RETURN_IF_ERROR(scratch_.StartList());
    for (const ValueView& list : {left, right}) {
      for (auto it = list.list().begin(); it.valid(); it.Next()) scratch_.Copy(it.value());
    }
    scratch_.EndList();
    ASSIGN_OR_RETURN(ValueView appended, FinishComputed());
    return Evaluated{appended, std::nullopt};
  }

  Result<Edit> Added(const Action& action) {
    const ValueView& operand = operands_.value(tree_.nodes[action.operand]);
    std::optional<ValueView> existing = FindPath(old_, TargetOf(action));
    if (!existing) return Edit{Edit::Kind::kSet, operand};
    if (existing->type() != operand.type()) return WrongType();
    if (operand.type() == Type::kNumber) {
      ASSIGN_OR_RETURN(item::Number sum, item::Number::Add(existing->number(), operand.number()));
      return Edit{Edit::Kind::kSet, Computed(sum)};
    }
    std::vector<std::string_view> members = SortedMembers(*existing);
    StartComputed();
    scratch_.StartSet(operand.type());
    for (auto it = existing->list().begin(); it.valid(); it.Next()) scratch_.Copy(it.value());
    for (auto it = operand.list().begin(); it.valid(); it.Next()) {
      if (!IsMember(members, it.value())) scratch_.Copy(it.value());
    }
    RETURN_IF_ERROR(scratch_.EndSet());
    ASSIGN_OR_RETURN(ValueView united, FinishComputed());
    return Edit{Edit::Kind::kSet, united};
  }

  Result<Edit> Deleted(const Action& action) {
    const ValueView& operand = operands_.value(tree_.nodes[action.operand]);
    std::optional<ValueView> existing = FindPath(old_, TargetOf(action));
    if (!existing) return Edit{};
    if (existing->type() != operand.type()) return WrongType();
    std::vector<std::string_view> members = SortedMembers(operand);
    StartComputed();
    scratch_.StartSet(operand.type());
    bool is_empty = true;
    for (auto it = existing->list().begin(); it.valid(); it.Next()) {
      if (IsMember(members, it.value())) continue;
      scratch_.Copy(it.value());
      is_empty = false;
    }
    if (is_empty) return Edit{Edit::Kind::kRemove, {}};
    RETURN_IF_ERROR(scratch_.EndSet());
    ASSIGN_OR_RETURN(ValueView rest, FinishComputed());
    return Edit{Edit::Kind::kSet, rest};
  }

  // Values that stand nowhere yet are built as the only attribute of an item that computed_ keeps.
  void StartComputed() {
    scratch_.StartItem();
    CHECK(scratch_.Name("v"));
  }
  Result<ValueView> FinishComputed() {
    std::string_view encoded = scratch_.Finish();
    // Too long even for a length field, so beyond an item's size too.
    if (encoded.empty()) {
      return Invalid("Item size to update has exceeded the maximum allowed size");
    }
    computed_.emplace_back(encoded);
    return item::ItemView(computed_.back()).attributes().begin().value();
  }
  ValueView Computed(const item::Number& number) {
    StartComputed();
    scratch_.NumberValue(number);
    computed_.emplace_back(scratch_.Finish());
    return item::ItemView(computed_.back()).attributes().begin().value();
  }

  Status WriteValue(const ValueView& old, const PathTree::Step& step) {
    if (old.type() == Type::kMap) {
      RETURN_IF_ERROR(out_.StartMap());
      RETURN_IF_ERROR(WriteEntries(old.map(), step));
      out_.EndMap();
      return base::Ok();
    }
    RETURN_IF_ERROR(out_.StartList());
    RETURN_IF_ERROR(WriteElements(old.list(), step));
    out_.EndList();
    return base::Ok();
  }

  // The old value at `step` after the edits at or below it. False when it is gone.
  const Edit* EditAt(const PathTree::Step& step) const {
    return step.leaf == PathTree::kNoLeaf ? nullptr : &edits_[step.leaf];
  }

  Status WriteEntries(const item::MapView& old, const PathTree::Step& step) {
    std::vector<const PathTree::Step*> met;
    for (auto it = old.begin(); it.valid(); it.Next()) {
      const PathTree::Step* child = update_.targets_.FindName(step, it.name());
      if (child != nullptr) met.push_back(child);
      const Edit* edit = child == nullptr ? nullptr : EditAt(*child);
      if (edit != nullptr && edit->kind == Edit::Kind::kRemove) continue;
      RETURN_IF_ERROR(out_.Name(it.name()));
      if (edit != nullptr && edit->kind == Edit::Kind::kSet) {
        out_.Copy(edit->value);
      } else if (child != nullptr && edit == nullptr) {
        RETURN_IF_ERROR(WriteValue(it.value(), *child));
      } else {
        out_.Copy(it.value());
      }
    }
    for (uint32_t index : step.children) {
      const PathTree::Step& child = update_.targets_.step(index);
      const Edit* edit = EditAt(child);
      if (edit == nullptr || edit->kind != Edit::Kind::kSet) continue;
      if (std::find(met.begin(), met.end(), &child) != met.end()) continue;
      RETURN_IF_ERROR(out_.Name(child.element.name));
      out_.Copy(edit->value);
    }
    return base::Ok();
  }

  // Indexes are those of the old list; what is set beyond its end is appended by index.
  Status WriteElements(const item::ListView& old, const PathTree::Step& step) {
    uint32_t index = 0;
    for (auto it = old.begin(); it.valid(); it.Next(), ++index) {
      const PathTree::Step* child = update_.targets_.FindIndex(step, index);
      const Edit* edit = child == nullptr ? nullptr : EditAt(*child);
      if (edit != nullptr && edit->kind == Edit::Kind::kRemove) continue;
      if (edit != nullptr && edit->kind == Edit::Kind::kSet) {
        out_.Copy(edit->value);
      } else if (child != nullptr && edit == nullptr) {
        RETURN_IF_ERROR(WriteValue(it.value(), *child));
      } else {
        out_.Copy(it.value());
      }
    }
    std::vector<const PathTree::Step*> appended;
    for (uint32_t child : step.children) {
      const PathTree::Step& each = update_.targets_.step(child);
      const Edit* edit = EditAt(each);
      if (edit != nullptr && edit->kind == Edit::Kind::kSet && each.element.index >= index) {
        appended.push_back(&each);
      }
    }
    std::sort(appended.begin(), appended.end(),
              [](const auto* a, const auto* b) { return a->element.index < b->element.index; });
    for (const PathTree::Step* each : appended) out_.Copy(EditAt(*each)->value);
    return base::Ok();
  }

  const BoundUpdate& update_;
  const Tree& tree_;
  const BoundOperands& operands_;
  const item::ItemView& old_;
  item::ItemBuilder& out_;
  std::vector<Edit> edits_;  // by action
  item::ItemBuilder scratch_;
  std::deque<std::string> computed_;  // stays where it is while it grows
};

base::Result<BoundUpdate::Outcome> BoundUpdate::Apply(const std::optional<item::ItemView>& old_item,
                                                      const item::ItemView& key,
                                                      item::ItemBuilder& out) const {
  if (!old_item && only_removes_) {
    out.StartItem();
    return Outcome::kNothingToWrite;
  }
  RETURN_IF_ERROR(UpdateRun(*this, old_item ? *old_item : key, out).Run());
  return Outcome::kWritten;
}

}  // namespace dray::expression
