// SPDX-License-Identifier: Apache-2.0
#include "app/server/remote_targets_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace dray::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class RemoteTargetsFileTest : public ::testing::Test {
 protected:
  void Write(const std::string& text, mode_t mode) {
    std::ofstream(path_) << text;
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
  }
  std::string Refusal() {
    auto loaded = LoadRemoteTargets(path_);
    return loaded ? "loaded" : loaded.error().message;
  }

  const std::string path_ = ::testing::TempDir() + "/remote-targets-" +
                            ::testing::UnitTest::GetInstance()->current_test_info()->name() +
                            ".json";
  const std::string good_ = R"({"targets":[{"name":"archive","endpoint":"https://s3.example.org",
      "region":"eu-west-1","access_key_id":"AKIA","secret_access_key":"very secret",
      "accounts":["111122223333"],"buckets":[{"name":"archive-bucket"}]}]})";
};

TEST_F(RemoteTargetsFileTest, IsReadOnlyWhenNobodyElseCanReadIt) {
  Write(good_, 0600);
  EXPECT_EQ(Refusal(), "loaded");
  ASSERT_EQ(::chmod(path_.c_str(), 0400), 0);
  EXPECT_EQ(Refusal(), "loaded");
  for (mode_t mode : {0640, 0604, 0620, 0602, 0644}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    EXPECT_THAT(Refusal(), AllOf(HasSubstr("chmod 600"), HasSubstr(path_))) << mode;
  }
}

TEST_F(RemoteTargetsFileTest, ErrorsNameTheFileAndNoSecret) {
  EXPECT_THAT(Refusal(), HasSubstr(path_));
  Write(good_.substr(0, good_.size() - 4), 0600);
  EXPECT_THAT(Refusal(), AllOf(HasSubstr(path_), Not(HasSubstr("very secret"))));
  Write(R"({"targets":[{"name":"a","secret_access_key":"very secret"}]})", 0600);
  EXPECT_THAT(Refusal(), AllOf(HasSubstr("remote target a"), Not(HasSubstr("very secret"))));
}

}  // namespace
}  // namespace dray::server
