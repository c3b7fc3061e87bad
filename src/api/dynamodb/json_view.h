// SPDX-License-Identifier: Apache-2.0
// A request body, parsed once: simdjson's DOM behind a header that does not include it. Strings are
// unescaped UTF-8 and live as long as the document.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dray::dynamodb {

// One value inside a JsonDocument. Cheap to copy.
class JsonView {
 public:
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };

  Kind kind() const;
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_object() const { return kind() == Kind::kObject; }
  // The accessors require the kind; Int64 is nullopt for a fraction or a value out of range.
  bool boolean() const;
  std::string_view string() const;
  std::optional<int64_t> Int64() const;
  double Double() const;

  // A member of an object; the last one of that name, nullopt when absent or null (AWS does not
  // tell these apart).
  std::optional<JsonView> Find(std::string_view name) const;
  // Members of an object or elements of an array, nulls included. Stops at the first error.
  base::Status ForEachMember(
      const std::function<base::Status(std::string_view name, JsonView value)>& visit) const;
  base::Status ForEachElement(const std::function<base::Status(JsonView value)>& visit) const;
  size_t size() const;  // members or elements

  void AppendJson(std::string& out) const;  // compact

 private:
  friend struct JsonViewAccess;
  JsonView() = default;
  alignas(8) unsigned char element_[16] = {};  // simdjson::dom::element
};

class JsonDocument {
 public:
  // Any well-formed JSON text of at most 128 levels. kInvalidArgument, reason kSerialization.
  static base::Result<JsonDocument> Parse(std::string_view text);
  JsonDocument(JsonDocument&&) noexcept;
  ~JsonDocument();
  JsonView root() const;

 private:
  struct State;
  explicit JsonDocument(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace dray::dynamodb
