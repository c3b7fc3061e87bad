// SPDX-License-Identifier: Apache-2.0
#include "format/json/json.h"
#include "security/doctor/doctor.h"

namespace dray::doctor {

namespace {

std::string_view SeverityName(Severity severity) {
  return severity == Severity::kError ? "error" : "warning";
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
  std::string text = report.succeeds ? "The export would succeed.\n\n"
                                     : "The export would fail with S3AccessDenied.\n\n";
  for (const Call& call : report.calls)
    text += std::string(call.is_allowed() ? "  allowed  " : "  DENIED   ") + call.name +
            (call.is_needed ? "" : " (documented by AWS, not needed)") + "\n";
  for (const Finding& finding : report.findings) {
    text += "\n" + std::string(SeverityName(finding.severity)) + " [" + finding.code + "]";
    if (!finding.where.empty()) text += " " + finding.where;
    text += "\n  " + finding.sentence + "\n";
    if (!finding.calls.empty()) text += "  denies: " + Join(finding.calls) + "\n";
    text += "  fix: " + finding.fix + "\n";
  }
  return text;
}

std::string RenderJson(const Report& report) {
  std::string text;
  json::Writer writer(text);
  writer.StartObject().Name("succeeds").Bool(report.succeeds);
  writer.Name("calls").StartArray();
  for (const Call& call : report.calls) {
    writer.StartObject();
    writer.Name("name").String(call.name);
    writer.Name("action").String(call.action);
    writer.Name("resource").String(call.resource);
    writer.Name("needed").Bool(call.is_needed);
    writer.Name("allowed").Bool(call.is_allowed());
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
  writer.EndArray().EndObject();
  return text;
}

}  // namespace dray::doctor
