// SPDX-License-Identifier: Apache-2.0
#include "storage/table/load_remover.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>

namespace dray::table {
namespace {

class LoadRemoverTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "load_remover_" + std::to_string(::getpid());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    remover_.emplace(base::PosixFileSystem(), folder_);
  }
  void TearDown() override {
    remover_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string MakeLoad(const std::string& name) {
    std::string load = folder_ + "/" + name;
    std::filesystem::create_directories(load + "/entries");
    std::ofstream(load + "/spill0") << "spilled";
    std::ofstream(load + "/entries/spill1") << "entries";
    return load;
  }
  // Names in the folder once the removed ones are gone.
  std::vector<std::string> NamesLeft() {
    std::vector<std::string> names;
    for (int i = 0; i < 3000; ++i) {
      names = *base::PosixFileSystem().ListFolder(folder_);
      if (std::none_of(names.begin(), names.end(),
                       [](const std::string& name) { return name.starts_with("removed-"); })) {
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return names;
  }

  std::string folder_;
  std::optional<LoadRemover> remover_;
};

TEST_F(LoadRemoverTest, ALoadIsGoneByItsNameAtOnceAndItsFilesLater) {
  for (int round = 0; round < 3; ++round) {
    const std::string load = MakeLoad("load-1");
    MakeLoad("load-2");
    EXPECT_TRUE(remover_->Remove(load).has_value());
    EXPECT_FALSE(std::filesystem::exists(load));
  }
  EXPECT_EQ(NamesLeft(), std::vector<std::string>{"load-2"});
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/load-2/entries/spill1"));
}

TEST_F(LoadRemoverTest, IsFineWithoutALoadOrAFolder) {
  EXPECT_TRUE(remover_->Remove(folder_ + "/load-1").has_value());
  LoadRemover elsewhere(base::PosixFileSystem(), folder_ + "/absent");
  EXPECT_TRUE(elsewhere.Resume().has_value());
  EXPECT_TRUE(elsewhere.Remove(folder_ + "/absent/load-1").has_value());
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/absent"));
}

TEST_F(LoadRemoverTest, WhatAnEarlierProcessLeftIsRemovedAtTheStart) {
  MakeLoad("removed-0123");
  MakeLoad("load-1");
  EXPECT_TRUE(remover_->Resume().has_value());
  EXPECT_EQ(NamesLeft(), std::vector<std::string>{"load-1"});
}

}  // namespace
}  // namespace dray::table
