// SPDX-License-Identifier: Apache-2.0
// The parameters of a request of a query API, with AWS's texts for what does not fit its model.
// Every getter notes what is wrong; Check gives all of it, and refuses what no getter asked for:
// nothing is accepted and ignored.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dray::query {

struct TextRule {
  size_t min = 1, max = 128;
  std::string_view pattern = {};  // AWS's, for the text
  bool (*matches)(std::string_view text) = nullptr;
};

// `text` for an error: the beginning of what is too long to be repeated.
std::string Shown(std::string_view text);

struct Tag {
  std::string key, value;
};

class Parameters {
 public:
  // `query` and `body` are application/x-www-form-urlencoded; what signs a request (X-Amz-...) is
  // left out. kInvalidArgument when one is malformed, a name stands there twice, or there are more
  // than 10,000.
  static base::Result<Parameters> Parse(std::string_view query, std::string_view body);

  std::optional<std::string> Text(std::string_view name, const TextRule& rule);
  std::string RequiredText(std::string_view name, const TextRule& rule);  // "" when absent
  std::optional<int64_t> Number(std::string_view name, int64_t min, int64_t max);
  std::optional<bool> Flag(std::string_view name);
  // NAME.member.1, NAME.member.2, ... ; `suffix` for members of structures, ".arn".
  std::vector<std::string> Texts(std::string_view name, const TextRule& rule,
                                 std::string_view suffix = {});
  // For lists that are read member by member: clients write an empty one as an empty text.
  void TakeEmptyList(std::string_view name);
  std::vector<Tag> Tags();  // Tags.member.N.Key and .Value
  // A value of `name` that fits its model but nothing else.
  void Fault(std::string_view name, std::string_view value, std::string_view constraint);

  base::Status Check() const;

 private:
  const std::string* Take(std::string_view name);

  std::map<std::string, std::string, std::less<>> values_;
  std::set<std::string, std::less<>> taken_;
  std::vector<std::string> faults_;
};

}  // namespace dray::query
