// SPDX-License-Identifier: Apache-2.0
#include "security/encryption/key_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/random.h"

namespace dray::encryption {
namespace {

class KeyFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "dray_key_file_" + base::RandomHex(8);
    path_ = folder_ + "/keys/some.key";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  base::FileSystem& files_ = base::PosixFileSystem();
  std::string folder_;
  std::string path_;
};

TEST_F(KeyFile, IsMadeOnceAndReadableByItsOwnerOnly) {
  EXPECT_EQ(LoadKey(files_, path_).error().kind, base::ErrorKind::kNotFound);
  auto made = LoadOrCreateKey(files_, path_);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->size(), 32u);
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  auto loaded = LoadOrCreateKey(files_, path_);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(*loaded, *made);
}

TEST_F(KeyFile, OfAnotherSizeIsCorruptionAndStays) {
  ASSERT_TRUE(files_.CreateFolders(folder_ + "/keys"));
  ASSERT_TRUE(base::ReplaceFile(files_, path_, "short", 0600));
  auto loaded = LoadOrCreateKey(files_, path_);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, base::ErrorKind::kCorruption);
  auto content = base::ReadFile(files_, path_);
  ASSERT_TRUE(content);
  EXPECT_EQ(*content, "short");
}

}  // namespace
}  // namespace dray::encryption
