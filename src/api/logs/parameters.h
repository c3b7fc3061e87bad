// SPDX-License-Identifier: Apache-2.0
// The members of a request, with AWS's texts for what does not fit its model. Every getter notes
// what is wrong; Check gives it, so that a request with several faults hears of all of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "format/json/json.h"

namespace dray::logs {

struct TextRule {
  size_t min = 1, max = 512;
  std::string_view pattern = {};  // AWS's, for the text
  bool (*matches)(std::string_view text) = nullptr;
};
extern const TextRule kGroupName, kGroupIdentifier, kStreamName, kToken, kFilterPattern;

class Parameters {
 public:
  // `body` outlives it.
  explicit Parameters(const json::Object& body) : body_(body) {}

  std::optional<std::string> Text(std::string_view name, const TextRule& rule);
  std::optional<std::vector<std::string>> Texts(std::string_view name, size_t count_max,
                                                const TextRule& rule);
  std::optional<int64_t> Number(std::string_view name, int64_t min, int64_t max);
  bool Flag(std::string_view name);  // false when absent
  std::optional<std::string> OneOf(std::string_view name, std::span<const std::string_view> values);
  void Require(std::string_view name);
  // A member of AWS's model that has no meaning here: an error when it is given.
  void Refuse(std::string_view name);

  base::Status Check() const;

 private:
  const json::Value* Find(std::string_view name) const;  // null counts as absent
  void Fault(std::string_view name, std::string_view value, std::string_view constraint);
  void WrongType(std::string_view name);

  const json::Object& body_;
  std::vector<std::string> faults_;
  std::string wrong_type_, refused_;
};

base::Error InvalidParameter(std::string message);

}  // namespace dray::logs
