// SPDX-License-Identifier: Apache-2.0
#include "model/expression/path_tree.h"

#include <algorithm>

namespace dray::expression {

namespace {

using base::Status;

enum class Clash { kNone, kOverlap, kConflict };

Clash Compare(BoundPath a, BoundPath b) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i].is_index != b[i].is_index) return Clash::kConflict;
    if (!(a[i] == b[i])) return Clash::kNone;
  }
  return Clash::kOverlap;
}

// Whether anything stands where the paths below `step` lead.
bool Reaches(const PathTree& paths, const PathTree::Step& step, const item::ValueView& value) {
  if (step.leaf != PathTree::kNoLeaf) return true;
  return std::any_of(step.children.begin(), step.children.end(), [&](uint32_t child) {
    std::optional<item::ValueView> found = FindElement(value, paths.step(child).element);
    return found && Reaches(paths, paths.step(child), *found);
  });
}

// The caller made sure that it reaches something.
Status ProjectValue(const PathTree& paths, const PathTree::Step& step, const item::ValueView& value,
                    item::ItemBuilder& out) {
  if (step.leaf != PathTree::kNoLeaf) {
    out.Copy(value);
    return base::Ok();
  }
  if (value.type() == item::Type::kMap) {
    RETURN_IF_ERROR(out.StartMap());
    for (auto it = value.map().begin(); it.valid(); it.Next()) {
      const PathTree::Step* child = paths.FindName(step, it.name());
      if (child == nullptr || !Reaches(paths, *child, it.value())) continue;
      RETURN_IF_ERROR(out.Name(it.name()));
      RETURN_IF_ERROR(ProjectValue(paths, *child, it.value(), out));
    }
    out.EndMap();
    return base::Ok();
  }
  RETURN_IF_ERROR(out.StartList());
  uint32_t index = 0;
  for (auto it = value.list().begin(); it.valid(); it.Next(), ++index) {
    const PathTree::Step* child = paths.FindIndex(step, index);
    if (child == nullptr || !Reaches(paths, *child, it.value())) continue;
    RETURN_IF_ERROR(ProjectValue(paths, *child, it.value(), out));
  }
  out.EndList();
  return base::Ok();
}

}  // namespace

void PathTree::Add(BoundPath path) {
  uint32_t at = 0;
  for (const BoundElement& element : path) {
    auto child = std::find_if(steps_[at].children.begin(), steps_[at].children.end(),
                              [&](uint32_t each) { return steps_[each].element == element; });
    if (child != steps_[at].children.end()) {
      at = *child;
      continue;
    }
    auto added = static_cast<uint32_t>(steps_.size());
    steps_[at].children.push_back(added);
    steps_.push_back({element, kNoLeaf, {}});
    at = added;
  }
  steps_[at].leaf = paths_++;
}

const PathTree::Step* PathTree::FindName(const Step& parent, std::string_view name) const {
  for (uint32_t child : parent.children) {
    const BoundElement& element = steps_[child].element;
    if (!element.is_index && element.name == name) return &steps_[child];
  }
  return nullptr;
}

const PathTree::Step* PathTree::FindIndex(const Step& parent, uint32_t index) const {
  for (uint32_t child : parent.children) {
    const BoundElement& element = steps_[child].element;
    if (element.is_index && element.index == index) return &steps_[child];
  }
  return nullptr;
}

Status CheckPaths(const std::vector<BoundPath>& paths) {
  for (size_t newer = paths.size(); newer-- > 1;) {
    for (size_t older = newer; older-- > 0;) {
      Clash clash = Compare(paths[older], paths[newer]);
      if (clash == Clash::kNone) continue;
      return base::Error{base::ErrorKind::kInvalidArgument,
                         std::string("Two document paths ") +
                             (clash == Clash::kOverlap ? "overlap" : "conflict") +
                             " with each other; must remove or rewrite one of these paths; path "
                             "one: " +
                             PathText(paths[older]) + ", path two: " + PathText(paths[newer])};
    }
  }
  return base::Ok();
}

Status ProjectPaths(const PathTree& paths, const item::ItemView& item, item::ItemBuilder& out) {
  for (auto it = item.attributes().begin(); it.valid(); it.Next()) {
    const PathTree::Step* step = paths.FindName(paths.root(), it.name());
    if (step == nullptr || !Reaches(paths, *step, it.value())) continue;
    RETURN_IF_ERROR(out.Name(it.name()));
    RETURN_IF_ERROR(ProjectValue(paths, *step, it.value(), out));
  }
  return base::Ok();
}

}  // namespace dray::expression
