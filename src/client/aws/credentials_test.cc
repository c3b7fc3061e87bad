// SPDX-License-Identifier: Apache-2.0
#include "client/aws/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dray::aws {
namespace {

using ::testing::HasSubstr;

constexpr const char* kCredentials = R"(
# keys
[default]
aws_access_key_id = DEFAULTKEY
aws_secret_access_key=defaultsecret

[ target ]
AWS_ACCESS_KEY_ID = TARGETKEY
aws_secret_access_key = tar/get+secret==
aws_session_token = token
)";
constexpr const char* kConfig = R"(
[default]
region = eu-west-1
s3 =
  region = nonsense
[profile target]
region = eu-north-1
ca_bundle = /ca.pem
[profile role]
role_arn = arn:aws:iam::111122223333:role/r
source_profile = default
[profile empty]
region = x
)";

class CredentialsTest : public ::testing::Test {
 protected:
  base::Result<Identity> Find(const IdentityOptions& options = {}) {
    return FindIdentity(
        options,
        [this](const std::string& name) -> std::optional<std::string> {
          auto found = environment_.find(name);
          if (found == environment_.end()) return std::nullopt;
          return found->second;
        },
        [this](const std::string& path) -> std::optional<std::string> {
          auto found = files_.find(path);
          if (found == files_.end()) return std::nullopt;
          return found->second;
        });
  }
  std::map<std::string, std::string> environment_ = {{"HOME", "/h"}};
  std::map<std::string, std::string> files_ = {{"/h/.aws/credentials", kCredentials},
                                               {"/h/.aws/config", kConfig}};
};

TEST_F(CredentialsTest, TheDefaultProfileIsTheLastResort) {
  auto found = Find();
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ(found->credentials.access_key, "DEFAULTKEY");
  EXPECT_EQ(found->credentials.secret, "defaultsecret");
  EXPECT_EQ(found->region, "eu-west-1");
}

TEST_F(CredentialsTest, AProfileByFlagWinsOverKeysInTheEnvironmentAndTheseOverAwsProfile) {
  environment_["AWS_PROFILE"] = "target";
  auto by_variable = Find();
  ASSERT_TRUE(by_variable.has_value());
  EXPECT_EQ(by_variable->credentials.access_key, "TARGETKEY");
  EXPECT_EQ(by_variable->credentials.secret, "tar/get+secret==");
  EXPECT_EQ(by_variable->credentials.session_token, "token");
  EXPECT_EQ(by_variable->region, "eu-north-1");
  EXPECT_EQ(by_variable->ca_file, "/ca.pem");
  environment_["AWS_ACCESS_KEY_ID"] = "ENVKEY";
  environment_["AWS_SECRET_ACCESS_KEY"] = "envsecret";
  environment_["AWS_SESSION_TOKEN"] = "envtoken";
  environment_["AWS_REGION"] = "us-west-2";
  auto by_keys = Find();
  ASSERT_TRUE(by_keys.has_value());
  EXPECT_EQ(by_keys->credentials.access_key, "ENVKEY");
  EXPECT_EQ(by_keys->credentials.session_token, "envtoken");
  EXPECT_EQ(by_keys->region, "us-west-2");
  auto by_flag = Find({.profile = "default", .credentials_file = {}});
  ASSERT_TRUE(by_flag.has_value());
  EXPECT_EQ(by_flag->credentials.access_key, "DEFAULTKEY");
  EXPECT_EQ(by_flag->credentials.session_token, "");
}

TEST_F(CredentialsTest, OtherFilesByTheEnvironment) {
  environment_["AWS_SHARED_CREDENTIALS_FILE"] = "/other";
  files_["/other"] = "[default]\naws_access_key_id=O\naws_secret_access_key=s\n";
  auto found = Find();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->credentials.access_key, "O");
}

TEST_F(CredentialsTest, AFileOfItsOwnNeedsNoEnvironment) {
  environment_["AWS_ACCESS_KEY_ID"] = "ENVKEY";
  files_["/data/credentials"] = kCredentials;
  auto found = Find({.profile = "target", .credentials_file = "/data/credentials"});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->credentials.access_key, "TARGETKEY");
  EXPECT_EQ(found->region, "");
  EXPECT_FALSE(Find({.profile = "nobody", .credentials_file = "/data/credentials"}).has_value());
}

TEST_F(CredentialsTest, SaysWhatIsMissingAndWhatToDo) {
  EXPECT_THAT(Find({.profile = "nobody", .credentials_file = {}}).error().message,
              HasSubstr("there is no profile nobody in /h/.aws/credentials or /h/.aws/config"));
  EXPECT_THAT(Find({.profile = "role", .credentials_file = {}}).error().message,
              HasSubstr("export-credentials --profile role"));
  EXPECT_THAT(Find({.profile = "empty", .credentials_file = {}}).error().message,
              HasSubstr("has no aws_access_key_id"));
  environment_["AWS_ACCESS_KEY_ID"] = "ENVKEY";
  EXPECT_THAT(Find().error().message, HasSubstr("set both"));
  environment_.erase("AWS_ACCESS_KEY_ID");
  files_.clear();
  EXPECT_THAT(Find().error().message, HasSubstr("no credentials: give --profile"));
}

}  // namespace
}  // namespace dray::aws
