// SPDX-License-Identifier: Apache-2.0
// Reading encoded items (docs/formats/item.md).
#include <algorithm>

#include "model/item/encoded_length.h"
#include "model/item/item_encoding.h"

namespace dray::item {

const char* ValueView::Parse(const char* p, const char* end, ValueView& out) {
  if (p == end) return nullptr;
  const char* start = p;
  auto tag = static_cast<Type>(*p++);
  size_t length = 0;
  switch (tag) {
    case Type::kString:
    case Type::kBinary:
      p = TakeLength(p, end, length);
      if (p == nullptr) return nullptr;
      break;
    case Type::kNumber:
      length = p == end ? 0 : Number::CompactLength(static_cast<unsigned char>(*p));
      if (length == 0) return nullptr;
      break;
    case Type::kBool:
      length = 1;
      break;
    case Type::kNull:
      break;
    case Type::kList:
    case Type::kMap:
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet:
      if (end - p < static_cast<ptrdiff_t>(kContainerLengthBytes)) return nullptr;
      length = ReadContainerLength(p);
      p += kContainerLengthBytes;
      break;
    default:
      return nullptr;
  }
  if (length > static_cast<size_t>(end - p)) return nullptr;
  out.type_ = tag;
  out.payload_ = {p, length};
  p += length;
  out.encoded_ = {start, static_cast<size_t>(p - start)};
  return p;
}

Number ValueView::number() const { return Number::FromTrustedCompact(payload_); }
void ValueView::AppendNumberText(std::string& out) const { number().AppendText(out); }
MapView ValueView::map() const { return MapView(payload_); }
ListView ValueView::list() const { return ListView(payload_); }

void MapView::Iterator::Next() {
  valid_ = false;
  if (next_ == end_) return;
  size_t length = 0;
  const char* p = TakeLength(next_, end_, length);
  if (p == nullptr || length > static_cast<size_t>(end_ - p)) return;
  name_ = {p, length};
  next_ = ValueView::Parse(p + length, end_, value_);
  if (next_ == nullptr) {
    next_ = end_;
    return;
  }
  valid_ = true;
}

std::optional<ValueView> MapView::Find(std::string_view name) const {
  for (Iterator it = begin(); it.valid(); it.Next()) {
    if (it.name() == name) return it.value();
  }
  return std::nullopt;
}

size_t MapView::CountEntries() const {
  size_t count = 0;
  for (Iterator it = begin(); it.valid(); it.Next()) ++count;
  return count;
}

void ListView::Iterator::Next() {
  valid_ = false;
  if (next_ == end_) return;
  next_ = ValueView::Parse(next_, end_, value_);
  if (next_ == nullptr) {
    next_ = end_;
    return;
  }
  valid_ = true;
}

size_t ListView::CountElements() const {
  size_t count = 0;
  for (Iterator it = begin(); it.valid(); it.Next()) ++count;
  return count;
}

size_t ValueView::SizeBytes() const {
  switch (type_) {
    case Type::kString:
    case Type::kBinary:
      return payload_.size();
    case Type::kNumber:
      return number().size_bytes();
    case Type::kBool:
    case Type::kNull:
      return 1;
    case Type::kMap: {
      size_t size = kContainerSizeBytes;
      for (auto it = map().begin(); it.valid(); it.Next()) {
        size += kElementSizeBytes + it.name().size() + it.value().SizeBytes();
      }
      return size;
    }
    case Type::kList: {
      size_t size = kContainerSizeBytes;
      for (auto it = list().begin(); it.valid(); it.Next()) {
        size += kElementSizeBytes + it.value().SizeBytes();
      }
      return size;
    }
    default: {  // sets
      size_t size = 0;
      for (auto it = list().begin(); it.valid(); it.Next()) size += it.value().SizeBytes();
      return size;
    }
  }
}

size_t ItemView::SizeBytes() const {
  size_t size = 0;
  for (auto it = attributes().begin(); it.valid(); it.Next()) {
    size += it.name().size() + it.value().SizeBytes();
  }
  return size;
}

AttributeValue ValueView::ToTree() const {
  switch (type_) {
    case Type::kString:
      return AttributeValue(std::string(payload_));
    case Type::kNumber:
      return AttributeValue(number());
    case Type::kBinary:
      return AttributeValue(AttributeValue::Binary{std::string(payload_)});
    case Type::kBool:
      return AttributeValue(boolean());
    case Type::kNull:
      return AttributeValue(AttributeValue::Null{});
    case Type::kList: {
      AttributeValue::List tree;
      for (auto it = list().begin(); it.valid(); it.Next()) tree.push_back(it.value().ToTree());
      return AttributeValue(std::move(tree));
    }
    case Type::kMap: {
      AttributeMap tree;
      for (auto it = map().begin(); it.valid(); it.Next()) {
        tree.insert_or_assign(std::string(it.name()), it.value().ToTree());
      }
      return AttributeValue(std::move(tree));
    }
    case Type::kStringSet: {
      AttributeValue::StringSet tree;
      for (auto it = list().begin(); it.valid(); it.Next()) {
        tree.members.emplace_back(it.value().string());
      }
      std::sort(tree.members.begin(), tree.members.end());
      return AttributeValue(std::move(tree));
    }
    case Type::kNumberSet: {
      AttributeValue::NumberSet tree;
      for (auto it = list().begin(); it.valid(); it.Next()) {
        tree.members.push_back(it.value().number());
      }
      std::sort(tree.members.begin(), tree.members.end());
      return AttributeValue(std::move(tree));
    }
    case Type::kBinarySet: {
      AttributeValue::BinarySet tree;
      for (auto it = list().begin(); it.valid(); it.Next()) {
        tree.members.emplace_back(it.value().binary());
      }
      std::sort(tree.members.begin(), tree.members.end());
      return AttributeValue(std::move(tree));
    }
  }
  return {};
}

Item ItemView::ToTree() const {
  Item tree;
  for (auto it = attributes().begin(); it.valid(); it.Next()) {
    tree.insert_or_assign(std::string(it.name()), it.value().ToTree());
  }
  return tree;
}

}  // namespace dray::item
