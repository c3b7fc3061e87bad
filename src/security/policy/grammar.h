// SPDX-License-Identifier: Apache-2.0
// What all parts of the parser share: the rules that the kind of document sets, error texts, and
// the "one value or a list of values" shape.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "security/policy/policy.h"

namespace dray::json {
class Value;
struct Object;
}  // namespace dray::json

namespace dray::policy {

struct Grammar {
  DocumentKind kind = DocumentKind::kIdentity;
  bool has_variables = false;  // Version 2012-10-17

  // S3's texts and rules rather than IAM's.
  bool is_resource_policy() const { return kind == DocumentKind::kResource; }
  bool wants_principal() const {
    return kind == DocumentKind::kResource || kind == DocumentKind::kTrust ||
           kind == DocumentKind::kResourceControl;
  }
  bool wants_resource() const { return kind != DocumentKind::kTrust; }
};

base::Error InvalidPolicy(std::string message);

// A value of the wrong JSON type.
base::Error InvalidSyntax();

// Refuses names that stand twice in `object`.
base::Status RefuseDuplicates(const json::Object& object);

// One string, or a list of at least one; `field` names it in the error texts.
base::Result<std::vector<std::string>> StringOrList(const json::Value& value,
                                                    std::string_view field);

// As above, for condition values: numbers and booleans become their text.
base::Result<std::vector<std::string>> ScalarOrList(const json::Value& value,
                                                    std::string_view field);

}  // namespace dray::policy
