// SPDX-License-Identifier: Apache-2.0
// Reading the JSON that runners keep in job records. What is missing or of another type is
// kCorruption: only Dray writes these texts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "format/json/json.h"
#include "transfer/jobs/failure.h"

namespace dray::jobs {

class RecordJson {
 public:
  static base::Result<RecordJson> Parse(std::string_view text);
  // Whose member version is `version`, and nothing else.
  static base::Result<RecordJson> Parse(std::string_view text, int64_t version);
  explicit RecordJson(json::Object object) : object_(std::move(object)) {}

  base::Result<std::string> String(std::string_view name) const;
  std::optional<std::string> OptionalString(std::string_view name) const;
  base::Result<int64_t> Int(std::string_view name) const;
  std::optional<int64_t> OptionalInt(std::string_view name) const;
  base::Result<uint64_t> Count(std::string_view name) const;  // not negative
  // Which of `texts` the member is.
  base::Result<size_t> IndexIn(std::span<const std::string_view> texts,
                               std::string_view name) const;
  // What WriteFailure wrote.
  base::Result<std::optional<jobs::Failure>> Failure() const;
  double DoubleOr(std::string_view name, double otherwise) const;
  base::Result<bool> Bool(std::string_view name) const;
  base::Result<const json::Array*> Array(std::string_view name) const;

 private:
  json::Object object_;
};

// As members of the object that is open: failure_code, failure_message, failure_detail; empty ones
// for none.
void WriteFailure(const std::optional<Failure>& failure, json::Writer& writer);

}  // namespace dray::jobs
