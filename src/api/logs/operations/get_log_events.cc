// SPDX-License-Identifier: Apache-2.0
// One stream, forwards and backwards. Tokens are f/POSITION (events behind it) and b/POSITION
// (events before it); at an end the token that was given comes back, as on AWS.
#include <algorithm>
#include <optional>

#include "api/logs/log_group.h"
#include "api/logs/log_streams.h"
#include "api/logs/operation.h"
#include "api/logs/parameters.h"
#include "base/text_encoding.h"

namespace dray::logs {

namespace {

constexpr size_t kBytesMax = 1 << 20;  // of messages in an answer
constexpr size_t kBytesPerEvent = 26;  // that AWS adds to each

class GetLogEvents final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller& caller,
                       std::string& out) override {
    ASSIGN_OR_RETURN(auto streams, StreamsOf(services, caller.account()));
    if (!group.is_known || streams.empty()) return NoSuchGroup();
    auto stream = std::find_if(streams.begin(), streams.end(),
                               [this](const LogStream& one) { return one.name == stream_name; });
    if (stream == streams.end()) return NoSuchStream();
    ASSIGN_OR_RETURN(std::vector<Event> events, Read(services, *stream));
    // Without events a reader stays where it is.
    std::string forward = query.after, backward = query.before;
    if (!events.empty()) {
      forward = events.back().position;
      backward = events.front().position;
    } else if (forward.empty()) {
      forward = backward;
    } else {
      backward = forward;
    }
    const std::string nowhere(kPositionBytes, '\0');
    json::Writer writer(out);
    writer.StartObject().Name("events").StartArray();
    for (const Event& event : events) {
      writer.StartObject().Name("timestamp").Int(ToMillis(event.time_micros));
      writer.Name("message").String(event.json);
      writer.Name("ingestionTime").Int(ToMillis(event.time_micros)).EndObject();
    }
    writer.EndArray();
    writer.Name("nextForwardToken")
        .String("f/" + base::HexEncode(forward.empty() ? nowhere : forward));
    writer.Name("nextBackwardToken")
        .String("b/" + base::HexEncode(backward.empty() ? nowhere : backward));
    writer.EndObject();
    return base::Ok();
  }

  LogGroup group;
  std::string stream_name;
  EventQuery query;
  size_t limit = 10'000;

 private:
  // In the order of their times.
  base::Result<std::vector<Event>> Read(Services& services, const LogStream& stream) const {
    EventQuery rest = query;
    std::vector<Event> events;
    size_t bytes = 0;
    for (bool goes_on = true; goes_on && events.size() < limit;) {
      rest.count_max = limit - events.size();
      ASSIGN_OR_RETURN(EventPage page, ReadStream(services, stream, rest));
      goes_on = !page.is_last && !page.lines.empty();
      for (Event& event : page.lines) {
        bytes += event.json.size() + kBytesPerEvent;
        if (bytes > kBytesMax && !events.empty()) {
          goes_on = false;
          break;
        }
        (rest.newest_first ? rest.before : rest.after) = event.position;
        events.push_back(std::move(event));
      }
    }
    if (rest.newest_first) std::reverse(events.begin(), events.end());
    return events;
  }
};

base::Status ReadToken(std::string_view token, EventQuery& query) {
  auto position = token.size() > 2 ? base::HexDecode(token.substr(2)) : std::nullopt;
  const bool is_forward = token.starts_with("f/");
  if (!position || position->size() != kPositionBytes ||
      (!is_forward && !token.starts_with("b/"))) {
    return InvalidParameter("The specified nextToken is invalid.");
  }
  query.newest_first = !is_forward;
  (is_forward ? query.after : query.before) = *std::move(position);
  return base::Ok();
}

}  // namespace

ParsedCall ParseGetLogEvents(const Input& input) {
  Parameters parameters(input.body);
  auto call = std::make_unique<GetLogEvents>();
  parameters.Require("logStreamName");
  call->stream_name = parameters.Text("logStreamName", kStreamName).value_or("");
  auto start = parameters.Number("startTime", 0, INT64_MAX);
  auto end = parameters.Number("endTime", 0, INT64_MAX);
  call->limit = static_cast<size_t>(parameters.Number("limit", 1, 10'000).value_or(10'000));
  const bool from_head = parameters.Flag("startFromHead");
  auto token = parameters.Text("nextToken", kToken);
  parameters.Flag("unmask");  // nothing is masked
  ASSIGN_OR_RETURN(call->group, ReadLogGroup(parameters, input));
  call->query.newest_first = !from_head;
  if (token) RETURN_IF_ERROR(ReadToken(*token, call->query));
  if (start) call->query.start_micros = FromMillis(*start);
  if (end) call->query.end_micros = FromMillis(*end);
  call->resource_account = call->group.account;
  call->resource = call->group.StreamArn(input.region, call->stream_name);
  return ParsedCall(std::move(call));
}

}  // namespace dray::logs
