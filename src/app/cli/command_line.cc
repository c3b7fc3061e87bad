// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <map>
#include <string>

#include "app/cli/import_command_line.h"
#include "app/cli/job_command_line.h"
#include "app/cli/policy_command_line.h"
#include "app/cli/remote_flags.h"

namespace dray::cli {

namespace {

constexpr int kUsageError = 2;
constexpr const char* kDataHelp = "folder of the server's data";

// "x/" and "x" are one folder.
void AddData(CLI::App& command, std::string& data_folder) {
  data_folder = "./dray-data";
  command.add_option("--data", data_folder, kDataHelp)
      ->capture_default_str()
      ->transform([](std::string path) {
        while (path.size() > 1 && path.ends_with('/')) path.pop_back();
        return path;
      });
}

struct ServeFlags {
  std::string config_file;
  std::string durability = "fsync";
  std::string job_priority = "background";
  std::string region;
  std::string log_level = "info";
  std::string log_format = "text";
};

void AddServe(CLI::App& serve, ServeCommand& command, ServeFlags& flags) {
  server::Settings& settings = command.settings;
  AddData(serve, settings.data_folder);
  serve.add_option("--listen", settings.listen, "HOST:PORT; port 0 picks a free one")
      ->capture_default_str();
  serve.add_flag("--dev", settings.dev,
                 "for development: any signature, a 12-digit access key names its account");
  serve
      .add_option(
          "--durability", flags.durability,
          "fsync: acknowledged is on disk; os: the last seconds may be lost with the machine")
      ->check(CLI::IsMember({"fsync", "os"}))
      ->capture_default_str();
  serve
      .add_option("--job-priority", flags.job_priority,
                  "background: exports, imports and restores leave the processors to requests; "
                  "normal: they compete with them")
      ->check(CLI::IsMember({"background", "normal"}))
      ->capture_default_str();
  serve.add_flag("--in-memory", settings.in_memory, "forget everything at the end");
  serve.add_option("--region", flags.region,
                   "region of a new data folder (us-east-1); kept in it from then on");
  serve.add_flag("--insecure-http", settings.insecure_http,
                 "allow plain HTTP on other addresses than loopback");
  serve.add_option("--tls-cert", settings.tls_certificate_file, "certificate chain, PEM");
  serve.add_option("--tls-key", settings.tls_key_file, "private key, PEM");
  serve.add_flag("--throttle", settings.is_throttled,
                 "refuse calls that come faster than AWS takes them (ThrottlingException)");
  serve
      .add_option("--exports-max", settings.exports_max,
                  "exports that may be in progress in an account")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  serve
      .add_option("--imports-max", settings.imports_max,
                  "imports that may be in progress in an account")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  serve
      .add_option("--import-objects-max", settings.import_objects_max,
                  "source objects that an import may have")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  serve
      .add_option(
          "--import-source-tb", settings.import_source_terabytes,
          "terabytes that the sources of an account's imports in progress may have together, "
          "as they are stored (default: AWS's of the region, 15 in us-east-1, us-west-2 and "
          "eu-west-1, 1 elsewhere)")
      ->check(CLI::Range(0.001, 1'000'000.0));
  serve
      .add_option("--export-file-mb", settings.export_file_megabytes,
                  "text, in MB, after which an export begins another data file")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  serve.add_option("--remote-targets", settings.remote_targets_file,
                   "JSON file, mode 0600: buckets on other endpoints that jobs may use");
  serve.add_option("--log-level", flags.log_level)
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  serve.add_option("--log-format", flags.log_format)
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  serve.add_option("--config", flags.config_file,
                   "TOML or INI file with the same names as these flags; flags win");
}

// What the file says counts where the command line says nothing.
void ApplyConfigFile(CLI::App& serve, const std::string& path) {
  std::ifstream file(path);
  if (!file) throw CLI::FileError::Missing(path);
  for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(file)) {
    if (!item.parents.empty()) throw CLI::ConfigError::Extras(item.fullname());
    CLI::Option* option = serve.get_option_no_throw("--" + item.name);
    if (option == nullptr || item.name == "config" || item.name == "help") {
      throw CLI::ConfigError::Extras(path + ": " + item.name);
    }
    if (option->count() > 0) continue;
    if (option->get_expected_min() == 0) {
      option->add_result(
          option->get_flag_value(item.name, serve.get_config_formatter()->to_flag(item)));
    } else {
      option->add_result(item.inputs);
    }
    option->run_callback();
  }
}

void FinishServe(CLI::App& serve, ServeCommand& command, const ServeFlags& flags) {
  if (!flags.config_file.empty()) ApplyConfigFile(serve, flags.config_file);
  command.settings.sync_commits = flags.durability == "fsync";
  command.settings.background_jobs = flags.job_priority == "background";
  if (!flags.region.empty()) command.settings.region = flags.region;
  static const std::map<std::string, base::log::Level> kLevels = {
      {"debug", base::log::Level::kDebug},
      {"info", base::log::Level::kInfo},
      {"warning", base::log::Level::kWarning},
      {"error", base::log::Level::kError}};
  command.log_level = kLevels.at(flags.log_level);
  command.log_format =
      flags.log_format == "json" ? base::log::Format::kJson : base::log::Format::kText;
}

}  // namespace

