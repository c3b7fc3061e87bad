// SPDX-License-Identifier: Apache-2.0
#include "client/remote_jobs/schema_sidecar.h"

#include <algorithm>
#include <array>

#include "base/text_encoding.h"
#include "client/remote_jobs/json_members.h"

namespace dray::remote_jobs {

namespace {

// An optional part: a refusal is noted, not an error.
base::Result<json::Object> TryToRead(Session& session, std::string_view operation, std::string body,
                                     std::string_view part, TableSettings& settings) {
  ASSIGN_OR_RETURN(aws::JsonAnswer answer, session.Ask(operation, std::move(body)));
  if (answer.refused) {
    settings.missing.push_back(std::string(part) + ": " + answer.refused->Text());
  }
  return std::move(answer.body);
}

void Copy(const json::Object& from, std::string_view name, json::Writer& writer) {
  const json::Value* value = from.Find(name);
  if (value == nullptr || value->is_null()) return;
  std::string text;
  json::AppendValue(*value, text);
  writer.Name(name).Raw(text);
}

void RenderThroughput(const json::Object& owner, bool is_provisioned, json::Writer& writer) {
  if (!is_provisioned) {
    Copy(owner, "OnDemandThroughput", writer);
    return;
  }
  json::Object throughput = ObjectAt(owner, "ProvisionedThroughput");
  writer.Name("ProvisionedThroughput").StartObject();
  Copy(throughput, "ReadCapacityUnits", writer);
  Copy(throughput, "WriteCapacityUnits", writer);
  writer.EndObject();
}

void RenderIndexes(const json::Object& table, std::string_view name, bool is_global,
                   bool is_provisioned, json::Writer& writer) {
  json::Array indexes = ArrayAt(table, name);
  if (indexes.empty()) return;
  writer.Name(name).StartArray();
  for (const json::Value& value : indexes) {
    if (value.object() == nullptr) continue;
    const json::Object& index = *value.object();
    writer.StartObject();
    for (std::string_view member : {"IndexName", "KeySchema", "Projection"}) {
      Copy(index, member, writer);
    }
    if (is_global) RenderThroughput(index, is_provisioned, writer);
    writer.EndObject();
  }
  writer.EndArray();
}

void AppendDefinition(const TableSettings& settings, json::Writer& writer) {
  const json::Object& table = settings.table;
  std::string mode = StringAt(ObjectAt(table, "BillingModeSummary"), "BillingMode");
  if (mode.empty()) mode = "PROVISIONED";  // AWS leaves it away
  bool is_provisioned = mode == "PROVISIONED";
  writer.StartObject();
  for (std::string_view member : {"TableName", "AttributeDefinitions", "KeySchema"}) {
    Copy(table, member, writer);
  }
  writer.Name("BillingMode").String(mode);
  RenderThroughput(table, is_provisioned, writer);
  RenderIndexes(table, "LocalSecondaryIndexes", false, is_provisioned, writer);
  RenderIndexes(table, "GlobalSecondaryIndexes", true, is_provisioned, writer);
  Copy(table, "StreamSpecification", writer);
  std::string table_class = StringAt(ObjectAt(table, "TableClassSummary"), "TableClass");
  if (!table_class.empty()) writer.Name("TableClass").String(table_class);
  const json::Value* is_protected = table.Find("DeletionProtectionEnabled");
  if (is_protected != nullptr && is_protected->boolean() != nullptr && *is_protected->boolean()) {
    writer.Name("DeletionProtectionEnabled").Bool(true);
  }
  json::Object sse = ObjectAt(table, "SSEDescription");
  if (StringAt(sse, "Status") == "ENABLED") {
    writer.Name("SSESpecification").StartObject().Name("Enabled").Bool(true);
    Copy(sse, "SSEType", writer);
    std::string key = StringAt(sse, "KMSMasterKeyArn");
    if (!key.empty()) writer.Name("KMSMasterKeyId").String(key);
    writer.EndObject();
  }
  if (!settings.tags.empty()) {
    std::string tags;
    json::AppendValue(json::Value(settings.tags), tags);
    writer.Name("Tags").Raw(tags);
  }
  writer.EndObject();
}

}  // namespace

std::string RenderDefinition(const TableSettings& settings) {
  std::string out;
  json::Writer writer(out);
  AppendDefinition(settings, writer);
  return out;
}

base::Result<json::Object> DescribeTable(Session& session, const std::string& table) {
  std::string body;
  json::Writer(body).StartObject().Name("TableName").String(table).EndObject();
  ASSIGN_OR_RETURN(json::Object answer, session.Get("DescribeTable", std::move(body)));
  return ObjectAt(answer, "Table");
}

base::Result<TableSettings> ReadSettings(Session& session, json::Object table) {
  TableSettings settings;
  settings.table = std::move(table);
  std::string by_name, by_arn;
  json::Writer(by_name)
      .StartObject()
      .Name("TableName")
      .String(StringAt(settings.table, "TableName"))
      .EndObject();
  ASSIGN_OR_RETURN(json::Object ttl,
                   TryToRead(session, "DescribeTimeToLive", by_name, "time to live", settings));
  settings.time_to_live = ObjectAt(ttl, "TimeToLiveDescription");
  ASSIGN_OR_RETURN(json::Object backups, TryToRead(session, "DescribeContinuousBackups", by_name,
                                                   "point-in-time recovery", settings));
  settings.recovery =
      ObjectAt(ObjectAt(backups, "ContinuousBackupsDescription"), "PointInTimeRecoveryDescription");
  std::string next_token;
  do {
    std::string body;
    json::Writer writer(body);
    writer.StartObject().Name("ResourceArn").String(StringAt(settings.table, "TableArn"));
    if (!next_token.empty()) writer.Name("NextToken").String(next_token);
    writer.EndObject();
    ASSIGN_OR_RETURN(json::Object page,
                     TryToRead(session, "ListTagsOfResource", std::move(body), "tags", settings));
    for (json::Value& tag : ArrayAt(page, "Tags")) settings.tags.push_back(std::move(tag));
    next_token = StringAt(page, "NextToken");
  } while (!next_token.empty());
  return settings;
}

std::string RenderSidecar(const TableSettings& settings, const SidecarSource& source) {
  std::string out;
  json::Writer writer(out);
  writer.StartObject().Name("SchemaVersion").Int(1);
  writer.Name("ExportArn").String(source.export_arn);
  writer.Name("ExportManifest").String(source.export_manifest);
  writer.Name("TableArn").String(StringAt(settings.table, "TableArn"));
  writer.Name("TableId").String(StringAt(settings.table, "TableId"));
  writer.Name("TakenAt").String(base::FormatIso8601Millis(source.taken_at_micros));
  writer.Name("CreateTable");
  AppendDefinition(settings, writer);
  writer.Name("TimeToLive").StartObject();
  std::string ttl_status = StringAt(settings.time_to_live, "TimeToLiveStatus");
  writer.Name("Enabled").Bool(ttl_status == "ENABLED" || ttl_status == "ENABLING");
  Copy(settings.time_to_live, "AttributeName", writer);
  writer.EndObject();
  writer.Name("PointInTimeRecovery").StartObject().Name("Enabled");
  writer.Bool(StringAt(settings.recovery, "PointInTimeRecoveryStatus") == "ENABLED");
  Copy(settings.recovery, "RecoveryPeriodInDays", writer);
  writer.EndObject();
  writer.Name("Missing").StartArray();
  for (const std::string& part : settings.missing) writer.String(part);
  writer.EndArray().EndObject();
  return out + "\n";
}

std::string SidecarKey(std::string_view s3_prefix, std::string_view export_arn) {
  std::string key(s3_prefix);
  if (!key.empty() && !key.ends_with('/')) key += '/';
  return key + "DraySchema/" + std::string(export_arn.substr(export_arn.rfind('/') + 1)) + ".json";
}

}  // namespace dray::remote_jobs
