// SPDX-License-Identifier: Apache-2.0
#include "app/cli/import_command_line.h"

#include <map>
#include <memory>

#include "app/cli/remote_flags.h"
#include "client/remote_jobs/export_request.h"

namespace dray::cli {

namespace {

using remote_import::Attribute;
using remote_import::ImportPlan;

constexpr const char* kExitCodes =
    "Exit codes: 0 done, 1 refused or failed (also when some records were no items), 2 wrong "
    "command line, 3 the export is not whole and nothing was imported, 4 complete, but settings "
    "were not applied or staged objects not removed, 5 endpoint out of reach, 130 interrupted";

// Texts of flags that become something else.
struct ImportFlags {
  std::string mode;
  bool is_into_existing = false;
  bool applies = false, undoes = false;
  std::string from;
  std::string bucket_owner, format, compression, csv_delimiter;
  std::string hash_key, range_key, billing_mode, kms_key_id;
  std::vector<std::string> csv_header, attributes;
  int64_t read_capacity = 0, write_capacity = 0;
  bool no_schema = false, no_settings = false, no_verify = false, no_wait = false;
};

bool IsBucket(const std::string& place) { return place.starts_with("s3://"); }

Attribute AttributeOf(const std::string& flag, const std::string& text) {
  if (auto attribute = remote_import::ParseAttribute(text)) return *std::move(attribute);
  Refuse(flag + " takes NAME:S, NAME:N or NAME:B, not '" + text + "'");
}

void FinishInput(const ImportFlags& flags, ImportPlan& plan) {
  if (!flags.format.empty()) plan.input.format = remote_jobs::AwsName(flags.format);
  if (!flags.compression.empty()) plan.input.compression = remote_jobs::AwsName(flags.compression);
  if (!flags.csv_delimiter.empty()) {
    plan.input.csv_delimiter = remote_import::DelimiterOf(flags.csv_delimiter);
  }
  plan.input.csv_header = flags.csv_header;
}

void FinishTable(const ImportFlags& flags, ImportPlan& plan) {
  remote_import::TableFlags& table = plan.table_flags;
  if (!flags.hash_key.empty()) table.hash_key = AttributeOf("--hash-key", flags.hash_key);
  if (!flags.range_key.empty()) table.range_key = AttributeOf("--range-key", flags.range_key);
  for (const std::string& text : flags.attributes) {
    table.attributes.push_back(AttributeOf("--attribute", text));
  }
  if (!flags.billing_mode.empty()) {
    std::string mode = remote_jobs::AwsName(flags.billing_mode);
    table.billing_mode = mode == "ON_DEMAND" ? "PAY_PER_REQUEST" : mode;
  }
  if (flags.read_capacity > 0) table.read_capacity = flags.read_capacity;
  if (flags.write_capacity > 0) table.write_capacity = flags.write_capacity;
  table.kms_key_id = Given(flags.kms_key_id);
  plan.reads_schema = !flags.no_schema;
  plan.applies_settings = !flags.no_settings;
  if (flags.no_schema && !plan.schema.empty())
    Refuse("--schema and --no-schema exclude each other");
}

// What does not go with incremental exports.
void CheckIncrementals(const ImportFlags& flags, const ImportCommand& command) {
  const ImportPlan& plan = command.plan;
  const std::string flag = plan.mode == "UNDO" ? "--undo" : "--apply-incrementals";
  const auto refuse = [&flag](const std::string& why) { Refuse("with " + flag + " " + why); };
  if (command.remote.is_aws) refuse("goes a Dray server: AWS applies no incremental exports");
  if (!plan.staging.empty()) {
    refuse(
        "files are staged in a bucket of their own, with the keys that their manifests say: leave "
        "--staging away");
  }
  if (flags.is_into_existing || !flags.mode.empty()) {
    refuse("changes are applied as they were made: leave --into-existing and --mode away");
  }
  if (!flags.format.empty() || !flags.compression.empty() || !flags.csv_delimiter.empty() ||
      !flags.csv_header.empty()) {
    refuse("the exports say their format: leave --format, --compression and --csv-... away");
  }
  if (!plan.transforms.steps.empty()) {
    refuse("there are no transforms: changes are applied as they were exported");
  }
  if (plan.mode != "UNDO") return;
  if (plan.says_table() || flags.no_schema || flags.no_settings) {
    refuse("the table is what it is: leave its flags away");
  }
  if (flags.no_verify) refuse("the server verifies the export: leave --no-verify away");
}

void FinishIncrementals(const ImportFlags& flags, ImportCommand& command) {
  ImportPlan& plan = command.plan;
  if (flags.applies && flags.undoes) Refuse("--apply-incrementals and --undo exclude each other");
  if (!flags.applies && (!flags.from.empty() || !plan.full_export.empty())) {
    Refuse("--from and --full are of --apply-incrementals");
  }
  if (plan.is_forced && !flags.undoes) Refuse("--force is of --undo");
  if (!flags.applies && !flags.undoes) return;
  plan.mode = flags.undoes ? "UNDO" : "APPLY";
  if (!flags.from.empty()) {
    plan.from_micros = remote_jobs::ParseTime(flags.from);
    if (!plan.from_micros) {
      Refuse("--from takes a time such as 2026-11-22T10:00:00Z, not '" + flags.from + "'");
    }
  }
  CheckIncrementals(flags, command);
}

void FinishInto(const ImportFlags& flags, ImportPlan& plan) {
  if (plan.has_incrementals()) return;
  if (!flags.is_into_existing) {
    if (!flags.mode.empty()) Refuse("--mode is of --into-existing");
    return;
  }
  plan.mode = flags.mode.empty() ? "INSERT" : remote_jobs::AwsName(flags.mode);
  if (plan.says_table())
    Refuse("with --into-existing the table is what it is: leave its flags away");
}

// The order on the command line is the order in which they are applied.
void FinishTransforms(const CLI::App& app, ImportPlan& plan) {
  using Kind = remote_import::TransformStep::Kind;
  static const std::map<std::string, Kind> kKinds = {{"--keep", Kind::kKeep},
                                                     {"--drop", Kind::kDrop},
                                                     {"--rename", Kind::kRename},
                                                     {"--filter", Kind::kFilter},
                                                     {"--mask", Kind::kMask}};
  std::map<std::string, size_t> taken;
  for (const CLI::Option* option : app.parse_order()) {
    const std::string name = option->get_name();
    auto kind = kKinds.find(name);
    if (kind == kKinds.end()) continue;
    plan.transforms.steps.push_back({kind->second, option->results().at(taken[name]++)});
  }
  if (auto checked = remote_import::CheckTransforms(plan.transforms); !checked) {
    Refuse(checked.error().message);
  }
}

void FinishStaging(const ImportCommand& command) {
  const ImportPlan& plan = command.plan;
  if (IsBucket(plan.place)) {
    if (!plan.staging.empty() || plan.keeps_staging) {
      Refuse("--staging is for files of this machine: " + plan.place + " is imported as it is");
    }
    return;
  }
  if (plan.place.find("://") != std::string::npos) {
    Refuse("a place is s3://BUCKET/PREFIX, or a folder or file of this machine, not '" +
           plan.place + "'");
  }
  if (plan.staging.empty()) {
    if (command.remote.is_aws) {
      Refuse(
          "on AWS files go through a bucket of yours: name it, and a prefix in it, with --staging "
          "s3://BUCKET/PREFIX");
    }
    if (plan.bucket_owner || !command.remote.bucket_profile.empty()) {
      Refuse("--bucket-owner and --bucket-profile are of a bucket: name it with --staging");
    }
  } else if (!remote_jobs::ParseS3Url(plan.staging)) {
    Refuse("--staging takes s3://BUCKET or s3://BUCKET/PREFIX, not '" + plan.staging + "'");
  }
  if (!plan.waits && !plan.keeps_staging) {
    Refuse(
        "with --no-wait nobody takes away what is staged when the import has ended: give "
        "--keep-staging, too");
  }
}

void FinishImport(const CLI::App& app, const ImportFlags& flags, ImportCommand& command) {
  CheckRemote(command.remote);
  ImportPlan& plan = command.plan;
  if (IsBucket(plan.place) && !remote_jobs::ParseS3Url(plan.place)) {
    Refuse("the place is s3://BUCKET or s3://BUCKET/PREFIX, not '" + plan.place + "'");
  }
  plan.bucket_owner = Given(flags.bucket_owner);
  plan.is_token_given = !plan.client_token.empty();
  plan.verifies = !flags.no_verify;
  plan.waits = !flags.no_wait;
  FinishInput(flags, plan);
  FinishTable(flags, plan);
  FinishTransforms(app, plan);
  FinishIncrementals(flags, command);
  FinishInto(flags, plan);
  FinishStaging(command);
}

void AddInput(CLI::App& app, ImportPlan& plan, ImportFlags& flags) {
  const std::string group = "Data (an export says it itself)";
  app.add_option("--format", flags.format, "dynamodb-json, ion or csv")->group(group);
  app.add_option("--compression", flags.compression, "none (default), gzip or zstd")->group(group);
  app.add_option("--csv-delimiter", flags.csv_delimiter,
                 "',' (default), ';', ':', '|', tab or space")
      ->group(group);
  app.add_option("--csv-header", flags.csv_header,
                 "names of the columns, with commas between them; else the first line of each file")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--bucket-owner", flags.bucket_owner, "account of the bucket, when it is another")
      ->group(group);
  app.add_flag("--no-verify", flags.no_verify,
               "do not check manifests and data files before the import")
      ->group(group);
  app.add_option("--client-token", plan.client_token,
                 "the same token is the same import; else a new one")
      ->group(group);
}

void AddTable(CLI::App& app, ImportPlan& plan, ImportFlags& flags) {
  const std::string group = "Table";
  app.add_option("--schema", plan.schema,
                 "file or s3://...: what dray export wrote, or the output of aws dynamodb "
                 "describe-table; else the schema beside the export")
      ->group(group);
  app.add_flag("--no-schema", flags.no_schema, "do not look for the one beside the export")
      ->group(group);
  app.add_option("--hash-key", flags.hash_key, "NAME:TYPE of the partition key; TYPE is S, N or B")
      ->group(group);
  app.add_option("--range-key", flags.range_key, "NAME:TYPE of the sort key")->group(group);
  app.add_option("--gsi", plan.table_flags.global_indexes,
                 "a global secondary index as JSON, as CreateTable takes it; may be repeated, and "
                 "replaces those of the schema")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--attribute", flags.attributes, "NAME:TYPE of a key of an index; may be repeated")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--billing-mode", flags.billing_mode,
                 "pay-per-request or provisioned; else the schema's, else pay-per-request")
      ->group(group);
  app.add_option("--read-capacity", flags.read_capacity, "units, of a provisioned table")
      ->check(CLI::PositiveNumber)
      ->group(group);
  app.add_option("--write-capacity", flags.write_capacity)
      ->check(CLI::PositiveNumber)
      ->group(group);
  app.add_option("--kms-key-id", flags.kms_key_id, "encrypt the table with this key")->group(group);
  app.add_flag("--no-settings", flags.no_settings,
               "do not set time to live, tags, recovery and the like behind the import")
      ->group(group);
}

void AddTransforms(CLI::App& app, ImportPlan& plan) {
  const std::string group = "On the way (Dray servers); in the order in which they are given";
  const auto add = [&](const std::string& flag, const std::string& help) {
    app.add_option(flag)
        ->description(help)
        ->type_name("TEXT")
        ->type_size(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false)
        ->group(group);
  };
  add("--keep", "only these attributes, with commas between them");
  add("--drop", "not these");
  add("--rename", "FROM=TO");
  add("--filter", "only items that fulfil this filter expression");
  add("--mask",
      "NAME: a keyed hash in place of the value, the same for the same value; NAME=TEXT: this "
      "text");
  app.add_option("--filter-names", plan.transforms.filter_names,
                 "ExpressionAttributeNames of the filter, JSON")
      ->group(group);
  app.add_option("--filter-values", plan.transforms.filter_values,
                 "its ExpressionAttributeValues, JSON")
      ->group(group);
  app.add_option("--mask-key-file", plan.transforms.mask_key_file,
                 "file with the key of the hashes, at least 16 bytes")
      ->group(group);
}

void AddIncrementals(CLI::App& app, ImportPlan& plan, ImportFlags& flags) {
  const std::string group = "Incremental exports in a bucket (Dray servers)";
  app.add_flag("--apply-incrementals", flags.applies,
               "apply those under PLACE that come after what the table is a copy of; a table that "
               "is not there is made of the full export first")
      ->group(group);
  app.add_option("--from", flags.from,
                 "time as of which the table is a copy, such as 2026-11-22T10:00:00Z; else the "
                 "server's jobs tell it")
      ->group(group);
  app.add_option("--full", plan.full_export, "ID of the full export, when there are several")
      ->group(group);
  app.add_flag("--undo", flags.undoes,
               "take back the incremental export that PLACE names, the last that was applied")
      ->group(group);
  app.add_flag("--force", plan.is_forced,
               "undo also what was changed since, and any export, whatever was applied after it")
      ->group(group);
}

}  // namespace

