// SPDX-License-Identifier: Apache-2.0
#include "client/remote_import/export_finder.h"

#include <algorithm>
#include <array>
#include <map>

namespace dray::remote_import {

namespace {

constexpr std::string_view kFolder = "AWSDynamoDB/";
constexpr std::string_view kData = "data/";
constexpr std::string_view kSummary = "manifest-summary.json";
constexpr std::array<std::string_view, 4> kManifests = {
    kSummary, "manifest-summary.md5", "manifest-files.json", "manifest-files.md5"};
constexpr size_t kIdDigits = 14;
constexpr size_t kIdBytes = kIdDigits + 1 + 8;

bool IsManifest(std::string_view name) {
  return std::find(kManifests.begin(), kManifests.end(), name) != kManifests.end();
}

std::string_view NameOf(std::string_view key) { return key.substr(key.rfind('/') + 1); }
std::string_view FolderOf(std::string_view key) { return key.substr(0, key.rfind('/') + 1); }
std::string_view ParentOf(std::string_view folder) {
  return FolderOf(folder.substr(0, folder.size() - 1));
}

// "p/AWSDynamoDB/ID/" of "p/AWSDynamoDB/ID/x"; empty when there is no such part.
std::string_view RootIn(std::string_view key) {
  for (size_t at = key.find(kFolder); at != std::string_view::npos;
       at = key.find(kFolder, at + 1)) {
    const bool is_component = at == 0 || key[at - 1] == '/';
    const size_t id_at = at + kFolder.size();
    if (!is_component || key.size() <= id_at + kIdBytes || key[id_at + kIdBytes] != '/') continue;
    if (IsExportId(key.substr(id_at, kIdBytes))) return key.substr(0, id_at + kIdBytes + 1);
  }
  return {};
}

}  // namespace

bool IsExportId(std::string_view text) {
  if (text.size() != kIdBytes || text[kIdDigits] != '-') return false;
  return text.substr(0, kIdDigits).find_first_not_of("0123456789") == std::string_view::npos &&
         text.substr(kIdDigits + 1).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Pointer ReadPointer(std::string_view prefix) {
  if (IsManifest(NameOf(prefix))) return {Pointer::Kind::kExport, std::string(FolderOf(prefix))};
  std::string folder(prefix);
  if (!folder.empty() && !folder.ends_with('/')) folder += '/';
  const std::string root(RootIn(folder));
  if (!root.empty()) {
    std::string_view rest = std::string_view(folder).substr(root.size());
    if (rest.empty()) return {Pointer::Kind::kExport, root};
    if (rest == kData) return {Pointer::Kind::kExportData, root};
    return {Pointer::Kind::kExportPart, {}};
  }
  const std::string shared = std::string(kFolder) + std::string(kData);
  const size_t at = folder.find(shared);
  const bool is_component = at == 0 || (at != std::string::npos && folder[at - 1] == '/');
  if (is_component) return {Pointer::Kind::kIncrementalData, {}};
  return {};
}

std::vector<FoundExport> FindExports(const std::vector<Entry>& entries) {
  std::map<std::string, FoundExport> found;
  for (const Entry& entry : entries) {
    std::string root(RootIn(entry.key));
    std::string id;
    if (!root.empty()) {
      id = root.substr(root.size() - 1 - kIdBytes, kIdBytes);
    } else if (IsManifest(NameOf(entry.key))) {
      root = FolderOf(entry.key);
    } else {
      continue;
    }
    FoundExport& each = found.try_emplace(root, FoundExport{root, id, false}).first->second;
    if (entry.key == root + std::string(kSummary)) each.has_summary = true;
  }
  std::vector<FoundExport> exports;
  for (auto& [root, each] : found) exports.push_back(std::move(each));
  return exports;
}

std::string MovedKey(std::string_view key, std::string_view manifest_files_key,
                     std::string_view root) {
  if (key.starts_with(root) && !root.empty()) return std::string(key);
  const std::string_view old_root = FolderOf(manifest_files_key);
  if (key.starts_with(old_root)) {
    return std::string(root) + std::string(key.substr(old_root.size()));
  }
  const std::string_view old_parent = ParentOf(old_root);
  if (root.empty() || old_parent.empty() || !key.starts_with(old_parent)) return std::string(key);
  return std::string(ParentOf(root)) + std::string(key.substr(old_parent.size()));
}

std::optional<std::string> SidecarKeyOf(std::string_view root) {
  if (root.empty() || RootIn(root) != root) return std::nullopt;
  const std::string_view id = root.substr(root.size() - 1 - kIdBytes, kIdBytes);
  const std::string_view before = root.substr(0, root.size() - 1 - kIdBytes - kFolder.size());
  return std::string(before) + "DraySchema/" + std::string(id) + ".json";
}

}  // namespace dray::remote_import
