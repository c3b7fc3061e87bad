// SPDX-License-Identifier: Apache-2.0
// Parsing takes two steps. simdjson checks the whole text and gives the structure; then one scan of
// the text, which is known to be well formed by now, collects what simdjson's DOM does not keep or
// check: the text of each number, in document order, and the pairing of \uD800 escapes, which
// simdjson 3.0.1 decodes to other characters instead of refusing.
#include "format/json/json.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <set>

#include "base/check.h"

namespace dray::json {

namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

// Containers inside each other; simdjson does not count empty ones.
constexpr size_t kDepthMax = 128;

Error Invalid(const std::string& message) {
  return Error{ErrorKind::kInvalidArgument, "invalid JSON: " + message};
}

Error InvalidAt(const std::string& message, size_t offset) {
  return Invalid(message + " at byte " + std::to_string(offset));
}

bool IsNumberByte(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

// The code unit of the \u escape whose backslash stands at `at`; -1 when there is none.
int CodeUnitAt(std::string_view text, size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int unit = 0;
  auto [end, error] = std::from_chars(text.data() + at + 2, text.data() + at + 6, unit, 16);
  return error == std::errc() && end == text.data() + at + 6 ? unit : -1;
}

// `at` is behind the opening quote; afterwards behind the closing one.
Status ScanString(std::string_view text, size_t& at) {
  while (at < text.size() && text[at] != '"') {
    if (text[at] != '\\') {
      ++at;
      continue;
    }
    int unit = CodeUnitAt(text, at);
    if (unit < 0) {
      at += 2;
    } else if (unit < 0xD800 || unit > 0xDFFF) {
      at += 6;
    } else {
      int low = unit < 0xDC00 ? CodeUnitAt(text, at + 6) : -1;
      if (low < 0xDC00 || low > 0xDFFF) return InvalidAt("unpaired surrogate escape", at);
      at += 12;
    }
  }
  ++at;
  return base::Ok();
}

Result<std::vector<std::string_view>> ScanNumbers(std::string_view text) {
  std::vector<std::string_view> numbers;
  for (size_t at = 0; at < text.size();) {
    char c = text[at];
    if (c == '"') {
      RETURN_IF_ERROR(ScanString(text, ++at));
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      size_t end = at;
      while (end < text.size() && IsNumberByte(text[end])) ++end;
      numbers.push_back(text.substr(at, end - at));
      at = end;
    } else {
      ++at;
    }
  }
  return numbers;
}

// simdjson has checked the types, so that the unchecked accessors below cannot fail.
Value ToValue(simdjson::dom::element element, const std::string_view*& next_number) {
  using simdjson::dom::element_type;
  switch (element.type()) {
    case element_type::ARRAY: {
      Array array;
      auto elements = simdjson::dom::array(element);
      array.reserve(elements.size());
      for (auto child : elements) array.push_back(ToValue(child, next_number));
      return Value(std::move(array));
    }
    case element_type::OBJECT: {
      Object object;
      auto members = simdjson::dom::object(element);
      object.members.reserve(members.size());
      for (auto [name, child] : members) {
        object.members.emplace_back(std::string(name), ToValue(child, next_number));
      }
      return Value(std::move(object));
    }
    case element_type::STRING:
      return Value(std::string(std::string_view(element)));
    case element_type::BOOL:
      return Value(bool(element));
    case element_type::NULL_VALUE:
      return Value(nullptr);
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE:
      return Value(NumberText{std::string(*next_number++)});
  }
  return Value(nullptr);  // not reached: the cases are all there are
}

}  // namespace

const Value* Object::Find(std::string_view name) const {
  for (auto it = members.rbegin(); it != members.rend(); ++it) {
    if (it->first == name) return &it->second;
  }
  return nullptr;
}

bool Object::HasDuplicates() const {
  std::set<std::string_view> seen;
  return !std::all_of(members.begin(), members.end(),
                      [&](const auto& member) { return seen.insert(member.first).second; });
}

std::optional<int64_t> Value::Int64() const {
  const NumberText* text = number();
  if (text == nullptr) return std::nullopt;
  const char* end = text->text.data() + text->text.size();
  int64_t value = 0;
  auto [stop, error] = std::from_chars(text->text.data(), end, value);
  if (error == std::errc() && stop == end) return value;
  if (error == std::errc::result_out_of_range) return std::nullopt;
  // 5.0 and 1e3 are written with a point or an exponent and still are integers. Doubles above 2^53
  // no longer tell neighbours apart, so those are refused.
  std::optional<double> real = Double();
  constexpr double kExactMax = 9007199254740992.0;
  if (!real || !(*real >= -kExactMax && *real <= kExactMax)) return std::nullopt;
  auto whole = static_cast<int64_t>(*real);
  return static_cast<double>(whole) == *real ? std::optional(whole) : std::nullopt;
}

std::optional<double> Value::Double() const {
  const NumberText* text = number();
  if (text == nullptr) return std::nullopt;
  double value = 0;
  const char* end = text->text.data() + text->text.size();
  auto [stop, error] = std::from_chars(text->text.data(), end, value);
  if (stop != end || (error != std::errc() && error != std::errc::result_out_of_range)) {
    return std::nullopt;
  }
  return value;
}

Result<Value> Parse(std::string_view text) {
  simdjson::dom::parser parser;
  auto allocated = parser.allocate(std::max(text.size(), size_t{1}), kDepthMax + 1);
  if (allocated != simdjson::SUCCESS) return Invalid("too large");
  simdjson::dom::element root;
  auto parse_error = parser.parse(text.data(), text.size()).get(root);
  if (parse_error == simdjson::DEPTH_ERROR) {
    return Invalid("more than " + std::to_string(kDepthMax) + " levels");
  }
  if (parse_error == simdjson::MEMALLOC) return Error{ErrorKind::kUnavailable, "out of memory"};
  if (parse_error != simdjson::SUCCESS) return Invalid(simdjson::error_message(parse_error));
  ASSIGN_OR_RETURN(std::vector<std::string_view> numbers, ScanNumbers(text));
  const std::string_view* next_number = numbers.data();
  Value value = ToValue(root, next_number);
  CHECK(next_number == numbers.data() + numbers.size());
  return value;
}

}  // namespace dray::json
