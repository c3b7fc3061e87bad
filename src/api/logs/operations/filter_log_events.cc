// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "api/logs/filter_pattern.h"
#include "api/logs/log_group.h"
#include "api/logs/log_streams.h"
#include "api/logs/merged_events.h"
#include "api/logs/operation.h"
#include "api/logs/parameters.h"
#include "base/big_endian.h"

namespace dray::logs {

namespace {

constexpr size_t kBytesMax = 1 << 20;    // of messages in an answer
constexpr size_t kBytesPerEvent = 26;    // that AWS adds to each
constexpr size_t kLookedAtMax = 50'000;  // events a request: a page may be empty, as on AWS

std::string Digits(uint64_t number, size_t width) {
  const std::string digits = std::to_string(number);
  return std::string(width - std::min(width, digits.size()), '0') + digits;
}

// 56 digits as on AWS: the same event always has the same id, and no other has it.
std::string EventId(const StreamEvent& found) {
  const std::string_view position = found.event.position;
  return Digits(base::ReadBigEndian64(position), 20) +
         Digits(base::ReadBigEndian64(position.substr(8)), 14) +
         Digits(base::ReadBigEndian64(position.substr(16)), 20) + (found.is_error ? "01" : "02");
}

class FilterLogEvents final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller& caller,
                       std::string& out) override {
    ASSIGN_OR_RETURN(auto streams, StreamsOf(services, caller.account()));
    if (!group.is_known || streams.empty()) return NoSuchGroup();
    RETURN_IF_ERROR(Select(streams));
    MergedEvents events(services, std::move(streams), bounds, resume);
    json::Writer writer(out);
    writer.StartObject().Name("events").StartArray();
    std::optional<StreamEvent> last;
    size_t found = 0, bytes = 0;
    bool has_more = true;
    for (size_t looked_at = 0; looked_at < kLookedAtMax && found < limit; ++looked_at) {
      ASSIGN_OR_RETURN(auto next, events.Next());
      has_more = next.has_value();
      if (!has_more) break;
      if (pattern.Matches(next->event.json)) {
        bytes += next->event.json.size() + kBytesPerEvent;
        if (bytes > kBytesMax && found > 0) break;
        Append(*next, writer);
        ++found;
      }
      last = std::move(next);
    }
    if (has_more && found == limit) {
      ASSIGN_OR_RETURN(auto next, events.Next());
      has_more = next.has_value();
    }
    writer.EndArray().Name("searchedLogStreams").StartArray().EndArray();
    if (has_more && last) writer.Name("nextToken").String(RenderToken(*last));
    writer.EndObject();
    return base::Ok();
  }

  LogGroup group;
  std::optional<std::vector<std::string>> names;
  std::string prefix;
  FilterPattern pattern;
  EventQuery bounds;
  size_t limit = 10'000;
  std::optional<Resume> resume;

 private:
  base::Status Select(std::vector<LogStream>& streams) const {
    if (names) {
      for (const std::string& name : *names) {
        if (std::none_of(streams.begin(), streams.end(),
                         [&](const LogStream& stream) { return stream.name == name; })) {
          return NoSuchStream();
        }
      }
    }
    std::erase_if(streams, [this](const LogStream& stream) {
      if (!stream.name.starts_with(prefix)) return true;
      return names && std::find(names->begin(), names->end(), stream.name) == names->end();
    });
    return base::Ok();
  }

  static void Append(const StreamEvent& found, json::Writer& writer) {
    const int64_t millis = ToMillis(found.event.time_micros);
    writer.StartObject().Name("logStreamName").String(found.stream);
    writer.Name("timestamp").Int(millis);
    writer.Name("message").String(found.event.json);
    writer.Name("ingestionTime").Int(millis);
    writer.Name("eventId").String(EventId(found)).EndObject();
  }
};

}  // namespace

ParsedCall ParseFilterLogEvents(const Input& input) {
  Parameters parameters(input.body);
  auto call = std::make_unique<FilterLogEvents>();
  call->names = parameters.Texts("logStreamNames", 100, kStreamName);
  auto prefix = parameters.Text("logStreamNamePrefix", kStreamName);
  auto start = parameters.Number("startTime", 0, INT64_MAX);
  auto end = parameters.Number("endTime", 0, INT64_MAX);
  auto pattern = parameters.Text("filterPattern", kFilterPattern);
  auto token = parameters.Text("nextToken", kToken);
  call->limit = static_cast<size_t>(parameters.Number("limit", 1, 10'000).value_or(10'000));
  parameters.Flag("interleaved");  // they always are, as on AWS
  parameters.Flag("unmask");       // nothing is masked
  ASSIGN_OR_RETURN(call->group, ReadLogGroup(parameters, input));
  if (call->names && prefix) {
    return InvalidParameter(
        "logStreamNamePrefix and logStreamNames are mutually exclusive parameters.");
  }
  ASSIGN_OR_RETURN(call->pattern, FilterPattern::Parse(pattern.value_or("")));
  if (token) {
    call->resume = ParseToken(*token);
    if (!call->resume) return InvalidParameter("The specified nextToken is invalid.");
  }
  call->prefix = prefix.value_or("");
  if (start) call->bounds.start_micros = FromMillis(*start);
  // An event of the end's own millisecond belongs to it here, and not in GetLogEvents.
  if (end && *end < INT64_MAX) call->bounds.end_micros = FromMillis(*end + 1);
  call->resource_account = call->group.account;
  call->resource = call->group.StreamArn(input.region, "");
  return ParsedCall(std::move(call));
}

}  // namespace dray::logs
