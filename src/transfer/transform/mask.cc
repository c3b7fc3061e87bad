// SPDX-License-Identifier: Apache-2.0
#include "transfer/transform/mask.h"

#include <algorithm>

#include "base/text_encoding.h"
#include "hash/hash.h"

namespace dray::transform {
namespace {

using item::Type;
using item::ValueView;

std::string KeyedHash(const Mask& mask, char type, std::string_view bytes) {
  std::string message(1, type);
  message.append(bytes);
  return hash::HmacSha256(mask.key, message);
}

// 38 digits is what a number holds.
std::string NumberText(std::string_view digest) {
  item::Uint128 value = 0;
  for (size_t i = 0; i < 16; ++i) value = value << 8 | static_cast<unsigned char>(digest[i]);
  std::string digits;
  for (int i = 0; i < 38; ++i, value /= 10) digits += static_cast<char>('0' + value % 10);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

base::Status AppendHash(const Mask& mask, const ValueView& value, item::ItemBuilder& builder) {
  switch (value.type()) {
    case Type::kString:
      builder.String(base::HexEncode(KeyedHash(mask, 'S', value.string())));
      return base::Ok();
    case Type::kNumber: {
      std::string text;
      value.AppendNumberText(text);
      return builder.NumberText(NumberText(KeyedHash(mask, 'N', text)));
    }
    case Type::kBinary:
      builder.Binary(KeyedHash(mask, 'B', value.binary()));
      return base::Ok();
    case Type::kBool:
    case Type::kNull:
      // Two values have two hashes: whoever sees both knows which is which.
      builder.Null();
      return base::Ok();
    case Type::kList: {
      RETURN_IF_ERROR(builder.StartList());
      for (auto it = value.list().begin(); it.valid(); it.Next()) {
        RETURN_IF_ERROR(AppendHash(mask, it.value(), builder));
      }
      builder.EndList();
      return base::Ok();
    }
    case Type::kMap: {
      RETURN_IF_ERROR(builder.StartMap());
      for (auto it = value.map().begin(); it.valid(); it.Next()) {
        RETURN_IF_ERROR(builder.Name(it.name()));
        RETURN_IF_ERROR(AppendHash(mask, it.value(), builder));
      }
      builder.EndMap();
      return base::Ok();
    }
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet: {
      builder.StartSet(value.type());
      for (auto it = value.list().begin(); it.valid(); it.Next()) {
        RETURN_IF_ERROR(AppendHash(mask, it.value(), builder));
      }
      return builder.EndSet();
    }
  }
  return base::Error{base::ErrorKind::kInternal, "A value has no known type", {}};
}

}  // namespace

base::Status AppendMasked(const Mask& mask, const ValueView& value, item::ItemBuilder& builder) {
  if (!mask.text) return AppendHash(mask, value, builder);
  builder.String(*mask.text);
  return base::Ok();
}

}  // namespace dray::transform
