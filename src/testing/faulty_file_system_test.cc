// SPDX-License-Identifier: Apache-2.0
#include "testing/faulty_file_system.h"

#include <gtest/gtest.h>

namespace dray::testing {
namespace {

void Write(base::FileSystem& files, const std::string& path, std::string_view bytes, bool sync) {
  auto file = files.CreateFile(path);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->Append(bytes));
  if (sync) {
    ASSERT_TRUE((*file)->Sync());
  }
  ASSERT_TRUE((*file)->Close());
}

TEST(FaultyFileSystem, ForgetsAtACrashWhatWasNotSynced) {
  FaultyFileSystem files;
  ASSERT_TRUE(files.CreateFolders("/d"));
  ASSERT_TRUE(files.SyncFolder("/d"));
  Write(files, "/d/both", "kept", true);
  Write(files, "/d/name_only", "lost", false);
  ASSERT_TRUE(files.SyncFolder("/d"));
  Write(files, "/d/bytes_only", "lost", true);
  files.Crash();
  EXPECT_EQ(*base::ReadFile(files, "/d/both"), "kept");
  EXPECT_EQ(*base::ReadFile(files, "/d/name_only"), "");
  EXPECT_FALSE(files.Exists("/d/bytes_only"));
}

TEST(FaultyFileSystem, BringsBackARemovedFileWhoseFolderWasNotSynced) {
  FaultyFileSystem files;
  ASSERT_TRUE(files.CreateFolders("/d"));
  Write(files, "/d/f", "x", true);
  ASSERT_TRUE(files.SyncFolder("/d"));
  ASSERT_TRUE(files.RemoveFile("/d/f"));
  files.Crash();
  EXPECT_TRUE(files.Exists("/d/f"));
}

TEST(FaultyFileSystem, FailsTheCallItWasToldTo) {
  FaultyFileSystem files;
  ASSERT_TRUE(files.CreateFolders("/d"));
  files.FailCall(2);
  auto file = files.CreateFile("/d/f");
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->Append("x").error().kind, base::ErrorKind::kIo);
  EXPECT_TRUE((*file)->Append("x"));
}

TEST(FaultyFileSystem, RunsOutOfSpace) {
  FaultyFileSystem files;
  ASSERT_TRUE(files.CreateFolders("/d"));
  files.SetSpace(5);
  auto file = files.CreateFile("/d/f");
  ASSERT_TRUE(file);
  EXPECT_TRUE((*file)->Append("1234"));
  EXPECT_EQ((*file)->Append("56").error().reason, base::kNoSpace);
  files.SetSpace(std::nullopt);
  EXPECT_TRUE((*file)->Append("6"));
}

}  // namespace
}  // namespace dray::testing
