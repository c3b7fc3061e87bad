// SPDX-License-Identifier: Apache-2.0
#include "client/remote_import/place.h"

#include <algorithm>
#include <set>

#include "base/text_encoding.h"

namespace dray::remote_import {

namespace {

using base::Error;
using base::ErrorKind;

constexpr size_t kManifestBytesMax = 1 << 30;
constexpr size_t kShownMax = 10;

Error NotWhole(std::string text) { return {ErrorKind::kCorruption, std::move(text), kIncomplete}; }

base::Result<std::string> ReadObject(Place& place, const std::string& key) {
  ASSIGN_OR_RETURN(auto opened, place.Open(key));
  return base::ReadAll(*opened.body, kManifestBytesMax);
}

}  // namespace

base::Result<export_layout::Summary> ReadSummary(Place& place, const std::string& root) {
  const std::string key = root + "manifest-summary.json";
  auto text = ReadObject(place, key);
  if (!text) {
    if (text.error().kind != ErrorKind::kNotFound) return std::move(text).error();
    return NotWhole(place.Name(root) +
                    " is an export without manifest-summary.json: it is not complete, or was not "
                    "copied whole. Wait for its end, or copy it again; the summary is written "
                    "last");
  }
  auto summary = export_layout::ParseSummary(*text);
  if (!summary) return NotWhole(place.Name(key) + ": " + summary.error().message);
  return summary;
}

base::Result<std::vector<export_layout::FileEntry>> ReadDataFiles(
    Place& place, const export_layout::Summary& summary, const std::string& root) {
  const std::string& named = summary.manifest_files_key;
  const std::string key = MovedKey(named, named, root);
  auto text = ReadObject(place, key);
  if (!text) {
    if (text.error().kind != ErrorKind::kNotFound) return std::move(text).error();
    return NotWhole(place.Name(key) + " is missing");
  }
  auto files = export_layout::ParseManifestFiles(*text);
  if (!files) return NotWhole(place.Name(key) + ": " + files.error().message);
  return files;
}

namespace {

std::string Describe(Place& place, const FoundExport& found) {
  std::string text = "\n  " + place.Name(found.root);
  if (!found.has_summary) return text + "  not complete";
  auto summary = ReadSummary(place, found.root);
  if (!summary) return text + "  its summary cannot be read";
  return text + "  " + DescribeRun({found.root, *std::move(summary)});
}

Error Several(Place& place, const std::string& prefix, const std::vector<FoundExport>& exports) {
  std::string text = "there are " + std::to_string(exports.size()) + " exports under " +
                     place.Name(prefix) + ": name one of them";
  for (size_t i = 0; i < std::min(exports.size(), kShownMax); ++i) {
    text += Describe(place, exports[i]);
  }
  if (exports.size() > kShownMax) {
    text += "\n  and " + std::to_string(exports.size() - kShownMax) + " more";
  }
  return {ErrorKind::kInvalidArgument, text, {}};
}

Error Incremental(Place& place, const std::string& root) {
  return {
      ErrorKind::kInvalidArgument,
      place.Name(root) +
          " is an incremental export: it holds changes, and no table can be made of them alone. "
          "Import the full export that it follows and apply the changes to that table: name a "
          "prefix "
          "that holds both, with --apply-incrementals",
      {}};
}

bool IsHidden(const std::string& key, const std::string& prefix) {
  return key.starts_with(prefix) &&
         key.find("/.", prefix.empty() ? 0 : prefix.size() - 1) != std::string::npos;
}

class Looking {
 public:
  Looking(Place& place, const LookOptions& options) : place_(place), options_(options) {}

  base::Result<Contents> Run() {
    const Pointer pointer = ReadPointer(options_.prefix);
    switch (pointer.kind) {
      case Pointer::Kind::kExport:
        return LookAtExport(pointer.root);
      case Pointer::Kind::kExportData:
        if (options_.says_format) break;
        return LookAtExport(pointer.root);
      case Pointer::Kind::kIncrementalData:
        return Error{ErrorKind::kInvalidArgument,
                     place_.Name(options_.prefix) +
                         " is the folder that incremental exports share: it holds changes and no "
                         "items. Name the full export that they follow",
                     {}};
      case Pointer::Kind::kExportPart:
      case Pointer::Kind::kPlace:
        break;
    }
    ASSIGN_OR_RETURN(std::vector<Entry> entries, ListAny(options_.prefix));
    if (pointer.kind == Pointer::Kind::kPlace) {
      const std::vector<FoundExport> exports = FindExports(entries);
      if (exports.size() > 1) return Several(place_, options_.prefix, exports);
      if (exports.size() == 1) return LookAtExport(exports[0].root);
    }
    return LookAtPlain(std::move(entries));
  }

