// SPDX-License-Identifier: Apache-2.0
// What an import does to each item on its way: attributes kept, dropped, renamed and masked, items
// filtered out, in the order of the list. Attributes are those of the top level, by their whole
// names: no paths. docs/formats/transforms.md. Pure; the mask keys are secrets and are in no text
// but the request's.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/item/item_encoding.h"
#include "model/item/key_schema.h"

namespace dray::transform {

inline constexpr size_t kStepsMax = 100;
inline constexpr size_t kMaskKeyBytesMin = 16;
inline constexpr size_t kMaskKeyBytesMax = 1024;

struct Step;  // step.h

// A checked list. Immutable: may be applied by several threads, each with its own Transformer.
class Transforms {
 public:
  // The text of a request's member Transforms. kInvalidArgument names the element: "Transforms[1]:
  // ...". What is not known is refused: a misspelt mask would let the value through.
  static base::Result<std::shared_ptr<const Transforms>> Parse(std::string_view json);
  // The same of public_json() and secrets().
  static base::Result<std::shared_ptr<const Transforms>> Restore(std::string_view public_json,
                                                                 std::vector<std::string> secrets);
  ~Transforms();

  const std::string& public_json() const { return public_json_; }       // without the keys of masks
  const std::vector<std::string>& secrets() const { return secrets_; }  // those, in their order
  bool operator==(const Transforms& other) const;

  // kInvalidArgument when every item would come without a key attribute, or all with the same one.
  base::Status CheckKeys(const item::KeySchema& schema) const;

 private:
  friend class Transformer;
  Transforms() = default;
  static base::Result<std::shared_ptr<const Transforms>> Make(
      std::string_view json, const std::vector<std::string>* secrets);

  std::string public_json_;
  std::vector<std::string> secrets_;
  std::vector<std::unique_ptr<Step>> steps_;
};

// Applies a list to one item after another. Used by one thread; the list outlives it.
class Transformer {
 public:
  explicit Transformer(const Transforms& transforms) : transforms_(transforms) {}

  struct Result {
    std::string_view encoded;  // valid until the next call, and as long as the item given
    size_t size_bytes = 0;
  };
  // nullopt: filtered out. kInvalidArgument: the item cannot be transformed without loss.
  base::Result<std::optional<Result>> Apply(std::string_view encoded, size_t size_bytes);

 private:
  const Transforms& transforms_;
  std::array<item::ItemBuilder, 2> builders_;  // one holds the item, the other the next one
};

}  // namespace dray::transform
