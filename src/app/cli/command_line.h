// SPDX-License-Identifier: Apache-2.0
// The command line of `dray`, parsed. CLI11 stays in command_line.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/server/settings.h"
#include "base/log.h"

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
struct PolicyGenerateCommand {  // --seed
  std::string account_id;
  std::string bucket;
};
struct PolicyCheckCommand {        // --offline
  std::string bucket_policy_file;  // or empty: the bucket has none
  std::vector<std::string> identity_policy_files;
  std::string caller_arn, caller_account;
  std::string bucket, bucket_owner, prefix;
  std::optional<std::string> s3_bucket_owner;
  bool has_kms_encryption = false;
  bool is_direct = false;
  bool as_json = false;
};
struct VersionCommand {};
// Nothing is left to do: help was printed, or what is wrong.
struct Finished {
  int exit_code = 0;
};

using Command =
    std::variant<Finished, ServeCommand, AccountCreateCommand, AccountListCommand, EnvCommand,
                 WaitCommand, PolicyGenerateCommand, PolicyCheckCommand, VersionCommand>;

Command ParseCommandLine(int argc, const char* const* argv);

}  // namespace dray::cli
