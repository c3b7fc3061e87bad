// SPDX-License-Identifier: Apache-2.0
// Attribute values as JSON, {"S":"x"}, straight from text into a builder: no tree between. Internal
// to this module.
//
// The grammar, whitespace aside:
//   attributes = { name : value , ... }
//   value      = { type : payload }       type one of S N B BOOL NULL L M SS NS BS
// A type whose payload is null counts as absent; so does a member with another name. What then
// remains must be exactly one.
#pragma once

#include <optional>
#include <string_view>

#include "base/text_encoding.h"
#include "format/dynamodb_json/json_cursor.h"
#include "model/item/item_encoding.h"

namespace dray::dynamodb_json {

// Takes what ItemBuilder takes and checks nothing: to learn whether a text has the right shape.
struct ShapeOnly {
  base::Status Name(std::string_view) { return base::Ok(); }
  void String(std::string_view) {}
  base::Status NumberText(std::string_view) { return base::Ok(); }
  void Binary(std::string_view) {}
  void Bool(bool) {}
  void Null() {}
  // Deeper than any item, shallow enough for the stack.
  base::Status StartList() { return ++depth < 1000 ? base::Ok() : TooDeep(); }
  void EndList() { --depth; }
  base::Status StartMap() { return StartList(); }
  void EndMap() { --depth; }
  void StartSet(item::Type) {}
  base::Status EndSet() { return base::Ok(); }

  static base::Status TooDeep() {
    return base::Error{base::ErrorKind::kInvalidArgument, "too deep"};
  }
  int depth = 0;
};

template <class Builder>
class AttributeParser {
 public:
  AttributeParser(JsonCursor& cursor, Builder& builder) : cursor_(cursor), builder_(builder) {}

  // { name : value , ... }, `cursor` at the brace or at space before it.
  bool ParseAttributes() {
    if (!Expect('{')) return false;
    if (cursor_.TakeIf('}')) return true;
    do {
      std::string_view name;
      if (!cursor_.ReadString(name)) return false;
      if (!Check(builder_.Name(name))) return false;
      if (!cursor_.Take(':') || !ParseValue()) return false;
    } while (cursor_.TakeIf(','));
    return cursor_.Take('}');
  }

 private:
  bool ParseValue() {
    if (!Expect('{')) return false;
    bool has_value = false;
    if (!cursor_.TakeIf('}')) {
      do {
        std::string_view type_name;
        if (!cursor_.ReadString(type_name)) return false;
        item::Type type;
        bool is_known = item::TypeFromName(type_name, type);
        if (!cursor_.Take(':') || !cursor_.SkipSpace()) return cursor_.FailSyntax();
        if (!is_known) {
          if (!cursor_.SkipValue()) return false;
        } else if (*cursor_.p == 'n') {
          if (!cursor_.TakeLiteral("null")) return false;
        } else if (has_value) {
          return Invalid(
              "Supplied AttributeValue has more than one datatypes set, must contain exactly one "
              "of the supported datatypes");
        } else {
          if (!ParsePayload(type)) return false;
          has_value = true;
        }
      } while (cursor_.TakeIf(','));
      if (!cursor_.Take('}')) return false;
    }
    return has_value || Invalid(
                            "Supplied AttributeValue is empty, must contain exactly one of the "
                            "supported datatypes");
  }

  bool ParsePayload(item::Type type) {
    switch (type) {
      case item::Type::kString:
      case item::Type::kNumber:
      case item::Type::kBinary:
        return ParseScalar(type);
      case item::Type::kBool:
        return ParseBool();
      case item::Type::kNull:
        return ParseNull();
      case item::Type::kList:
        return ParseList();
      case item::Type::kMap:
        if (!Check(builder_.StartMap()) || !ParseAttributes()) return false;
        builder_.EndMap();
        return true;
      case item::Type::kStringSet:
        return ParseSet(type, item::Type::kString);
      case item::Type::kNumberSet:
        return ParseSet(type, item::Type::kNumber);
      case item::Type::kBinarySet:
        return ParseSet(type, item::Type::kBinary);
    }
    return cursor_.FailSyntax();
  }

