// SPDX-License-Identifier: Apache-2.0
// Writing encoded items (docs/formats/item.md) in one pass: a container's length field is left free
// and filled in at its end.
//
// Names given twice. A map keeps a small filter of name hashes. Only a name whose filter bit is
// already set is compared with the hashes before it, and in long maps not even then: those are
// sorted once at their end. What is superseded is cut out of the finished map.
#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "base/text_encoding.h"
#include "model/item/encoded_length.h"
#include "model/item/item_encoding.h"

namespace dray::item {
namespace {

// Maps with more names than this look for repeated ones at their end.
constexpr size_t kNamesScannedMax = 32;

constexpr std::string_view kInvalidParameter = "One or more parameter values were invalid: ";

base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message)};
}
base::Error InvalidParameter(std::string_view text) {
  return Invalid(std::string(kInvalidParameter).append(text));
}

uint64_t LoadUpTo8(const char* p, size_t count) {
  uint64_t word = 0;
  std::memcpy(&word, p, count);
  return word;
}
// Spreads names of usual data; repeated or chosen values cost a comparison, never correctness.
uint32_t HashName(std::string_view name) {
  size_t size = name.size();
  uint64_t head = LoadUpTo8(name.data(), std::min<size_t>(size, 8));
  uint64_t tail = size <= 8 ? size : LoadUpTo8(name.data() + size - 8, 8) + size;
  return static_cast<uint32_t>(
      (head * 0x9e3779b97f4a7c15 ^ tail * 0xc2b2ae3d27d4eb4f) * 0x165667b19e3779f9 >> 32);
}

// AWS prints the whole collection.
base::Error DuplicateMembers(Type set_type, const ListView& members) {
  if (set_type == Type::kNumberSet) return Invalid("Input collection contains duplicates");
  std::string text(kInvalidParameter);
  text += "Input collection [";
  bool is_first = true;
  for (auto it = members.begin(); it.valid(); it.Next()) {
    if (!is_first) text += ", ";
    is_first = false;
    if (set_type == Type::kBinarySet) {
      base::AppendBase64(it.value().binary(), text);
    } else {
      text += it.value().string();
    }
  }
  text +=
      set_type == Type::kBinarySet ? "]of type BS contains duplicates." : "] contains duplicates.";
  return Invalid(std::move(text));
}
base::Error EmptySet(Type set_type) {
  if (set_type == Type::kStringSet) return InvalidParameter("An string set  may not be empty");
  if (set_type == Type::kNumberSet) return InvalidParameter("An number set  may not be empty");
  return InvalidParameter("Binary sets should not be empty");
}

}  // namespace

bool HasDuplicates(std::string_view* members, size_t count) {
  constexpr size_t kComparedPairwiseMax = 12;
  if (count <= kComparedPairwiseMax) {
    for (size_t i = 1; i < count; ++i) {
      if (std::find(members, members + i, members[i]) != members + i) return true;
    }
    return false;
  }
  std::sort(members, members + count);
  return std::adjacent_find(members, members + count) != members + count;
}

ItemBuilder::ItemBuilder() { StartItem(); }

ItemBuilder::ItemBuilder(ItemBuilder&& other) noexcept { *this = std::move(other); }

ItemBuilder& ItemBuilder::operator=(ItemBuilder&& other) noexcept {
  buffer_ = std::move(other.buffer_);
  capacity_ = std::exchange(other.capacity_, 0);
  size_ = std::exchange(other.size_, 0);
  frames_ = std::exchange(other.frames_, {});
  names_ = std::exchange(other.names_, {});
  set_members_.clear();
  size_bytes_ = other.size_bytes_;
  is_oversized_ = other.is_oversized_;
  return *this;
}

void ItemBuilder::Grow(size_t count) {
  size_t capacity = std::max({capacity_ * 2, size_ + count, size_t{2048}});
  auto buffer = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ != 0) std::memcpy(buffer.get(), buffer_.get(), size_);
  buffer_ = std::move(buffer);
  capacity_ = capacity;
}

inline char* ItemBuilder::Reserve(size_t count) {
  if (capacity_ - size_ < count) Grow(count);
  return buffer_.get() + size_;
}

void ItemBuilder::StartItem() {
  size_ = 0;
  size_bytes_ = 0;
  is_oversized_ = false;
  frames_.clear();
  names_.clear();
  *Reserve(1) = kItemVersion;
  size_ = 1;
  frames_.push_back({.length_at = 0,
                     .type = Type::kMap,
                     .may_repeat_names = false,
                     .count = 0,
                     .names_at = 0,
                     .filter = {}});
}

base::Status ItemBuilder::Name(std::string_view name) {
  if (name.empty()) return InvalidParameter("Empty attribute name");
  if (name.size() > kAttributeNameBytesMax) {
    return InvalidParameter("Attribute name is too large, must be less than 65536 bytes");
  }
  AppendName(name);
  return base::Ok();
}

