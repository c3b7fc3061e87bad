// SPDX-License-Identifier: Apache-2.0
#include "format/json/json.h"
#include "security/doctor/doctor.h"

namespace dray::doctor {

namespace {

std::string_view SeverityName(Severity severity) {
  return severity == Severity::kError ? "error" : "warning";
}

std::string_view JobName(Job job) { return job == Job::kExport ? "export" : "import"; }

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSucceeds:
      return "succeeds";
    case Verdict::kFails:
      return "fails";
    case Verdict::kOpen:
      return "open";
  }
  return "";
}

std::string_view VerdictSentence(const Report& report) {
  switch (report.verdict) {
    case Verdict::kSucceeds:
      return " would succeed.";
    case Verdict::kFails:
      return " would fail.";
    case Verdict::kOpen:
      return " is not denied by what could be read; what could not is listed below.";
  }
  return "";
}

std::string_view StateName(const Call& call) {
  return !call.is_allowed() ? "DENIED" : call.is_open ? "open" : "allowed";
}

std::string_view NeedRemark(Need need) {
  switch (need) {
    case Need::kNeeded:
      return "";
    case Need::kWatching:
      return " (to follow the job)";
    case Need::kDocumented:
      return " (documented by AWS, no job fails for it here)";
  }
  return "";
}

std::string_view NeedName(Need need) {
  switch (need) {
    case Need::kNeeded:
      return "needed";
    case Need::kWatching:
      return "watching";
    case Need::kDocumented:
      return "documented";
  }
  return "";
}

std::string Join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string_view ResultName(const policy::Decision& decision) {
  switch (decision.result) {
    case policy::Decision::Result::kAllowed:
      return "allowed";
    case policy::Decision::Result::kImplicitlyDenied:
      return "implicitly denied";
    case policy::Decision::Result::kExplicitlyDenied:
      return "explicitly denied";
  }
  return "";
}

}  // namespace

std::string RenderText(const Report& report) {
  std::string text =
      "The " + std::string(JobName(report.job)) + std::string(VerdictSentence(report)) + "\n\n";
  for (const Call& call : report.calls)
    text += "  " + std::string(StateName(call)) + std::string(10 - StateName(call).size(), ' ') +
            call.name + std::string(NeedRemark(call.need)) + "\n";
  for (const Finding& finding : report.findings) {
    text += "\n" + std::string(SeverityName(finding.severity)) + " [" + finding.code + "]";
    if (!finding.where.empty()) text += " " + finding.where;
    text += "\n  " + finding.sentence + "\n";
    if (!finding.calls.empty()) text += "  denies: " + Join(finding.calls) + "\n";
    text += "  fix: " + finding.fix + "\n";
  }
  for (const Unread& unread : report.unread)
    text += "\nnot read: " + unread.what + "\n  " + unread.why + "\n";
  return text;
}

std::string RenderJson(const Report& report) {
  std::string text;
  json::Writer writer(text);
  writer.StartObject().Name("job").String(JobName(report.job));
  writer.Name("succeeds").Bool(report.verdict == Verdict::kSucceeds);
  writer.Name("verdict").String(VerdictName(report.verdict));
  writer.Name("calls").StartArray();
  for (const Call& call : report.calls) {
    writer.StartObject();
    writer.Name("name").String(call.name);
    writer.Name("action").String(call.action);
    writer.Name("resource").String(call.resource);
    writer.Name("need").String(NeedName(call.need));
    writer.Name("allowed").Bool(call.is_allowed());
    writer.Name("open").Bool(call.is_open);
    writer.Name("result").String(ResultName(call.decision));
    writer.Name("deciding_side").String(call.decision.deciding_side);
    writer.Name("explanation").String(call.decision.explanation);
    writer.EndObject();
  }
  writer.EndArray().Name("findings").StartArray();
  for (const Finding& finding : report.findings) {
    writer.StartObject();
    writer.Name("severity").String(SeverityName(finding.severity));
    writer.Name("code").String(finding.code);
    writer.Name("where").String(finding.where);
    writer.Name("calls").StartArray();
    for (const std::string& call : finding.calls) writer.String(call);
    writer.EndArray();
    writer.Name("sentence").String(finding.sentence);
    writer.Name("fix").String(finding.fix);
    writer.EndObject();
  }
  writer.EndArray().Name("not_read").StartArray();
  for (const Unread& unread : report.unread) {
    writer.StartObject().Name("what").String(unread.what).Name("why").String(unread.why);
    writer.EndObject();
  }
  writer.EndArray().EndObject();
  return text;
}

}  // namespace dray::doctor
