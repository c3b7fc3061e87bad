// SPDX-License-Identifier: Apache-2.0
#include "client/remote_import/table_plan.h"

#include <map>

#include "client/remote_jobs/json_members.h"

namespace dray::remote_import {

namespace {

using remote_jobs::ArrayAt;
using remote_jobs::IntAt;
using remote_jobs::ObjectAt;
using remote_jobs::StringAt;

constexpr std::string_view kProvisioned = "PROVISIONED";
constexpr std::string_view kOnDemand = "PAY_PER_REQUEST";
constexpr const char* kHowToNameKeys =
    "give --schema FILE (the schema that `dray export` wrote, or the output of `aws dynamodb "
    "describe-table`), or --hash-key NAME:S (or N, B) and, if there is one, --range-key NAME:N";

base::Error Wrong(std::string text) {
  return {base::ErrorKind::kInvalidArgument, std::move(text), {}};
}

std::string TextOf(const json::Value& value) {
  std::string text;
  json::AppendValue(value, text);
  return text;
}

bool IsTrue(const json::Object& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value != nullptr && value->boolean() != nullptr && *value->boolean();
}

// "-1" stands for no limit in descriptions.
void RenderOnDemand(const json::Object& owner, json::Writer& writer) {
  const json::Object limits = ObjectAt(owner, "OnDemandThroughput");
  bool has_any = false;
  for (std::string_view name : {"MaxReadRequestUnits", "MaxWriteRequestUnits"}) {
    auto value = IntAt(limits, name);
    if (!value || *value < 0) continue;
    if (!has_any) writer.Name("OnDemandThroughput").StartObject();
    has_any = true;
    writer.Name(name).Int(*value);
  }
  if (has_any) writer.EndObject();
}

class Planner {
 public:
  Planner(const std::string& table_name, const TableSchema& schema, const TableFlags& flags)
      : table_name_(table_name), schema_(schema), flags_(flags) {}

  base::Result<TablePlan> Run() {
    ReadTypes();
    RETURN_IF_ERROR(ReadKeys());
    RETURN_IF_ERROR(ReadIndexes());
    RETURN_IF_ERROR(ReadCapacity());
    RETURN_IF_ERROR(Render());
    LeaveOut();
    AddSettings();
    return std::move(plan_);
  }

 private:
  const json::Object& definition() const { return schema_.definition; }

  void ReadTypes() {
    for (const json::Value& value : ArrayAt(definition(), "AttributeDefinitions")) {
      if (value.object() == nullptr) continue;
      types_[StringAt(*value.object(), "AttributeName")] =
          StringAt(*value.object(), "AttributeType");
    }
    auto add = [this](const Attribute& attribute) { types_[attribute.name] = attribute.type; };
    for (const Attribute& attribute : flags_.attributes) add(attribute);
    if (flags_.hash_key) add(*flags_.hash_key);
    if (flags_.range_key) add(*flags_.range_key);
  }

  base::Status ReadKeys() {
    if (!flags_.hash_key && flags_.range_key) {
      return Wrong("--range-key needs --hash-key, too: the keys come from one place");
    }
    if (flags_.hash_key) {
      keys_.emplace_back(flags_.hash_key->name, "HASH");
      if (flags_.range_key) keys_.emplace_back(flags_.range_key->name, "RANGE");
    } else {
      keys_ = KeysOf(definition());
    }
    if (keys_.empty())
      return Wrong(std::string("the table's keys are not known: ") + kHowToNameKeys);
    return Use(keys_, "the table");
  }

  using Keys = std::vector<std::pair<std::string, std::string>>;  // name, HASH or RANGE
  static Keys KeysOf(const json::Object& owner) {
    Keys keys;
    for (const json::Value& value : ArrayAt(owner, "KeySchema")) {
      if (value.object() == nullptr) continue;
      keys.emplace_back(StringAt(*value.object(), "AttributeName"),
                        StringAt(*value.object(), "KeyType"));
    }
    return keys;
  }

  // Only what a key uses may be defined.
  base::Status Use(const Keys& keys, const std::string& of_what) {
    for (const auto& [name, kind] : keys) {
      auto found = types_.find(name);
      if (found == types_.end()) {
        return Wrong("the type of " + name + ", a key of " + of_what +
                     ", is not known: give --attribute " + name + ":S (or N, B)");
      }
      used_[name] = found->second;
    }
    return base::Ok();
  }

