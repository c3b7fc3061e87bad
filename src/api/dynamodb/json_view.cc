// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/json_view.h"

#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/json_view_access.h"

namespace dray::dynamodb {

namespace {

using base::Status;
using simdjson::dom::element_type;

constexpr size_t kDepthMax = 128;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The code unit of the \u escape whose backslash stands at `at`; -1 when there is none.
int CodeUnitAt(std::string_view text, size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int unit = 0;
  for (size_t i = at + 2; i < at + 6; ++i) unit = unit * 16 + HexDigit(text[i]);
  return unit;
}

// simdjson 3.0.1 decodes an unpaired surrogate escape to another character. Outside strings a
// well-formed text has no backslash, so looking at backslashes alone is enough.
bool HasUnpairedSurrogate(std::string_view text) {
  for (size_t at = text.find('\\'); at != std::string_view::npos; at = text.find('\\', at)) {
    int unit = CodeUnitAt(text, at);
    if (unit < 0) {
      at += 2;
    } else if (unit < 0xD800 || unit > 0xDFFF) {
      at += 6;
    } else {
      int low = unit < 0xDC00 ? CodeUnitAt(text, at + 6) : -1;
      if (low < 0xDC00 || low > 0xDFFF) return true;
      at += 12;
    }
  }
  return false;
}

// By value: the results they come out of are temporaries.
simdjson::dom::object ObjectOf(const JsonView& view) {
  return JsonViewAccess::Get(view).get_object().value_unsafe();
}
simdjson::dom::array ArrayOf(const JsonView& view) {
  return JsonViewAccess::Get(view).get_array().value_unsafe();
}

}  // namespace

struct JsonDocument::State {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
};

JsonDocument::JsonDocument(std::unique_ptr<State> state) : state_(std::move(state)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

base::Result<JsonDocument> JsonDocument::Parse(std::string_view text) {
  auto state = std::make_unique<State>();
  if (state->parser.allocate(text.size(), kDepthMax) != simdjson::SUCCESS ||
      state->parser.parse(text.data(), text.size()).get(state->root) != simdjson::SUCCESS ||
      HasUnpairedSurrogate(text)) {
    return SerializationError("");
  }
  return JsonDocument(std::move(state));
}

JsonView JsonDocument::root() const { return JsonViewAccess::Make(state_->root); }

JsonView::Kind JsonView::kind() const {
  switch (JsonViewAccess::Get(*this).type()) {
    case element_type::NULL_VALUE:
      return Kind::kNull;
    case element_type::BOOL:
      return Kind::kBool;
    case element_type::STRING:
      return Kind::kString;
    case element_type::ARRAY:
      return Kind::kArray;
    case element_type::OBJECT:
      return Kind::kObject;
    default:
      return Kind::kNumber;
  }
}

bool JsonView::boolean() const { return JsonViewAccess::Get(*this).get_bool().value_unsafe(); }

std::string_view JsonView::string() const {
  return JsonViewAccess::Get(*this).get_string().value_unsafe();
}

std::optional<int64_t> JsonView::Int64() const {
  int64_t value = 0;
  if (JsonViewAccess::Get(*this).get_int64().get(value) == simdjson::SUCCESS) return value;
  return std::nullopt;
}

double JsonView::Double() const {
  double value = 0;
  if (JsonViewAccess::Get(*this).get_double().get(value) != simdjson::SUCCESS) return 0;
  return value;
}

std::optional<JsonView> JsonView::Find(std::string_view name) const {
  std::optional<JsonView> found;
  for (auto [key, value] : ObjectOf(*this)) {
    if (key == name) found = JsonViewAccess::Make(value);
  }
  if (found && found->is_null()) found.reset();
  return found;
}

Status JsonView::ForEachMember(
    const std::function<Status(std::string_view, JsonView)>& visit) const {
  for (auto [key, value] : ObjectOf(*this)) {
    RETURN_IF_ERROR(visit(key, JsonViewAccess::Make(value)));
  }
  return base::Ok();
}

Status JsonView::ForEachElement(const std::function<Status(JsonView)>& visit) const {
  for (auto value : ArrayOf(*this)) {
    RETURN_IF_ERROR(visit(JsonViewAccess::Make(value)));
  }
  return base::Ok();
}

size_t JsonView::size() const {
  size_t count = 0;
  // simdjson's own size() saturates at 2^24.
  if (kind() == Kind::kArray) {
    for ([[maybe_unused]] auto value : ArrayOf(*this)) ++count;
  } else {
    for ([[maybe_unused]] auto member : ObjectOf(*this)) ++count;
  }
  return count;
}

void JsonView::AppendJson(std::string& out) const {
  out += simdjson::minify(JsonViewAccess::Get(*this));
}

}  // namespace dray::dynamodb
