// SPDX-License-Identifier: Apache-2.0
// An item as compact bytes: what is stored, sent through exports and imports, and decoded lazily.
// The bytes are specified in docs/formats/item.md. Encoding, not I/O; nothing here is thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/item/attribute_value.h"

namespace dray::item {

inline constexpr size_t kItemBytesMax = 400 * 1024;  // AWS: names and values together
inline constexpr int kNestingLevelsMax = 32;

class MapView;
class ListView;

// One value inside encoded bytes that outlive it. Cheap to copy. The accessors require the type.
class ValueView {
 public:
  Type type() const { return type_; }
  std::string_view string() const;                // kString
  std::string_view binary() const;                // kBinary
  Number number() const;                          // kNumber
  void AppendNumberText(std::string& out) const;  // kNumber: canonical text, without building more
  bool boolean() const;                           // kBool
  MapView map() const;                            // kMap
  ListView list() const;  // kList and the three set types (elements have the set's member type)
  AttributeValue ToTree() const;
  // The encoded value with its tag, to be copied into a builder.
  std::string_view encoded() const { return encoded_; }

 private:
  friend class MapView;
  friend class ListView;
  Type type_ = Type::kNull;
  std::string_view encoded_;
  std::string_view payload_;
};

// for (MapView::Iterator it = map.begin(); it.valid(); it.Next()) it.name(), it.value()
class MapView {
 public:
  MapView() = default;
  explicit MapView(std::string_view entries) : entries_(entries) {}
  class Iterator {
   public:
    explicit Iterator(std::string_view rest);
    bool valid() const { return valid_; }
    std::string_view name() const { return name_; }
    const ValueView& value() const { return value_; }
    void Next();

   private:
    std::string_view rest_, name_;
    ValueView value_;
    bool valid_ = false;
  };
  Iterator begin() const { return Iterator(entries_); }
  std::optional<ValueView> Find(std::string_view name) const;  // linear: items are small
  bool empty() const { return entries_.empty(); }
  size_t CountEntries() const;

 private:
  std::string_view entries_;
};

class ListView {
 public:
  ListView() = default;
  ListView(std::string_view elements, std::optional<Type> member_type)
      : elements_(elements), member_type_(member_type) {}
  class Iterator {
   public:
    Iterator(std::string_view rest, std::optional<Type> member_type);
    bool valid() const { return valid_; }
    const ValueView& value() const { return value_; }
    void Next();

   private:
    std::string_view rest_;
    std::optional<Type> member_type_;
    ValueView value_;
    bool valid_ = false;
  };
  Iterator begin() const { return Iterator(elements_, member_type_); }
  bool empty() const { return elements_.empty(); }
  size_t CountElements() const;

 private:
  std::string_view elements_;
  std::optional<Type> member_type_;
};

// A whole encoded item, trusted: bytes that a builder made or that Check() accepted. Borrowing.
class ItemView {
 public:
  explicit ItemView(std::string_view encoded) : encoded_(encoded) {}
  // Walks everything and says whether the bytes are a well-formed item: for bytes read from disk or
  // from elsewhere. kCorruption with the offset.
  static base::Status Check(std::string_view encoded);
  MapView attributes() const;
  std::optional<ValueView> Find(std::string_view name) const { return attributes().Find(name); }
  std::string_view encoded() const { return encoded_; }
  Item ToTree() const;
  // AWS's size of the item: names plus values (contract section 9). Walks the item.
  size_t SizeBytes() const;

 private:
  std::string_view encoded_;
};

// Writes one item after another, reusing its buffer. Calls follow the tree: Name() before each
// value inside a map and at the top level. Errors of the data (a bad number, an empty set, a
// duplicate set member, too many nesting levels, an empty attribute name) are kInvalidArgument with
// AWS's texts; after one, call StartItem again. A name given twice in one map: the last value wins.
class ItemBuilder {
 public:
  void StartItem();
  base::Status Name(std::string_view name);
  void String(std::string_view utf8);
  base::Status NumberText(std::string_view text);
  void NumberValue(const Number& number);
  void Binary(std::string_view bytes);
  void Bool(bool value);
  void Null();
  base::Status StartList();
  void EndList();
  base::Status StartMap();
  void EndMap();
  void StartSet(Type set_type);  // then String, NumberText or Binary per member
  base::Status EndSet();
  void Copy(const ValueView& value);
  void Tree(const AttributeValue& value);
  // The finished item; valid until the next StartItem. Does not check kItemBytesMax: size_bytes().
  std::string_view Finish();
  size_t size_bytes() const;  // AWS's size of the finished item, counted while building

 private:
  struct Frame {
    size_t length_at;  // where the container's length field stands
    Type type;
    size_t count;
  };
  std::string bytes_;
  std::vector<Frame> frames_;
  size_t size_bytes_ = 0;
};

std::string EncodeItem(const Item& tree);

}  // namespace dray::item
