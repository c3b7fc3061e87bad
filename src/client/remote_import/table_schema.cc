// SPDX-License-Identifier: Apache-2.0
#include "base/text_encoding.h"
#include "client/remote_import/table_plan.h"
#include "client/remote_jobs/json_members.h"
#include "client/remote_jobs/schema_sidecar.h"

namespace dray::remote_import {

namespace {

using remote_jobs::ArrayAt;
using remote_jobs::ObjectAt;
using remote_jobs::StringAt;

constexpr int64_t kSidecarVersion = 1;

base::Error Wrong(std::string text) {
  return {base::ErrorKind::kInvalidArgument, std::move(text), {}};
}

base::Result<TableSchema> ReadSidecar(const json::Object& sidecar) {
  auto version = remote_jobs::IntAt(sidecar, "SchemaVersion");
  if (version != kSidecarVersion) {
    return Wrong("its SchemaVersion is not " + std::to_string(kSidecarVersion) +
                 ": it needs a later version of dray");
  }
  TableSchema schema;
  schema.kind = TableSchema::Kind::kSidecar;
  schema.export_arn = StringAt(sidecar, "ExportArn");
  schema.definition = ObjectAt(sidecar, "CreateTable");
  schema.time_to_live = ObjectAt(sidecar, "TimeToLive");
  schema.recovery = ObjectAt(sidecar, "PointInTimeRecovery");
  for (const json::Value& text : ArrayAt(sidecar, "Missing")) {
    if (text.string() != nullptr) schema.missing.push_back(*text.string());
  }
  return schema;
}

base::Result<TableSchema> ReadDescription(json::Object table) {
  TableSchema schema;
  schema.kind = TableSchema::Kind::kDescription;
  for (const json::Value& replica : ArrayAt(table, "Replicas")) {
    if (replica.object() != nullptr) {
      schema.replicas.push_back(StringAt(*replica.object(), "RegionName"));
    }
  }
  remote_jobs::TableSettings settings;
  settings.table = std::move(table);
  ASSIGN_OR_RETURN(json::Value definition, json::Parse(remote_jobs::RenderDefinition(settings)));
  schema.definition = *definition.object();
  return schema;
}

}  // namespace

base::Result<TableSchema> ParseSchema(std::string_view text) {
  auto parsed = json::Parse(text);
  if (!parsed) return Wrong("it is not JSON: " + parsed.error().message);
  if (parsed->object() == nullptr) return Wrong("it is no JSON object");
  const json::Object& object = *parsed->object();
  base::Result<TableSchema> schema = Wrong("");
  if (object.Find("SchemaVersion") != nullptr) {
    schema = ReadSidecar(object);
  } else if (object.Find("Table") != nullptr) {
    schema = ReadDescription(ObjectAt(object, "Table"));
  } else if (object.Find("TableStatus") != nullptr || object.Find("TableArn") != nullptr) {
    schema = ReadDescription(object);
  } else {
    TableSchema request;
    request.kind = TableSchema::Kind::kRequest;
    request.definition = object;
    schema = std::move(request);
  }
  if (schema && ArrayAt(schema->definition, "KeySchema").empty()) {
    return Wrong(
        "it has no KeySchema: it is neither a schema that dray export wrote, nor the answer of "
        "`aws dynamodb describe-table`, nor a request of CreateTable");
  }
  return schema;
}

std::optional<Attribute> ParseAttribute(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view type = text.substr(colon + 1);
  if (type != "S" && type != "N" && type != "B") return std::nullopt;
  return Attribute{std::string(text.substr(0, colon)), std::string(type)};
}

}  // namespace dray::remote_import
