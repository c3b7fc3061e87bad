// SPDX-License-Identifier: Apache-2.0
// One request's expressions for this module's tests: everything from texts, results or error texts
// out.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "model/expression/bound_condition.h"
#include "model/expression/bound_projection.h"
#include "model/expression/bound_update.h"
#include "model/expression/test_notation.h"
#include "model/expression/tree.h"

namespace dray::expression::test {

// names: "#a=name #b=other"; values: notation, "{:v: 1}". Empty: not given.
class Request {
 public:
  explicit Request(std::string_view values = "", std::string_view names = "") {
    std::vector<Parameters::Name> list;
    while (!names.empty()) {
      size_t equal = names.find('=');
      size_t end = names.find(' ');
      list.push_back({std::string(names.substr(0, equal)),
                      std::string(names.substr(
                          equal + 1, end == std::string_view::npos ? end : end - equal - 1))});
      names.remove_prefix(end == std::string_view::npos ? names.size() : end + 1);
    }
    if (!list.empty()) CHECK(parameters.SetNames(std::move(list)));
    if (values.empty()) return;
    values_ = Encode(values);
    CHECK(parameters.SetValues(item::ItemView(values_).attributes()));
  }
  Parameters parameters;

 private:
  std::string values_;
};

// "true", "false" or the error.
inline std::string Holds(std::string_view expression, std::string_view item,
                         std::string_view values = "", std::string_view names = "",
                         Kind kind = Kind::kCondition) {
  Request request(values, names);
  auto tree = Parse(kind, expression);
  if (!tree) return tree.error().message;
  auto condition = BoundCondition::Bind(*tree, request.parameters);
  if (!condition) return condition.error().message;
  auto used = request.parameters.CheckAllUsed();
  if (!used) return used.error().message;
  std::string encoded = item.empty() ? std::string() : Encode(item);
  return condition->Matches(item::ItemView(encoded)) ? "true" : "false";
}

inline std::string Projected(std::string_view expression, std::string_view item,
                             std::string_view names = "") {
  Request request("", names);
  auto tree = Parse(Kind::kProjection, expression);
  if (!tree) return tree.error().message;
  auto projection = BoundProjection::Bind(*tree, request.parameters);
  if (!projection) return projection.error().message;
  auto used = request.parameters.CheckAllUsed();
  if (!used) return used.error().message;
  item::ItemBuilder out;
  std::string encoded = Encode(item);
  auto status = projection->Project(item::ItemView(encoded), out);
  if (!status) return status.error().message;
  return ItemText(item::ItemView(out.Finish()));
}

struct UpdateTexts {
  std::string after, updated_old, updated_new;
};
// `item` empty: there is none; the key is {pk: 'k'}. `after` is an error's text, or "nothing".
inline UpdateTexts Update(std::string_view expression, std::string_view item,
                          std::string_view values = "", std::string_view names = "") {
  Request request(values, names);
  auto tree = Parse(Kind::kUpdate, expression);
  if (!tree) return {tree.error().message, "", ""};
  auto update = BoundUpdate::Bind(*tree, request.parameters);
  if (!update) return {update.error().message, "", ""};
  auto used = request.parameters.CheckAllUsed();
  if (!used) return {used.error().message, "", ""};
  std::string key = Encode("{pk: 'k'}");
  std::string encoded = item.empty() ? std::string() : Encode(item);
  std::optional<item::ItemView> old_item;
  if (!item.empty()) old_item.emplace(encoded);
  item::ItemBuilder out;
  auto outcome = update->Apply(old_item, item::ItemView(key), out);
  if (!outcome) return {outcome.error().message, "", ""};
  if (*outcome == BoundUpdate::Outcome::kNothingToWrite) return {"nothing", "", ""};
  std::string after(out.Finish());
  CHECK(item::ItemView::Check(after));
  CHECK(item::ItemView(after).SizeBytes() == out.size_bytes());
  UpdateTexts texts;
  texts.after = ItemText(item::ItemView(after));
  auto projected = [&](const item::ItemView& from) {
    item::ItemBuilder builder;
    CHECK(update->ProjectUpdated(from, builder));
    return ItemText(item::ItemView(builder.Finish()));
  };
  if (old_item) texts.updated_old = projected(*old_item);
  texts.updated_new = projected(item::ItemView(after));
  return texts;
}
inline std::string Updated(std::string_view expression, std::string_view item,
                           std::string_view values = "", std::string_view names = "") {
  return Update(expression, item, values, names).after;
}

}  // namespace dray::expression::test
