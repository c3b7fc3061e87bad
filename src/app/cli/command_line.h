// SPDX-License-Identifier: Apache-2.0
// The command line of `dray`, parsed. CLI11 stays in the *command_line.cc files and
// remote_flags.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/server/settings.h"
#include "base/log.h"
#include "client/remote_import/import_run.h"
#include "client/remote_jobs/export_run.h"
#include "security/doctor/doctor.h"
#include "security/doctor/generate.h"

namespace dray::cli {

struct ServeCommand {
  server::Settings settings;
  base::log::Level log_level = base::log::Level::kInfo;
  base::log::Format log_format = base::log::Format::kText;
};
struct AccountCreateCommand {
  std::string data_folder;
  std::string account_id;
};
struct AccountListCommand {
  std::string data_folder;
};
struct EnvCommand {
  std::string data_folder;
  std::string account_id;
};
struct WaitCommand {
  std::string data_folder;
  std::string endpoint_url;  // or empty
  int64_t timeout_seconds = 60;
};
struct PolicyGenerateCommand {
  std::string account_id, bucket;           // --seed
  std::optional<doctor::JobAccess> access;  // a job's policies instead
  std::string document;                     // "bucket", "identity", "key"; or empty: all
};
// Paths, or empty.
struct PolicyFiles {
  std::string bucket, table, key, trust, vpc_endpoint;
  std::vector<std::string> identity, boundaries, session, service_control, resource_control;
};
struct PolicySimulateCommand {};  // cases on standard input, decisions on standard output
// Which endpoint, and as whom. Exactly one of the first three is given: nothing goes anywhere by
// default.
struct RemoteOptions {
  std::string endpoint_url;
  std::string server;  // a URL or the folder of a server's data
  bool is_aws = false;
  std::string s3_endpoint_url;  // or empty: where the tables are
  std::string region, profile, bucket_profile, ca_bundle;
  int64_t request_timeout_seconds = 60;
  unsigned attempts = 5;
};
struct PolicyCheckCommand {
  bool is_offline = false;
  RemoteOptions remote;  // unless it is offline
  doctor::Facts facts;   // but for what stands in files or is read
  PolicyFiles files;
  std::string table;  // as given, for the endpoint; or empty
  bool as_json = false;
};
struct ExportCommand {
  RemoteOptions remote;
  remote_jobs::ExportPlan plan;
  std::optional<int64_t> last_micros;  // an incremental export of this long before now
  bool is_quiet = false;
  bool as_json = false;
};
struct ImportCommand {
  RemoteOptions remote;
  remote_import::ImportPlan plan;
  bool is_quiet = false;
  bool as_json = false;
};
struct JobListCommand {
  RemoteOptions remote;
  std::string table;  // name or ARN; or empty
  std::optional<remote_jobs::JobKind> kind;
  size_t count_max = 25;
  bool as_json = false;
};
struct JobShowCommand {
  RemoteOptions remote;
  std::string arn;
  bool as_json = false;
};
struct JobCancelCommand {
  RemoteOptions remote;
  std::string arn;
  bool waits = true;
};
struct JobLogsCommand {
  RemoteOptions remote;
  std::string arn;
  bool follows = false;
  bool as_json = false;
};
struct VersionCommand {};
// Nothing is left to do: help was printed, or what is wrong.
struct Finished {
  int exit_code = 0;
};

using Command = std::variant<Finished, ServeCommand, AccountCreateCommand, AccountListCommand,
                             EnvCommand, WaitCommand, PolicyGenerateCommand, PolicyCheckCommand,
                             PolicySimulateCommand, ExportCommand, ImportCommand, JobListCommand,
                             JobShowCommand, JobCancelCommand, JobLogsCommand, VersionCommand>;

Command ParseCommandLine(int argc, const char* const* argv);

}  // namespace dray::cli