  base::Status ReadIndexes() {
    if (flags_.global_indexes.empty()) {
      for (json::Value& index : ArrayAt(definition(), "GlobalSecondaryIndexes")) {
        if (index.object() != nullptr) indexes_.push_back(*index.object());
      }
    }
    for (const std::string& text : flags_.global_indexes) {
      auto parsed = json::Parse(text);
      const bool is_index = parsed && parsed->object() != nullptr &&
                            !StringAt(*parsed->object(), "IndexName").empty() &&
                            !ArrayAt(*parsed->object(), "KeySchema").empty();
      if (!is_index) {
        return Wrong(
            "--gsi takes one index as JSON, such as "
            "'{\"IndexName\":\"by-year\",\"KeySchema\":[{\"AttributeName\":\"Year\","
            "\"KeyType\":\"HASH\"}],\"Projection\":{\"ProjectionType\":\"ALL\"}}', not '" +
            text + "'");
      }
      indexes_.push_back(*parsed->object());
    }
    for (const json::Object& index : indexes_) {
      RETURN_IF_ERROR(Use(KeysOf(index), "the index " + StringAt(index, "IndexName")));
    }
    return base::Ok();
  }

  base::Status ReadCapacity() {
    const bool has_schema = schema_.kind != TableSchema::Kind::kNone;
    const bool has_numbers = flags_.read_capacity || flags_.write_capacity;
    if (flags_.billing_mode) {
      billing_mode_ = *flags_.billing_mode;
    } else if (has_numbers) {
      billing_mode_ = kProvisioned;
    } else if (has_schema) {
      billing_mode_ = StringAt(definition(), "BillingMode");
      if (billing_mode_.empty()) billing_mode_ = kProvisioned;  // as CreateTable takes it
    } else {
      billing_mode_ = kOnDemand;
    }
    if (billing_mode_ != kProvisioned) {
      if (!has_numbers) return base::Ok();
      return Wrong("--read-capacity and --write-capacity are of --billing-mode provisioned");
    }
    const json::Object throughput = ObjectAt(definition(), "ProvisionedThroughput");
    read_ = flags_.read_capacity ? flags_.read_capacity : IntAt(throughput, "ReadCapacityUnits");
    write_ =
        flags_.write_capacity ? flags_.write_capacity : IntAt(throughput, "WriteCapacityUnits");
    if (read_ && write_) return base::Ok();
    return Wrong("a table with provisioned throughput needs --read-capacity and --write-capacity");
  }

  base::Status Render() {
    json::Writer writer(plan_.parameters);
    writer.StartObject().Name("TableName").String(table_name_);
    writer.Name("AttributeDefinitions").StartArray();
    for (const auto& [name, type] : used_) {
      writer.StartObject().Name("AttributeName").String(name);
      writer.Name("AttributeType").String(type).EndObject();
    }
    writer.EndArray();
    writer.Name("KeySchema").StartArray();
    for (const auto& [name, kind] : keys_) {
      writer.StartObject().Name("AttributeName").String(name);
      writer.Name("KeyType").String(kind).EndObject();
    }
    writer.EndArray().Name("BillingMode").String(billing_mode_);
    RenderThroughput(definition(), read_, write_, writer);
    if (flags_.kms_key_id) {
      writer.Name("SSESpecification").StartObject().Name("Enabled").Bool(true);
      writer.Name("SSEType").String("KMS").Name("KMSMasterKeyId").String(*flags_.kms_key_id);
      writer.EndObject();
    }
    if (!indexes_.empty()) {
      writer.Name("GlobalSecondaryIndexes").StartArray();
      for (const json::Object& index : indexes_) RenderIndex(index, writer);
      writer.EndArray();
    }
    writer.EndObject();
    return base::Ok();
  }

  void RenderThroughput(const json::Object& owner, std::optional<int64_t> read,
                        std::optional<int64_t> write, json::Writer& writer) const {
    if (billing_mode_ != kProvisioned) {
      RenderOnDemand(owner, writer);
      return;
    }
    writer.Name("ProvisionedThroughput").StartObject();
    writer.Name("ReadCapacityUnits").Int(*read).Name("WriteCapacityUnits").Int(*write).EndObject();
  }

  void RenderIndex(const json::Object& index, json::Writer& writer) const {
    writer.StartObject();
    for (const auto& [name, value] : index.members) {
      if (name == "ProvisionedThroughput" || name == "OnDemandThroughput") continue;
      writer.Name(name).Raw(TextOf(value));
    }
    if (index.Find("Projection") == nullptr) {
      writer.Name("Projection").StartObject().Name("ProjectionType").String("ALL").EndObject();
    }
    const json::Object throughput = ObjectAt(index, "ProvisionedThroughput");
    auto read = IntAt(throughput, "ReadCapacityUnits");
    auto write = IntAt(throughput, "WriteCapacityUnits");
    RenderThroughput(index, read ? read : read_, write ? write : write_, writer);
    writer.EndObject();
  }

