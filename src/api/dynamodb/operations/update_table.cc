// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_access.h"
#include "api/dynamodb/table_change.h"
#include "api/dynamodb/table_shapes.h"
#include "api/dynamodb/table_spec.h"

namespace dray::dynamodb {

namespace {

using base::Status;
using table::TableDescriptor;

// Settings are changed when the answer arrives; the answer says UPDATING and shows the old
// throughput all the same, as on AWS. Indexes are built and removed behind it.
class UpdateTable final : public Call {
 public:
  Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForAdministration(resources.front()));
    const TableDescriptor before = open.descriptor;
    ASSIGN_OR_RETURN(std::optional<table::IndexDescriptor> created,
                     CheckTableChange(change, before));
    // First what another request can have made impossible meanwhile.
    if (created) RETURN_IF_ERROR(services.tables.CreateIndex(open.ref, *std::move(created)));
    for (const std::string& name : change.deleted_indexes) {
      RETURN_IF_ERROR(services.tables.DeleteIndex(open.ref, name));
    }
    if (change.changes_settings()) {
      const int64_t now = services.clock.NowMicros();
      RETURN_IF_ERROR(services.tables.Update(open.ref, [&](TableDescriptor& descriptor) -> Status {
        ApplySettings(change, now, descriptor);
        return base::Ok();
      }));
    }
    ShownTable shown = ShowTable(services, open.ref, services.tables.Describe(open.ref));
    if (IsShownAsUpdating()) shown.status = "UPDATING";
    ShowOldThroughput(before, shown);
    out += "{\"TableDescription\":";
    AppendTableDescription(shown, services.region, out);
    out += '}';
    return base::Ok();
  }

  TableName table;
  TableChange change;

 private:
  bool IsShownAsUpdating() const {
    return change.billing_mode || change.provisioned || change.table_class ||
           change.changes_indexes();
  }

  void ShowOldThroughput(const TableDescriptor& before, ShownTable& shown) const {
    if (change.provisioned && shown.descriptor.billing_mode == before.billing_mode) {
      shown.descriptor.provisioned = before.provisioned;
    }
    for (const IndexUpdate& update : change.index_updates) {
      if (update.warm.has_any() && !update.provisioned && !update.on_demand.has_any()) continue;
      shown.updating_indexes.push_back(update.name);
      if (shown.descriptor.billing_mode != before.billing_mode) continue;
      for (table::IndexDescriptor& index : shown.descriptor.indexes) {
        for (const table::IndexDescriptor& old : before.indexes) {
          if (index.name == update.name && old.name == update.name) {
            index.provisioned = old.provisioned;
          }
        }
      }
    }
  }
};

}  // namespace

ParsedCall ParseUpdateTable(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kUpdateTableShape));
  auto call = std::make_unique<UpdateTable>();
  ASSIGN_OR_RETURN(call->change, ReadTableChange(input.body));
  ASSIGN_OR_RETURN(call->table,
                   ParseTableName(input.body.Find("TableName")->string(), input.caller.account()));
  call->resources = {call->table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
