// SPDX-License-Identifier: Apache-2.0
#include "client/remote_import/export_finder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dray::remote_import {
namespace {

using ::testing::ElementsAre;
using Kind = Pointer::Kind;

constexpr const char* kId = "01693467621041-039fcf72";

TEST(ExportFinder, KnowsExportsIds) {
  EXPECT_TRUE(IsExportId(kId));
  for (const char* wrong : {"", "01693467621041", "01693467621041-039FCF72", "data",
                            "0169346762104-1039fcf72", "01693467621041-039fcf72a"}) {
    EXPECT_FALSE(IsExportId(wrong)) << wrong;
  }
}

TEST(ExportFinder, TellsByTheNameWhatIsPointedAt) {
  const std::string root = std::string("p/AWSDynamoDB/") + kId + "/";
  struct Case {
    std::string prefix;
    Kind kind;
    std::string root;
  };
  const std::vector<Case> cases = {
      {"", Kind::kPlace, ""},
      {"p", Kind::kPlace, ""},
      {"p/AWSDynamoDB/", Kind::kPlace, ""},
      {"p/AWSDynamoDB", Kind::kPlace, ""},
      {root, Kind::kExport, root},
      {root.substr(0, root.size() - 1), Kind::kExport, root},
      {root + "manifest-summary.json", Kind::kExport, root},
      {root + "manifest-files.json", Kind::kExport, root},
      {"copied/manifest-summary.json", Kind::kExport, "copied/"},
      {"manifest-files.json", Kind::kExport, ""},
      {root + "data", Kind::kExportData, root},
      {root + "data/", Kind::kExportData, root},
      {root + "data/abc", Kind::kExportPart, ""},
      {root + "manifest-summary.json.bak", Kind::kExportPart, ""},
      {"p/AWSDynamoDB/data/", Kind::kIncrementalData, ""},
      {"AWSDynamoDB/data", Kind::kIncrementalData, ""},
      {"MyAWSDynamoDB/data/", Kind::kPlace, ""},
      {std::string("MyAWSDynamoDB/") + kId + "/", Kind::kPlace, ""},
  };
  for (const Case& each : cases) {
    Pointer pointer = ReadPointer(each.prefix);
    EXPECT_EQ(pointer.kind, each.kind) << each.prefix;
    EXPECT_EQ(pointer.root, each.root) << each.prefix;
  }
}

TEST(ExportFinder, FindsExportsAmongOtherObjects) {
  const std::string one = std::string("AWSDynamoDB/") + kId + "/";
  const std::string two = std::string("x/y/AWSDynamoDB/") + "01693467621042-039fcf72/";
  auto exports = FindExports({{one + "_started"},
                              {one + "data/a.json.gz"},
                              {one + "manifest-summary.json"},
                              {"AWSDynamoDB/data/of-an-incremental-one.json.gz"},
                              {std::string("DraySchema/") + kId + ".json"},
                              {"copied/manifest-files.json"},
                              {"copied/data/b.json.gz"},
                              {"notes.txt"},
                              {two + "data/a.json.gz"}});
  EXPECT_THAT(exports, ElementsAre(FoundExport{one, kId, true}, FoundExport{"copied/", "", false},
                                   FoundExport{two, "01693467621042-039fcf72", false}));
  EXPECT_TRUE(FindExports({{"a"}, {"data/b.json.gz"}}).empty());
}

TEST(ExportFinder, KeysOfAnExportThatWasMovedAreFoundWhereItIsNow) {
  const std::string old_root = std::string("old/AWSDynamoDB/") + kId + "/";
  const std::string files = old_root + "manifest-files.json";
  EXPECT_EQ(MovedKey(old_root + "data/a", files, "new/"), "new/data/a");
  EXPECT_EQ(MovedKey(files, files, ""), "manifest-files.json");
  EXPECT_EQ(MovedKey("new/data/a", files, "new/"), "new/data/a");
  EXPECT_EQ(MovedKey(old_root + "data/a", files, old_root), old_root + "data/a");
  EXPECT_EQ(MovedKey("manifest-summary.json", files, ""), "manifest-summary.json");
  // What incremental exports share.
  const std::string root = std::string("here/AWSDynamoDB/") + kId + "/";
  EXPECT_EQ(MovedKey("old/AWSDynamoDB/data/a", files, root), "here/AWSDynamoDB/data/a");
  EXPECT_EQ(MovedKey("old/AWSDynamoDB/data/a", files, old_root), "old/AWSDynamoDB/data/a");
  EXPECT_EQ(MovedKey("elsewhere/a", files, root), "elsewhere/a");
  EXPECT_EQ(MovedKey("data/a", "ID/manifest-files.json", root), "data/a");
}

TEST(ExportFinder, TheSchemaStandsBesideTheExportsFolder) {
  const std::string id = kId;
  EXPECT_EQ(SidecarKeyOf("AWSDynamoDB/" + id + "/"), "DraySchema/" + id + ".json");
  EXPECT_EQ(SidecarKeyOf("a/b/AWSDynamoDB/" + id + "/"), "a/b/DraySchema/" + id + ".json");
  EXPECT_EQ(SidecarKeyOf("copied/"), std::nullopt);
  EXPECT_EQ(SidecarKeyOf(""), std::nullopt);
}

}  // namespace
}  // namespace dray::remote_import
