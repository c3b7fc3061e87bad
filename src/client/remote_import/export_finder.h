// SPDX-License-Identifier: Apache-2.0
// What somebody pointed at, told by names alone: an export's folder, its manifest, its data, or
// plain objects. docs/formats/export.md. Pure; the same for buckets and folders.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/remote_import/bucket.h"
#include "format/export_layout/export_layout.h"

namespace dray::remote_import {

bool IsExportId(std::string_view text);  // 01693467621041-039fcf72

struct Pointer {
  enum class Kind {
    kPlace,            // may hold anything
    kExport,           // the root or the manifest of one export
    kExportData,       // AWSDynamoDB/ID/data/, all of it
    kExportPart,       // something in that folder
    kIncrementalData,  // AWSDynamoDB/data/, which incremental exports share
  };
  Kind kind = Kind::kPlace;
  std::string root;  // of kExport and kExportData: ends with '/', or is empty
};
Pointer ReadPointer(std::string_view prefix);

struct FoundExport {
  std::string root;  // in front of manifest-summary.json: ends with '/', or is empty
  std::string id;    // empty where the folder has another name
  bool has_summary = false;
  bool operator==(const FoundExport&) const = default;
};
// Those that have an object among the entries, by root.
std::vector<FoundExport> FindExports(const std::vector<Entry>& entries);

// Where an object that a manifest names is now: exports are copied under other names, and their
// manifests keep the old ones. `manifest_files_key` is the summary's. What incremental exports
// share stands beside their roots.
std::string MovedKey(std::string_view key, std::string_view manifest_files_key,
                     std::string_view root);

// The schema that `dray export` wrote: nullopt when the root's name does not tell where.
std::optional<std::string> SidecarKeyOf(std::string_view root);

}  // namespace dray::remote_import
