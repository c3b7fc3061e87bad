// SPDX-License-Identifier: Apache-2.0
// What of an item a read returns: all of it, the attributes of AttributesToGet, or what a
// ProjectionExpression reaches.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/dynamodb/json_view.h"
#include "api/dynamodb/request_parameters.h"
#include "base/result.h"
#include "model/expression/bound_projection.h"
#include "model/expression/expression_cache.h"
#include "storage/table/table.h"

namespace dray::dynamodb {

struct AttributeSelection {
  std::vector<std::string> names;                         // AttributesToGet
  std::optional<expression::BoundProjection> projection;  // points into the request's parameters

  bool is_all() const { return names.empty() && !projection; }
  // The top-level attributes that it names, each once, in the order of the request.
  std::vector<std::string_view> attributes() const;
  // Paths into key attributes of the table or of its indexes are refused, as on AWS.
  base::Status Check(const table::TableDescriptor& descriptor) const;
};

// Of a body, or of a table's part of a BatchGetItem, that passed CheckExpressionMix. Duplicates in
// AttributesToGet are refused, as on AWS.
base::Status ReadAttributeSelection(const JsonView& body, expression::ExpressionCache& cache,
                                    expression::Parameters& parameters,
                                    AttributeSelection& selection);

// Appends the item as JSON: {"pk":{"S":"x"}}. `scratch` is for a projection, made when the first
// one needs it and used again by the next.
base::Status AppendSelected(const item::ItemView& item, const AttributeSelection& selection,
                            std::optional<item::ItemBuilder>& scratch, std::string& out);

}  // namespace dray::dynamodb
