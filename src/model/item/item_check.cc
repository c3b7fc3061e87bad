// SPDX-License-Identifier: Apache-2.0
// Whether bytes are a well-formed item: every rule of docs/formats/item.md. Recursion is bounded by
// kNestingLevelsMax.
#include <vector>

#include "base/text_encoding.h"
#include "model/item/encoded_length.h"
#include "model/item/item_encoding.h"

namespace dray::item {

class ItemChecker {
 public:
  explicit ItemChecker(std::string_view encoded) : encoded_(encoded) {}

  base::Status CheckItem() {
    if (encoded_.empty()) return Corrupt("no bytes", encoded_.data());
    if (encoded_[0] != kItemVersion) return Corrupt("unknown version", encoded_.data());
    return CheckEntries(encoded_.substr(1), 1);
  }

 private:
  base::Error Corrupt(std::string_view what, const char* at) const {
    return {base::ErrorKind::kCorruption, "malformed item: " + std::string(what) + " at byte " +
                                              std::to_string(at - encoded_.data())};
  }

  // Entries whose values are on `level`.
  base::Status CheckEntries(std::string_view entries, int level) {
    const char* p = entries.data();
    const char* end = p + entries.size();
    const size_t names_at = names_.size();
    while (p != end) {
      const char* start = p;
      size_t length = 0;
      p = TakeLength(p, end, length);
      if (p == nullptr || length > static_cast<size_t>(end - p)) {
        return Corrupt("a name that is cut off", start);
      }
      if (length == 0 || length > kAttributeNameBytesMax) {
        return Corrupt("a name of illegal length", start);
      }
      std::string_view name(p, length);
      if (!base::IsValidUtf8(name)) return Corrupt("a name that is not UTF-8", start);
      names_.push_back(name);
      p += length;
      ValueView value;
      start = p;
      p = ValueView::Parse(p, end, value);
      if (p == nullptr) return Corrupt("a malformed value", start);
      RETURN_IF_ERROR(CheckValue(value, level));
    }
    if (HasDuplicates(names_.data() + names_at, names_.size() - names_at)) {
      return Corrupt("a name given twice in the map", entries.data());
    }
    names_.resize(names_at);
    return base::Ok();
  }

  base::Status CheckValue(const ValueView& value, int level) {
    const char* start = value.encoded().data();
    switch (value.type()) {
      case Type::kString:
        if (!base::IsValidUtf8(value.string())) return Corrupt("a string that is not UTF-8", start);
        return base::Ok();
      case Type::kNumber: {
        std::string_view rest = value.payload_;
        if (!Number::TakeCompact(rest)) return Corrupt("a malformed number", start);
        return base::Ok();
      }
      case Type::kBool:
        if (value.payload_[0] != 0 && value.payload_[0] != 1) {
          return Corrupt("a malformed boolean", start);
        }
        return base::Ok();
      case Type::kBinary:
      case Type::kNull:
        return base::Ok();
      case Type::kMap:
        if (level >= kNestingLevelsMax) return Corrupt("too many nesting levels", start);
        return CheckEntries(value.payload_, level + 1);
      case Type::kList:
        if (level >= kNestingLevelsMax) return Corrupt("too many nesting levels", start);
        return CheckElements(value.payload_, std::nullopt, level + 1);
      case Type::kStringSet:
      case Type::kNumberSet:
      case Type::kBinarySet:
        if (value.payload_.empty()) return Corrupt("an empty set", start);
        return CheckElements(value.payload_, MemberTypeOf(value.type()), level);
    }
    return Corrupt("an unknown type", start);
  }

  // `member_type`: of the set that the elements are in.
  base::Status CheckElements(std::string_view elements, std::optional<Type> member_type,
                             int level) {
    const char* p = elements.data();
    const char* end = p + elements.size();
    const size_t names_at = names_.size();
    while (p != end) {
      const char* start = p;
      ValueView value;
      p = ValueView::Parse(p, end, value);
      if (p == nullptr) return Corrupt("a malformed value", start);
      if (member_type) {
        if (value.type() != *member_type) return Corrupt("a set member of another type", start);
        names_.push_back(value.encoded());
      }
      RETURN_IF_ERROR(CheckValue(value, level));
    }
    if (HasDuplicates(names_.data() + names_at, names_.size() - names_at)) {
      return Corrupt("a set with a repeated member", elements.data());
    }
    names_.resize(names_at);
    return base::Ok();
  }

  std::string_view encoded_;
  std::vector<std::string_view> names_;  // of all maps and sets that are being checked
};

base::Status ItemView::Check(std::string_view encoded) { return ItemChecker(encoded).CheckItem(); }

}  // namespace dray::item
