// SPDX-License-Identifier: Apache-2.0
// A table's definition between the wire and its descriptor: read from CreateTable and from
// ImportTable's TableCreationParameters, written by DescribeTable.
#pragma once

#include <string>
#include <string_view>

#include "api/dynamodb/json_view.h"
#include "api/dynamodb/shape.h"
#include "base/result.h"
#include "storage/table/table.h"

namespace dray::dynamodb {

extern const Shape kCreateTableShape;
extern const Shape kTableCreationParametersShape;

// `body` passed CheckShape. Checks what AWS checks beyond shapes, in its order and words. Fills in
// name and settings; the account is the caller's.
base::Result<table::TableDescriptor> ReadTableSpec(const JsonView& body, std::string_view account);

// {"AttributeDefinitions":...}, the TableDescription of `descriptor`. `status` is what to show.
void AppendTableDescription(const table::TableDescriptor& descriptor,
                            const table::TableMetrics& metrics, std::string_view status,
                            std::string_view region, std::string& out);
std::string_view StatusText(table::TableStatus status);

}  // namespace dray::dynamodb