void ItemBuilder::AppendName(std::string_view name) {
  Frame& frame = frames_.back();
  assert(frame.type == Type::kMap);
  NoteName(frame, name);
  char* start = Reserve(kLengthBytesMax + name.size());
  char* p = WriteLength(name.size(), start);
  std::memcpy(p, name.data(), name.size());
  size_ += static_cast<size_t>(p - start) + name.size();
  size_bytes_ += name.size();
}

inline void ItemBuilder::NoteName(Frame& frame, std::string_view name) {
  uint32_t hash = HashName(name);
  uint64_t& word = frame.filter[hash >> 6 & 3];
  uint64_t bit = uint64_t{1} << (hash & 63);
  if ((word & bit) != 0 && !frame.may_repeat_names) {
    if (frame.count > kNamesScannedMax) {
      frame.may_repeat_names = true;
    } else {
      for (size_t i = frame.names_at; i < names_.size(); ++i) {
        if (names_[i].hash == hash && NameAt(names_[i].offset) == name) {
          frame.may_repeat_names = true;
          break;
        }
      }
    }
  }
  word |= bit;
  names_.push_back({size_, hash});
}

std::string_view ItemBuilder::NameAt(size_t offset) const {
  size_t length = 0;
  const char* p = TakeLength(buffer_.get() + offset, buffer_.get() + size_, length);
  return {p, length};
}

void ItemBuilder::DropRepeatedNames(Frame& frame) {
  std::vector<NameEntry> entries(names_.begin() + static_cast<ptrdiff_t>(frame.names_at),
                                 names_.end());
  auto sorted = entries;
  std::sort(sorted.begin(), sorted.end(), [this](const NameEntry& a, const NameEntry& b) {
    if (a.hash != b.hash) return a.hash < b.hash;
    int order = NameAt(a.offset).compare(NameAt(b.offset));
    return order != 0 ? order < 0 : a.offset < b.offset;
  });
  std::vector<size_t> superseded;  // offsets
  for (size_t i = 0; i + 1 < sorted.size(); ++i) {
    if (sorted[i].hash == sorted[i + 1].hash &&
        NameAt(sorted[i].offset) == NameAt(sorted[i + 1].offset)) {
      superseded.push_back(sorted[i].offset);
    }
  }
  if (superseded.empty()) return;
  std::sort(superseded.begin(), superseded.end());

  size_t size = size_;
  char* to = buffer_.get() + entries.front().offset;
  auto next_superseded = superseded.begin();
  for (size_t i = 0; i < entries.size(); ++i) {
    const char* from = buffer_.get() + entries[i].offset;
    const char* end = buffer_.get() + (i + 1 < entries.size() ? entries[i + 1].offset : size);
    auto length = static_cast<size_t>(end - from);
    if (next_superseded != superseded.end() && *next_superseded == entries[i].offset) {
      ++next_superseded;
      MapView::Iterator entry(std::string_view(from, length));
      size_bytes_ -= entry.name().size() + entry.value().SizeBytes();
      --frame.count;
      size_ -= length;
    } else {
      std::memmove(to, from, length);
      to += length;
    }
  }
}

void ItemBuilder::AppendBytes(Type type, std::string_view bytes) {
  char* start = Reserve(1 + kLengthBytesMax + bytes.size());
  char* p = start;
  *p++ = static_cast<char>(type);
  p = WriteLength(bytes.size(), p);
  if (!bytes.empty()) std::memcpy(p, bytes.data(), bytes.size());
  size_ += static_cast<size_t>(p - start) + bytes.size();
  size_bytes_ += bytes.size();
  ++frames_.back().count;
}

base::Status ItemBuilder::NumberText(std::string_view text) {
  ASSIGN_OR_RETURN(Number number, Number::Parse(text));
  NumberValue(number);
  return base::Ok();
}

void ItemBuilder::NumberValue(const Number& number) {
  char* p = Reserve(1 + Number::kCompactBytesMax);
  *p = static_cast<char>(Type::kNumber);
  size_ += 1 + number.WriteCompact(p + 1);
  size_bytes_ += number.size_bytes();
  ++frames_.back().count;
}

void ItemBuilder::Bool(bool value) {
  char* p = Reserve(2);
  p[0] = static_cast<char>(Type::kBool);
  p[1] = value ? 1 : 0;
  size_ += 2;
  size_bytes_ += 1;
  ++frames_.back().count;
}

void ItemBuilder::Null() {
  *Reserve(1) = static_cast<char>(Type::kNull);
  size_ += 1;
  size_bytes_ += 1;
  ++frames_.back().count;
}

