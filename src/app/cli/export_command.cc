// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <fstream>
#include <string>

#include "app/cli/commands.h"
#include "app/cli/exit_code.h"
#include "app/cli/remote_target.h"
#include "app/cli/terminal.h"
#include "base/random.h"
#include "client/remote_jobs/json_members.h"
#include "format/json/json.h"

namespace dray::cli {

namespace {

using remote_jobs::ExportResult;
using remote_jobs::StringAt;

base::Status WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return base::Ok();
  return base::Error{base::ErrorKind::kIo, "cannot write " + path, {}};
}

// s3://BUCKET/[PREFIX/]AWSDynamoDB/ID/
std::string LocationOf(const ExportCommand& command, const remote_jobs::Job& job) {
  std::string manifest = StringAt(job.description, "ExportManifest");
  return "s3://" + command.plan.request.bucket + "/" + manifest.substr(0, manifest.rfind('/') + 1);
}

void PrintText(const ExportCommand& command, const ExportResult& result) {
  const remote_jobs::Job& job = *result.job;
  std::printf("%s\n", job.arn().c_str());
  if (!command.plan.waits || job.is_running()) return;
  if (job.status() != "COMPLETED") {
    std::printf("%s\n", job.status().c_str());
    return;
  }
  auto items = remote_jobs::IntAt(job.description, "ItemCount");
  std::printf("exported: %lld items to %s\n", static_cast<long long>(items.value_or(0)),
              LocationOf(command, job).c_str());
  if (result.verified) {
    const verify_export::Report& report = *result.verified;
    std::printf(
        "%s: both manifests and their checksums; %llu data files (%s): MD5, ETag, gzip, %llu "
        "records\n",
        report.is_whole() ? "verified" : "NOT WHOLE", static_cast<unsigned long long>(report.files),
        FormatBytes(report.compressed_bytes).c_str(),
        static_cast<unsigned long long>(report.items));
  }
  if (!result.schema_location.empty()) std::printf("schema: %s\n", result.schema_location.c_str());
}

void PrintJson(const ExportCommand& command, const ExportResult& result) {
  std::string out;
  json::Writer writer(out);
  writer.StartObject();
  if (result.job) {
    std::string description;
    json::AppendValue(json::Value(result.job->description), description);
    writer.Name("ExportDescription").Raw(description);
    if (result.job->status() == "COMPLETED") {
      writer.Name("Location").String(LocationOf(command, *result.job));
    }
  }
  if (result.verified) {
    const verify_export::Report& report = *result.verified;
    writer.Name("Verified").StartObject();
    writer.Name("Whole").Bool(report.is_whole());
    writer.Name("DataFiles").Int(static_cast<int64_t>(report.files));
    writer.Name("Items").Int(static_cast<int64_t>(report.items));
    writer.Name("CompressedBytes").Int(static_cast<int64_t>(report.compressed_bytes));
    writer.Name("Findings").StartArray();
    for (const verify_export::Finding& finding : report.findings) {
      writer.String(finding.key + " " + finding.what);
    }
    writer.EndArray().EndObject();
  }
  if (!result.schema_location.empty()) writer.Name("Schema").String(result.schema_location);
  if (!result.error.empty()) writer.Name("Error").String(result.error);
  writer.EndObject();
  std::printf("%s\n", out.c_str());
}

}  // namespace

int RunRemote(const ExportCommand& given) {
  ExportCommand command = given;
  auto target = FindTarget(command.remote);
  if (!target) {
    std::fprintf(stderr, "dray: %s\n", target.error().message.c_str());
    return target.error().kind == base::ErrorKind::kInvalidArgument ? kExitUsage
                                                                    : ExitCodeOf(target.error());
  }
  base::SystemClock clock;
  remote_jobs::ExportRequest& request = command.plan.request;
  if (request.client_token.empty()) request.client_token = base::RandomUuid();
  if (command.last_micros) {
    int64_t from = clock.NowMicros() - *command.last_micros;
    request.from_micros = from - from % base::kMicrosPerSecond;
  }
  remote_jobs::Interruption interruption(CountSignals());
  TerminalDisplay display(command.is_quiet);
  remote_jobs::Session session(*std::move(target), clock, display, interruption);
  ExportResult result = RunExport(session, command.plan, WriteFile);
  display.Clear();
  if (!result.error.empty()) std::fprintf(stderr, "dray: %s\n", result.error.c_str());
  if (command.as_json) {
    PrintJson(command, result);
  } else if (result.job) {
    PrintText(command, result);
  }
  return ExitCodeOf(result.ending);
}

}  // namespace dray::cli
