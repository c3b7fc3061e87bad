// SPDX-License-Identifier: Apache-2.0
// Members of answers, where what is absent or of another type reads as empty.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "format/json/json.h"

namespace dray::remote_jobs {

inline json::Object ObjectAt(const json::Object& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value != nullptr && value->object() != nullptr ? *value->object() : json::Object();
}
inline json::Array ArrayAt(const json::Object& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value != nullptr && value->array() != nullptr ? *value->array() : json::Array();
}
inline std::string StringAt(const json::Object& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value != nullptr && value->string() != nullptr ? *value->string() : "";
}
inline std::optional<int64_t> IntAt(const json::Object& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value != nullptr ? value->Int64() : std::nullopt;
}
inline std::optional<double> DoubleAt(const json::Object& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value != nullptr ? value->Double() : std::nullopt;
}

}  // namespace dray::remote_jobs
