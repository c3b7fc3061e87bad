// SPDX-License-Identifier: Apache-2.0
#include "transfer/jobs/record_encoding.h"

#include "base/big_endian.h"
#include "base/varint.h"

namespace dray::jobs {
namespace {

constexpr char kFamily = 'j';
constexpr char kRecordKind = 'r';
constexpr char kProgressKind = 'p';
constexpr char kUnfinishedKind = 'u';
constexpr char kTokenKind = 't';
constexpr char kListKind = 'l';
constexpr char kCancelKind = 'c';
constexpr char kLogKind = 'o';
constexpr char kVersion = 1;

std::string KeyOfKind(char kind) { return {kFamily, kind}; }

void AppendText(std::string_view text, std::string& out) {
  base::AppendVarint(text.size(), out);
  out.append(text);
}

bool TakeText(std::string_view& bytes, std::string& text) {
  uint64_t size = 0;
  if (!base::TakeVarint(bytes, size) || size > bytes.size()) return false;
  text.assign(bytes.substr(0, size));
  bytes.remove_prefix(size);
  return true;
}

bool TakeTime(std::string_view& bytes, int64_t& micros) {
  uint64_t value = 0;
  if (!base::TakeVarint(bytes, value)) return false;
  micros = base::UnZigZag(value);
  return true;
}

base::Error Damaged(std::string message) {
  return base::Error{base::ErrorKind::kCorruption, std::move(message), {}};
}

}  // namespace

std::string RecordPrefix() { return KeyOfKind(kRecordKind); }
std::string RecordKey(std::string_view arn) { return RecordPrefix().append(arn); }
std::string ProgressKey(std::string_view arn) { return KeyOfKind(kProgressKind).append(arn); }
std::string CancelKey(std::string_view arn) { return KeyOfKind(kCancelKind).append(arn); }
std::string LogKey(std::string_view arn) { return KeyOfKind(kLogKind).append(arn); }
std::string UnfinishedPrefix() { return KeyOfKind(kUnfinishedKind); }
std::string UnfinishedKey(std::string_view arn) { return UnfinishedPrefix().append(arn); }
std::string_view ArnOfUnfinishedKey(std::string_view key) { return key.substr(2); }

std::string TokenKey(std::string_view account, std::string_view type, std::string_view token) {
  std::string key = KeyOfKind(kTokenKind);
  AppendText(account, key);
  AppendText(type, key);
  return key.append(token);
}

std::string ListPrefix(std::string_view account, std::string_view type) {
  std::string key = KeyOfKind(kListKind);
  AppendText(account, key);
  AppendText(type, key);
  return key;
}

std::string ListKey(const Record& record) {
  std::string key = ListPrefix(record.account, record.type);
  base::AppendBigEndian64(~static_cast<uint64_t>(record.start_time_micros), key);
  return key.append(record.arn);
}

base::Result<std::string_view> ArnOfListKey(std::string_view key, std::string_view list_prefix) {
  if (key.size() <= list_prefix.size() + 8) return Damaged("A key of the job list is damaged");
  return key.substr(list_prefix.size() + 8);
}

std::string EncodeRecord(const Record& record) {
  std::string out(1, kVersion);
  out.push_back(static_cast<char>(record.state));
  base::AppendVarint(base::ZigZag(record.start_time_micros), out);
  base::AppendVarint(base::ZigZag(record.end_time_micros), out);
  for (const std::string* text :
       {&record.arn, &record.type, &record.account, &record.table_arn, &record.client_token,
        &record.failure_code, &record.failure_message, &record.failure_detail, &record.request_json,
        &record.caller_json}) {
    AppendText(*text, out);
  }
  return out;
}

base::Result<Record> DecodeRecord(std::string_view bytes) {
  if (bytes.size() < 2) return Damaged("A job's record is cut off");
  if (bytes[0] != kVersion) {
    return Damaged("A job's record has the unknown version " +
                   std::to_string(static_cast<unsigned char>(bytes[0])));
  }
  auto state = static_cast<unsigned char>(bytes[1]);
  if (state > static_cast<unsigned char>(State::kFailed)) {
    return Damaged("A job's record has the unknown state " + std::to_string(state));
  }
  Record record;
  record.state = static_cast<State>(state);
  bytes.remove_prefix(2);
  bool is_whole =
      TakeTime(bytes, record.start_time_micros) && TakeTime(bytes, record.end_time_micros);
  for (std::string* text : {&record.arn, &record.type, &record.account, &record.table_arn,
                            &record.client_token, &record.failure_code, &record.failure_message,
                            &record.failure_detail, &record.request_json, &record.caller_json}) {
    is_whole = is_whole && TakeText(bytes, *text);
  }
  if (!is_whole || !bytes.empty()) return Damaged("A job's record is damaged");
  return record;
}

std::string EncodeCancel(std::string_view by) { return std::string(1, kVersion).append(by); }

base::Result<std::string> DecodeCancel(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kVersion) {
    return Damaged("The mark of a cancelled job has an unknown version");
  }
  return std::string(bytes.substr(1));
}

base::Result<std::string> AppendToLog(std::string_view bytes, const LogLine& line) {
  JobLog log;
  if (!bytes.empty()) {
    ASSIGN_OR_RETURN(log, DecodeLog(bytes));
  }
  log.lines.push_back(line);
  std::string& text = log.lines.back().text;
  if (text.size() > kLogTextBytesMax) {
    size_t end = kLogTextBytesMax;  // not inside a character
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text.resize(end);
    text += " ...";
  }
  if (log.lines.size() > kLogLinesMax) {
    log.lines.erase(log.lines.begin() + kLogFirstLines);
    ++log.left_out;
  }
  std::string out(1, kVersion);
  base::AppendVarint(log.left_out, out);
  for (const LogLine& kept : log.lines) {
    base::AppendVarint(base::ZigZag(kept.time_micros), out);
    AppendText(kept.text, out);
  }
  return out;
}

base::Result<JobLog> DecodeLog(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kVersion) {
    return Damaged("A job's log has an unknown version");
  }
  bytes.remove_prefix(1);
  JobLog log;
  bool is_whole = base::TakeVarint(bytes, log.left_out);
  while (is_whole && !bytes.empty()) {
    LogLine& line = log.lines.emplace_back();
    is_whole = TakeTime(bytes, line.time_micros) && TakeText(bytes, line.text);
  }
  if (!is_whole) return Damaged("A job's log is damaged");
  return log;
}

std::string EncodeProgress(std::string_view progress_json) {
  return std::string(1, kVersion).append(progress_json);
}

base::Result<std::string> DecodeProgress(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kVersion) {
    return Damaged("A job's checkpoint has an unknown version");
  }
  return std::string(bytes.substr(1));
}

}  // namespace dray::jobs
