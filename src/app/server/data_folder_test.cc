// SPDX-License-Identifier: Apache-2.0
#include "app/server/data_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace dray::server {
namespace {

using ::testing::HasSubstr;

class DataFolderTest : public ::testing::Test {
 protected:
  DataFolderTest() {
    root_ = ::testing::TempDir() + "/data-folder-test-" + std::to_string(getpid());
    path_ = root_ + "/deep/data";
    std::filesystem::remove_all(root_);
  }
  ~DataFolderTest() override { std::filesystem::remove_all(root_); }

  base::Result<std::unique_ptr<DataFolder>> Open(DataFolderOptions options) {
    options.path = path_;
    return DataFolder::Open(base::PosixFileSystem(), std::move(options));
  }
  std::string RefusalOf(DataFolderOptions options) {
    auto opened = Open(std::move(options));
    return opened ? "opened" : opened.error().message;
  }
  void WriteFormat(const std::string& text) { std::ofstream(path_ + "/FORMAT") << text; }

  std::string root_, path_;
};

TEST_F(DataFolderTest, MakesAFolderThatOthersCannotRead) {
  auto folder = Open({});
  ASSERT_TRUE(folder) << folder.error().message;
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  EXPECT_EQ((*folder)->region(), "us-east-1");
}

TEST_F(DataFolderTest, HasOneOwnerAtATime) {
  {
    auto first = Open({});
    ASSERT_TRUE(first);
    auto second = Open({});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().reason, reason::kFolderInUse);
    EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(getpid())));
  }
  EXPECT_TRUE(Open({}));
}

TEST_F(DataFolderTest, KeepsItsRegion) {
  ASSERT_TRUE(Open({.path = {}, .region = "eu-west-1"}));
  auto again = Open({});
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->region(), "eu-west-1");
  again = base::Error{};
  EXPECT_THAT(RefusalOf({.path = {}, .region = "us-east-2"}),
              HasSubstr("belongs to the region eu-west-1"));
  EXPECT_THAT(RefusalOf({.path = {}, .region = "../x"}), HasSubstr("not the name of a region"));
}

TEST_F(DataFolderTest, RaisesAnOlderFormatAndKeepsTheRest) {
  for (const std::string kind : {"signed", "dev"}) {
    ASSERT_TRUE(Open({.path = {}, .dev = kind == "dev"}));
    WriteFormat("dray-data-format 1\nregion eu-west-1\nkind " + kind + "\n");
    ASSERT_TRUE(Open({.path = {}, .create = false}));
    std::ifstream file(path_ + "/FORMAT");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), "dray-data-format 2\nregion eu-west-1\nkind " + kind + "\n");
    std::filesystem::remove_all(path_);
  }
}

TEST_F(DataFolderTest, RefusesNewerFormatsWithInstructions) {
  ASSERT_TRUE(Open({}));
  WriteFormat("dray-data-format 3\nregion us-east-1\nkind signed\n");
  std::string refusal = RefusalOf({});
  EXPECT_THAT(refusal, HasSubstr("written by a newer Dray (data format 3;"));
  EXPECT_THAT(refusal, HasSubstr("Start that version"));
}

TEST_F(DataFolderTest, RefusesDamagedAndMissingFormatFiles) {
  ASSERT_TRUE(Open({}));
  for (std::string text : {"", "dray-data-format x\nregion r\n", "dray-data-format 1\n", "junk"}) {
    WriteFormat(text);
    EXPECT_THAT(RefusalOf({}), HasSubstr("damaged")) << text;
  }
  std::filesystem::remove(path_ + "/FORMAT");
  std::filesystem::create_directory(path_ + "/kv");
  EXPECT_THAT(RefusalOf({}), HasSubstr("no FORMAT file"));
}

TEST_F(DataFolderTest, KeepsDevDataAndCheckedDataApart) {
  ASSERT_TRUE(Open({.path = {}, .dev = true}));
  EXPECT_THAT(RefusalOf({}), HasSubstr("holds data of --dev"));
  EXPECT_TRUE(Open({.path = {}, .dev = true}));
  EXPECT_TRUE(Open({.path = {}, .create = false})) << "commands without a server";
  std::filesystem::remove_all(path_);
  ASSERT_TRUE(Open({}));
  EXPECT_THAT(RefusalOf({.path = {}, .dev = true}), HasSubstr("checks signatures"));
}

TEST_F(DataFolderTest, InMemoryLeavesNothingAndTouchesNoStoredData) {
  {
    auto folder = Open({.path = {}, .in_memory = true});
    ASSERT_TRUE(folder) << folder.error().message;
    std::ofstream((*folder)->content_path() + "/x") << "x";
    std::ofstream((*folder)->credentials_path()) << "x";
  }
  EXPECT_FALSE(std::filesystem::exists(path_ + "/in-memory"));
  EXPECT_FALSE(std::filesystem::exists(path_ + "/credentials"));
  ASSERT_TRUE(Open({}));
  EXPECT_THAT(RefusalOf({.path = {}, .in_memory = true}), HasSubstr("holds stored data"));
}

TEST_F(DataFolderTest, CommandsDoNotMakeFolders) {
  EXPECT_THAT(RefusalOf({.path = {}, .create = false}), HasSubstr("is not a data folder"));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace dray::server
