// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_table/source_list.h"

#include <algorithm>

namespace dray::import_table {
namespace {

bool IsManifest(std::string_view key) {
  return key.ends_with("/manifest-files.json") || key.ends_with("/manifest-summary.json") ||
         key == "manifest-files.json" || key == "manifest-summary.json";
}

}  // namespace

bool HasChanged(const base::Error& failure) {
  return failure.reason == objects::reason::kPreconditionFailed ||
         failure.reason == objects::reason::kNoSuchKey;
}

std::optional<std::string> DefectOf(const base::Error& failure) {
  if (failure.kind == base::ErrorKind::kCorruption) return failure.message;
  if (!HasChanged(failure)) return std::nullopt;
  return std::string(failure.reason == objects::reason::kNoSuchKey ? kObjectGone
                                                                   : kObjectOverwritten);
}

base::Result<SourceList> ListSource(s3_session::S3Session& session, const std::string& prefix,
                                    uint64_t objects_max, ImportRecords& records,
                                    jobs::Progress& progress) {
  SourceList list;
  objects::ListRequest request;
  request.prefix = prefix;
  while (true) {
    RETURN_IF_ERROR(progress.MayGoOn());
    ASSIGN_OR_RETURN(auto page, session.List(request));
    std::vector<SourceObject> objects;
    for (const objects::ObjectInfo& info : page.objects) {
      objects.push_back({info.key, info.etag, info.size_bytes});
      list.source_bytes += info.size_bytes;
      if (list.manifest_key.empty() && IsManifest(info.key)) list.manifest_key = info.key;
    }
    RETURN_IF_ERROR(records.StoreObjects(list.object_count, objects));
    list.object_count += objects.size();
    if (list.object_count > objects_max) {
      return base::Error{
          base::ErrorKind::kLimitExceeded,
          "The import has more than " + std::to_string(objects_max) + " source objects",
          {}};
    }
    if (!page.is_truncated) return list;
    request.start_after = page.next_start_after;
  }
}

base::Status ProbeReading(s3_session::S3Session& session, ImportRecords& records) {
  ASSIGN_OR_RETURN(auto objects, records.LoadObjects());
  auto first = std::find_if(objects.begin(), objects.end(),
                            [](const SourceObject& object) { return object.size_bytes > 0; });
  if (first == objects.end()) return base::Ok();
  auto opened = session.Open(first->key);
  if (!opened && opened.error().kind != base::ErrorKind::kNotFound) return opened.error();
  return base::Ok();
}

jobs::Failure SomeItemsFailed(const std::string& manifest_key, uint64_t errors,
                              uint64_t processed) {
  jobs::Failure failure{
      "ItemValidationError",
      "Some of the items failed validation checks and were not imported. Please check CloudWatch "
      "error logs for more details.",
      std::to_string(errors) + " of " + std::to_string(processed) +
          " records were refused; the import's error log names each"};
  if (manifest_key.empty()) return failure;
  // npos + 1 is 0: a manifest at the bucket's root.
  const std::string folder = manifest_key.substr(0, manifest_key.rfind('/') + 1);
  failure.message += " The prefix holds the manifest of an export (" + manifest_key +
                     "), which is not data: import the prefix " + folder + "data/";
  return failure;
}

}  // namespace dray::import_table
