// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <string>

#include "app/cli/commands.h"
#include "app/cli/exit_code.h"
#include "app/cli/remote_target.h"
#include "app/cli/terminal.h"
#include "base/file_system.h"
#include "base/random.h"
#include "client/remote_jobs/json_members.h"
#include "format/json/json.h"

namespace dray::cli {

namespace {

using remote_import::ImportResult;
using remote_import::Setting;
using remote_jobs::IntAt;

constexpr const char* kTableArn = "the ARN of the table";  // of a request that is only shown

long long CountAt(const remote_jobs::Job& job, std::string_view name) {
  return static_cast<long long>(IntAt(job.description, name).value_or(0));
}

std::string VerifiedText(const verify_export::Report& report) {
  std::string text = report.is_whole() ? "verified" : "NOT WHOLE";
  text += ": both manifests and their checksums; " + std::to_string(report.files) + " data files: ";
  const uint64_t read = report.files - report.files_by_etag;
  if (report.files_by_etag > 0) text += std::to_string(report.files_by_etag) + " by their ETag";
  if (report.files_by_etag > 0 && read > 0) text += ", ";
  if (read > 0) {
    text += std::to_string(read) + " read (" + FormatBytes(report.compressed_bytes) +
            "): MD5, gzip, " + std::to_string(report.items) + " records";
  }
  return text;
}

void PrintPlanned(const ImportCommand& command, const ImportResult& result) {
  const bool is_staged = !command.plan.place.starts_with("s3://");
  if (is_staged) {
    std::printf("would upload %llu files of %s\n",
                static_cast<unsigned long long>(result.source_objects), result.source.c_str());
  }
  const std::string operation(result.operation.name);
  std::printf("would send %s %s\n", operation.c_str(), result.request.c_str());
  for (const Setting& setting : result.settings) {
    const std::string table = setting.table_by == "ResourceArn" ? kTableArn : command.plan.table;
    std::printf("would send %s %s\n", setting.operation.c_str(),
                RenderSetting(setting, table).c_str());
  }
}

void PrintText(const ImportCommand& command, const ImportResult& result) {
  if (result.job) std::printf("%s\n", result.job->arn().c_str());
  if (result.verified) std::printf("%s\n", VerifiedText(*result.verified).c_str());
  if (!result.job) {
    if (command.plan.is_dry_run && result.error.empty()) PrintPlanned(command, result);
    return;
  }
  const remote_jobs::Job& job = *result.job;
  if (!command.plan.waits || job.is_running()) return;
  if (job.status() != "COMPLETED") std::printf("%s\n", job.status().c_str());
  const bool is_counted_only = command.plan.is_dry_run;
  std::printf("%s: %lld items of %lld records, %lld errors, into %s\n",
              is_counted_only ? "would be imported" : "imported", CountAt(job, "ImportedItemCount"),
              CountAt(job, "ProcessedItemCount"), CountAt(job, "ErrorCount"),
              command.plan.table.c_str());
  if (CountAt(job, "FilteredItemCount") > 0) {
    std::printf("%lld filtered out\n", CountAt(job, "FilteredItemCount"));
  }
  if (!command.plan.mode.empty()) {
    std::printf("%lld inserted, %lld updated, %lld unchanged, %lld skipped\n",
                CountAt(job, "InsertedItemCount"), CountAt(job, "UpdatedItemCount"),
                CountAt(job, "UnchangedItemCount"), CountAt(job, "SkippedItemCount"));
  }
  if (!result.applied.empty()) {
    std::string applied;
    for (const std::string& what : result.applied) applied += (applied.empty() ? "" : ", ") + what;
    std::printf("applied: %s\n", applied.c_str());
  }
  if (!result.staging_left.empty()) std::printf("staged: %s\n", result.staging_left.c_str());
}

void AppendStrings(json::Writer& writer, std::string_view name,
                   const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  writer.Name(name).StartArray();
  for (const std::string& text : texts) writer.String(text);
  writer.EndArray();
}

void AppendVerified(json::Writer& writer, const verify_export::Report& report) {
  writer.Name("Verified").StartObject();
  writer.Name("Whole").Bool(report.is_whole());
  writer.Name("DataFiles").Int(static_cast<int64_t>(report.files));
  writer.Name("DataFilesByETag").Int(static_cast<int64_t>(report.files_by_etag));
  writer.Name("Findings").StartArray();
  for (const verify_export::Finding& finding : report.findings) {
    writer.String(finding.key + " " + finding.what);
  }
  writer.EndArray().EndObject();
}

void AppendRequests(json::Writer& writer, const ImportCommand& command,
                    const ImportResult& result) {
  writer.Name("Requests").StartArray().StartObject();
  writer.Name("Operation")
      .String(result.operation.name)
      .Name("Body")
      .Raw(result.request)
      .EndObject();
  for (const Setting& setting : result.settings) {
    const std::string table = setting.table_by == "ResourceArn" ? kTableArn : command.plan.table;
    writer.StartObject().Name("Operation").String(setting.operation);
    writer.Name("Body").Raw(RenderSetting(setting, table)).EndObject();
  }
  writer.EndArray();
}

void PrintJson(const ImportCommand& command, const ImportResult& result) {
  std::string out;
  json::Writer writer(out);
  writer.StartObject();
  if (result.job) {
    std::string description;
    json::AppendValue(json::Value(result.job->description), description);
    writer.Name("ImportTableDescription").Raw(description);
  }
  if (!result.source.empty()) writer.Name("Source").String(result.source);
  if (result.verified) AppendVerified(writer, *result.verified);
  if (!result.schema.empty()) writer.Name("Schema").String(result.schema);
  AppendStrings(writer, "NotCarriedOver", result.left_out);
  if (command.plan.is_dry_run && !result.request.empty()) AppendRequests(writer, command, result);
  if (result.staged) {
    writer.Name("Staged").StartObject();
    writer.Name("Files").Int(static_cast<int64_t>(result.staged->files));
    writer.Name("FilesThereBefore").Int(static_cast<int64_t>(result.staged->files_there));
    writer.Name("Bytes").Int(static_cast<int64_t>(result.staged->bytes));
    writer.EndObject();
  }
  if (!result.staging_left.empty()) writer.Name("StagingLeft").String(result.staging_left);
  AppendStrings(writer, "FirstErrors", result.errors);
  AppendStrings(writer, "Applied", result.applied);
  if (!result.error.empty()) writer.Name("Error").String(result.error);
  writer.EndObject();
  std::printf("%s\n", out.c_str());
}

}  // namespace

int RunRemote(const ImportCommand& given) {
  ImportCommand command = given;
  auto target = FindTarget(command.remote);
  if (!target) {
    std::fprintf(stderr, "dray: %s\n", target.error().message.c_str());
    return target.error().kind == base::ErrorKind::kInvalidArgument ? kExitUsage
                                                                    : ExitCodeOf(target.error());
  }
  if (command.plan.client_token.empty()) command.plan.client_token = base::RandomUuid();
  base::SystemClock clock;
  remote_jobs::Interruption interruption(CountSignals());
  TerminalDisplay display(command.is_quiet);
  remote_jobs::Session session(*std::move(target), clock, display, interruption);
  ImportResult result = RunImport(session, command.plan, [](const std::string& path) {
    return base::ReadFile(base::PosixFileSystem(), path);
  });
  display.Clear();
  if (!result.error.empty()) std::fprintf(stderr, "dray: %s\n", result.error.c_str());
  if (command.as_json) {
    PrintJson(command, result);
  } else {
    PrintText(command, result);
  }
  return ExitCodeOf(result.ending);
}

}  // namespace dray::cli
