// SPDX-License-Identifier: Apache-2.0
// The events of several streams in one order: by time, then by the stream's name and position. A
// stream is opened only when an event of it may be next, and given up when it has no more.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "api/logs/log_streams.h"
#include "base/result.h"

namespace dray::logs {

struct StreamEvent {
  std::string stream;
  bool is_error = false;
  Event event;
};

// Where a reading stopped: opaque text for a nextToken.
std::string RenderToken(const StreamEvent& last);
struct Resume {
  std::string stream;
  std::string position;
};
std::optional<Resume> ParseToken(std::string_view token);

class MergedEvents {
 public:
  // `services` outlives it. `resume`: goes on behind that event.
  MergedEvents(Services& services, std::vector<LogStream> streams, EventQuery bounds,
               std::optional<Resume> resume);
  base::Result<std::optional<StreamEvent>> Next();

 private:
  struct Cursor {
    LogStream stream;
    EventQuery query;
    std::deque<Event> events;  // never empty while the cursor is open
    bool is_last = false;
  };
  base::Status Open(LogStream stream);
  base::Status Fill(Cursor& cursor);
  static bool IsLater(const Cursor& a, const Cursor& b);

  Services& services_;
  std::vector<LogStream> waiting_;  // the one that begins first at the end
  const EventQuery bounds_;
  const std::optional<Resume> resume_;
  std::vector<Cursor> open_;  // a heap, the next event on top
};

}  // namespace dray::logs