 private:
  base::Result<std::vector<Entry>> ListAny(const std::string& prefix) {
    ASSIGN_OR_RETURN(std::vector<Entry> entries, place_.List(prefix));
    if (!entries.empty()) return entries;
    return Error{ErrorKind::kNotFound, "there is nothing under " + place_.Name(prefix), {}};
  }

  base::Result<Contents> LookAtPlain(std::vector<Entry> entries) {
    Contents contents;
    contents.import_prefix = options_.prefix;
    for (Entry& entry : entries) {
      if (entry.etag.empty() && IsHidden(entry.key, options_.prefix)) {
        ++contents.hidden_files;  // of a folder only: .DS_Store and the like
      } else {
        contents.data.push_back(std::move(entry));
      }
    }
    if (!contents.data.empty()) return contents;
    return Error{
        ErrorKind::kNotFound, "there is nothing under " + place_.Name(options_.prefix), {}};
  }

  base::Result<Contents> LookAtExport(const std::string& root) {
    Contents contents;
    contents.is_export = true;
    contents.root = root;
    contents.import_prefix = root + "data/";
    RETURN_IF_ERROR(ListAny(root));
    ASSIGN_OR_RETURN(contents.summary, ReadSummary(place_, root));
    if (contents.summary.increment) return Incremental(place_, root);
    ASSIGN_OR_RETURN(std::vector<Entry> entries, place_.List(contents.import_prefix));
    if (!options_.reads_manifests) {
      contents.data = std::move(entries);
      return contents;
    }
    RETURN_IF_ERROR(ReadFiles(contents));
    std::set<std::string> listed;
    for (const export_layout::FileEntry& file : contents.files) listed.insert(file.data_file_key);
    for (Entry& entry : entries) {
      (listed.contains(entry.key) ? contents.data : contents.strangers).push_back(std::move(entry));
    }
    return contents;
  }

  base::Status ReadFiles(Contents& contents) {
    ASSIGN_OR_RETURN(contents.files, ReadDataFiles(place_, contents.summary, contents.root));
    for (export_layout::FileEntry& file : contents.files) {
      file.data_file_key =
          MovedKey(file.data_file_key, contents.summary.manifest_files_key, contents.root);
    }
    return base::Ok();
  }

  Place& place_;
  const LookOptions& options_;
};

// An export under the names that its manifests have.
class MovedExport final : public verify_export::ObjectReader {
 public:
  MovedExport(Place& place, const Contents& contents) : place_(place), contents_(contents) {}
  base::Result<Opened> Open(const std::string& key) override { return place_.Open(KeyOf(key)); }
  base::Result<std::optional<std::string>> EtagOf(const std::string& key) override {
    return place_.EtagOf(KeyOf(key));
  }
  std::string KeyOf(const std::string& key) const {
    return MovedKey(key, contents_.summary.manifest_files_key, contents_.root);
  }

 private:
  Place& place_;
  const Contents& contents_;
};

}  // namespace

base::Result<FoundRuns> FindRuns(Place& place, const std::string& prefix) {
  const Pointer pointer = ReadPointer(prefix);
  std::vector<FoundExport> exports;
  switch (pointer.kind) {
    case Pointer::Kind::kExport:
    case Pointer::Kind::kExportData:
      exports.push_back({pointer.root, {}, true});
      break;
    case Pointer::Kind::kExportPart:
    case Pointer::Kind::kIncrementalData:
      return Error{ErrorKind::kInvalidArgument,
                   place.Name(prefix) +
                       " is a part of exports: name an export's folder, its manifest, or a prefix "
                       "that holds them",
                   {}};
    case Pointer::Kind::kPlace: {
      ASSIGN_OR_RETURN(std::vector<Entry> entries, place.List(prefix));
      exports = FindExports(entries);
      break;
    }
  }
  FoundRuns found;
  for (const FoundExport& each : exports) {
    if (!each.has_summary) {
      found.incomplete.push_back(each.root);
      continue;
    }
    ASSIGN_OR_RETURN(export_layout::Summary summary, ReadSummary(place, each.root));
    found.runs.push_back({each.root, std::move(summary)});
  }
  if (!found.runs.empty()) return found;
  return Error{ErrorKind::kNotFound,
               "there is no complete export under " + place.Name(prefix) +
                   ": its manifest-summary.json is written last",
               {}};
}

base::Result<Contents> Look(Place& place, const LookOptions& options) {
  return Looking(place, options).Run();
}

base::Result<verify_export::Report> VerifyContents(Place& place, const Contents& contents,
                                                   verify_export::Depth depth,
                                                   const verify_export::OnProgress& on_progress) {
  MovedExport moved(place, contents);
  ASSIGN_OR_RETURN(verify_export::Report report,
                   verify_export::Verify(moved, contents.root + "manifest-summary.json", {},
                                         on_progress, depth));
  for (verify_export::Finding& finding : report.findings) {
    finding.key = place.Name(moved.KeyOf(finding.key));
  }
  return report;
}

}  // namespace dray::remote_import
