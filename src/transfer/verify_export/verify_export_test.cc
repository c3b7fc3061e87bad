// SPDX-License-Identifier: Apache-2.0
#include "transfer/verify_export/verify_export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/text_encoding.h"
#include "format/compression/gzip.h"
#include "hash/hash.h"

namespace dray::verify_export {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OwningSource final : public base::ByteSource {
 public:
  explicit OwningSource(std::string bytes) : bytes_(std::move(bytes)), source_(bytes_) {}
  base::Result<size_t> Read(char* out, size_t capacity) override {
    return source_.Read(out, capacity);
  }

 private:
  const std::string bytes_;
  base::StringSource source_;
};

// The golden exports as a bucket that can be damaged. ETags are those of uploads in one part.
class GoldenBucket final : public ObjectReader {
 public:
  GoldenBucket() {
    const std::filesystem::path root = DRAY_SOURCE_DIR "/tests/golden/format/export_layout";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (!entry.is_regular_file()) continue;
      std::ostringstream bytes;
      bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      objects[std::filesystem::relative(entry.path(), root)] = bytes.str();
    }
  }
  base::Result<Opened> Open(const std::string& key) override {
    if (error) return *error;
    auto found = objects.find(key);
    if (found == objects.end()) return base::Error{base::ErrorKind::kNotFound, key, {}};
    std::string etag = base::HexEncode(hash::Md5(hash::Md5(found->second))) + "-1";
    return Opened{std::make_unique<OwningSource>(found->second), has_etags ? etag : ""};
  }

  base::Result<std::optional<std::string>> EtagOf(const std::string& key) override {
    auto found = objects.find(key);
    if (found == objects.end()) return base::Error{base::ErrorKind::kNotFound, key, {}};
    auto told = etags.find(key);
    return told == etags.end() ? std::nullopt : std::optional<std::string>(told->second);
  }

  std::map<std::string, std::string> objects;
  std::map<std::string, std::string> etags;  // that EtagOf tells
  bool has_etags = false;
  std::optional<base::Error> error;
};

constexpr const char* kFolder = "AWSDynamoDB/01731672000456-5e6f7a8b/";

class VerifyTest : public ::testing::Test {
 protected:
  base::Result<Report> Run(const std::string& key, const Expectation& expectation = {}) {
    return Verify(bucket_, key, expectation, [this](uint64_t done, uint64_t total) {
      steps_.emplace_back(done, total);
      return base::Ok();
    });
  }
  std::vector<std::string> Findings(const Expectation& expectation = {}) {
    auto report = Run(std::string(kFolder) + "manifest-summary.json", expectation);
    EXPECT_TRUE(report.has_value());
    std::vector<std::string> texts;
    for (const Finding& finding : report->findings) {
      texts.push_back(finding.key.substr(finding.key.rfind('/') + 1) + " " + finding.what);
    }
    return texts;
  }
  std::string& Object(const std::string& name) { return bucket_.objects.at(kFolder + name); }
  std::string& FirstDataFile() {
    for (auto& [key, bytes] : bucket_.objects) {
      if (key.starts_with(std::string(kFolder) + "data/")) return bytes;
    }
    ADD_FAILURE();
    return bucket_.objects.begin()->second;
  }

  GoldenBucket bucket_;
  std::vector<std::pair<uint64_t, uint64_t>> steps_;
};

TEST_F(VerifyTest, EveryGoldenExportIsWhole) {
  int exports = 0, incremental = 0;
  for (const auto& [key, bytes] : bucket_.objects) {
    if (!key.ends_with("manifest-summary.json")) continue;
    auto report = Run(key);
    ASSERT_TRUE(report.has_value()) << key << ": " << report.error().message;
    for (const Finding& finding : report->findings) {
      ADD_FAILURE() << key << ": " << finding.key << " " << finding.what;
    }
    EXPECT_EQ(report->items, report->summary.item_count) << key;
    EXPECT_EQ(steps_.back().first, report->files);
    ++exports;
    incremental += report->summary.increment ? 1 : 0;
  }
  EXPECT_GE(exports, 3);
  EXPECT_GE(incremental, 1);
}

