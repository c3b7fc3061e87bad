// SPDX-License-Identifier: Apache-2.0
#include "client/remote_jobs/job_errors.h"

#include <algorithm>

#include "client/remote_jobs/json_members.h"

namespace dray::remote_jobs {

namespace {

constexpr size_t kHeadBytesMax = 100;

// The first line of the record's beginning, as far as it fits.
std::string HeadOf(const json::Object& error) {
  std::string head = StringAt(error, "recordHead");
  head.resize(std::min(head.find_first_of("\r\n"), head.size()));
  if (head.size() > kHeadBytesMax) {
    size_t end = kHeadBytesMax;
    while (end > 0 && (static_cast<unsigned char>(head[end]) & 0xC0) == 0x80) --end;  // UTF-8
    head.resize(end);
    head += "...";
  }
  for (char& c : head) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';  // of a terminal
  }
  return head;
}

}  // namespace

std::string ErrorText(const json::Object& error) {
  const json::Object place = ObjectAt(error, "itemS3Pointer");
  std::string text = StringAt(place, "key");
  if (auto index = IntAt(place, "itemIndex")) text += ", record " + std::to_string(*index);
  if (auto offset = IntAt(error, "byteOffset")) text += ", byte " + std::to_string(*offset);
  std::string messages;
  for (const json::Value& message : ArrayAt(error, "errorMessages")) {
    if (message.string() == nullptr) continue;
    messages += (messages.empty() ? "" : "; ") + *message.string();
  }
  text += ": " + messages;
  const std::string head = HeadOf(error);
  return head.empty() ? text : text + "\n    " + head;
}

base::Result<JobErrors> FirstErrors(Session& session, const std::string& arn, int64_t count_max) {
  std::string body;
  json::Writer(body)
      .StartObject()
      .Name("JobArn")
      .String(arn)
      .Name("Limit")
      .Int(count_max)
      .EndObject();
  ASSIGN_OR_RETURN(aws::JsonAnswer answer, session.AskOwn("DescribeJobErrors", std::move(body)));
  JobErrors errors;
  if (answer.refused) return errors;
  for (const json::Value& entry : ArrayAt(answer.body, "Errors")) {
    if (entry.object() != nullptr)
      errors.lines.push_back(ErrorText(ObjectAt(*entry.object(), "Error")));
  }
  const json::Value* has_more = answer.body.Find("HasMore");
  errors.has_more = has_more != nullptr && has_more->boolean() != nullptr && *has_more->boolean();
  return errors;
}

}  // namespace dray::remote_jobs
