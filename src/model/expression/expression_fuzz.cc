// SPDX-License-Identifier: Apache-2.0
// Any bytes as an expression of each kind, bound to a fixed set of names and values and evaluated
// over a fixed item. The first byte chooses the item.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "model/expression/bound_condition.h"
#include "model/expression/bound_key_condition.h"
#include "model/expression/bound_projection.h"
#include "model/expression/bound_update.h"
#include "model/expression/test_notation.h"
#include "model/expression/tree.h"

namespace dray::expression {
namespace {

const char* const kItems[] = {
    "{pk: 'k', sk: 1}",
    "{pk: 'k', a: 1, b: 'text', c: [1, [2, 3], {x: 'y'}], d: {a: {b: [1]}, c: <'x', 'y'>}, e: <1>}",
    "{pk: 'k', a: [], b: {}, c: null, d: true, e: b'bytes'}",
};
constexpr const char* kValues =
    "{:v: 1, :s: 'text', :l: [1, 'x'], :m: {a: 1}, :ss: <'x', 'z'>, :ns: <1, 2>, :b: b'by', :t: "
    "'S', "
    ":z: null}";

// `parameters` are filled again for each expression: they count what is used.
struct Given {
  Given() : values(test::Encode(kValues)) {
    CHECK(parameters.SetNames({{"#a", "a"}, {"#d", "d"}, {"#n", "name"}}));
    CHECK(parameters.SetValues(item::ItemView(values).attributes()));
  }
  std::string values;
  Parameters parameters;
};

void CheckReadable(item::ItemBuilder& builder) {
  std::string encoded(builder.Finish());
  CHECK(item::ItemView::Check(encoded));
  CHECK(item::ItemView(encoded).SizeBytes() == builder.size_bytes());
}

void Evaluate(const std::shared_ptr<const Tree>& tree, const item::ItemView& item) {
  Given given;
  item::ItemBuilder out;
  switch (tree->kind) {
    case Kind::kCondition:
    case Kind::kFilter: {
      auto bound = BoundCondition::Bind(tree, given.parameters);
      if (bound) bound->Matches(item);
      break;
    }
    case Kind::kKeyCondition: {
      auto bound = BoundKeyCondition::Bind(tree, given.parameters);
      if (!bound) break;
      auto terms = bound->Terms();
      if (!terms) break;
      item::KeySchema schema;
      schema.hash = {{"pk", item::Type::kString}};
      schema.range = {{"sk", item::Type::kNumber}, {"a", item::Type::kString}};
      auto selection = SelectKeys(*terms, schema);
      CHECK(!selection || selection->hash.size() == 1);
      break;
    }
    case Kind::kProjection: {
      auto bound = BoundProjection::Bind(tree, given.parameters);
      if (!bound) break;
      CHECK(bound->Project(item, out));
      CheckReadable(out);
      break;
    }
    case Kind::kUpdate: {
      auto bound = BoundUpdate::Bind(tree, given.parameters);
      if (!bound) break;
      if (!bound->Apply(item, item, out)) break;
      CheckReadable(out);
      std::string after(out.Finish());
      out.StartItem();
      CHECK(bound->ProjectUpdated(item::ItemView(after), out));
      CheckReadable(out);
      break;
    }
  }
}

}  // namespace
}  // namespace dray::expression

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dray::expression;
  if (size == 0) return 0;
  std::string item = test::Encode(kItems[data[0] % std::size(kItems)]);
  std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  for (Kind kind : {Kind::kCondition, Kind::kKeyCondition, Kind::kProjection, Kind::kUpdate}) {
    auto tree = Parse(kind, text);
    if (!tree) {
      CHECK(tree.error().message.starts_with("Invalid "));
      continue;
    }
    // What was printed is the same expression.
    std::string printed = ToText(**tree);
    auto again = Parse(kind, printed);
    CHECK(again || printed.size() > kExpressionBytesMax);
    if (again) CHECK(ToText(**again) == printed);
    Evaluate(*tree, dray::item::ItemView(item));
  }
  return 0;
}
