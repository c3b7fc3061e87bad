// SPDX-License-Identifier: Apache-2.0
#include "api/logs/merged_events.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "base/big_endian.h"
#include "base/text_encoding.h"

namespace dray::logs {

namespace {

constexpr size_t kEventsPerRead = 512;
constexpr size_t kBytesPerRead = 256 << 10;

}  // namespace

std::string RenderToken(const StreamEvent& last) {
  return base::HexEncode(last.event.position + last.stream);
}

std::optional<Resume> ParseToken(std::string_view token) {
  auto bytes = base::HexDecode(token);
  if (!bytes || bytes->size() <= kPositionBytes) return std::nullopt;
  return Resume{bytes->substr(kPositionBytes), bytes->substr(0, kPositionBytes)};
}

MergedEvents::MergedEvents(Services& services, std::vector<LogStream> streams, EventQuery bounds,
                           std::optional<Resume> resume)
    : services_(services),
      waiting_(std::move(streams)),
      bounds_(std::move(bounds)),
      resume_(std::move(resume)) {
  std::stable_sort(waiting_.begin(), waiting_.end(), [](const LogStream& a, const LogStream& b) {
    return a.start_micros > b.start_micros;
  });
}

bool MergedEvents::IsLater(const Cursor& a, const Cursor& b) {
  const Event &x = a.events.front(), &y = b.events.front();
  return std::tie(x.time_micros, a.stream.name, x.position) >
         std::tie(y.time_micros, b.stream.name, y.position);
}

base::Status MergedEvents::Open(LogStream stream) {
  Cursor cursor{std::move(stream), bounds_, {}, false};
  cursor.query.count_max = kEventsPerRead;
  cursor.query.bytes_max = kBytesPerRead;
  if (resume_) {
    if (cursor.stream.name == resume_->stream) {
      cursor.query.after = resume_->position;
    } else {
      // Of the same time, events of streams that come later by name were not given yet.
      const auto time = static_cast<int64_t>(base::ReadBigEndian64(resume_->position)) +
                        (cursor.stream.name < resume_->stream ? 1 : 0);
      cursor.query.start_micros = std::max(time, cursor.query.start_micros.value_or(0));
    }
  }
  RETURN_IF_ERROR(Fill(cursor));
  if (cursor.events.empty()) return base::Ok();
  open_.push_back(std::move(cursor));
  std::push_heap(open_.begin(), open_.end(), IsLater);
  return base::Ok();
}

base::Status MergedEvents::Fill(Cursor& cursor) {
  if (cursor.is_last) return base::Ok();
  ASSIGN_OR_RETURN(EventPage page, ReadStream(services_, cursor.stream, cursor.query));
  cursor.is_last = page.is_last;
  std::move(page.lines.begin(), page.lines.end(), std::back_inserter(cursor.events));
  if (!cursor.events.empty()) cursor.query.after = cursor.events.back().position;
  return base::Ok();
}

base::Result<std::optional<StreamEvent>> MergedEvents::Next() {
  while (!waiting_.empty() && (open_.empty() || waiting_.back().start_micros <=
                                                    open_.front().events.front().time_micros)) {
    LogStream stream = std::move(waiting_.back());
    waiting_.pop_back();
    RETURN_IF_ERROR(Open(std::move(stream)));
  }
  if (open_.empty()) return std::optional<StreamEvent>();
  std::pop_heap(open_.begin(), open_.end(), IsLater);
  Cursor& next = open_.back();
  StreamEvent found{next.stream.name, next.stream.is_error, std::move(next.events.front())};
  next.events.pop_front();
  if (next.events.empty()) RETURN_IF_ERROR(Fill(next));
  if (next.events.empty()) {
    open_.pop_back();
  } else {
    std::push_heap(open_.begin(), open_.end(), IsLater);
  }
  return std::optional<StreamEvent>(std::move(found));
}

}  // namespace dray::logs
