// SPDX-License-Identifier: Apache-2.0
#include "transfer/jobs/record_json.h"

#include <algorithm>

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

base::Result<RecordJson> RecordJson::Parse(std::string_view text, int64_t version) {
  ASSIGN_OR_RETURN(RecordJson members, Parse(text));
  ASSIGN_OR_RETURN(const int64_t found, members.Int("version"));
  if (found != version) return Missing("version");
  return members;
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

base::Result<size_t> RecordJson::IndexIn(std::span<const std::string_view> texts,
                                         std::string_view name) const {
  ASSIGN_OR_RETURN(const std::string text, String(name));
  const auto found = std::find(texts.begin(), texts.end(), text);
  if (found == texts.end()) return Missing(name);
  return static_cast<size_t>(found - texts.begin());
}

base::Result<std::optional<Failure>> RecordJson::Failure() const {
  jobs::Failure failure;
  ASSIGN_OR_RETURN(failure.code, String("failure_code"));
  ASSIGN_OR_RETURN(failure.message, String("failure_message"));
  ASSIGN_OR_RETURN(failure.detail, String("failure_detail"));
  if (failure.code.empty()) return std::optional<jobs::Failure>();
  return std::optional(std::move(failure));
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

void WriteFailure(const std::optional<Failure>& failure, json::Writer& writer) {
  const Failure written = failure.value_or(Failure{});
  writer.Name("failure_code").String(written.code);
  writer.Name("failure_message").String(written.message);
  writer.Name("failure_detail").String(written.detail);
}

}  // namespace dray::jobs
