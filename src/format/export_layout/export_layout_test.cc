// SPDX-License-Identifier: Apache-2.0
#include "format/export_layout/export_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/file_system.h"

namespace dray::export_layout {
namespace {

using testing::HasSubstr;

constexpr const char* kExports[] = {
    "2024-Nov/AWSDynamoDB/01731672000123-1a2b3c4d", "AWSDynamoDB/01731672000456-5e6f7a8b",
    "2024-Nov/AWSDynamoDB/01731672000789-9c0d1e2f", "2024-Nov/AWSDynamoDB/01731679200000-0a1b2c3d",
    "2024-Nov/AWSDynamoDB/01731682800000-4e5f6a7b", "2024-Nov/AWSDynamoDB/01731686400000-8c9d0e1f"};

std::string Golden(const std::string& key) {
  auto bytes =
      base::ReadFile(base::PosixFileSystem(),
                     std::string(DRAY_SOURCE_DIR) + "/tests/golden/format/export_layout/" + key);
  EXPECT_TRUE(bytes) << key;
  return bytes ? *bytes : "";
}

TEST(ExportLayout, RendersGoldenManifestsByteByByte) {
  for (const std::string folder : kExports) {
    std::string summary_text = Golden(folder + "/manifest-summary.json");
    auto summary = ParseSummary(summary_text);
    ASSERT_TRUE(summary) << summary.error().message;
    EXPECT_EQ(RenderSummary(*summary), summary_text);
    EXPECT_EQ(summary->manifest_files_key, folder + "/manifest-files.json");

    std::string files_text = Golden(folder + "/manifest-files.json");
    auto files = ParseManifestFiles(files_text);
    ASSERT_TRUE(files) << files.error().message;
    EXPECT_EQ(RenderManifestFiles(*files), files_text);
    uint64_t items = 0;
    for (const FileEntry& file : *files) {
      items += file.item_count;
      EXPECT_EQ(ChecksumFile(Golden(file.data_file_key)), file.md5_base64);
    }
    EXPECT_EQ(items, summary->item_count);

    EXPECT_EQ(ChecksumFile(summary_text), Golden(folder + "/manifest-summary.md5"));
    EXPECT_EQ(ChecksumFile(files_text), Golden(folder + "/manifest-files.md5"));
  }
}

TEST(ExportLayout, ReadsEveryMemberOfASummary) {
  auto full = ParseSummary(Golden(std::string(kExports[2]) + "/manifest-summary.json"));
  ASSERT_TRUE(full);
  EXPECT_EQ(full->start_time_micros, 1731672000'789000);
  EXPECT_EQ(full->end_time_micros, 1731672308'250000);
  EXPECT_EQ(full->export_time_micros, 1731672000'789000);
  EXPECT_EQ(full->s3_prefix, "2024-Nov");
  EXPECT_EQ(full->s3_sse_algorithm, "KMS");
  EXPECT_EQ(full->s3_sse_kms_key_id,
            "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab");
  EXPECT_EQ(full->output_format, "ION");
  EXPECT_EQ(full->item_count, 8u);
  EXPECT_FALSE(full->has_export_type);
  EXPECT_FALSE(full->increment);

  auto increment = ParseSummary(Golden(std::string(kExports[3]) + "/manifest-summary.json"));
  ASSERT_TRUE(increment && increment->increment);
  EXPECT_EQ(increment->increment->from_time_micros, 1731673800'000000);
  EXPECT_EQ(increment->increment->to_time_micros, 1731677400'000000);
  EXPECT_EQ(increment->increment->view, "NEW_AND_OLD_IMAGES");
  EXPECT_EQ(increment->billed_size_bytes, 10'000'000u);

  EXPECT_TRUE(
      ParseSummary(Golden(std::string(kExports[1]) + "/manifest-summary.json"))->has_export_type);
}

// A real export of May 2024 that its owner published; account and bucket as in the publication.
TEST(ExportLayout, RendersThePublishedManifestLine) {
  std::vector<FileEntry> files = {{.item_count = 3,
                                   .md5_base64 = "rzAeIrtALbOlNdK5Hh8tgA==",
                                   .etag = "d1663e415aedcbf3c4977cde7002d2bf-1",
                                   .data_file_key =
                                       "dynamodb-export/AWSDynamoDB/01715685260608-c488b4e1/data/"
                                       "uimbi7eofu2b5kzkxe63gsvb6i.json.gz"}};
  EXPECT_EQ(
      RenderManifestFiles(files),
      "{\"itemCount\":3,\"md5Checksum\":\"rzAeIrtALbOlNdK5Hh8tgA==\",\"etag\":"
      "\"d1663e415aedcbf3c4977cde7002d2bf-1\",\"dataFileS3Key\":\"dynamodb-export/AWSDynamoDB/"
      "01715685260608-c488b4e1/data/uimbi7eofu2b5kzkxe63gsvb6i.json.gz\"}\n");
  EXPECT_EQ(RenderManifestFiles({}), "");
}

TEST(ExportLayout, PutsThePrefixBeforeEveryKey) {
  ObjectKeys keys = KeysOfFullExport("", "01-a");
  EXPECT_EQ(keys.started, "AWSDynamoDB/01-a/_started");
  EXPECT_EQ(keys.data_folder, "AWSDynamoDB/01-a/data/");
  EXPECT_EQ(keys.manifest_files, "AWSDynamoDB/01-a/manifest-files.json");
  EXPECT_EQ(keys.manifest_files_md5, "AWSDynamoDB/01-a/manifest-files.md5");
  EXPECT_EQ(keys.manifest_summary, "AWSDynamoDB/01-a/manifest-summary.json");
  EXPECT_EQ(keys.manifest_summary_md5, "AWSDynamoDB/01-a/manifest-summary.md5");
  EXPECT_EQ(KeysOfFullExport("a/b", "01-a").started, "a/b/AWSDynamoDB/01-a/_started");
  EXPECT_EQ(KeysOfFullExport("foo/", "01-a").started, "foo/AWSDynamoDB/01-a/_started");
  EXPECT_EQ(KeysOfFullExport("/foo", "01-a").started, "/foo/AWSDynamoDB/01-a/_started");
  EXPECT_EQ(KeysOfIncrementalExport("p", "01-a").data_folder, "p/AWSDynamoDB/data/");
  EXPECT_EQ(KeysOfIncrementalExport("p", "01-a").started, "p/AWSDynamoDB/01-a/_started");
}

TEST(ExportLayout, MakesIdsFromTheStartTime) {
  EXPECT_EQ(MakeExportId(1693467621041'000, "039fcf72"), "01693467621041-039fcf72");
  EXPECT_EQ(MakeExportId(1693467621041'999, "039fcf72"), "01693467621041-039fcf72");
}

TEST(ExportLayout, NamesDataFilesLikeVersion3Uuids) {
  std::set<std::string> names;
  for (uint64_t part = 0; part < 50; ++part) {
    for (const char* arn : {"arn:a", "arn:b"}) {
      std::string name = DataFileName(arn, 0, ~uint64_t{0}, part, "json.gz");
      ASSERT_EQ(name.size(), 26 + 8u);
      EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567"), 26u);
      EXPECT_EQ(name.substr(26), ".json.gz");
      EXPECT_NE(std::string_view("aeimquy4").find(name[25]), std::string_view::npos);
      names.insert(name);
    }
  }
  EXPECT_EQ(names.size(), 100u);
  EXPECT_EQ(DataFileName("arn:a", 1, 2, 3, "json.gz"), DataFileName("arn:a", 1, 2, 3, "json.gz"));
  EXPECT_NE(DataFileName("arn:a", 1, 2, 3, "json.gz"), DataFileName("arn:a", 1, 3, 3, "json.gz"));
  EXPECT_NE(DataFileName("arn:a", 1, 2, 3, "json.gz"), DataFileName("arn:a", 0, 2, 3, "json.gz"));
}

TEST(ExportLayout, ToleratesOrderUnknownMembersAndMissingNewlines) {
  auto files = ParseManifestFiles(
      "\n{\"etag\":\"e-1\",\"extra\":[1],\"dataFileS3Key\":\"k\",\"itemCount\":1,\"md5Checksum\":"
      "\"m\"}\r\n\n{\"itemCount\":2,\"md5Checksum\":\"m\",\"etag\":\"e\",\"dataFileS3Key\":\"l\"}");
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_EQ(files->size(), 2u);
  EXPECT_EQ(files->at(0).data_file_key, "k");
  EXPECT_EQ(files->at(1).item_count, 2u);
}

TEST(ExportLayout, SaysWhatIsWrongWithAManifest) {
  auto message = [](std::string_view text) {
    auto files = ParseManifestFiles(text);
    EXPECT_FALSE(files);
    if (files) return std::string();
    EXPECT_EQ(files.error().kind, base::ErrorKind::kCorruption);
    return files.error().message;
  };
  std::string good =
      "{\"itemCount\":1,\"md5Checksum\":\"m\",\"etag\":\"e\",\"dataFileS3Key\":\"k\"}\n";
  EXPECT_EQ(message(good + "{\"itemCount\":1,\"md5Checksum\":\"m\",\"etag\":\"e\"}\n"),
            "manifest-files.json line 2: member dataFileS3Key is missing or not a string");
  EXPECT_EQ(
      message("{\"itemCount\":-1,\"md5Checksum\":\"m\",\"etag\":\"e\",\"dataFileS3Key\":\"k\"}"),
      "manifest-files.json line 1: member itemCount is missing or not a whole number");
  EXPECT_THAT(message(good + "{\"itemCount\""), HasSubstr("line 2: invalid JSON"));
  EXPECT_THAT(message("[]"), HasSubstr("line 1: not a JSON object"));

  std::string summary = Golden(std::string(kExports[0]) + "/manifest-summary.json");
  for (std::string_view member :
       {"exportArn", "startTime", "endTime", "tableArn", "tableId", "exportTime", "s3Bucket",
        "s3SseAlgorithm", "manifestFilesS3Key", "billedSizeBytes", "itemCount", "outputFormat"}) {
    std::string damaged = summary;
    damaged.replace(damaged.find(std::string(member) + "\":"), member.size(), "x");
    auto parsed = ParseSummary(damaged);
    ASSERT_FALSE(parsed) << member;
    EXPECT_THAT(parsed.error().message, HasSubstr("member " + std::string(member) + " is missing"));
  }
  EXPECT_FALSE(ParseSummary(""));
}

}  // namespace
}  // namespace dray::export_layout
