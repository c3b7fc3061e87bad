// SPDX-License-Identifier: Apache-2.0
// From what is known of a table (the schema beside an export, a DescribeTable, flags) to what
// ImportTable makes, what can be set behind it, and what cannot be carried over. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "format/json/json.h"

namespace dray::remote_import {

struct TableSchema {
  enum class Kind {
    kNone,
    kSidecar,      // docs/formats/schema-sidecar.md
    kDescription,  // DescribeTable's answer: no time to live, tags, recovery
    kRequest,      // a request of CreateTable
  };
  Kind kind = Kind::kNone;
  std::string export_arn;               // of a sidecar
  json::Object definition;              // members of CreateTable
  json::Object time_to_live, recovery;  // of a sidecar
  std::vector<std::string> missing;     // of a sidecar: what was not readable, and why
  std::vector<std::string> replicas;    // regions
};
// Which of the three it is, its members tell. kInvalidArgument says what is wrong.
base::Result<TableSchema> ParseSchema(std::string_view text);

struct Attribute {
  std::string name, type;  // S, N, B
};
// NAME:TYPE; the name may have colons.
std::optional<Attribute> ParseAttribute(std::string_view text);

// What was said beside the schema, and wins over it.
struct TableFlags {
  std::optional<Attribute> hash_key, range_key;  // both keys come from here as soon as one does
  std::vector<Attribute> attributes;             // types of other keys
  std::optional<std::string> billing_mode;       // AWS's name
  std::optional<int64_t> read_capacity, write_capacity;
  std::vector<std::string> global_indexes;  // JSON; instead of those of the schema
  std::optional<std::string> kms_key_id;
};

// One request behind the import.
struct Setting {
  std::string what;       // "time to live on expires"
  std::string operation;  // UpdateTimeToLive
  std::string table_by;   // the member that names the table: TableName or ResourceArn
  std::string member, value_json;
};
std::string RenderSetting(const Setting& setting, std::string_view table);

struct TablePlan {
  std::string parameters;             // TableCreationParameters
  std::vector<Setting> settings;      // in the order in which they are applied
  std::vector<std::string> left_out;  // what no request carries over: sentences
};
// kInvalidArgument: keys or types are not known, or a flag is wrong.
base::Result<TablePlan> PlanTable(const std::string& table_name, const TableSchema& schema,
                                  const TableFlags& flags);

}  // namespace dray::remote_import
