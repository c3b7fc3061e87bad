// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/attributes.h"

#include <algorithm>

#include "api/dynamodb/error_mapping.h"
#include "format/dynamodb_json/dynamodb_json.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

using base::Result;
using base::Status;

Result<EncodedItem> Parse(std::string_view text) {
  item::ItemBuilder builder;
  builder.StartItem();
  RETURN_IF_ERROR(dynamodb_json::ParseAttributes(text, builder));
  EncodedItem item;
  item.bytes = builder.Finish();
  item.size_bytes = builder.size_bytes();
  return item;
}

// "{A, B}" of those members that the request has; empty when none.
std::string Present(const JsonView& body, std::span<const std::string_view> names) {
  std::string out;
  for (std::string_view name : names) {
    if (!body.Find(name)) continue;
    out += out.empty() ? "{" : ", ";
    out += name;
  }
  if (!out.empty()) out += '}';
  return out;
}

}  // namespace

Result<EncodedItem> ReadAttributes(const JsonView& map) {
  std::string text;
  map.AppendJson(text);
  return Parse(text);
}

Result<EncodedItem> ReadValue(const JsonView& value) {
  std::string text = "{\"v\":";
  value.AppendJson(text);
  text += '}';
  return Parse(text);
}

void AppendItem(const item::ItemView& item, const std::vector<std::string>& only,
                std::string& out) {
  if (only.empty()) {
    dynamodb_json::AppendAttributes(item.attributes(), out);
    return;
  }
  out += '{';
  bool is_first = true;
  for (auto it = item.attributes().begin(); it.valid(); it.Next()) {
    if (std::find(only.begin(), only.end(), it.name()) == only.end()) continue;
    if (!is_first) out += ',';
    is_first = false;
    json::AppendString(it.name(), out);
    out += ':';
    dynamodb_json::AppendValue(it.value(), out);
  }
  out += '}';
}

void AppendKey(const item::KeySchema& schema, const item::ItemView& item, std::string& out) {
  std::vector<std::string> names;
  names.reserve(schema.hash.size() + schema.range.size());
  for (const item::KeyElement& element : schema.hash) names.push_back(element.name);
  for (const item::KeyElement& element : schema.range) names.push_back(element.name);
  AppendItem(item, names, out);
}

Result<std::vector<std::string>> ReadAttributesToGet(const JsonView& body) {
  std::vector<std::string> names;
  std::optional<JsonView> list = body.Find("AttributesToGet");
  if (!list) return names;
  RETURN_IF_ERROR(list->ForEachElement([&](JsonView element) -> Status {
    std::string name(element.string());
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      return InvalidParameter("Duplicate value in attribute name: " + name);
    }
    names.push_back(std::move(name));
    return base::Ok();
  }));
  return names;
}

Status CheckExpressionMix(const JsonView& body, std::span<const std::string_view> legacy,
                          std::span<const std::string_view> expressions) {
  std::string old_ones = Present(body, legacy);
  std::string new_ones = Present(body, expressions);
  if (!old_ones.empty() && !new_ones.empty()) {
    return ValidationError(
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: " +
        old_ones + " Expression parameters: " + new_ones);
  }
  if (!new_ones.empty()) return base::Ok();
  for (std::string_view name : {"ExpressionAttributeNames", "ExpressionAttributeValues"}) {
    if (!body.Find(name)) continue;
    std::string text(name);
    text += " can only be specified when using expressions";
    if (expressions.size() == 1) text += ": " + std::string(expressions[0]) + " is null";
    return ValidationError(std::move(text));
  }
  return base::Ok();
}

}  // namespace dray::dynamodb
