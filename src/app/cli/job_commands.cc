// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <functional>
#include <string>

#include "app/cli/commands.h"
#include "app/cli/exit_code.h"
#include "app/cli/remote_target.h"
#include "app/cli/terminal.h"
#include "base/text_encoding.h"
#include "client/remote_jobs/json_members.h"
#include "client/remote_jobs/schema_sidecar.h"
#include "format/json/json.h"

namespace dray::cli {

namespace {

using remote_jobs::Job;
using remote_jobs::JobKind;
using remote_jobs::JobSummary;
using remote_jobs::Session;
using remote_jobs::StringAt;

constexpr int64_t kFollowPauseMs = 500;

// Runs `work` in a session; its errors become words and an exit code.
int InSession(const RemoteOptions& remote,
              const std::function<base::Result<int>(Session& session)>& work) {
  auto target = FindTarget(remote);
  if (!target) {
    std::fprintf(stderr, "dray: %s\n", target.error().message.c_str());
    return target.error().kind == base::ErrorKind::kInvalidArgument ? kExitUsage
                                                                    : ExitCodeOf(target.error());
  }
  base::SystemClock clock;
  remote_jobs::Interruption interruption(CountSignals());
  TerminalDisplay display(/*is_quiet=*/false);
  Session session(*std::move(target), clock, display, interruption);
  base::Result<int> code = work(session);
  display.Clear();
  if (code) return *code;
  std::fprintf(stderr, "dray: %s\n", code.error().message.c_str());
  return ExitCodeOf(code.error());
}

void PrintJsonLine(const json::Value& value) {
  std::string text;
  json::AppendValue(value, text);
  std::printf("%s\n", text.c_str());
}

// Seconds since 1970 as the wire has them.
std::string TimeText(const json::Object& object, std::string_view name) {
  auto seconds = remote_jobs::DoubleAt(object, name);
  return seconds ? base::FormatIso8601Millis(static_cast<int64_t>(*seconds * 1e6)) : "";
}

// Summaries of exports carry no time; ids begin with the milliseconds of their start.
std::string StartOf(const std::string& arn) {
  std::string id = arn.substr(arn.rfind('/') + 1);
  long long millis = std::strtoll(id.substr(0, id.find('-')).c_str(), nullptr, 10);
  return millis > 0 ? base::FormatIso8601Millis(millis * 1000) : "";
}

void PrintSummary(const JobSummary& job) {
  bool is_export = job.kind == JobKind::kExport;
  std::string arn = StringAt(job.members, is_export ? "ExportArn" : "ImportArn");
  std::string status = StringAt(job.members, is_export ? "ExportStatus" : "ImportStatus");
  std::printf("%-24s %-6s %-11s %s\n", StartOf(arn).c_str(), is_export ? "export" : "import",
              status.c_str(), arn.c_str());
}

// Members that are worth a line, in their order.
void PrintDescription(const Job& job) {
  for (const auto& [name, value] : job.description.members) {
    std::string text;
    if (name.ends_with("Time") && value.number() != nullptr) {
      text = TimeText(job.description, name);
    } else if (value.string() != nullptr) {
      text = *value.string();
    } else {
      json::AppendValue(value, text);
    }
    std::printf("%-24s %s\n", name.c_str(), text.c_str());
  }
}

base::Result<std::string> TableArnOf(Session& session, const std::string& table) {
  if (table.empty() || table.starts_with("arn:")) return table;
  ASSIGN_OR_RETURN(json::Object described, remote_jobs::DescribeTable(session, table));
  return StringAt(described, "TableArn");
}

void PrintLogLine(const json::Object& line, bool as_json) {
  if (as_json) {
    PrintJsonLine(json::Value(line));
    return;
  }
  std::printf("%s %s\n", TimeText(line, "Time").c_str(), StringAt(line, "Text").c_str());
}

// Prints what is behind `printed` lines, counted with those that were left out.
void PrintNewLines(const json::Object& log, bool as_json, uint64_t& printed) {
  json::Array lines = remote_jobs::ArrayAt(log, "Lines");
  auto left_out = static_cast<uint64_t>(remote_jobs::IntAt(log, "LinesLeftOut").value_or(0));
  uint64_t total = lines.size() + left_out;
  uint64_t fresh = total > printed ? total - printed : 0;
  bool has_gap = fresh > lines.size() || (printed == 0 && left_out > 0);
  size_t first = lines.size() - static_cast<size_t>(std::min<uint64_t>(fresh, lines.size()));
  if (has_gap && !as_json) {
    std::printf("(%llu lines were left out behind the first)\n",
                static_cast<unsigned long long>(left_out));
  }
  for (size_t i = first; i < lines.size(); ++i) {
    if (lines[i].object() != nullptr) PrintLogLine(*lines[i].object(), as_json);
  }
  printed = total;
  std::fflush(stdout);
}

// One refused record of an import.
void PrintRefusal(const json::Object& entry, bool as_json) {
  const json::Value* error = entry.Find("Error");
  if (as_json || error == nullptr || error->object() == nullptr) {
    PrintJsonLine(json::Value(entry));
    return;
  }
  const json::Value* pointer = error->object()->Find("itemS3Pointer");
  const json::Object place =
      pointer != nullptr && pointer->object() != nullptr ? *pointer->object() : json::Object();
  std::string messages;
  for (const json::Value& message : remote_jobs::ArrayAt(*error->object(), "errorMessages")) {
    if (message.string() != nullptr) messages += (messages.empty() ? "" : "; ") + *message.string();
  }
  std::printf(
      "%s s3://%s/%s item %lld at byte %lld: %s\n", TimeText(entry, "Time").c_str(),
      StringAt(place, "bucket").c_str(), StringAt(place, "key").c_str(),
      static_cast<long long>(remote_jobs::IntAt(place, "itemIndex").value_or(0)),
      static_cast<long long>(remote_jobs::IntAt(*error->object(), "byteOffset").value_or(0)),
      messages.c_str());
}

// Prints what the import has refused behind `token`, and moves it there.
base::Status PrintNewRefusals(Session& session, const JobLogsCommand& command, std::string& token) {
  bool has_more = true;
  while (has_more) {
    std::string body;
    json::Writer writer(body);
    writer.StartObject().Name("JobArn").String(command.arn).Name("Limit").Int(1000);
    if (!token.empty()) writer.Name("NextToken").String(token);
    writer.EndObject();
    ASSIGN_OR_RETURN(json::Object page, session.GetOwn("DescribeJobErrors", body));
    for (const json::Value& entry : remote_jobs::ArrayAt(page, "Errors")) {
      if (entry.object() != nullptr) PrintRefusal(*entry.object(), command.as_json);
    }
    std::fflush(stdout);
    token = StringAt(page, "NextToken");
    const json::Value* more = page.Find("HasMore");
    has_more = more != nullptr && more->boolean() != nullptr && *more->boolean();
  }
  return base::Ok();
}

base::Result<int> Logs(Session& session, const JobLogsCommand& command) {
  ASSIGN_OR_RETURN(JobKind kind, remote_jobs::KindOfJob(command.arn));
  std::string body;
  json::Writer(body).StartObject().Name("JobArn").String(command.arn).EndObject();
  uint64_t printed = 0;
  std::string token;
  while (true) {
    ASSIGN_OR_RETURN(json::Object log, session.GetOwn("DescribeJobLog", body));
    PrintNewLines(log, command.as_json, printed);
    if (kind == JobKind::kImport) {
      RETURN_IF_ERROR(PrintNewRefusals(session, command, token));
    }
    bool has_ended = StringAt(log, "JobStatus") != "IN_PROGRESS";
    if (!command.follows || has_ended) {
      std::string detail = StringAt(log, "FailureDetail");
      if (!detail.empty() && !command.as_json) std::printf("%s\n", detail.c_str());
      return kExitDone;
    }
    RETURN_IF_ERROR(session.Sleep(kFollowPauseMs));
  }
}

base::Result<int> Cancel(Session& session, const JobCancelCommand& command) {
  RETURN_IF_ERROR(remote_jobs::CancelJob(session, command.arn));
  if (!command.waits) {
    std::printf("cancelling\n");
    return kExitDone;
  }
  ASSIGN_OR_RETURN(Job job, remote_jobs::WatchJob(session, command.arn, "cancelling"));
  std::string code = StringAt(job.description, "FailureCode");
  std::printf("%s%s%s\n", job.status().c_str(), code.empty() ? "" : " ", code.c_str());
  return code == "Cancelled" ? kExitDone : kExitFailed;
}

}  // namespace

int RunRemote(const JobListCommand& command) {
  return InSession(command.remote, [&](Session& session) -> base::Result<int> {
    ASSIGN_OR_RETURN(std::string table_arn, TableArnOf(session, command.table));
    ASSIGN_OR_RETURN(auto jobs,
                     remote_jobs::ListJobs(session, table_arn, command.kind, command.count_max));
    for (const JobSummary& job : jobs) {
      if (command.as_json) {
        PrintJsonLine(json::Value(job.members));
      } else {
        PrintSummary(job);
      }
    }
    return kExitDone;
  });
}

int RunRemote(const JobShowCommand& command) {
  return InSession(command.remote, [&](Session& session) -> base::Result<int> {
    ASSIGN_OR_RETURN(Job job, remote_jobs::DescribeJob(session, command.arn));
    if (command.as_json) {
      PrintJsonLine(json::Value(job.description));
    } else {
      PrintDescription(job);
    }
    return kExitDone;
  });
}

int RunRemote(const JobCancelCommand& command) {
  return InSession(command.remote, [&](Session& session) { return Cancel(session, command); });
}

int RunRemote(const JobLogsCommand& command) {
  return InSession(command.remote, [&](Session& session) { return Logs(session, command); });
}

}  // namespace dray::cli
