// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/attributes.h"

#include <algorithm>
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "format/dynamodb_json/dynamodb_json.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

using base::Result;
using base::Status;
using Names = std::vector<std::string_view>;

constexpr std::string_view kNoValues = "ProjectionExpression";  // uses names only

Names Present(const JsonView& body, std::span<const std::string_view> names) {
  Names present;
  for (std::string_view name : names) {
    if (body.Find(name)) present.push_back(name);
  }
  return present;
}

std::string Joined(const Names& names, std::string_view separator) {
  std::string out;
  for (std::string_view name : names) {
    if (!out.empty()) out += separator;
    out += name;
  }
  return out;
}

}  // namespace

Result<EncodedItem> ParseAttributes(std::string_view json_object) {
  item::ItemBuilder builder;
  builder.StartItem();
  RETURN_IF_ERROR(dynamodb_json::ParseAttributes(json_object, builder));
  EncodedItem item;
  item.bytes = builder.Finish();
  item.size_bytes = builder.size_bytes();
  return item;
}

Result<EncodedItem> ReadAttributes(const JsonView& map) {
  std::string text;
  map.AppendJson(text);
  return ParseAttributes(text);
}

Result<EncodedItem> ReadValue(const JsonView& value) {
  std::string text = "{\"v\":";
  value.AppendJson(text);
  text += '}';
  return ParseAttributes(text);
}

void AppendNamed(const item::ItemView& item, std::span<const std::string> names, std::string& out) {
  out += '{';
  bool is_first = true;
  for (auto it = item.attributes().begin(); it.valid(); it.Next()) {
    if (std::find(names.begin(), names.end(), it.name()) == names.end()) continue;
    if (!is_first) out += ',';
    is_first = false;
    json::AppendString(it.name(), out);
    out += ':';
    dynamodb_json::AppendValue(it.value(), out);
  }
  out += '}';
}

void StartMember(std::string_view name, std::string& out) {
  if (!out.empty() && out.back() != '{') out += ',';
  out += '"';
  out += name;
  out += "\":";
}

Status CheckExpressionMix(const JsonView& body, std::span<const std::string_view> legacy,
                          std::span<const std::string_view> expressions) {
  Names new_ones = Present(body, expressions);
  if (!new_ones.empty()) {
    Names old_ones = Present(body, legacy);
    if (!body.Find("KeyConditionExpression")) std::erase(old_ones, "KeyConditions");
    if (!old_ones.empty()) {
      return ValidationError(
          "Can not use both expression and non-expression parameters in the same request: "
          "Non-expression parameters: {" +
          Joined(old_ones, ", ") + "} Expression parameters: {" + Joined(new_ones, ", ") + "}");
    }
  } else if (body.Find("ExpressionAttributeNames")) {
    return ValidationError("ExpressionAttributeNames can only be specified when using expressions");
  }
  std::erase(new_ones, kNoValues);
  if (!new_ones.empty() || !body.Find("ExpressionAttributeValues")) return base::Ok();
  Names with_values(expressions.begin(), expressions.end());
  std::erase(with_values, kNoValues);
  if (with_values.empty()) return base::Ok();  // the operation has no such member
  return ValidationError(
      "ExpressionAttributeValues can only be specified when using expressions: " +
      Joined(with_values, " and ") + (with_values.size() > 1 ? " are null" : " is null"));
}

}  // namespace dray::dynamodb
