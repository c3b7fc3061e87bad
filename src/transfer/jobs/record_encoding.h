// SPDX-License-Identifier: Apache-2.0
// The keys and values of jobs in kv; docs/formats/jobs.md. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "transfer/jobs/jobs.h"

namespace dray::jobs {

std::string RecordKey(std::string_view arn);
std::string ProgressKey(std::string_view arn);
std::string UnfinishedKey(std::string_view arn);
std::string TokenKey(std::string_view account, std::string_view type, std::string_view token);
std::string CancelKey(std::string_view arn);
std::string LogKey(std::string_view arn);
// Listings: ascending keys are the newest first. The prefix holds one account and type.
std::string ListPrefix(std::string_view account, std::string_view type);
std::string ListKey(const Record& record);

// What all keys of a kind begin with.
std::string RecordPrefix();
std::string UnfinishedPrefix();
std::string_view ArnOfUnfinishedKey(std::string_view key);
// Requires a key that begins with `list_prefix`; kCorruption when the rest is too short.
base::Result<std::string_view> ArnOfListKey(std::string_view key, std::string_view list_prefix);

// Everything but progress_json, which has its own key: it is the only part that changes often.
std::string EncodeRecord(const Record& record);
base::Result<Record> DecodeRecord(std::string_view bytes);
// Who cancelled a job; empty: its result is about to be visible, nobody may cancel it.
std::string EncodeCancel(std::string_view by);
base::Result<std::string> DecodeCancel(std::string_view bytes);
// Appends a line to an encoded log (empty: none yet), which stays below kLogLinesMax lines: of what
// is in the middle the oldest line goes.
inline constexpr size_t kLogLinesMax = 200;
inline constexpr size_t kLogFirstLines = 20;  // are never left out
inline constexpr size_t kLogTextBytesMax = 2000;
base::Result<std::string> AppendToLog(std::string_view log, const LogLine& line);
base::Result<JobLog> DecodeLog(std::string_view bytes);
std::string EncodeProgress(std::string_view progress_json);
base::Result<std::string> DecodeProgress(std::string_view bytes);

}  // namespace dray::jobs
