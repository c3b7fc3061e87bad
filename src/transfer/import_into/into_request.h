// SPDX-License-Identifier: Apache-2.0
// What is asked of an import into an existing table; docs/compatibility.md, "Operations of our
// own".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transfer/transform/transform.h"

namespace dray::import_into {

enum class Kind { kItems, kIncrementals };  // ImportIntoTable, ApplyIncrementals
enum class Mode { kInsert, kReplace, kMerge };

struct IntoRequest {
  Kind kind = Kind::kItems;
  std::string client_token;
  std::string account;  // of the table
  std::string table_name;
  std::string s3_bucket;
  std::optional<std::string> s3_bucket_owner;
  bool is_dry_run = false;

  // kItems
  std::optional<std::string> s3_key_prefix;
  std::string input_format;
  std::string input_compression_type = "NONE";
  std::string input_format_options_json;  // verbatim, or empty
  Mode mode = Mode::kInsert;
  std::shared_ptr<const transform::Transforms> transforms;  // null: none

  // kIncrementals
  std::vector<std::string> manifests;  // keys of manifest-summary.json, in any order
  std::optional<int64_t> from_micros;  // what the table is a copy of, where it is not known
  bool is_undo = false;
  bool is_forced = false;  // undo also what was changed since
};

}  // namespace dray::import_into
