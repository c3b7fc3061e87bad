// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdio>
#include <string>

#include "app/cli/commands.h"
#include "app/cli/exit_code.h"
#include "app/cli/remote_target.h"
#include "app/cli/terminal.h"
#include "base/file_system.h"
#include "base/random.h"
#include "base/text_encoding.h"
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

void PrintChain(const ImportResult& result) {
  for (const remote_import::ExportRun& link : result.chain.links) {
    std::printf("%s  %s\n", link.id().c_str(), DescribeRun(link).c_str());
  }
}

const char* VerbOf(const std::string& mode, bool is_dry_run) {
  if (mode == "APPLY") return is_dry_run ? "would be applied" : "applied";
  if (mode == "UNDO") return is_dry_run ? "would be undone" : "undone";
  return is_dry_run ? "would be imported" : "imported";
}

void PrintCountsOfExisting(const ImportCommand& command, const remote_jobs::Job& job) {
  std::printf("%lld inserted, %lld updated, ", CountAt(job, "InsertedItemCount"),
              CountAt(job, "UpdatedItemCount"));
  if (command.plan.has_incrementals())
    std::printf("%lld deleted, ", CountAt(job, "DeletedItemCount"));
  std::printf("%lld unchanged, %lld skipped\n", CountAt(job, "UnchangedItemCount"),
              CountAt(job, "SkippedItemCount"));
  if (auto seconds = remote_jobs::DoubleAt(job.description, "AppliedTo")) {
    std::printf("%s is a copy as of %s\n", command.plan.table.c_str(),
                base::FormatIso8601Millis(std::llround(*seconds * 1000) * 1000).c_str());
  }
}

void PrintText(const ImportCommand& command, const ImportResult& result) {
  if (result.full) {
    ImportCommand full = command;
    full.plan.mode.clear();
    PrintText(full, *result.full);
  }
  if (command.plan.is_dry_run) PrintChain(result);
  if (result.job) std::printf("%s\n", result.job->arn().c_str());
  if (result.verified) std::printf("%s\n", VerifiedText(*result.verified).c_str());
  if (!result.job) {
    if (command.plan.is_dry_run && result.error.empty() && !result.request.empty()) {
      PrintPlanned(command, result);
    }
    return;
  }
  const remote_jobs::Job& job = *result.job;
  if (!command.plan.waits || job.is_running()) return;
  if (job.status() != "COMPLETED") std::printf("%s\n", job.status().c_str());
  std::printf("%s: %lld items of %lld records, %lld errors, into %s\n",
              VerbOf(command.plan.mode, command.plan.is_dry_run), CountAt(job, "ImportedItemCount"),
              CountAt(job, "ProcessedItemCount"), CountAt(job, "ErrorCount"),
              command.plan.table.c_str());
  if (CountAt(job, "FilteredItemCount") > 0) {
    std::printf("%lld filtered out\n", CountAt(job, "FilteredItemCount"));
  }
  if (!command.plan.mode.empty()) PrintCountsOfExisting(command, job);
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

void AppendManifests(json::Writer& writer, std::string_view name,
                     const std::vector<remote_import::ExportRun>& runs) {
  writer.Name(name).StartArray();
  for (const remote_import::ExportRun& run : runs) {
    const auto& increment = *run.summary.increment;
    writer.StartObject().Name("Manifest").String(run.manifest_key());
    writer.Name("From").String(base::FormatIso8601Millis(increment.from_time_micros));
    writer.Name("To").String(base::FormatIso8601Millis(increment.to_time_micros));
    writer.Name("View").String(increment.view);
    writer.Name("Records").Int(static_cast<int64_t>(run.summary.item_count)).EndObject();
  }
  writer.EndArray();
}

void AppendResult(json::Writer& writer, const ImportCommand& command, const ImportResult& result) {
  writer.StartObject();
  if (result.full) {
    ImportCommand full = command;
    full.plan.mode.clear();
    writer.Name("FullImport");
    AppendResult(writer, full, *result.full);
  }
  if (command.plan.has_incrementals()) {
    AppendManifests(writer, "Chain", result.chain.links);
    AppendManifests(writer, "LeftOut", result.chain.left_out);
  }
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
}

void PrintJson(const ImportCommand& command, const ImportResult& result) {
  std::string out;
  json::Writer writer(out);
  AppendResult(writer, command, result);
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
