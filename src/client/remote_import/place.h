// SPDX-License-Identifier: Apache-2.0
// Where the data of an import lies: objects of a bucket or files of a folder, looked at in the same
// way. In a folder a key is the absolute path without its first '/'.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/remote_import/bucket.h"
#include "client/remote_import/export_chain.h"
#include "client/remote_import/export_finder.h"
#include "client/remote_jobs/session.h"
#include "transfer/verify_export/verify_export.h"

namespace dray::remote_import {

inline constexpr std::string_view kIncomplete = "incomplete_export";  // Error::reason

class Place : public verify_export::ObjectReader {
 public:
  // Sorted by key. `prefix`: of keys, as S3 takes it; in a folder a file or a folder.
  virtual base::Result<std::vector<Entry>> List(const std::string& prefix) = 0;
  // As people write it: s3://BUCKET/KEY or a path.
  virtual std::string Name(const std::string& key) const = 0;
};

// `bucket_owner`: or empty. The bucket is located here.
base::Result<std::unique_ptr<Place>> OpenBucket(remote_jobs::Session& session,
                                                const std::string& bucket,
                                                const std::string& bucket_owner);
std::unique_ptr<Place> OpenFolders();
// The key of an existing file or folder; kNotFound. A folder's ends with '/'.
base::Result<std::string> KeyOfPath(const std::string& path);

// kCorruption, kIncomplete: it is missing or cannot be read.
base::Result<export_layout::Summary> ReadSummary(Place& place, const std::string& root);

// The data files of an export by the names in its manifest. kCorruption, kIncomplete: it is missing
// or cannot be read.
base::Result<std::vector<export_layout::FileEntry>> ReadDataFiles(
    Place& place, const export_layout::Summary& summary, const std::string& root);

// The exports under a prefix, full and incremental ones; or the one that it names.
struct FoundRuns {
  std::vector<ExportRun> runs;          // by root
  std::vector<std::string> incomplete;  // roots without a summary
};
// kNotFound: none there. kInvalidArgument: a part of an export was named.
base::Result<FoundRuns> FindRuns(Place& place, const std::string& prefix);

struct Contents {
  // Of an export.
  bool is_export = false;
  std::string root;
  export_layout::Summary summary;
  std::vector<export_layout::FileEntry> files;  // keys are where they are now; with verification
  std::vector<Entry> strangers;                 // under data/, and not in the manifest

  std::vector<Entry> data;    // what is to be imported
  std::string import_prefix;  // of their keys: those and no others begin with it
  uint64_t hidden_files = 0;  // of a folder: names that begin with '.', which are left out
};

struct LookOptions {
  std::string prefix;
  bool says_format = false;  // the user did: an export's data/ is plain data then
  bool reads_manifests = true;
};
// kNotFound: nothing there. kCorruption, kIncomplete: an export that is not whole.
// kInvalidArgument: not one export but several, an incremental one, or too much to tell. Each says
// what to do.
base::Result<Contents> Look(Place& place, const LookOptions& options);

// Before the first item: manifests, checksums, every data file. Keys of findings are Names.
base::Result<verify_export::Report> VerifyContents(Place& place, const Contents& contents,
                                                   verify_export::Depth depth,
                                                   const verify_export::OnProgress& on_progress);

}  // namespace dray::remote_import
