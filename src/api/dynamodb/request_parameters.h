// SPDX-License-Identifier: Apache-2.0
// ExpressionAttributeNames and ExpressionAttributeValues of a request, for all of its expressions.
#pragma once

#include <memory>

#include "api/dynamodb/attributes.h"
#include "api/dynamodb/json_view.h"
#include "base/result.h"
#include "model/expression/expression.h"

namespace dray::dynamodb {

// On the heap, because bound expressions point into it: keep it as long as them.
struct RequestParameters {
  // Either member may be absent. Names first, as on AWS; "ExpressionAttributeValues contains
  // invalid value: ... for key :v".
  static base::Result<std::unique_ptr<RequestParameters>> Read(const JsonView& body);

  expression::Parameters parameters;
  EncodedItem values;
};

}  // namespace dray::dynamodb