Command ParseCommandLine(int argc, const char* const* argv) {
  CLI::App app{"Dray: DynamoDB tables, buckets, and the way between them", "dray"};
  app.require_subcommand(1);

  ServeCommand serve;
  ServeFlags serve_flags;
  CLI::App* serve_app = app.add_subcommand("serve", "run the server");
  AddServe(*serve_app, serve, serve_flags);

  CLI::App* account_app = app.add_subcommand("account", "accounts and their keys");
  account_app->require_subcommand(1);
  AccountCreateCommand create;
  CLI::App* create_app = account_app->add_subcommand(
      "create", "make an account; prints its root keys in the format of AWS's credentials file");
  AddData(*create_app, create.data_folder);
  create_app->add_option("ID", create.account_id, "12 digits")->required()->check(CheckAccountId);
  AccountListCommand list;
  CLI::App* list_app = account_app->add_subcommand("list", "the accounts, one a line");
  AddData(*list_app, list.data_folder);

  EnvCommand env;
  CLI::App* env_app = app.add_subcommand(
      "env", "shell lines that point AWS's clients at the server as that account");
  AddData(*env_app, env.data_folder);
  env_app->add_option("ACCOUNT", env.account_id, "12 digits")->required()->check(CheckAccountId);

  WaitCommand wait;
  CLI::App* wait_app = app.add_subcommand("wait", "until the server answers");
  AddData(*wait_app, wait.data_folder);
  wait_app->add_option("--endpoint-url", wait.endpoint_url,
                       "http://HOST:PORT instead of a data folder");
  wait_app->add_option("--timeout", wait.timeout_seconds, "seconds")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();

  CLI::App* policy_app = app.add_subcommand("policy", "policies: for exports, and of any kind");
  PolicyCommands policies;
  AddPolicyCommands(*policy_app, policies);

  ExportCommand export_command;
  CLI::App* export_app =
      app.add_subcommand("export", "export a table to a bucket, watch it, verify what was written");
  std::function<void()> finish_export = AddExport(*export_app, export_command);
  ImportCommand import_command;
  CLI::App* import_app = app.add_subcommand(
      "import", "make a table of an export or of plain objects, in a bucket or on this machine");
  std::function<void()> finish_import = AddImport(*import_app, import_command);
  CLI::App* job_app = app.add_subcommand("job", "exports and imports of a server");
  JobCommands jobs;
  AddJobCommands(*job_app, jobs);

  CLI::App* version_app = app.add_subcommand("version", "print the version");

  try {
    app.parse(argc, argv);
    if (serve_app->parsed()) {
      FinishServe(*serve_app, serve, serve_flags);
      return serve;
    }
    if (export_app->parsed()) {
      finish_export();
      return export_command;
    }
    if (import_app->parsed()) {
      finish_import();
      return import_command;
    }
    if (job_app->parsed()) return FinishJobCommand(jobs);
    if (policy_app->parsed()) return FinishPolicyCommand(policies);
  } catch (const CLI::ParseError& error) {
    return Finished{app.exit(error) == 0 ? 0 : kUsageError};
  }
  if (create_app->parsed()) return create;
  if (list_app->parsed()) return list;
  if (env_app->parsed()) return env;
  if (wait_app->parsed()) return wait;
  if (version_app->parsed()) return VersionCommand();
  return Finished{kUsageError};
}

}  // namespace dray::cli
