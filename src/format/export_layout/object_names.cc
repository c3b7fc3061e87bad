// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/text_encoding.h"
#include "format/export_layout/export_layout.h"
#include "hash/hash.h"

namespace dray::export_layout {

namespace {

// {P}AWSDynamoDB/
std::string RootOf(std::string_view s3_prefix) {
  std::string root(s3_prefix);
  if (!root.empty() && root.back() != '/') root += '/';
  return root + "AWSDynamoDB/";
}

ObjectKeys KeysOf(const std::string& root, std::string_view export_id) {
  std::string folder = root + std::string(export_id) + "/";
  return {.started = folder + "_started",
          .data_folder = folder + "data/",
          .manifest_files = folder + "manifest-files.json",
          .manifest_files_md5 = folder + "manifest-files.md5",
          .manifest_summary = folder + "manifest-summary.json",
          .manifest_summary_md5 = folder + "manifest-summary.md5"};
}

}  // namespace

ObjectKeys KeysOfFullExport(std::string_view s3_prefix, std::string_view export_id) {
  return KeysOf(RootOf(s3_prefix), export_id);
}

ObjectKeys KeysOfIncrementalExport(std::string_view s3_prefix, std::string_view export_id) {
  std::string root = RootOf(s3_prefix);
  ObjectKeys keys = KeysOf(root, export_id);
  keys.data_folder = root + "data/";
  return keys;
}

std::string MakeExportId(int64_t start_time_micros, std::string_view hex8) {
  return fmt::format("{:014}-{}", start_time_micros / 1000, hex8);
}

std::string DataFileName(std::string_view export_arn, uint64_t hash_from, uint64_t hash_last,
                         uint64_t part, std::string_view extension) {
  std::string name = fmt::format("{}|{:016x}-{:016x}|{}", export_arn, hash_from, hash_last, part);
  return fmt::format("{}.{}", base::Base32LowerUnpadded(hash::NameUuid3(name)), extension);
}

std::string ChecksumFile(std::string_view content) {
  return base::Base64Encode(hash::Md5(content));
}

}  // namespace dray::export_layout
