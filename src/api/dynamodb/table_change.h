// SPDX-License-Identifier: Apache-2.0
// What UpdateTable asks for: read from its body and applied to a descriptor (table_change.cc),
// checked against the table (table_change_check.cc). Pure.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/dynamodb/capacity_settings.h"
#include "api/dynamodb/index_spec.h"
#include "api/dynamodb/json_view.h"
#include "base/result.h"
#include "storage/table/table.h"

namespace dray::dynamodb {

struct IndexUpdate {
  std::string name;
  std::optional<table::Throughput> provisioned;
  UnitPair on_demand;
  UnitPair warm;
};

struct TableChange {
  std::optional<table::BillingMode> billing_mode;
  std::optional<table::Throughput> provisioned;
  UnitPair on_demand;
  UnitPair warm;
  std::optional<std::string> table_class;
  std::optional<bool> is_deletion_protected;
  bool disables_stream = false;  // StreamSpecification with false: there is none to disable
  std::vector<item::KeyElement> definitions;
  bool has_definitions = false;
  std::vector<IndexUpdate> index_updates;
  std::vector<IndexRequest> created_indexes;
  std::vector<std::string> deleted_indexes;

  bool changes_indexes() const { return created_indexes.size() + deleted_indexes.size() > 0; }
  bool changes_settings() const;
  table::BillingMode mode_after(const table::TableDescriptor& descriptor) const {
    return billing_mode.value_or(descriptor.billing_mode);
  }
};

// `body` passed kUpdateTableShape. What AWS refuses without a look at the table.
base::Result<TableChange> ReadTableChange(const JsonView& body);

// Whether the table can be changed: "Table is being created: NAME".
base::Status CheckChangeable(const table::TableDescriptor& descriptor);
// Whether this change fits the table as it is; the index to create, when there is one.
base::Result<std::optional<table::IndexDescriptor>> CheckTableChange(
    const TableChange& change, const table::TableDescriptor& descriptor);
// Settings of the table and of its indexes; no index comes or goes.
void ApplySettings(const TableChange& change, int64_t now_micros,
                   table::TableDescriptor& descriptor);

}  // namespace dray::dynamodb
