// SPDX-License-Identifier: Apache-2.0
// Masking of values; docs/formats/transforms.md has the bytes. The same value under the same key
// gives the same mask in every attribute of every table. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "model/item/item_encoding.h"

namespace dray::transform {

struct Mask {
  std::string attribute;
  std::string key;                  // of the keyed hash
  std::optional<std::string> text;  // instead of a hash: this for every value
};

// Adds the masked value to `builder`, behind its name.
base::Status AppendMasked(const Mask& mask, const item::ValueView& value,
                          item::ItemBuilder& builder);

}  // namespace dray::transform
