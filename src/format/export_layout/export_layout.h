// SPDX-License-Identifier: Apache-2.0
// Names and contents of the objects of an export: docs/formats/export.md, contract section 2. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dray::export_layout {

// {P}AWSDynamoDB/{ExportId}/..., P = prefix without one trailing slash, plus "/", or "".
struct ObjectKeys {
  std::string started;         // .../_started
  std::string data_folder;     // .../data/
  std::string manifest_files;  // .../manifest-files.json
  std::string manifest_files_md5;
  std::string manifest_summary;
  std::string manifest_summary_md5;
};
ObjectKeys KeysOfFullExport(std::string_view s3_prefix, std::string_view export_id);
// The data files of all incremental exports under a prefix share {P}AWSDynamoDB/data/.
ObjectKeys KeysOfIncrementalExport(std::string_view s3_prefix, std::string_view export_id);

// 14-digit start time in ms, '-', 8 lower-case hex digits.
std::string MakeExportId(int64_t start_time_micros, std::string_view hex8);

// 26 characters, a version-3 UUID of (export ARN | hash range | part), and the extension: the same
// for a resumed job.
std::string DataFileName(std::string_view export_arn, uint64_t hash_from, uint64_t hash_last,
                         uint64_t part, std::string_view extension /* "json.gz" */);

struct FileEntry {
  uint64_t item_count = 0;
  std::string md5_base64;  // of the compressed object
  std::string etag;        // S3's multipart ETag without quotes
  std::string data_file_key;
  bool operator==(const FileEntry&) const = default;
};
// The parsers are for readers of exports, made by AWS or by us: members in any order, unknown ones
// ignored. kCorruption says what is missing or wrong, with the line.
std::string RenderManifestFiles(const std::vector<FileEntry>& files);
base::Result<std::vector<FileEntry>> ParseManifestFiles(std::string_view text);

struct Summary {
  struct Increment {  // of an incremental export
    int64_t from_time_micros = 0;
    int64_t to_time_micros = 0;
    std::string view;  // NEW_IMAGE or NEW_AND_OLD_IMAGES
    bool operator==(const Increment&) const = default;
  };

  std::string export_arn;
  int64_t start_time_micros = 0;
  int64_t end_time_micros = 0;
  std::string table_arn;
  std::string table_id;
  int64_t export_time_micros = 0;      // of a full export
  std::optional<Increment> increment;  // decides which of the two kinds it is
  std::string s3_bucket;
  std::optional<std::string> s3_prefix;
  std::string s3_sse_algorithm = "AES256";
  std::optional<std::string> s3_sse_kms_key_id;
  std::string manifest_files_key;
  uint64_t billed_size_bytes = 0;
  uint64_t item_count = 0;
  std::string output_format = "DYNAMODB_JSON";
  // Full exports seen in public do not carry exportType, current documentation does: written on
  // wish, read either way. Incremental ones always carry it.
  bool has_export_type = false;
  bool operator==(const Summary&) const = default;
};
std::string RenderSummary(const Summary& summary);
base::Result<Summary> ParseSummary(std::string_view text);

std::string ChecksumFile(std::string_view content);  // base64 of its MD5, no newline

}  // namespace dray::export_layout
