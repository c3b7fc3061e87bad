// SPDX-License-Identifier: Apache-2.0
// An item as compact bytes: what is stored, sent through exports and imports, and decoded lazily.
// The bytes are specified in docs/formats/item.md. Encoding, not I/O; nothing here is thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/item/attribute_value.h"

namespace dray::item {

inline constexpr size_t kItemBytesMax = 400 * 1024;       // AWS: names and values together
inline constexpr int kNestingLevelsMax = 32;              // the attribute's own value is level 1
inline constexpr size_t kAttributeNameBytesMax = 65'535;  // measured on AWS
inline constexpr char kItemVersion = 1;                   // first byte of every encoded item

class MapView;
class ListView;

// One value inside encoded bytes that outlive it. Cheap to copy. The accessors require the type.
class ValueView {
 public:
  Type type() const { return type_; }
  std::string_view string() const { return payload_; }  // kString
  std::string_view binary() const { return payload_; }  // kBinary
  Number number() const;                                // kNumber
  void AppendNumberText(std::string& out) const;  // kNumber: canonical text, without building more
  bool boolean() const { return payload_[0] != 0; }  // kBool
  MapView map() const;                               // kMap
  ListView list() const;  // kList and the three set types (elements have the set's member type)
  AttributeValue ToTree() const;
  // AWS's size of the value alone, without a name.
  size_t SizeBytes() const;
  // The encoded value with its tag, to be copied into a builder.
  std::string_view encoded() const { return encoded_; }

 private:
  friend class MapView;
  friend class ListView;
  friend class ItemBuilder;
  friend class ItemChecker;
  // Reads the value at `p` into `out` and returns the byte behind it; nullptr when it is cut off
  // or has no known tag. Does not look into containers.
  static const char* Parse(const char* p, const char* end, ValueView& out);

  Type type_ = Type::kNull;
  std::string_view encoded_;
  std::string_view payload_;  // without tag and length
};

// for (MapView::Iterator it = map.begin(); it.valid(); it.Next()) it.name(), it.value()
// Iterating stays inside the bytes whatever they are; malformed ones just end it.
class MapView {
 public:
  MapView() = default;
  explicit MapView(std::string_view entries) : entries_(entries) {}
  class Iterator {
   public:
    explicit Iterator(std::string_view rest) : next_(rest.data()), end_(rest.data() + rest.size()) {
      Next();
    }
    bool valid() const { return valid_; }
    std::string_view name() const { return name_; }
    const ValueView& value() const { return value_; }
    void Next();

   private:
    const char *next_, *end_;
    std::string_view name_;
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
  explicit ListView(std::string_view elements) : elements_(elements) {}
  class Iterator {
   public:
    explicit Iterator(std::string_view rest) : next_(rest.data()), end_(rest.data() + rest.size()) {
      Next();
    }
    bool valid() const { return valid_; }
    const ValueView& value() const { return value_; }
    void Next();

   private:
    const char *next_, *end_;
    ValueView value_;
    bool valid_ = false;
  };
  Iterator begin() const { return Iterator(elements_); }
  bool empty() const { return elements_.empty(); }
  size_t CountElements() const;

 private:
  std::string_view elements_;
};

// A whole encoded item, trusted: bytes that a builder made or that Check() accepted. Borrowing.
class ItemView {
 public:
  explicit ItemView(std::string_view encoded) : encoded_(encoded) {}
  // Walks everything and says whether the bytes are a well-formed item: for bytes read from disk or
  // from elsewhere. kCorruption with the offset.
  static base::Status Check(std::string_view encoded);
  MapView attributes() const { return MapView(encoded_.substr(encoded_.empty() ? 0 : 1)); }
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
  ItemBuilder();
  ItemBuilder(ItemBuilder&& other) noexcept;
  ItemBuilder& operator=(ItemBuilder&& other) noexcept;  // the other may be started again

  void StartItem();
  base::Status Name(std::string_view name);
  void String(std::string_view utf8) { AppendBytes(Type::kString, utf8); }
  base::Status NumberText(std::string_view text);
  void NumberValue(const Number& number);
  void Binary(std::string_view bytes) { AppendBytes(Type::kBinary, bytes); }
  void Bool(bool value);
  void Null();
  base::Status StartList() { return StartContainer(Type::kList); }
  void EndList() { EndContainer(); }
  base::Status StartMap() { return StartContainer(Type::kMap); }
  void EndMap() { EndContainer(); }
  void StartSet(Type set_type);  // then String, NumberText or Binary per member
  base::Status EndSet();
  // Neither checks nesting levels or names: whoever composes values does (NestingLevels).
  void Copy(const ValueView& value);
  void Tree(const AttributeValue& value);
  void TreeAttribute(std::string_view name, const AttributeValue& value);
  // The finished item; valid until the next StartItem. Does not check kItemBytesMax: size_bytes().
  // Empty when a container has more bytes than its length field can say, many times kItemBytesMax.
  std::string_view Finish();
  size_t size_bytes() const { return size_bytes_; }  // AWS's size of the item, while building

 private:
  struct Frame {
    size_t length_at;  // where the container's length field stands
    Type type;
    bool may_repeat_names;
    size_t count;                    // values so far
    size_t names_at;                 // first of this map's entries in names_
    std::array<uint64_t, 4> filter;  // bits of the hashes of the names so far
  };
  struct NameEntry {
    size_t offset;  // of the entry in the buffer
    uint32_t hash;
  };

  char* Reserve(size_t count);  // room for `count` more bytes at the end, not yet counted
  void Grow(size_t count);
  void AppendBytes(Type type, std::string_view bytes);
  void AppendName(std::string_view name);
  void NoteName(Frame& frame, std::string_view name);
  std::string_view NameAt(size_t offset) const;
  void DropRepeatedNames(Frame& frame);
  base::Status StartContainer(Type type);
  void OpenFrame(Type type);
  void EndContainer();
  void CloseFrame();

  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0, size_ = 0;
  std::vector<Frame> frames_;     // the first one is the item itself
  std::vector<NameEntry> names_;  // of all open maps
  std::vector<std::string_view> set_members_;
  size_t size_bytes_ = 0;
  bool is_oversized_ = false;
};

std::string EncodeItem(const Item& tree);

}  // namespace dray::item
