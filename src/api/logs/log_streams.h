// SPDX-License-Identifier: Apache-2.0
// The streams of the group: two an import. Events have a position (24 bytes, ordered as the events
// are, beginning with their time) whichever stream they are of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/logs/logs.h"
#include "base/result.h"

namespace dray::logs {

struct LogStream {
  std::string name;  // ID/error, ID/info
  bool is_error = false;
  std::string import_arn;
  int64_t start_micros = 0;  // no event is earlier
};

using Event = import_table::LoggedError;  // `json` is the message
using EventQuery = import_table::ErrorLogQuery;
using EventPage = import_table::ErrorLogPage;

inline constexpr size_t kPositionBytes = 24;
inline int64_t ToMillis(int64_t micros) { return micros / 1000; }
// The first microsecond of a millisecond, for bounds of any size.
int64_t FromMillis(int64_t millis);

// Of one account, by name, which is by the time of their imports' acceptance.
base::Result<std::vector<LogStream>> StreamsOf(Services& services, std::string_view account);
base::Result<EventPage> ReadStream(Services& services, const LogStream& stream,
                                   const EventQuery& query);

}  // namespace dray::logs
