// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/attribute_selection.h"

#include <algorithm>
#include <utility>

#include "api/dynamodb/attributes.h"
#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/key_checks.h"
#include "format/dynamodb_json/dynamodb_json.h"

namespace dray::dynamodb {

namespace {

using base::Status;

Status ReadNames(const JsonView& list, std::vector<std::string>& names) {
  return list.ForEachElement([&](JsonView element) -> Status {
    std::string name(element.string());
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      return InvalidParameter("Duplicate value in attribute name: " + name);
    }
    names.push_back(std::move(name));
    return base::Ok();
  });
}

}  // namespace

std::vector<std::string_view> AttributeSelection::attributes() const {
  std::vector<std::string_view> all(names.begin(), names.end());
  if (!projection) return all;
  for (const expression::AttributeUse& use : projection->attribute_uses()) {
    if (std::find(all.begin(), all.end(), use.attribute) == all.end()) all.push_back(use.attribute);
  }
  return all;
}

Status AttributeSelection::Check(const table::TableDescriptor& descriptor) const {
  if (!projection) return base::Ok();
  return CheckKeyPaths(projection->attribute_uses(), descriptor);
}

Status ReadAttributeSelection(const JsonView& body, expression::ExpressionCache& cache,
                              expression::Parameters& parameters, AttributeSelection& selection) {
  if (std::optional<JsonView> list = body.Find("AttributesToGet")) {
    return ReadNames(*list, selection.names);
  }
  std::optional<JsonView> text = body.Find("ProjectionExpression");
  if (!text) return base::Ok();
  ASSIGN_OR_RETURN(auto tree, cache.Get(expression::Kind::kProjection, text->string()));
  ASSIGN_OR_RETURN(selection.projection,
                   expression::BoundProjection::Bind(std::move(tree), parameters));
  return base::Ok();
}

Status AppendSelected(const item::ItemView& item, const AttributeSelection& selection,
                      std::optional<item::ItemBuilder>& scratch, std::string& out) {
  if (selection.projection) {
    if (!scratch) scratch.emplace();
    scratch->StartItem();
    RETURN_IF_ERROR(selection.projection->Project(item, *scratch));
    dynamodb_json::AppendAttributes(item::ItemView(scratch->Finish()).attributes(), out);
  } else if (!selection.names.empty()) {
    AppendNamed(item, selection.names, out);
  } else {
    dynamodb_json::AppendAttributes(item.attributes(), out);
  }
  return base::Ok();
}

}  // namespace dray::dynamodb
