// SPDX-License-Identifier: Apache-2.0
#include "transfer/verify_export/verify_export.h"

#include <set>

#include "base/text_encoding.h"
#include "hash/hash.h"
#include "transfer/verify_export/data_file.h"

namespace dray::verify_export {

namespace {

constexpr size_t kManifestBytesMax = 1 << 30;
constexpr std::string_view kSummaryEnd = "manifest-summary.json";
constexpr std::string_view kFilesEnd = "manifest-files.json";

class Verification {
 public:
  Verification(ObjectReader& reader, const Expectation& expectation, const OnProgress& on_progress,
               Depth depth)
      : reader_(reader), expectation_(expectation), on_progress_(on_progress), depth_(depth) {}

  base::Result<Report> Run(const std::string& summary_key) {
    ASSIGN_OR_RETURN(auto text, ReadWithChecksum(summary_key, kSummaryEnd));
    if (!text) return std::move(report_);
    auto summary = export_layout::ParseSummary(*text);
    if (!summary) {
      Find(summary_key, summary.error().message);
      return std::move(report_);
    }
    report_.summary = *std::move(summary);
    CompareSummary(summary_key);
    RETURN_IF_ERROR(CheckFiles(report_.summary.manifest_files_key));
    return std::move(report_);
  }

 private:
  void Find(const std::string& key, std::string what) {
    report_.findings.push_back({key, std::move(what)});
  }

  // nullopt: there is nothing to go on with, which was noted.
  base::Result<std::optional<std::string>> Read(const std::string& key) {
    auto opened = reader_.Open(key);
    if (!opened) {
      if (opened.error().kind != base::ErrorKind::kNotFound) return opened.error();
      Find(key, "is missing");
      return std::optional<std::string>();
    }
    ASSIGN_OR_RETURN(std::string text, base::ReadAll(*opened->body, kManifestBytesMax));
    return std::optional<std::string>(std::move(text));
  }

  // A manifest and its .md5 beside it.
  base::Result<std::optional<std::string>> ReadWithChecksum(const std::string& key,
                                                            std::string_view end) {
    ASSIGN_OR_RETURN(auto text, Read(key));
    if (!text) return text;
    if (!key.ends_with(end)) {
      Find(key, "is not named " + std::string(end));
      return text;
    }
    const std::string md5_key = key.substr(0, key.size() - std::string(".json").size()) + ".md5";
    ASSIGN_OR_RETURN(auto md5, Read(md5_key));
    if (md5 && base::TrimSpace(*md5) != export_layout::ChecksumFile(*text)) {
      Find(key, "does not have the checksum in " + md5_key);
    }
    return text;
  }

  void CompareSummary(const std::string& key) {
    const export_layout::Summary& summary = report_.summary;
    if (expectation_.export_arn && *expectation_.export_arn != summary.export_arn) {
      Find(key, "is of another export: " + summary.export_arn);
    }
    if (expectation_.item_count && *expectation_.item_count != summary.item_count) {
      Find(key, "counts " + std::to_string(summary.item_count) +
                    " items, the export's description " + std::to_string(*expectation_.item_count));
    }
  }

  base::Status CheckFiles(const std::string& key) {
    ASSIGN_OR_RETURN(auto text, ReadWithChecksum(key, kFilesEnd));
    if (!text) return base::Ok();
    auto files = export_layout::ParseManifestFiles(*text);
    if (!files) {
      Find(key, files.error().message);
      return base::Ok();
    }
    uint64_t items = 0;
    std::set<std::string> seen;
    for (const export_layout::FileEntry& file : *files) {
      RETURN_IF_ERROR(on_progress_(report_.files, files->size()));
      items += file.item_count;
      if (!seen.insert(file.data_file_key).second) Find(file.data_file_key, "is listed twice");
      RETURN_IF_ERROR(CheckDataFile(file));
    }
    if (items != report_.summary.item_count) {
      Find(key, "lists " + std::to_string(items) + " items, the summary " +
                    std::to_string(report_.summary.item_count));
    }
    return on_progress_(report_.files, files->size());
  }

  base::Status CheckDataFile(const export_layout::FileEntry& file) {
    base::Status checked = depth_ == Depth::kEtags ? CheckByEtag(file) : ReadWhole(file);
    if (checked || checked.error().kind != base::ErrorKind::kNotFound) return checked;
    Find(file.data_file_key, "is missing");
    return base::Ok();
  }

  base::Status CheckByEtag(const export_layout::FileEntry& file) {
    ASSIGN_OR_RETURN(auto etag, reader_.EtagOf(file.data_file_key));
    const auto md5 = base::Base64Decode(file.md5_base64);
    if (etag && (*etag == file.etag || (md5 && *etag == base::HexEncode(*md5)))) {
      ++report_.files;
      ++report_.files_by_etag;
      return base::Ok();
    }
    return ReadWhole(file);
  }

  // kNotFound when it is missing.
  base::Status ReadWhole(const export_layout::FileEntry& file) {
    const std::string& key = file.data_file_key;
    ASSIGN_OR_RETURN(ObjectReader::Opened opened, reader_.Open(key));
    ASSIGN_OR_RETURN(DataFileFacts facts, ReadDataFile(*opened.body, report_.summary));
    ++report_.files;
    report_.items += facts.item_count;
    report_.compressed_bytes += facts.compressed_bytes;
    if (depth_ == Depth::kContent && !opened.etag.empty() && opened.etag != file.etag) {
      Find(key, "has the ETag " + opened.etag + ", the manifest says " + file.etag);
    }
    if (facts.md5_base64 != file.md5_base64) {
      Find(key, "has the MD5 " + facts.md5_base64 + ", the manifest says " + file.md5_base64);
    }
    if (!facts.damage.empty()) Find(key, facts.damage);
    if (facts.damage.empty() && facts.item_count != file.item_count) {
      Find(key, "holds " + std::to_string(facts.item_count) + " items, the manifest says " +
                    std::to_string(file.item_count));
    }
    return base::Ok();
  }

  ObjectReader& reader_;
  const Expectation& expectation_;
  const OnProgress& on_progress_;
  const Depth depth_;
  Report report_;
};

}  // namespace

base::Result<Report> Verify(ObjectReader& reader, const std::string& summary_key,
                            const Expectation& expectation, const OnProgress& on_progress,
                            Depth depth) {
  return Verification(reader, expectation, on_progress, depth).Run(summary_key);
}

}  // namespace dray::verify_export