TEST_F(VerifyTest, WhatTheDescriptionSaysIsCompared) {
  EXPECT_THAT(Findings({.export_arn = "arn:other", .item_count = 1234567}),
              ElementsAre(HasSubstr("is of another export"), HasSubstr("counts ")));
}

TEST_F(VerifyTest, AChangedManifestDoesNotHaveItsChecksum) {
  Object("manifest-summary.json") += " ";
  EXPECT_THAT(Findings(), ElementsAre(HasSubstr("does not have the checksum in " +
                                                std::string(kFolder) + "manifest-summary.md5")));
}

TEST_F(VerifyTest, MissingObjectsAreNamed) {
  bucket_.objects.erase(std::string(kFolder) + "manifest-files.md5");
  EXPECT_THAT(Findings(), ElementsAre("manifest-files.md5 is missing"));
  bucket_.objects.erase(std::string(kFolder) + "manifest-summary.json");
  EXPECT_THAT(Findings(), ElementsAre("manifest-summary.json is missing"));
}

TEST_F(VerifyTest, ADamagedDataFileHasAnotherMd5AndIsReadNoFurther) {
  FirstDataFile()[12] ^= 0x55;
  auto findings = Findings();
  ASSERT_GE(findings.size(), 1u);
  EXPECT_THAT(findings[0], HasSubstr("has the MD5 "));
  FirstDataFile().resize(15);
  findings = Findings();
  EXPECT_THAT(findings, ElementsAre(HasSubstr("has the MD5 "), HasSubstr("cannot be read: ")));
}

TEST_F(VerifyTest, ADataFileOfFewerItemsIsFoundThoughItIsWholeInItself) {
  std::string bytes;
  base::StringSink sink(bytes);
  auto gzip = compression::MakeGzipSink(sink);
  ASSERT_TRUE(gzip->Write("{\"Item\":{\"pk\":{\"S\":\"only\"}}}\n").has_value());
  ASSERT_TRUE(gzip->Close().has_value());
  FirstDataFile() = bytes;
  EXPECT_THAT(Findings(), ElementsAre(HasSubstr("has the MD5 "), HasSubstr("holds 1 items, ")));
}

TEST_F(VerifyTest, ETagsAreComparedWhereTheStoreHasThem) {
  bucket_.has_etags = true;
  FirstDataFile() += '\0';
  auto findings = Findings();
  EXPECT_THAT(findings, ::testing::Contains(HasSubstr("has the ETag ")));
}

TEST_F(VerifyTest, AFileThatItsEtagProvesIsNotReadAndAnyOtherIs) {
  for (const auto& [key, bytes] : bucket_.objects) {
    if (!key.starts_with(std::string(kFolder) + "data/")) continue;
    // Half of them were copied in one piece.
    const bool is_copy = bucket_.etags.size() % 2 == 1;
    const std::string md5 = hash::Md5(bytes);
    bucket_.etags[key] = is_copy ? base::HexEncode(md5) : base::HexEncode(hash::Md5(md5)) + "-1";
  }
  const std::string last = bucket_.etags.rbegin()->first;
  bucket_.etags[last] = "of a store that encrypts";
  const std::string summary_key = std::string(kFolder) + "manifest-summary.json";
  auto run = [&] {
    auto on_progress = [](uint64_t, uint64_t) { return base::Ok(); };
    auto report = Verify(bucket_, summary_key, {}, on_progress, Depth::kEtags);
    EXPECT_TRUE(report.has_value());
    return *std::move(report);
  };
  Report report = run();
  EXPECT_TRUE(report.is_whole());
  EXPECT_EQ(report.files, bucket_.etags.size());
  EXPECT_EQ(report.files_by_etag + 1, report.files);
  bucket_.objects[last] += "changed";
  report = run();
  ASSERT_FALSE(report.is_whole());
  EXPECT_EQ(report.findings[0].key, last);
  EXPECT_THAT(report.findings[0].what, HasSubstr("has the MD5 "));
  bucket_.objects.erase(last);
  report = run();
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].what, "is missing");
}

TEST_F(VerifyTest, WhatCannotBeReadIsAnErrorAndNoFinding) {
  bucket_.error = base::Error{base::ErrorKind::kAccessDenied, "denied", {}};
  auto report = Run(std::string(kFolder) + "manifest-summary.json");
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().message, "denied");
}

}  // namespace
}  // namespace dray::verify_export
