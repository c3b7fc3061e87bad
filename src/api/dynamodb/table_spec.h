// SPDX-License-Identifier: Apache-2.0
// A table's definition between the wire and its descriptor: read from CreateTable and from
// ImportTable's TableCreationParameters, written by DescribeTable.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/dynamodb/dynamodb.h"
#include "api/dynamodb/json_view.h"
#include "base/result.h"
#include "storage/table/table.h"

namespace dray::dynamodb {

// `body` passed CheckShape. Checks what AWS checks beyond shapes, in its order and words. Fills in
// name, settings and indexes; the account is the caller's.
base::Result<table::TableDescriptor> ReadTableSpec(const JsonView& body, std::string_view account);
base::Status CheckTableClass(std::string_view table_class);
// Refuses what SSESpecification and StreamSpecification would turn on.
base::Status RefuseWhatIsTurnedOn(const JsonView& body);

// A table as its description shows it.
struct ShownTable {
  table::TableDescriptor descriptor;
  table::TableMetrics metrics;
  std::vector<table::TableMetrics> index_metrics;  // in the order of the descriptor's indexes
  std::string_view status;
  int64_t now_micros = 0;    // for "today"
  bool is_creation = false;  // CreateTable's own answer, where everything is still to come
  std::optional<restore_table::RestoreSummary> restore;  // while it is being restored
  // The index, if any, whose throughput is being changed: UPDATING in UpdateTable's answer.
  std::vector<std::string> updating_indexes;
};

// The table now; the status may be replaced afterwards.
ShownTable ShowTable(Services& services, const table::TableRef& table,
                     table::TableDescriptor descriptor);
// {"AttributeDefinitions":...}, the TableDescription.
void AppendTableDescription(const ShownTable& table, std::string_view region, std::string& out);
std::string_view StatusText(table::TableStatus status);

}  // namespace dray::dynamodb