  bool ParseScalar(item::Type type) {
    if (*cursor_.p != '"') return WrongType("String");
    ++cursor_.p;
    std::string_view text;
    if (!cursor_.ReadStringRest(text)) return false;
    if (type == item::Type::kString) {
      builder_.String(text);
      return true;
    }
    if (type == item::Type::kNumber) return Check(builder_.NumberText(text));
    auto bytes = base::Base64Decode(text);
    if (!bytes) return cursor_.Fail(Fault::kNotAttributeValue, "Invalid Base64 in a binary value");
    builder_.Binary(*bytes);
    return true;
  }

  bool ParseBool() {
    bool value = *cursor_.p == 't';
    if (!value && *cursor_.p != 'f') return WrongType("Boolean");
    if (!cursor_.TakeLiteral(value ? "true" : "false")) return false;
    builder_.Bool(value);
    return true;
  }

  bool ParseNull() {
    if (*cursor_.p != 't' && *cursor_.p != 'f') return WrongType("Boolean");
    if (*cursor_.p == 'f') {
      return cursor_.TakeLiteral("false") &&
             Invalid(
                 "One or more parameter values were invalid: Null attribute value types must have "
                 "the value of true");
    }
    if (!cursor_.TakeLiteral("true")) return false;
    builder_.Null();
    return true;
  }

  bool ParseList() {
    if (!Expect('[') || !Check(builder_.StartList())) return false;
    if (!cursor_.TakeIf(']')) {
      do {
        if (!ParseValue()) return false;
      } while (cursor_.TakeIf(','));
      if (!cursor_.Take(']')) return false;
    }
    builder_.EndList();
    return true;
  }

  bool ParseSet(item::Type set_type, item::Type member_type) {
    if (!Expect('[')) return false;
    builder_.StartSet(set_type);
    if (!cursor_.TakeIf(']')) {
      do {
        if (!cursor_.SkipSpace()) return cursor_.FailSyntax();
        if (!ParseScalar(member_type)) return false;
      } while (cursor_.TakeIf(','));
      if (!cursor_.Take(']')) return false;
    }
    return Check(builder_.EndSet());
  }

  bool Expect(char bracket) {
    if (cursor_.TakeIf(bracket)) return true;
    return WrongType(bracket == '{' ? "structure" : "list");
  }

  // Another JSON type than AWS's model has at this place. The texts are AWS's as far as public
  // tests have recorded them.
  bool WrongType(std::string_view expected) {
    if (cursor_.AtEnd()) return cursor_.FailSyntax();
    bool expects_container = expected == "structure" || expected == "list";
    std::string_view found;
    switch (*cursor_.p) {
      case '{':
        return cursor_.Fail(Fault::kNotAttributeValue,
                            "Start of structure or map found where not expected");
      case '[':
        return cursor_.Fail(Fault::kNotAttributeValue, "Start of list found where not expected");
      case '"':
        found = "STRING_VALUE";
        break;
      case 't':
        found = "TRUE_VALUE";
        break;
      case 'f':
        found = "FALSE_VALUE";
        break;
      case 'n':
        found = "NULL_VALUE";
        break;
      default:
        if (*cursor_.p != '-' && (*cursor_.p < '0' || *cursor_.p > '9'))
          return cursor_.FailSyntax();
        found = "NUMBER_VALUE";
    }
    if (expects_container) {
      return cursor_.Fail(Fault::kNotAttributeValue, "Unexpected value type in payload");
    }
    return cursor_.Fail(Fault::kNotAttributeValue,
                        std::string(found) + " cannot be converted to " + std::string(expected));
  }

  bool Invalid(std::string_view message) {
    return cursor_.Fail(Fault::kInvalid, std::string(message));
  }
  bool Check(const base::Status& status) { return status ? true : cursor_.Fail(status.error()); }

  JsonCursor& cursor_;
  Builder& builder_;
};

}  // namespace dray::dynamodb_json
