// SPDX-License-Identifier: Apache-2.0
#include "security/sigv4/header_fields.h"

#include <algorithm>

#include "base/text_encoding.h"

namespace dray::sigv4 {

std::optional<std::string_view> FindHeader(const RequestParts& request, std::string_view name) {
  for (const auto& [header, value] : request.headers) {
    if (base::EqualsIgnoreCase(header, name)) return base::TrimSpace(value);
  }
  return std::nullopt;
}

std::vector<RawParameter> SplitQuery(std::string_view query) {
  std::vector<RawParameter> parameters;
  while (!query.empty()) {
    size_t end = std::min(query.find('&'), query.size());
    std::string_view parameter = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (parameter.empty()) continue;
    size_t equals = std::min(parameter.find('='), parameter.size());
    parameters.push_back(
        {parameter.substr(0, equals), parameter.substr(std::min(equals + 1, parameter.size()))});
  }
  return parameters;
}

std::string DecodeOrKeep(std::string_view text) {
  auto decoded = base::PercentDecode(text);
  return decoded ? *std::move(decoded) : std::string(text);
}

std::string DecodeQueryOrKeep(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return DecodeOrKeep(spaced);
}

}  // namespace dray::sigv4
