// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <string>

#include "app/cli/commands.h"
#include "app/cli/exit_code.h"
#include "app/cli/remote_target.h"
#include "app/cli/terminal.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/text_encoding.h"
#include "client/access_reader/access_reader.h"
#include "format/json/json.h"
#include "security/doctor/doctor.h"

namespace dray::cli {

namespace {

using doctor::NamedPolicy;

base::Result<std::string> ReadOptional(const std::string& path) {
  if (path.empty()) return std::string();
  return base::ReadFile(base::PosixFileSystem(), path);
}

base::Status ReadAll(const std::vector<std::string>& paths, std::vector<NamedPolicy>& policies) {
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(std::string text, ReadOptional(path));
    policies.push_back({.json = std::move(text), .name = "\"" + path + "\""});
  }
  return base::Ok();
}

// A file is one level: a policy, or a list of policies.
base::Status ReadLevels(const std::vector<std::string>& paths,
                        std::vector<std::vector<NamedPolicy>>& levels) {
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(std::string text, ReadOptional(path));
    const std::string name = "\"" + path + "\"";
    std::vector<NamedPolicy>& level = levels.emplace_back();
    auto value = json::Parse(text);
    if (!value || !value->array()) {
      level.push_back({.json = std::move(text), .name = name});
      continue;
    }
    for (const json::Value& policy : *value->array()) {
      std::string compact;
      json::AppendValue(policy, compact);
      level.push_back({.json = std::move(compact), .name = name});
    }
  }
  return base::Ok();
}

base::Status ReadFiles(const PolicyFiles& files, doctor::Facts& facts) {
  ASSIGN_OR_RETURN(facts.bucket_policy, ReadOptional(files.bucket));
  ASSIGN_OR_RETURN(facts.table_policy, ReadOptional(files.table));
  ASSIGN_OR_RETURN(facts.key_policy, ReadOptional(files.key));
  ASSIGN_OR_RETURN(facts.trust_policy, ReadOptional(files.trust));
  ASSIGN_OR_RETURN(facts.vpc_endpoint_policy, ReadOptional(files.vpc_endpoint));
  RETURN_IF_ERROR(ReadAll(files.identity, facts.identity_policies));
  RETURN_IF_ERROR(ReadAll(files.boundaries, facts.boundaries));
  RETURN_IF_ERROR(ReadAll(files.session, facts.session_policies));
  RETURN_IF_ERROR(ReadLevels(files.service_control, facts.service_control));
  return ReadLevels(files.resource_control, facts.resource_control);
}

// Without the files there is nothing to know about a key.
void SayWhatWasNotGiven(doctor::Facts& facts) {
  if (!facts.kms_key.empty() && facts.key_policy.empty())
    facts.unread.push_back({.side = doctor::Side::kKey,
                            .what = "the policy of the key " + facts.kms_key,
                            .why = "--key-policy FILE was not given."});
}

// Of conditions on dates, which the doctor cannot know: it reads no clock.
void AddTime(doctor::Facts& facts) {
  const int64_t now_micros = base::SystemClock().NowMicros();
  auto add = [&](const char* key, std::string value) {
    for (const auto& [known, unused] : facts.context)
      if (base::EqualsIgnoreCase(known, key)) return;
    facts.context.emplace_back(key, std::move(value));
  };
  add("aws:CurrentTime", base::FormatIso8601Seconds(now_micros));
  add("aws:EpochTime", std::to_string(now_micros / base::kMicrosPerSecond));
}

int Fail(const base::Error& error) {
  std::fprintf(stderr, "dray: %s\n", error.message.c_str());
  return error.kind == base::ErrorKind::kInvalidArgument ? kExitUsage : ExitCodeOf(error);
}

base::Status ReadEndpoint(remote_jobs::SessionOptions target, const PolicyCheckCommand& command,
                          doctor::Facts& facts) {
  base::SystemClock clock;
  remote_jobs::Interruption interruption(CountSignals());
  TerminalDisplay display(/*is_quiet=*/false);
  remote_jobs::Session session(std::move(target), clock, display, interruption);
  access_reader::Given given;
  given.table = command.table;
  given.has_bucket_policy = !command.files.bucket.empty();
  given.has_identity_policies = !command.files.identity.empty();
  given.has_boundary = !command.files.boundaries.empty();
  given.has_table_policy = !command.files.table.empty();
  given.has_key_policy = !command.files.key.empty();
  given.has_trust_policy = !command.files.trust.empty();
  base::Status read = access_reader::ReadFacts(session, given, facts);
  display.Clear();
  return read;
}

int ExitCodeOf(doctor::Verdict verdict) {
  switch (verdict) {
    case doctor::Verdict::kSucceeds:
      return kExitDone;
    case doctor::Verdict::kFails:
      return kExitFailed;
    case doctor::Verdict::kOpen:
      return kExitUnfinished;
  }
  return kExitFailed;
}

}  // namespace

int RunRemote(const PolicyCheckCommand& command) {
  doctor::Facts facts = command.facts;
  if (auto read = ReadFiles(command.files, facts); !read) {
    std::fprintf(stderr, "dray: %s\n", read.error().message.c_str());
    return kExitUsage;
  }
  if (command.is_offline) {
    SayWhatWasNotGiven(facts);
  } else {
    auto target = FindTarget(command.remote);
    if (!target) return Fail(target.error());
    auto read = ReadEndpoint(*std::move(target), command, facts);
    if (!read) {
      std::fprintf(stderr, "dray: %s\n", read.error().message.c_str());
      return ExitCodeOf(read.error());
    }
  }
  AddTime(facts);
  auto report = doctor::Check(facts);
  if (!report) return Fail(report.error());
  std::string text = command.as_json ? doctor::RenderJson(*report) : doctor::RenderText(*report);
  if (!text.ends_with('\n')) text.push_back('\n');
  std::fputs(text.c_str(), stdout);
  return ExitCodeOf(report->verdict);
}

}  // namespace dray::cli
