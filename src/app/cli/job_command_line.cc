// SPDX-License-Identifier: Apache-2.0
#include "app/cli/job_command_line.h"

#include <memory>

#include "app/cli/remote_flags.h"

namespace dray::cli {

namespace {

using remote_jobs::ExportPlan;

// Texts of flags that become something else.
struct ExportFlags {
  std::string destination, bucket_owner, format, time, from, to, last, view, sse, kms_key_id;
  bool is_incremental = false, no_wait = false, no_verify = false, no_schema = false;
};

int64_t TimeOf(const std::string& flag, const std::string& text) {
  if (auto micros = remote_jobs::ParseTime(text)) return *micros;
  Refuse(flag + " takes 2026-11-22T10:00:00Z, 2026-11-22, or seconds since 1970, not '" + text +
         "'");
}

void FinishTimes(const ExportFlags& flags, ExportCommand& command) {
  remote_jobs::ExportRequest& request = command.plan.request;
  request.is_incremental = flags.is_incremental || !flags.from.empty() || !flags.to.empty() ||
                           !flags.last.empty() || !flags.view.empty();
  if (request.is_incremental && !flags.time.empty()) {
    Refuse("--time is of a full export: an incremental one has --from and --to");
  }
  if (!flags.from.empty() && !flags.last.empty()) Refuse("--from and --last exclude each other");
  if (!flags.time.empty()) request.export_time_micros = TimeOf("--time", flags.time);
  if (!flags.from.empty()) request.from_micros = TimeOf("--from", flags.from);
  if (!flags.to.empty()) request.to_micros = TimeOf("--to", flags.to);
  if (!flags.view.empty()) request.view = remote_jobs::ViewName(flags.view);
  if (flags.last.empty()) return;
  command.last_micros = remote_jobs::ParseDuration(flags.last);
  if (!command.last_micros) {
    Refuse("--last takes a duration such as 30m, 6h or 1d, not '" + flags.last + "'");
  }
}

void FinishExport(const ExportFlags& flags, ExportCommand& command) {
  CheckRemote(command.remote);
  ExportPlan& plan = command.plan;
  auto destination = remote_jobs::ParseS3Url(flags.destination);
  if (!destination) {
    Refuse("the destination is s3://BUCKET or s3://BUCKET/PREFIX, not '" + flags.destination + "'");
  }
  plan.request.bucket = destination->bucket;
  plan.request.prefix = destination->prefix;
  plan.request.bucket_owner = Given(flags.bucket_owner);
  if (!flags.format.empty()) plan.request.format = remote_jobs::AwsName(flags.format);
  if (!flags.sse.empty()) plan.request.sse_algorithm = remote_jobs::AwsName(flags.sse);
  plan.request.kms_key_id = Given(flags.kms_key_id);
  FinishTimes(flags, command);
  plan.waits = !flags.no_wait;
  plan.verifies = !flags.no_verify;
  if (plan.turns_recovery_off && !plan.turns_recovery_on) {
    Refuse("--disable-pitr-after turns off what --enable-pitr turned on: give both");
  }
  if (plan.turns_recovery_off && !plan.waits) {
    Refuse("--disable-pitr-after has to wait for the export: leave --no-wait away");
  }
  if (!plan.schema_file.empty() && flags.no_schema) {
    Refuse("--schema-file and --no-schema exclude each other");
  }
  if (!plan.schema_file.empty()) plan.schema = ExportPlan::Schema::kFile;
  if (flags.no_schema) plan.schema = ExportPlan::Schema::kNone;
}

void AddExportRequest(CLI::App& app, ExportPlan& plan, ExportFlags& flags) {
  const std::string group = "Export";
  app.add_option("--bucket-owner", flags.bucket_owner, "account of the bucket, when it is another")
      ->group(group);
  app.add_option("--format", flags.format, "dynamodb-json (default) or ion")->group(group);
  app.add_option("--time", flags.time,
                 "the moment whose items are exported: 2026-11-22T10:00:00Z or seconds since 1970; "
                 "else now")
      ->group(group);
  app.add_flag("--incremental", flags.is_incremental, "what changed between two times")
      ->group(group);
  app.add_option("--from", flags.from, "begin of an incremental export, included")->group(group);
  app.add_option("--to", flags.to, "its end, excluded; else now")->group(group);
  app.add_option("--last", flags.last, "instead of --from: so long before now, such as 30m or 6h")
      ->group(group);
  app.add_option("--view", flags.view, "of an incremental export: new-and-old (default) or new")
      ->group(group);
  app.add_option("--sse", flags.sse, "AES256 (default) or KMS")->group(group);
  app.add_option("--kms-key-id", flags.kms_key_id, "with --sse KMS")->group(group);
  app.add_option("--client-token", plan.request.client_token,
                 "the same token is the same export; else a new one")
      ->group(group);
}

}  // namespace

namespace {
constexpr const char* kExitCodes =
    "Exit codes: 0 done, 1 refused or failed, 2 wrong command line, 3 complete but not whole, 4 "
    "complete but not verified, without its schema, or with recovery left on, 5 endpoint out of "
    "reach, 130 interrupted";
}  // namespace

std::function<void()> AddExport(CLI::App& app, ExportCommand& command) {
  auto flags = std::make_shared<ExportFlags>();
  ExportPlan& plan = command.plan;
  app.footer(kExitCodes);
  app.add_option("TABLE", plan.table, "name or ARN")->required();
  app.add_option("DESTINATION", flags->destination, "s3://BUCKET or s3://BUCKET/PREFIX")
      ->required();
  AddRemote(app, command.remote);
  app.add_option("--s3-endpoint-url", command.remote.s3_endpoint_url,
                 "where the bucket is read for verifying; else the same server")
      ->group("Endpoint");
  app.add_option("--bucket-profile", command.remote.bucket_profile,
                 "profile that reads the bucket and writes the schema; else the same as for the "
                 "table")
      ->group("Endpoint");
  AddExportRequest(app, plan, *flags);
  const std::string group = "Around the export";
  app.add_flag("--enable-pitr", plan.turns_recovery_on,
               "turn point-in-time recovery on, if it is off")
      ->group(group);
  app.add_flag("--disable-pitr-after", plan.turns_recovery_off,
               "and off again at the end, also after a failure or Ctrl-C")
      ->group(group);
  app.add_flag("--no-wait", flags->no_wait, "only start it: prints the ARN")->group(group);
  app.add_flag("--cancel-on-interrupt", plan.cancels_when_interrupted,
               "Ctrl-C cancels the export (Dray servers); else it goes on without the command")
      ->group(group);
  app.add_flag("--no-verify", flags->no_verify, "do not read the manifests and data files back")
      ->group(group);
  app.add_option("--schema-file", plan.schema_file,
                 "write the table's schema to this file instead of the bucket")
      ->group(group);
  app.add_flag("--no-schema", flags->no_schema, "do not write it")->group(group);
  app.add_flag("--json", command.as_json, "the result as one line of JSON")->group(group);
  app.add_flag("--quiet", command.is_quiet, "no progress, only warnings")->group(group);
  return [flags, &command] { FinishExport(*flags, command); };
}

void AddJobCommands(CLI::App& app, JobCommands& commands) {
  app.require_subcommand(1);
  const char* arn_help = "ARN of an export or an import";
  commands.list_app = app.add_subcommand("list", "exports and imports, newest first");
  AddRemote(*commands.list_app, commands.list.remote);
  commands.list_app->add_option("--table", commands.list.table, "of this table only, name or ARN");
  commands.list_app->add_option("--type", commands.list_kind)
      ->check(CLI::IsMember({"all", "export", "import"}))
      ->capture_default_str();
  commands.list_app->add_option("--max", commands.list.count_max)
      ->check(CLI::Range(size_t{1}, size_t{10'000}))
      ->capture_default_str();
  commands.list_app->add_flag("--json", commands.list.as_json, "one line of JSON a job");

  commands.show_app = app.add_subcommand("show", "one job: its state, numbers, failure");
  AddRemote(*commands.show_app, commands.show.remote);
  commands.show_app->add_option("ARN", commands.show.arn, arn_help)->required();
  commands.show_app->add_flag("--json", commands.show.as_json, "as the server describes it");

  commands.cancel_app = app.add_subcommand(
      "cancel", "end a running job; it becomes FAILED, Cancelled (Dray servers)");
  AddRemote(*commands.cancel_app, commands.cancel.remote);
  commands.cancel_app->add_option("ARN", commands.cancel.arn, arn_help)->required();
  commands.cancel_app->add_flag_callback(
      "--no-wait", [&commands] { commands.cancel.waits = false; }, "do not wait for its end");

  commands.logs_app = app.add_subcommand("logs", "what a job tells of itself (Dray servers)");
  AddRemote(*commands.logs_app, commands.logs.remote);
  commands.logs_app->add_option("ARN", commands.logs.arn, arn_help)->required();
  commands.logs_app->add_flag("--follow", commands.logs.follows, "until the job ends");
  commands.logs_app->add_flag("--json", commands.logs.as_json, "one line of JSON a line");
}

Command FinishJobCommand(JobCommands& commands) {
  if (commands.list_app->parsed()) {
    CheckRemote(commands.list.remote);
    if (commands.list_kind == "export") commands.list.kind = remote_jobs::JobKind::kExport;
    if (commands.list_kind == "import") commands.list.kind = remote_jobs::JobKind::kImport;
    return commands.list;
  }
  if (commands.show_app->parsed()) {
    CheckRemote(commands.show.remote);
    return commands.show;
  }
  if (commands.cancel_app->parsed()) {
    CheckRemote(commands.cancel.remote);
    return commands.cancel;
  }
  CheckRemote(commands.logs.remote);
  return commands.logs;
}

}  // namespace dray::cli
