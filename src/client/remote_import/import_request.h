// SPDX-License-Identifier: Apache-2.0
// The requests of ImportTable and of Dray's own operations beside it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::remote_import {

// What the data looks like, in AWS's words; what is absent is not sent.
struct InputFormat {
  std::string format;  // DYNAMODB_JSON, ION, CSV
  std::optional<std::string> compression;
  std::optional<std::string> csv_delimiter;
  std::vector<std::string> csv_header;  // empty: the first line of each object
};

struct ImportRequest {
  std::string bucket;
  std::string prefix;  // empty: the whole bucket
  std::optional<std::string> bucket_owner;
  InputFormat input;
  std::string table_parameters;  // TableCreationParameters, JSON
  std::string client_token;

  // Dray's own.
  std::string mode;  // INSERT, REPLACE or MERGE into the table of that name; empty: a new table
  std::string table_name;
  bool is_dry_run = false;
  std::string transforms;  // JSON, or empty
};
struct Operation {
  std::string_view name;
  bool is_own = false;
};
Operation OperationOf(const ImportRequest& request);
std::string RenderImportRequest(const ImportRequest& request);

// ApplyIncrementals.
struct IncrementalsRequest {
  std::string client_token;
  std::string table_name;
  std::string bucket;
  std::optional<std::string> bucket_owner;
  std::vector<std::string> manifests;
  std::optional<int64_t> from_micros;
  bool is_dry_run = false;
  bool is_undo = false;
  bool is_forced = false;
};
inline constexpr Operation kApplyIncrementals = {"ApplyIncrementals", true};
std::string RenderIncrementalsRequest(const IncrementalsRequest& request);

// The delimiter as people can type it: "tab" and "space" have names.
std::string DelimiterOf(const std::string& text);

}  // namespace dray::remote_import