std::function<void()> AddImport(CLI::App& app, ImportCommand& command) {
  auto flags = std::make_shared<ImportFlags>();
  ImportPlan& plan = command.plan;
  app.footer(kExitCodes);
  app.add_option("PLACE", plan.place,
                 "s3://BUCKET/PREFIX, or a folder or file: an export (its folder, a folder above "
                 "it, or its manifest) or plain data")
      ->required();
  app.add_option("TABLE", plan.table,
                 "name of the table that is made (or changed, with the flags for that)")
      ->required();
  AddRemote(app, command.remote);
  app.add_option("--s3-endpoint-url", command.remote.s3_endpoint_url,
                 "where the bucket is read, and files are staged; else the same server")
      ->group("Endpoint");
  app.add_option("--bucket-profile", command.remote.bucket_profile,
                 "profile that reads the bucket, or stages; else the same as for the table")
      ->group("Endpoint");
  AddInput(app, plan, *flags);
  AddTable(app, plan, *flags);
  const std::string into = "Into a table that is there (Dray servers)";
  app.add_flag("--into-existing", flags->is_into_existing,
               "do not make a table; --dry-run lets the server count what would change")
      ->group(into);
  app.add_option("--mode", flags->mode,
                 "for items whose key is there: insert leaves them (default), replace puts the new "
                 "one, merge its attributes")
      ->group(into);
  AddIncrementals(app, plan, *flags);
  AddTransforms(app, plan);
  const std::string group = "Around the import";
  app.add_option("--staging", plan.staging,
                 "s3://BUCKET/PREFIX through which files of this machine go; else a bucket of the "
                 "command's own")
      ->group(group);
  app.add_flag("--keep-staging", plan.keeps_staging, "leave what was staged there")->group(group);
  app.add_flag("--dry-run", plan.is_dry_run,
               "look, verify, print the requests; change and import nothing")
      ->group(group);
  app.add_flag("--no-wait", flags->no_wait, "only start it: prints the ARN")->group(group);
  app.add_flag("--cancel-on-interrupt", plan.cancels_when_interrupted,
               "Ctrl-C cancels the import (Dray servers); else it goes on without the command")
      ->group(group);
  app.add_flag("--json", command.as_json, "the result as one line of JSON")->group(group);
  app.add_flag("--quiet", command.is_quiet, "no progress, only warnings")->group(group);
  return [flags, &app, &command] { FinishImport(app, *flags, command); };
}

}  // namespace dray::cli
