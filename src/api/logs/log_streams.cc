// SPDX-License-Identifier: Apache-2.0
#include "api/logs/log_streams.h"

#include <algorithm>
#include <limits>

#include "base/big_endian.h"

namespace dray::logs {

namespace {

constexpr size_t kRecordsPerRead = 200;

// The job's own log: short, so it is read whole and cut down.
EventPage CutDown(const jobs::JobLog& log, const EventQuery& query) {
  std::vector<Event> events;
  uint64_t number = 0;  // among the lines of one time
  int64_t last_time = -1;
  for (const jobs::LogLine& line : log.lines) {
    number = line.time_micros == last_time ? number + 1 : 0;
    last_time = line.time_micros;
    Event event{line.time_micros, {}, line.text};
    base::AppendBigEndian64(static_cast<uint64_t>(line.time_micros), event.position);
    base::AppendBigEndian64(0, event.position);
    base::AppendBigEndian64(number, event.position);
    if (!query.after.empty() && event.position <= query.after) continue;
    if (!query.before.empty() && event.position >= query.before) continue;
    if (query.start_micros && event.time_micros < *query.start_micros) continue;
    if (query.end_micros && event.time_micros >= *query.end_micros) continue;
    events.push_back(std::move(event));
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.position < b.position; });
  if (query.newest_first) std::reverse(events.begin(), events.end());
  EventPage page;
  page.is_last = events.size() <= query.count_max;
  if (!page.is_last) events.resize(query.count_max);
  page.lines = std::move(events);
  return page;
}

}  // namespace

int64_t FromMillis(int64_t millis) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 1000;
  return std::clamp<int64_t>(millis, 0, kMost) * 1000;
}

base::Result<std::vector<LogStream>> StreamsOf(Services& services, std::string_view account) {
  std::vector<LogStream> streams;
  std::string last;
  while (true) {
    ASSIGN_OR_RETURN(auto records,
                     services.jobs.List(account, "import", {}, last, kRecordsPerRead));
    for (const jobs::Record& record : records) {
      const std::string id = record.arn.substr(record.arn.rfind('/') + 1);
      streams.push_back({id + "/error", true, record.arn, record.start_time_micros});
      streams.push_back({id + "/info", false, record.arn, record.start_time_micros});
    }
    if (records.size() < kRecordsPerRead) break;
    last = records.back().arn;
  }
  std::sort(streams.begin(), streams.end(),
            [](const LogStream& a, const LogStream& b) { return a.name < b.name; });
  return streams;
}

base::Result<EventPage> ReadStream(Services& services, const LogStream& stream,
                                   const EventQuery& query) {
  if (stream.is_error) return services.imports.ReadErrorLog(stream.import_arn, query);
  ASSIGN_OR_RETURN(jobs::JobLog log, services.jobs.Log(stream.import_arn));
  return CutDown(log, query);
}

}  // namespace dray::logs
