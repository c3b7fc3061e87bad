// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_access.h"
#include "api/dynamodb/table_change.h"
#include "api/dynamodb/table_spec.h"

namespace dray::dynamodb {

namespace {

constexpr Member kMembers[] = {
    kTableNameMember,
};
constexpr Shape kShape{"DeleteTableInput", kMembers};

class DeleteTable final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForAdministration(resources.front()));
    RETURN_IF_ERROR(CheckChangeable(open.descriptor));
    if (open.descriptor.is_deletion_protected) {
      return ValidationError(
          "Resource cannot be deleted as it is currently protected against deletion. Disable "
          "deletion protection first.");
    }
    for (const table::IndexDescriptor& index : open.descriptor.indexes) {
      if (index.status == table::IndexStatus::kActive) continue;
      return base::Error{base::ErrorKind::kInUse,
                         "Attempt to change a resource which is still in use: Cannot delete table "
                         "while indexes are being created, updated, or deleted.",
                         reason::kResourceInUse};
    }
    ShownTable shown = ShowTable(services, open.ref, open.descriptor);
    shown.status = StatusText(table::TableStatus::kDeleting);
    RETURN_IF_ERROR(services.backups.DeleteTable(open.ref));
    out += "{\"TableDescription\":";
    AppendTableDescription(shown, services.region, out);
    out += '}';
    return base::Ok();
  }

  TableName table;
};

}  // namespace

ParsedCall ParseDeleteTable(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<DeleteTable>();
  ASSIGN_OR_RETURN(call->table,
                   ParseTableName(input.body.Find("TableName")->string(), input.caller.account()));
  call->resources = {call->table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
