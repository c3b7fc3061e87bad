// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command_line.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace dray::cli {
namespace {

Command Parse(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv = {"dray"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return ParseCommandLine(static_cast<int>(argv.size()), argv.data());
}

template <class T>
T ParseAs(const std::vector<std::string>& arguments) {
  Command command = Parse(arguments);
  EXPECT_TRUE(std::holds_alternative<T>(command)) << command.index();
  return std::holds_alternative<T>(command) ? std::get<T>(command) : T();
}

std::string WriteConfig(const std::string& text) {
  std::string path = ::testing::TempDir() + "/dray-config-test";
  std::ofstream(path) << text;
  return path;
}

TEST(CommandLine, ServeHasTheDocumentedDefaults) {
  auto serve = ParseAs<ServeCommand>({"serve"});
  EXPECT_EQ(serve.settings.data_folder, "./dray-data");
  EXPECT_EQ(serve.settings.listen, "127.0.0.1:8000");
  EXPECT_TRUE(serve.settings.sync_commits);
  EXPECT_FALSE(serve.settings.dev || serve.settings.in_memory || serve.settings.insecure_http);
  EXPECT_FALSE(serve.settings.region.has_value());
  EXPECT_EQ(serve.log_level, base::log::Level::kInfo);
}

TEST(CommandLine, ServeTakesEveryFlag) {
  auto serve = ParseAs<ServeCommand>({"serve", "--data", "/d/", "--listen", "0.0.0.0:1", "--dev",
                                      "--durability=os", "--in-memory", "--region", "eu-west-1",
                                      "--insecure-http", "--tls-cert", "c", "--tls-key", "k",
                                      "--log-format", "json", "--log-level", "debug"});
  EXPECT_EQ(serve.settings.data_folder, "/d");
  EXPECT_EQ(serve.settings.listen, "0.0.0.0:1");
  EXPECT_TRUE(serve.settings.dev && serve.settings.in_memory && serve.settings.insecure_http);
  EXPECT_FALSE(serve.settings.sync_commits);
  EXPECT_EQ(serve.settings.region, "eu-west-1");
  EXPECT_EQ(serve.settings.tls_certificate_file, "c");
  EXPECT_EQ(serve.settings.tls_key_file, "k");
  EXPECT_EQ(serve.log_format, base::log::Format::kJson);
  EXPECT_EQ(serve.log_level, base::log::Level::kDebug);
}

TEST(CommandLine, FlagsWinOverTheConfigurationFile) {
  std::string path = WriteConfig(
      "data = \"/from-file/\"\nlisten = \"127.0.0.1:1\"\ndurability = \"os\"\nin-memory = true\n"
      "dev = false\n# a remark\nregion = \"eu-west-1\"\n");
  auto serve = ParseAs<ServeCommand>({"serve", "--config", path, "--listen", "127.0.0.1:2"});
  EXPECT_EQ(serve.settings.data_folder, "/from-file");
  EXPECT_EQ(serve.settings.listen, "127.0.0.1:2");
  EXPECT_FALSE(serve.settings.sync_commits);
  EXPECT_TRUE(serve.settings.in_memory);
  EXPECT_FALSE(serve.settings.dev);
  EXPECT_EQ(serve.settings.region, "eu-west-1");
}

TEST(CommandLine, RefusesConfigurationFilesItDoesNotUnderstand) {
  for (std::string text : {"no-such-key = 1\n", "durability = \"never\"\n", "[section]\ndev=true\n",
                           "config = \"x\"\n"}) {
    auto finished = ParseAs<Finished>({"serve", "--config", WriteConfig(text)});
    EXPECT_EQ(finished.exit_code, 2) << text;
  }
  EXPECT_EQ(ParseAs<Finished>({"serve", "--config", "/nonexistent"}).exit_code, 2);
}

TEST(CommandLine, ChecksAccountIds) {
  EXPECT_EQ(ParseAs<AccountCreateCommand>({"account", "create", "111122223333"}).account_id,
            "111122223333");
  for (std::string id : {"1", "11112222333x", "1111222233334"}) {
    EXPECT_EQ(ParseAs<Finished>({"account", "create", id}).exit_code, 2);
    EXPECT_EQ(ParseAs<Finished>({"env", id}).exit_code, 2);
  }
  auto generate =
      ParseAs<PolicyGenerateCommand>({"policy", "generate", "--seed", "111122223333", "bucket"});
  EXPECT_EQ(generate.bucket, "bucket");
  EXPECT_EQ(ParseAs<Finished>({"policy", "generate", "111122223333", "bucket"}).exit_code, 2);
}

TEST(CommandLine, PolicyCheckTakesTheFactsOfAnExport) {
  auto check = ParseAs<PolicyCheckCommand>(
      {"policy", "check", "--offline", "--caller", "arn:aws:iam::111122223333:root", "--bucket",
       "b", "--bucket-owner", "444455556666", "--bucket-policy", "p.json", "--identity-policy",
       "i1.json", "--identity-policy", "i2.json", "--s3-bucket-owner", "444455556666", "--json"});
  EXPECT_EQ(check.bucket_policy_file, "p.json");
  EXPECT_EQ(check.identity_policy_files.size(), 2u);
  EXPECT_EQ(check.s3_bucket_owner, "444455556666");
  EXPECT_TRUE(check.as_json);
  EXPECT_FALSE(check.is_direct);
}

TEST(CommandLine, HelpSucceedsAndMisuseDoesNot) {
  EXPECT_EQ(ParseAs<Finished>({"--help"}).exit_code, 0);
  EXPECT_EQ(ParseAs<Finished>({"serve", "--help"}).exit_code, 0);
  EXPECT_EQ(ParseAs<Finished>({}).exit_code, 2);
  EXPECT_EQ(ParseAs<Finished>({"serve", "--nonsense"}).exit_code, 2);
  EXPECT_EQ(ParseAs<Finished>({"frobnicate"}).exit_code, 2);
}

TEST(CommandLine, WaitAndEnvAndVersion) {
  auto wait = ParseAs<WaitCommand>({"wait", "--endpoint-url", "http://h:1", "--timeout", "5"});
  EXPECT_EQ(wait.endpoint_url, "http://h:1");
  EXPECT_EQ(wait.timeout_seconds, 5);
  EXPECT_EQ(ParseAs<EnvCommand>({"env", "111122223333", "--data", "x"}).data_folder, "x");
  ParseAs<VersionCommand>({"version"});
}

}  // namespace
}  // namespace dray::cli