  void LeaveOut() {
    for (const json::Value& value : ArrayAt(definition(), "LocalSecondaryIndexes")) {
      if (value.object() == nullptr) continue;
      std::string keys;
      for (const auto& [name, kind] : KeysOf(*value.object())) {
        keys += (keys.empty() ? "" : ", ") + name;
      }
      plan_.left_out.push_back("the local secondary index " +
                               StringAt(*value.object(), "IndexName") + " (" + keys +
                               "): ImportTable cannot make one; --gsi makes a global index");
    }
    const json::Object encryption = ObjectAt(definition(), "SSESpecification");
    if (IsTrue(encryption, "Enabled") && !flags_.kms_key_id) {
      plan_.left_out.push_back(
          "the encryption with the key " + StringAt(encryption, "KMSMasterKeyId") +
          ": another account or region has other keys; --kms-key-id names one");
    }
    for (const std::string& region : schema_.replicas) {
      plan_.left_out.push_back("the replica in " + region + ": add it when the table is there");
    }
    for (const std::string& missing : schema_.missing) {
      plan_.left_out.push_back(missing + " (the schema was written without it)");
    }
    if (schema_.kind == TableSchema::Kind::kDescription) {
      plan_.left_out.push_back(
          "time to live, tags and point-in-time recovery: DescribeTable does not tell them");
    }
  }

  void Add(std::string what, std::string operation, std::string table_by, std::string member,
           std::string value_json) {
    plan_.settings.push_back({std::move(what), std::move(operation), std::move(table_by),
                              std::move(member), std::move(value_json)});
  }

  void AddTags() {
    json::Array kept;
    for (const json::Value& tag : ArrayAt(definition(), "Tags")) {
      if (tag.object() == nullptr) continue;
      const std::string key = StringAt(*tag.object(), "Key");
      if (key.starts_with("aws:")) {
        plan_.left_out.push_back("the tag " + key + ": nobody but AWS may set it");
      } else {
        kept.push_back(tag);
      }
    }
    if (kept.empty()) return;
    const std::string count = std::to_string(kept.size()) + (kept.size() == 1 ? " tag" : " tags");
    Add(count, "TagResource", "ResourceArn", "Tags", TextOf(json::Value(std::move(kept))));
  }

  // Deletion protection last: what fails before can still be thrown away.
  void AddSettings() {
    AddTags();
    const std::string ttl_attribute = StringAt(schema_.time_to_live, "AttributeName");
    if (IsTrue(schema_.time_to_live, "Enabled") && !ttl_attribute.empty()) {
      std::string value;
      json::Writer(value)
          .StartObject()
          .Name("Enabled")
          .Bool(true)
          .Name("AttributeName")
          .String(ttl_attribute)
          .EndObject();
      Add("time to live on " + ttl_attribute, "UpdateTimeToLive", "TableName",
          "TimeToLiveSpecification", value);
    }
    if (IsTrue(schema_.recovery, "Enabled")) {
      std::string value;
      json::Writer writer(value);
      writer.StartObject().Name("PointInTimeRecoveryEnabled").Bool(true);
      if (auto days = IntAt(schema_.recovery, "RecoveryPeriodInDays")) {
        writer.Name("RecoveryPeriodInDays").Int(*days);
      }
      writer.EndObject();
      Add("point-in-time recovery", "UpdateContinuousBackups", "TableName",
          "PointInTimeRecoverySpecification", value);
    }
    const json::Object stream = ObjectAt(definition(), "StreamSpecification");
    if (IsTrue(stream, "StreamEnabled")) {
      Add("the stream (" + StringAt(stream, "StreamViewType") + ")", "UpdateTable", "TableName",
          "StreamSpecification", TextOf(json::Value(stream)));
    }
    const std::string table_class = StringAt(definition(), "TableClass");
    if (!table_class.empty() && table_class != "STANDARD") {
      Add("the table class " + table_class, "UpdateTable", "TableName", "TableClass",
          TextOf(json::Value(table_class)));
    }
    if (IsTrue(definition(), "DeletionProtectionEnabled")) {
      Add("deletion protection", "UpdateTable", "TableName", "DeletionProtectionEnabled", "true");
    }
  }

  const std::string& table_name_;
  const TableSchema& schema_;
  const TableFlags& flags_;
  std::map<std::string, std::string> types_, used_;  // by attribute
  Keys keys_;
  std::vector<json::Object> indexes_;
  std::string billing_mode_;
  std::optional<int64_t> read_, write_;
  TablePlan plan_;
};

}  // namespace

base::Result<TablePlan> PlanTable(const std::string& table_name, const TableSchema& schema,
                                  const TableFlags& flags) {
  return Planner(table_name, schema, flags).Run();
}

std::string RenderSetting(const Setting& setting, std::string_view table) {
  std::string body;
  json::Writer(body)
      .StartObject()
      .Name(setting.table_by)
      .String(table)
      .Name(setting.member)
      .Raw(setting.value_json)
      .EndObject();
  return body;
}

}  // namespace dray::remote_import
