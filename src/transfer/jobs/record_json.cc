// SPDX-License-Identifier: Apache-2.0
#include "transfer/jobs/record_json.h"

namespace dray::jobs {
namespace {

base::Error Missing(std::string_view name) {
  return base::Error{base::ErrorKind::kCorruption,
                     "The JSON of a job's record has no valid member " + std::string(name),
                     {}};
}

}  // namespace

base::Result<RecordJson> RecordJson::Parse(std::string_view text) {
  auto value = json::Parse(text);
  if (!value || value->object() == nullptr) {
    return base::Error{base::ErrorKind::kCorruption, "A job's record holds no JSON object", {}};
  }
  return RecordJson(*value->object());
}

base::Result<std::string> RecordJson::String(std::string_view name) const {
  auto text = OptionalString(name);
  if (!text) return Missing(name);
  return *std::move(text);
}

std::optional<std::string> RecordJson::OptionalString(std::string_view name) const {
  const json::Value* value = object_.Find(name);
  if (value == nullptr || value->string() == nullptr) return std::nullopt;
  return *value->string();
}

base::Result<int64_t> RecordJson::Int(std::string_view name) const {
  auto number = OptionalInt(name);
  if (!number) return Missing(name);
  return *number;
}

std::optional<int64_t> RecordJson::OptionalInt(std::string_view name) const {
  const json::Value* value = object_.Find(name);
  return value == nullptr ? std::nullopt : value->Int64();
}

base::Result<uint64_t> RecordJson::Count(std::string_view name) const {
  auto number = OptionalInt(name);
  if (!number || *number < 0) return Missing(name);
  return static_cast<uint64_t>(*number);
}

double RecordJson::DoubleOr(std::string_view name, double otherwise) const {
  const json::Value* value = object_.Find(name);
  return value == nullptr ? otherwise : value->Double().value_or(otherwise);
}

base::Result<bool> RecordJson::Bool(std::string_view name) const {
  const json::Value* value = object_.Find(name);
  if (value == nullptr || value->boolean() == nullptr) return Missing(name);
  return *value->boolean();
}

base::Result<const json::Array*> RecordJson::Array(std::string_view name) const {
  const json::Value* value = object_.Find(name);
  if (value == nullptr || value->array() == nullptr) return Missing(name);
  return value->array();
}

}  // namespace dray::jobs
