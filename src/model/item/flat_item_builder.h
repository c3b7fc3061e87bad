// SPDX-License-Identifier: Apache-2.0
// Encoded items (docs/formats/item.md) without nesting, many with the same names: rows of a table
// of text. Each name is encoded once, none is compared with another, and short values are copied
// without calls; ItemBuilder does everything else. Not thread-safe.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/item/encoded_length.h"
#include "model/item/item_encoding.h"

namespace dray::item {

// How far behind a text these functions may read.
inline constexpr size_t kOverreadBytes = 16;

// Copies with as few branches as it can: reads up to kOverreadBytes behind `from + size`, and
// writes as many behind `to + size`.
inline void CopyOver(char* to, const char* from, size_t size) {
  std::memcpy(to, from, 16);
  if (size <= 16) return;
  if (size <= 32) {
    std::memcpy(to + 16, from + 16, 16);
  } else {
    std::memcpy(to + 16, from + 16, size - 16);
  }
}

// An attribute's name as it stands in items.
class EncodedName {
 public:
  // 1 to kAttributeNameBytesMax bytes of UTF-8.
  explicit EncodedName(std::string_view name) {
    char length[kLengthBytesMax];
    name_at_ = static_cast<size_t>(WriteLength(name.size(), length) - length);
    bytes_.assign(length, name_at_).append(name).append(kOverreadBytes, '\0');
  }
  std::string_view name() const {
    return std::string_view(bytes_).substr(name_at_, size() - name_at_);
  }

 private:
  friend class FlatItemBuilder;
  size_t size() const { return bytes_.size() - kOverreadBytes; }

  std::string bytes_;  // and kOverreadBytes more
  size_t name_at_ = 0;
};

// Whoever uses it gives no name twice in one item. What is finished passes ItemView::Check when the
// strings are UTF-8.
class FlatItemBuilder {
 public:
  FlatItemBuilder() { StartItem(); }

  void StartItem() {
    size_ = 0;
    size_bytes_ = 0;
    *Reserve(1) = kItemVersion;
    size_ = 1;
  }
  // kOverreadBytes must be readable behind `utf8`.
  void PaddedString(const EncodedName& name, std::string_view utf8) {
    CopyOver(StartString(name, utf8.size()), utf8.data(), utf8.size());
  }
  // Room for exactly `size` bytes, which the caller fills before the next call. kOverreadBytes more
  // may be written.
  char* StartString(const EncodedName& name, size_t size) {
    return StartBytes(name, Type::kString, size);
  }
  void Binary(const EncodedName& name, std::string_view bytes) {
    std::memcpy(StartBytes(name, Type::kBinary, bytes.size()), bytes.data(), bytes.size());
  }
  // Errors: Number::Parse; the item is then as before.
  base::Status NumberText(const EncodedName& name, std::string_view text) {
    ASSIGN_OR_RETURN(Number number, Number::Parse(text));
    char* p = AppendName(name, 1 + Number::kCompactBytesMax);
    *p = static_cast<char>(Type::kNumber);
    size_ += 1 + number.WriteCompact(p + 1);
    size_bytes_ += number.size_bytes();
    return base::Ok();
  }
  // Valid until the next StartItem.
  std::string_view Finish() const { return {buffer_.get(), size_}; }
  size_t size_bytes() const { return size_bytes_; }  // AWS's size of the item, while building

 private:
  char* StartBytes(const EncodedName& name, Type type, size_t size) {
    char* start = AppendName(name, 1 + kLengthBytesMax + size);
    char* p = start;
    *p++ = static_cast<char>(type);
    p = WriteLength(size, p);
    size_ += static_cast<size_t>(p - start) + size;
    size_bytes_ += size;
    return p;
  }
  // Returns the byte behind it, where a value of at most `value_bytes` has room.
  char* AppendName(const EncodedName& name, size_t value_bytes) {
    size_t size = name.size();
    char* p = Reserve(size + value_bytes);
    CopyOver(p, name.bytes_.data(), size);
    size_ += size;
    size_bytes_ += size - name.name_at_;
    return p + size;
  }
  // Room for `count` more bytes, and kOverreadBytes behind them.
  char* Reserve(size_t count) {
    if (capacity_ - size_ < count + kOverreadBytes) Grow(count + kOverreadBytes);
    return buffer_.get() + size_;
  }
  void Grow(size_t count);

  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0, size_ = 0;
  size_t size_bytes_ = 0;
};

}  // namespace dray::item
