// SPDX-License-Identifier: Apache-2.0
// Everything that can be wrong with a chain is found out before the first change is applied: each
// manifest and data file is read whole, checksums and counts compared. The ETags seen then are what
// the files must still have when they are applied.
#include <map>

#include "transfer/import_into/chain.h"
#include "transfer/import_into/copy_of.h"
#include "transfer/import_into/into_job.h"
#include "transfer/verify_export/verify_export.h"

namespace dray::import_into {
namespace {

constexpr size_t kManifestBytesMax = 1 << 30;

// Reads through the job's session and remembers what it saw.
class RememberingReader final : public verify_export::ObjectReader {
 public:
  explicit RememberingReader(s3_session::S3Session& session) : session_(session) {}

  base::Result<Opened> Open(const std::string& key) override {
    auto opened = session_.Open(key);
    if (!opened) {
      // A missing bucket is no missing object.
      if (opened.error().kind == base::ErrorKind::kNotFound &&
          opened.error().reason != objects::reason::kNoSuchKey) {
        return base::Error{base::ErrorKind::kAccessDenied, opened.error().message,
                           opened.error().reason};
      }
      return std::move(opened).error();
    }
    seen_[key] = {key, opened->info.etag, opened->info.size_bytes};
    // Copies of an export have other ETags than its manifest says; MD5 and counts decide.
    return Opened{std::move(opened->body), {}};
  }

  const import_table::SourceObject* Find(const std::string& key) const {
    auto found = seen_.find(key);
    return found == seen_.end() ? nullptr : &found->second;
  }

 private:
  s3_session::S3Session& session_;
  std::map<std::string, import_table::SourceObject> seen_;
};

// The data files of a verified export, as they were seen.
base::Result<std::vector<import_table::SourceObject>> FilesOf(const Link& link,
                                                              s3_session::S3Session& session,
                                                              const RememberingReader& seen) {
  ASSIGN_OR_RETURN(auto opened, session.Open(link.summary.manifest_files_key));
  ASSIGN_OR_RETURN(std::string text, base::ReadAll(*opened.body, kManifestBytesMax));
  ASSIGN_OR_RETURN(auto entries, export_layout::ParseManifestFiles(text));
  std::vector<import_table::SourceObject> files;
  for (const export_layout::FileEntry& entry : entries) {
    if (entry.item_count == 0) continue;
    const import_table::SourceObject* file = seen.Find(entry.data_file_key);
    if (file == nullptr) {
      return ChainError(link.summary.manifest_files_key + " changed while it was read");
    }
    files.push_back(*file);
  }
  return files;
}

base::Result<Link> VerifyLink(const std::string& manifest_key, const Reading& reading,
                              RememberingReader& reader) {
  ASSIGN_OR_RETURN(auto report,
                   verify_export::Verify(reader, manifest_key, {}, [&](uint64_t, uint64_t) {
                     return reading.progress.MayGoOn();
                   }));
  if (report.is_whole()) return Link{manifest_key, std::move(report.summary)};
  const verify_export::Finding& first = report.findings.front();
  std::string message = first.key + " " + first.what;
  if (report.findings.size() > 1) {
    message += "; and " + std::to_string(report.findings.size() - 1) + " more findings";
  }
  return ChainError(std::move(message));
}

}  // namespace

base::Status ReadChain(const Reading& reading) {
  jobs::LogPhase(reading.progress, "verifying");
  const IntoRequest& request = reading.accepted.request;
  RememberingReader reader(reading.session);
  std::vector<Link> links;
  for (const std::string& key : request.manifests) {
    ASSIGN_OR_RETURN(Link link, VerifyLink(key, reading, reader));
    links.push_back(std::move(link));
  }
  ASSIGN_OR_RETURN(std::optional<Copy> copy, CopyOf(reading));
  RETURN_IF_ERROR(OrderChain(links, copy, request.is_undo, request.is_forced));

  Checkpoint& checkpoint = reading.checkpoint;
  checkpoint.source_table_arn = links.front().summary.table_arn;
  uint64_t count = 0;
  for (const Link& link : links) {
    ASSIGN_OR_RETURN(auto files, FilesOf(link, reading.session, reader));
    RETURN_IF_ERROR(reading.records.StoreObjects(count, files));
    const auto& increment = *link.summary.increment;
    checkpoint.steps.push_back({link.manifest_key, increment.from_time_micros,
                                increment.to_time_micros, count, files.size(),
                                link.summary.output_format});
    count += files.size();
  }
  if (count <= reading.context.options.objects_max) return base::Ok();
  return base::Error{base::ErrorKind::kLimitExceeded,
                     "The incrementals have more than " +
                         std::to_string(reading.context.options.objects_max) + " data files",
                     {}};
}

}  // namespace dray::import_into
