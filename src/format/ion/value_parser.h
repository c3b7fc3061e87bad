// SPDX-License-Identifier: Apache-2.0
// Ion values straight from text into an item builder: no tree between. Internal to this module.
#pragma once

#include <string>
#include <string_view>

#include "format/ion/ion_cursor.h"
#include "model/item/item_encoding.h"

namespace dray::ion {

// Functions return false where the cursor's `fault` says why: kInvalid for Ion that is no item.
class ValueParser {
 public:
  ValueParser(IonCursor& cursor, item::ItemBuilder& builder) : cursor_(cursor), builder_(builder) {}

  // The fields of a struct and its closing brace, `p` behind the opening one.
  bool Fields();

 private:
  bool Value();
  bool Number();
  bool RadixNumber(std::string_view text);
  bool Blob();
  bool Struct();
  bool List();
  bool Symbol(bool is_member);
  bool Annotated(std::string_view annotation);
  bool SetMember(item::Type type);
  bool Check(const base::Status& status) {
    return status ? true : cursor_.Invalid(status.error().message);
  }
  bool WrongMember();
  bool NoType(std::string_view ion_type);

  IonCursor& cursor_;
  item::ItemBuilder& builder_;
  std::string scratch_;  // a number in the notation of Number::Parse
};

}  // namespace dray::ion
