// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command_line.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "app/cli/terminal.h"

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

class Config {
 public:
  explicit Config(const std::string& text)
      : path_(::testing::TempDir() + "/dray-config-test-" + std::to_string(::getpid())) {
    std::ofstream(path_) << text;
  }
  ~Config() { std::filesystem::remove(path_); }
  Config(const Config&) = delete;
  Config& operator=(const Config&) = delete;
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

TEST(CommandLine, ServeHasTheDocumentedDefaults) {
  auto serve = ParseAs<ServeCommand>({"serve"});
  EXPECT_EQ(serve.settings.data_folder, "./dray-data");
  EXPECT_EQ(serve.settings.listen, "127.0.0.1:8000");
  EXPECT_TRUE(serve.settings.sync_commits && serve.settings.background_jobs);
  EXPECT_FALSE(serve.settings.dev || serve.settings.in_memory || serve.settings.insecure_http);
  EXPECT_FALSE(serve.settings.region.has_value());
  EXPECT_EQ(serve.log_level, base::log::Level::kInfo);
}

TEST(CommandLine, ServeTakesEveryFlag) {
  auto serve = ParseAs<ServeCommand>({"serve",
                                      "--data",
                                      "/d/",
                                      "--listen",
                                      "0.0.0.0:1",
                                      "--dev",
                                      "--durability=os",
                                      "--job-priority=normal",
                                      "--remote-targets",
                                      "t.json",
                                      "--in-memory",
                                      "--region",
                                      "eu-west-1",
                                      "--insecure-http",
                                      "--tls-cert",
                                      "c",
                                      "--tls-key",
                                      "k",
                                      "--throttle",
                                      "--exports-max",
                                      "7",
                                      "--imports-max",
                                      "3",
                                      "--import-objects-max",
                                      "4",
                                      "--import-source-tb",
                                      "0.5",
                                      "--export-file-mb",
                                      "8",
                                      "--log-format",
                                      "json",
                                      "--log-level",
                                      "debug"});
  EXPECT_EQ(serve.settings.data_folder, "/d");
  EXPECT_EQ(serve.settings.listen, "0.0.0.0:1");
  EXPECT_TRUE(serve.settings.dev && serve.settings.in_memory && serve.settings.insecure_http);
  EXPECT_FALSE(serve.settings.sync_commits || serve.settings.background_jobs);
  EXPECT_EQ(serve.settings.region, "eu-west-1");
  EXPECT_EQ(serve.settings.remote_targets_file, "t.json");
  EXPECT_EQ(serve.settings.tls_certificate_file, "c");
  EXPECT_EQ(serve.settings.tls_key_file, "k");
  EXPECT_TRUE(serve.settings.is_throttled);
  EXPECT_EQ(serve.settings.exports_max, 7u);
  EXPECT_EQ(serve.settings.imports_max, 3u);
  EXPECT_EQ(serve.settings.import_objects_max, 4u);
  EXPECT_EQ(serve.settings.import_source_terabytes, 0.5);
  EXPECT_EQ(serve.settings.export_file_megabytes, 8u);
  EXPECT_EQ(serve.log_format, base::log::Format::kJson);
  EXPECT_EQ(serve.log_level, base::log::Level::kDebug);
}

TEST(CommandLine, FlagsWinOverTheConfigurationFile) {
  const Config config(
      "data = \"/from-file/\"\nlisten = \"127.0.0.1:1\"\ndurability = \"os\"\nin-memory = true\n"
      "dev = false\n# a remark\nregion = \"eu-west-1\"\n");
  auto serve =
      ParseAs<ServeCommand>({"serve", "--config", config.path(), "--listen", "127.0.0.1:2"});
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
    auto finished = ParseAs<Finished>({"serve", "--config", Config(text).path()});
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

TEST(CommandLine, PolicyCheckTakesTheFactsOfAJob) {
  auto check = ParseAs<PolicyCheckCommand>(
      {"policy", "check", "--offline", "--caller", "arn:aws:iam::111122223333:root", "--bucket",
       "b", "--bucket-owner", "444455556666", "--bucket-policy", "p.json", "--identity-policy",
       "i1.json", "--identity-policy", "i2.json", "--s3-bucket-owner", "444455556666", "--json"});
  EXPECT_TRUE(check.is_offline);
  EXPECT_EQ(check.files.bucket, "p.json");
  EXPECT_EQ(check.files.identity.size(), 2u);
  EXPECT_EQ(check.facts.s3_bucket_owner, "444455556666");
  EXPECT_TRUE(check.as_json);
  EXPECT_EQ(check.facts.way, doctor::Way::kThroughService);
  EXPECT_EQ(check.facts.job, doctor::Job::kExport);
  EXPECT_EQ(check.facts.has_recovery, std::nullopt);

  auto whole = ParseAs<PolicyCheckCommand>({"policy",
                                            "check",
                                            "--offline",
                                            "--job",
                                            "import",
                                            "--caller",
                                            "arn:aws:iam::111122223333:role/r",
                                            "--bucket",
                                            "b",
                                            "--bucket-owner",
                                            "444455556666",
                                            "--table",
                                            "t",
                                            "--region",
                                            "eu-west-1",
                                            "--scp",
                                            "s1",
                                            "--scp",
                                            "s2",
                                            "--rcp",
                                            "r",
                                            "--permissions-boundary",
                                            "pb",
                                            "--session-policy",
                                            "sp",
                                            "--key-policy",
                                            "k",
                                            "--kms-key",
                                            "arn:aws:kms:eu-west-1:444455556666:key/1",
                                            "--trust-policy",
                                            "tp",
                                            "--assumed-by",
                                            "arn:aws:iam::111122223333:user/u",
                                            "--block-public-access",
                                            "--object-ownership",
                                            "ObjectWriter",
                                            "--recovery",
                                            "off",
                                            "--context",
                                            "aws:PrincipalOrgID=o=1",
                                            "--direct"});
  EXPECT_EQ(whole.facts.job, doctor::Job::kImport);
  EXPECT_EQ(whole.facts.way, doctor::Way::kDirect);
  EXPECT_EQ(whole.facts.table_arn, "arn:aws:dynamodb:eu-west-1:111122223333:table/t");
  EXPECT_EQ(whole.files.service_control.size(), 2u);
  EXPECT_TRUE(whole.facts.has_kms_encryption);
  EXPECT_TRUE(whole.facts.restricts_public_buckets);
  EXPECT_EQ(whole.facts.has_recovery, false);
  ASSERT_EQ(whole.facts.context.size(), 1u);
  EXPECT_EQ(whole.facts.context[0].second, "o=1");

  auto live =
      ParseAs<PolicyCheckCommand>({"policy", "check", "--aws", "--region", "eu-west-1", "--bucket",
                                   "b", "--table", "t", "--bucket-profile", "owner"});
  EXPECT_TRUE(live.remote.is_aws);
  EXPECT_EQ(live.remote.bucket_profile, "owner");
  EXPECT_EQ(live.table, "t");
}

TEST(CommandLine, PolicyCheckRefusesWhatIsNoJob) {
  using List = std::vector<std::string>;
  for (const List& flags :
       {List{}, List{"--offline"},
        List{"--offline", "--aws", "--caller", "c", "--bucket-owner", "444455556666"},
        List{"--offline", "--caller", "c"}, List{"--aws", "--server", "x"},
        List{"--aws", "--direct", "--remote-target", "arn:aws:iam::111122223333:root"},
        List{"--aws", "--direct", "--vpc-endpoint-policy", "f"},
        List{"--aws", "--context", "no-value"}, List{"--aws", "--job", "backup"}}) {
    List all = {"policy", "check", "--bucket", "b"};
    all.insert(all.end(), flags.begin(), flags.end());
    EXPECT_EQ(ParseAs<Finished>(all).exit_code, 2);
  }
}

TEST(CommandLine, PolicyGenerateTakesAJobOrTheSeed) {
  auto one = ParseAs<PolicyGenerateCommand>(
      {"policy", "generate", "export", "Music", "s3://bucket/p", "--principal",
       "arn:aws:iam::111122223333:role/r", "--bucket-owner", "444455556666", "--region",
       "eu-west-1", "--document", "bucket"});
  ASSERT_TRUE(one.access);
  EXPECT_EQ(one.access->job, doctor::Job::kExport);
  EXPECT_EQ(one.access->table_arn, "arn:aws:dynamodb:eu-west-1:111122223333:table/Music");
  EXPECT_EQ(one.access->bucket, "bucket");
  EXPECT_EQ(one.access->prefix, "p");
  EXPECT_EQ(one.document, "bucket");
  auto other = ParseAs<PolicyGenerateCommand>(
      {"policy", "generate", "import", "s3://bucket/p/data/",
       "arn:aws:dynamodb:us-east-1:444455556666:table/M", "--principal", "444455556666"});
  EXPECT_EQ(other.access->job, doctor::Job::kImport);
  EXPECT_EQ(other.access->prefix, "p/data/");
  EXPECT_EQ(other.access->table_arn, "arn:aws:dynamodb:us-east-1:444455556666:table/M");
  using List = std::vector<std::string>;
  for (const List& flags :
       {List{}, List{"--seed"}, List{"--seed", "111122223333"}, List{"export"},
        List{"export", "t", "s3://b"}, List{"export", "t", "bucket", "--principal", "p"},
        List{"--seed", "export", "t", "s3://bucket", "--principal", "111122223333"},
        List{"export", "t", "s3://b", "--principal", "p", "--document", "all"}}) {
    List all = {"policy", "generate"};
    all.insert(all.end(), flags.begin(), flags.end());
    EXPECT_EQ(ParseAs<Finished>(all).exit_code, 2);
  }
}

TEST(CommandLine, PolicySimulateTakesNoArguments) {
  ParseAs<PolicySimulateCommand>({"policy", "simulate"});
  EXPECT_EQ(ParseAs<Finished>({"policy", "simulate", "cases.jsonl"}).exit_code, 2);
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

TEST(CommandLine, ExportTakesWhatTheWizardAsks) {
  auto plain = ParseAs<ExportCommand>({"export", "t", "s3://b", "--aws"});
  EXPECT_TRUE(plain.remote.is_aws);
  EXPECT_EQ(plain.plan.table, "t");
  EXPECT_EQ(plain.plan.request.bucket, "b");
  EXPECT_FALSE(plain.plan.request.prefix || plain.plan.request.format ||
               plain.plan.request.is_incremental);
  EXPECT_TRUE(plain.plan.waits && plain.plan.verifies);
  EXPECT_EQ(plain.plan.schema, remote_jobs::ExportPlan::Schema::kBucket);
  auto full = ParseAs<ExportCommand>({"export",
                                      "t",
                                      "s3://b/p/",
                                      "--server",
                                      "dir",
                                      "--bucket-owner",
                                      "444455556666",
                                      "--format",
                                      "ion",
                                      "--time",
                                      "1700000000",
                                      "--sse",
                                      "kms",
                                      "--kms-key-id",
                                      "k",
                                      "--client-token",
                                      "c",
                                      "--enable-pitr",
                                      "--disable-pitr-after",
                                      "--no-verify",
                                      "--schema-file",
                                      "f",
                                      "--json"});
  const remote_jobs::ExportRequest& request = full.plan.request;
  EXPECT_EQ(request.prefix, "p/");
  EXPECT_EQ(request.bucket_owner, "444455556666");
  EXPECT_EQ(request.format, "ION");
  EXPECT_EQ(request.export_time_micros, 1'700'000'000'000'000);
  EXPECT_EQ(request.sse_algorithm, "KMS");
  EXPECT_EQ(request.kms_key_id, "k");
  EXPECT_EQ(request.client_token, "c");
  EXPECT_TRUE(full.plan.turns_recovery_on && full.plan.turns_recovery_off && full.as_json);
  EXPECT_FALSE(full.plan.verifies);
  EXPECT_EQ(full.plan.schema, remote_jobs::ExportPlan::Schema::kFile);
  auto incremental = ParseAs<ExportCommand>(
      {"export", "t", "s3://b", "--aws", "--from", "1", "--to", "2", "--view", "new"});
  EXPECT_TRUE(incremental.plan.request.is_incremental);
  EXPECT_EQ(incremental.plan.request.view, "NEW_IMAGE");
  auto last = ParseAs<ExportCommand>({"export", "t", "s3://b", "--aws", "--last", "6h"});
  EXPECT_EQ(last.last_micros, 21'600'000'000);
}

TEST(CommandLine, ContradictionsOfAnExportAreRefused) {
  auto refused = [](std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"export", "t", "s3://b", "--aws"});
    return ParseAs<Finished>(flags).exit_code == 2;
  };
  EXPECT_TRUE(refused({"--server", "x"}));
  EXPECT_TRUE(refused({"--time", "yesterday"}));
  EXPECT_TRUE(refused({"--time", "1", "--from", "1"}));
  EXPECT_TRUE(refused({"--from", "1", "--last", "6h"}));
  EXPECT_TRUE(refused({"--last", "6"}));
  EXPECT_TRUE(refused({"--disable-pitr-after"}));
  EXPECT_TRUE(refused({"--enable-pitr", "--disable-pitr-after", "--no-wait"}));
  EXPECT_TRUE(refused({"--schema-file", "f", "--no-schema"}));
  EXPECT_EQ(ParseAs<Finished>({"export", "t", "s3://b"}).exit_code, 2);
  EXPECT_EQ(ParseAs<Finished>({"export", "t", "bucket", "--aws"}).exit_code, 2);
  EXPECT_EQ(ParseAs<Finished>({"export", "t", "--aws"}).exit_code, 2);
}

TEST(CommandLine, ImportTakesWhatTheWizardAsks) {
  auto plain = ParseAs<ImportCommand>({"import", "s3://b/p", "t", "--aws"});
  EXPECT_EQ(plain.plan.place, "s3://b/p");
  EXPECT_EQ(plain.plan.table, "t");
  EXPECT_TRUE(plain.plan.input.format.empty() && !plain.plan.input.compression);
  EXPECT_TRUE(plain.plan.verifies && plain.plan.waits && plain.plan.applies_settings &&
              plain.plan.reads_schema);
  EXPECT_FALSE(plain.plan.is_token_given);
  auto full = ParseAs<ImportCommand>({"import",
                                      "--gsi",
                                      "{}",
                                      "--gsi",
                                      "{\"a\":1}",
                                      "folder",
                                      "t",
                                      "--server",
                                      "dir",
                                      "--format",
                                      "csv",
                                      "--compression",
                                      "gzip",
                                      "--csv-header",
                                      "a,b c",
                                      "--csv-delimiter",
                                      "tab",
                                      "--hash-key",
                                      "pk:S",
                                      "--range-key",
                                      "sk:N",
                                      "--attribute",
                                      "g:B",
                                      "--billing-mode",
                                      "provisioned",
                                      "--read-capacity",
                                      "1",
                                      "--write-capacity",
                                      "2",
                                      "--kms-key-id",
                                      "k",
                                      "--staging",
                                      "s3://stage/p",
                                      "--keep-staging",
                                      "--no-wait",
                                      "--bucket-owner",
                                      "444455556666",
                                      "--client-token",
                                      "c",
                                      "--no-settings",
                                      "--no-verify",
                                      "--schema",
                                      "s.json",
                                      "--dry-run",
                                      "--cancel-on-interrupt"});
  const remote_import::ImportPlan& plan = full.plan;
  EXPECT_EQ(plan.input.format, "CSV");
  EXPECT_EQ(plan.input.compression, "GZIP");
  EXPECT_EQ(plan.input.csv_delimiter, "\t");
  EXPECT_EQ(plan.input.csv_header, (std::vector<std::string>{"a", "b c"}));
  EXPECT_EQ(plan.table_flags.global_indexes, (std::vector<std::string>{"{}", "{\"a\":1}"}));
  EXPECT_EQ(plan.table_flags.hash_key->name, "pk");
  EXPECT_EQ(plan.table_flags.range_key->type, "N");
  EXPECT_EQ(plan.table_flags.billing_mode, "PROVISIONED");
  EXPECT_EQ(plan.table_flags.write_capacity, 2);
  EXPECT_TRUE(plan.keeps_staging && plan.is_dry_run && plan.cancels_when_interrupted);
  EXPECT_TRUE(plan.is_token_given);
  EXPECT_FALSE(plan.waits || plan.verifies || plan.applies_settings);
  auto on_demand =
      ParseAs<ImportCommand>({"import", "s3://b", "t", "--aws", "--billing-mode", "on-demand"});
  EXPECT_EQ(on_demand.plan.table_flags.billing_mode, "PAY_PER_REQUEST");
}

TEST(CommandLine, TransformsKeepTheOrderOfTheCommandLine) {
  auto command = ParseAs<ImportCommand>({"import", "--drop", "a,b", "--mask", "c=x", "s3://b", "t",
                                         "--aws", "--into-existing", "--drop", "d", "--keep", "e",
                                         "--mode", "merge", "--rename", "f=g"});
  std::string steps;
  for (const auto& step : command.plan.transforms.steps) {
    steps += std::to_string(static_cast<int>(step.kind)) + step.text + " ";
  }
  EXPECT_EQ(steps, "1a,b 4c=x 1d 0e 2f=g ");
  EXPECT_EQ(command.plan.mode, "MERGE");
  EXPECT_EQ(ParseAs<ImportCommand>({"import", "s3://b", "t", "--aws", "--into-existing"}).plan.mode,
            "INSERT");
}

TEST(CommandLine, IncrementalExportsAreAppliedOrUndone) {
  auto applied =
      ParseAs<ImportCommand>({"import", "s3://b/p", "t", "--server", "x", "--apply-incrementals",
                              "--from", "1970-01-01T00:00:02Z", "--full", "id"});
  EXPECT_EQ(applied.plan.mode, "APPLY");
  EXPECT_EQ(applied.plan.from_micros, 2'000'000);
  EXPECT_EQ(applied.plan.full_export, "id");
  auto undone =
      ParseAs<ImportCommand>({"import", "s3://b/p", "t", "--server", "x", "--undo", "--force"});
  EXPECT_EQ(undone.plan.mode, "UNDO");
  EXPECT_TRUE(undone.plan.is_forced);
  EXPECT_EQ(
      ParseAs<Finished>({"import", "s3://b/p", "t", "--aws", "--apply-incrementals"}).exit_code, 2);
}

TEST(CommandLine, ContradictionsOfAnImportAreRefused) {
  auto refused = [](std::string place, std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"import", place, "t"});
    return ParseAs<Finished>(flags).exit_code == 2;
  };
  EXPECT_TRUE(refused("s3://b", {}));
  EXPECT_TRUE(refused("s3://", {"--aws"}));
  EXPECT_TRUE(refused("http://b", {"--server", "x"}));
  EXPECT_TRUE(refused("s3://b", {"--aws", "--staging", "s3://c"}));
  EXPECT_TRUE(refused("s3://b", {"--aws", "--keep-staging"}));
  EXPECT_TRUE(refused("folder", {"--aws"}));  // no bucket is made there
  EXPECT_TRUE(refused("folder", {"--server", "x", "--staging", "c"}));
  EXPECT_TRUE(refused("folder", {"--server", "x", "--bucket-owner", "444455556666"}));
  EXPECT_TRUE(refused("folder", {"--server", "x", "--no-wait"}));
  EXPECT_TRUE(refused("s3://b", {"--aws", "--schema", "f", "--no-schema"}));
  EXPECT_TRUE(refused("s3://b", {"--aws", "--hash-key", "pk"}));
  EXPECT_TRUE(refused("s3://b", {"--aws", "--attribute", "pk:X"}));
  EXPECT_TRUE(refused("s3://b", {"--aws", "--read-capacity", "0"}));
  EXPECT_TRUE(refused("s3://b", {"--aws", "--mode", "merge"}));
  EXPECT_TRUE(refused("s3://b", {"--aws", "--into-existing", "--hash-key", "pk:S"}));
  EXPECT_TRUE(refused("s3://b", {"--aws", "--rename", "a"}));
}

TEST(Terminal, TimeThatIsLeft) {
  constexpr int64_t kSecond = 1'000'000;
  EXPECT_EQ(SecondsLeft(0.25, 10 * kSecond), 30);
  EXPECT_EQ(SecondsLeft(1, 10 * kSecond), 0);
  EXPECT_EQ(SecondsLeft(0.5, kSecond / 2), std::nullopt);
  EXPECT_EQ(SecondsLeft(0, 10 * kSecond), std::nullopt);
  EXPECT_EQ(FormatSeconds(5), "0:05");
  EXPECT_EQ(FormatSeconds(3725), "1:02:05");
}

TEST(CommandLine, JobCommandsTakeAnArnOrATable) {
  auto list = ParseAs<JobListCommand>({"job", "list", "--aws", "--table", "t", "--type", "import"});
  EXPECT_EQ(list.table, "t");
  EXPECT_EQ(list.kind, remote_jobs::JobKind::kImport);
  EXPECT_EQ(ParseAs<JobShowCommand>({"job", "show", "arn", "--aws"}).arn, "arn");
  EXPECT_FALSE(ParseAs<JobCancelCommand>({"job", "cancel", "arn", "--aws", "--no-wait"}).waits);
  EXPECT_TRUE(ParseAs<JobLogsCommand>({"job", "logs", "arn", "--aws", "--follow"}).follows);
  EXPECT_EQ(ParseAs<Finished>({"job"}).exit_code, 2);
  EXPECT_EQ(ParseAs<Finished>({"job", "show", "arn"}).exit_code, 2);
  EXPECT_EQ(ParseAs<Finished>({"job", "list", "--aws", "--type", "tea"}).exit_code, 2);
}

}  // namespace
}  // namespace dray::cli