base::Status ItemBuilder::StartContainer(Type type) {
  // The item's own frame is level 0; a container whose elements would be on level 33 is too deep.
  if (frames_.size() >= static_cast<size_t>(kNestingLevelsMax)) {
    return Invalid(
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
        "beyond supported limit");
  }
  OpenFrame(type);
  return base::Ok();
}

void ItemBuilder::StartSet(Type set_type) {
  assert(IsSet(set_type));
  OpenFrame(set_type);
}

void ItemBuilder::OpenFrame(Type type) {
  ++frames_.back().count;
  *Reserve(1 + kContainerLengthBytes) = static_cast<char>(type);
  frames_.push_back({.length_at = size_ + 1,
                     .type = type,
                     .may_repeat_names = false,
                     .count = 0,
                     .names_at = names_.size(),
                     .filter = {}});
  size_ += 1 + kContainerLengthBytes;
}

void ItemBuilder::CloseFrame() {
  const Frame& frame = frames_.back();
  size_t length = size_ - frame.length_at - kContainerLengthBytes;
  if (length > kContainerLengthMax) is_oversized_ = true;
  WriteContainerLength(std::min(length, kContainerLengthMax), buffer_.get() + frame.length_at);
  frames_.pop_back();
}

void ItemBuilder::EndContainer() {
  Frame& frame = frames_.back();
  assert(frames_.size() > 1 && !IsSet(frame.type));
  if (frame.may_repeat_names) DropRepeatedNames(frame);
  names_.resize(frame.names_at);
  size_bytes_ += kContainerSizeBytes + kElementSizeBytes * frame.count;
  CloseFrame();
}

base::Status ItemBuilder::EndSet() {
  const Frame& frame = frames_.back();
  assert(frames_.size() > 1 && IsSet(frame.type));
  if (frame.count == 0) return EmptySet(frame.type);
  if (frame.count > 1) {
    size_t start = frame.length_at + kContainerLengthBytes;
    ListView members(std::string_view(buffer_.get() + start, size_ - start));
    set_members_.clear();
    for (auto it = members.begin(); it.valid(); it.Next()) {
      set_members_.push_back(it.value().encoded());
    }
    if (HasDuplicates(set_members_.data(), set_members_.size())) {
      return DuplicateMembers(frame.type, members);
    }
  }
  CloseFrame();
  return base::Ok();
}

void ItemBuilder::Copy(const ValueView& value) {
  std::string_view encoded = value.encoded();
  std::memcpy(Reserve(encoded.size()), encoded.data(), encoded.size());
  size_ += encoded.size();
  size_bytes_ += value.SizeBytes();
  ++frames_.back().count;
}

void ItemBuilder::Tree(const AttributeValue& value) {
  const auto& variant = value.get();
  switch (value.type()) {
    case Type::kString:
      return String(*std::get_if<std::string>(&variant));
    case Type::kNumber:
      return NumberValue(*std::get_if<Number>(&variant));
    case Type::kBinary:
      return Binary(std::get_if<AttributeValue::Binary>(&variant)->bytes);
    case Type::kBool:
      return Bool(*std::get_if<bool>(&variant));
    case Type::kNull:
      return Null();
    case Type::kList:
      OpenFrame(Type::kList);
      for (const auto& element : *std::get_if<AttributeValue::List>(&variant)) Tree(element);
      return EndContainer();
    case Type::kMap:
      OpenFrame(Type::kMap);
      for (const auto& [name, element] : *std::get_if<AttributeMap>(&variant)) {
        AppendName(name);
        Tree(element);
      }
      return EndContainer();
    case Type::kStringSet:
      OpenFrame(Type::kStringSet);
      for (const auto& member : std::get_if<AttributeValue::StringSet>(&variant)->members) {
        String(member);
      }
      return CloseFrame();
    case Type::kNumberSet:
      OpenFrame(Type::kNumberSet);
      for (const auto& member : std::get_if<AttributeValue::NumberSet>(&variant)->members) {
        NumberValue(member);
      }
      return CloseFrame();
    case Type::kBinarySet:
      OpenFrame(Type::kBinarySet);
      for (const auto& member : std::get_if<AttributeValue::BinarySet>(&variant)->members) {
        Binary(member);
      }
      return CloseFrame();
  }
}

void ItemBuilder::TreeAttribute(std::string_view name, const AttributeValue& value) {
  AppendName(name);
  Tree(value);
}

std::string_view ItemBuilder::Finish() {
  assert(frames_.size() == 1);
  Frame& frame = frames_.back();
  if (frame.may_repeat_names) DropRepeatedNames(frame);
  frame.may_repeat_names = false;
  return is_oversized_ ? std::string_view() : std::string_view(buffer_.get(), size_);
}

std::string EncodeItem(const Item& tree) {
  ItemBuilder builder;
  for (const auto& [name, value] : tree) builder.TreeAttribute(name, value);
  return std::string(builder.Finish());
}

}  // namespace dray::item
