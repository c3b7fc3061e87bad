// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/request_parameters.h"

#include <utility>
#include <vector>

#include "api/dynamodb/error_mapping.h"
#include "format/dynamodb_json/dynamodb_json.h"

namespace dray::dynamodb {

namespace {

using base::Status;

Status ReadNames(const JsonView& names, expression::Parameters& parameters) {
  std::vector<expression::Parameters::Name> list;
  RETURN_IF_ERROR(names.ForEachMember([&](std::string_view placeholder, JsonView name) -> Status {
    if (name.kind() != JsonView::Kind::kString) {
      return SerializationError("Unexpected field type");
    }
    list.push_back({std::string(placeholder), std::string(name.string())});
    return base::Ok();
  }));
  return parameters.SetNames(std::move(list));
}

// Some value is no valid one. AWS looks at all keys before it looks at values.
base::Error ValueError(const JsonView& values, base::Error whole) {
  if (whole.reason == dynamodb_json::kNotAttributeValue) return whole;
  item::ItemBuilder keys;
  Status checked = values.ForEachMember([&](std::string_view placeholder, JsonView) -> Status {
    RETURN_IF_ERROR(keys.Name(placeholder));
    keys.Null();
    return base::Ok();
  });
  if (!checked) return std::move(checked).error();
  expression::Parameters parameters;
  checked = parameters.SetValues(item::ItemView(keys.Finish()).attributes());
  if (!checked) return std::move(checked).error();
  checked = values.ForEachMember([&](std::string_view placeholder, JsonView value) -> Status {
    base::Result<EncodedItem> read = ReadValue(value);
    if (read) return base::Ok();
    return ValidationError("ExpressionAttributeValues contains invalid value: " +
                           read.error().message + " for key " + std::string(placeholder));
  });
  return checked ? std::move(whole) : std::move(checked).error();
}

}  // namespace

base::Result<std::unique_ptr<RequestParameters>> RequestParameters::Read(const JsonView& body) {
  auto request = std::make_unique<RequestParameters>();
  if (std::optional<JsonView> names = body.Find("ExpressionAttributeNames")) {
    RETURN_IF_ERROR(ReadNames(*names, request->parameters));
  }
  if (std::optional<JsonView> values = body.Find("ExpressionAttributeValues")) {
    base::Result<EncodedItem> read = ReadAttributes(*values);
    if (!read) return ValueError(*values, std::move(read).error());
    request->values = *std::move(read);
    RETURN_IF_ERROR(request->parameters.SetValues(request->values.view().attributes()));
  }
  return request;
}

}  // namespace dray::dynamodb
