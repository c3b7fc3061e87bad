// SPDX-License-Identifier: Apache-2.0
#include "base/text_encoding.h"
#include "security/policy/policy.h"

namespace dray::policy {

void Context::Set(std::string_view key, std::string_view value) {
  values_[base::ToLower(key)] = {{std::string(value)}, false};
}

void Context::SetMany(std::string_view key, std::vector<std::string> values) {
  values_[base::ToLower(key)] = {std::move(values), true};
}

void Context::SetAll(const Context& other) {
  for (const auto& [key, values] : other.values_) values_[key] = values;
}

const Context::Values* Context::Find(std::string_view key) const {
  return FindLower(base::ToLower(key));
}

const Context::Values* Context::FindLower(std::string_view lower_case_key) const {
  auto found = values_.find(lower_case_key);
  return found == values_.end() ? nullptr : &found->second;
}

const std::string* Context::FindSingleLower(std::string_view lower_case_key) const {
  const Values* found = FindLower(lower_case_key);
  return found && !found->is_multivalued && found->values.size() == 1 ? &found->values.front()
                                                                      : nullptr;
}

void Context::Erase(std::string_view key) { values_.erase(base::ToLower(key)); }

}  // namespace dray::policy
