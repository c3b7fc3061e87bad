// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "api/logs/log_group.h"
#include "api/logs/log_streams.h"
#include "api/logs/operation.h"
#include "api/logs/parameters.h"
#include "base/text_encoding.h"

namespace dray::logs {

namespace {

constexpr std::string_view kOrders[] = {"LogStreamName", "LastEventTime"};

struct Described {
  LogStream stream;
  std::string order;                   // what the list is sorted by, unique
  std::optional<int64_t> first, last;  // of its events, milliseconds
};

class DescribeLogStreams final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller& caller,
                       std::string& out) override {
    ASSIGN_OR_RETURN(auto streams, StreamsOf(services, caller.account()));
    if (!group.is_known || streams.empty()) return NoSuchGroup();
    std::vector<Described> described;
    for (LogStream& stream : streams) {
      if (!stream.name.starts_with(prefix)) continue;
      Described one{std::move(stream), {}, {}, {}};
      one.order = one.stream.name;
      if (by_time) {
        RETURN_IF_ERROR(FindTimes(services, one));
        // Twenty digits: as text they sort as the numbers do.
        std::string time = std::to_string(one.last.value_or(0));
        one.order = std::string(20 - time.size(), '0') + time + one.stream.name;
      }
      described.push_back(std::move(one));
    }
    std::sort(described.begin(), described.end(), [this](const Described& a, const Described& b) {
      return is_descending ? a.order > b.order : a.order < b.order;
    });
    auto first = described.begin();
    if (after) {
      first = std::find_if(first, described.end(), [this](const Described& one) {
        return is_descending ? one.order < *after : one.order > *after;
      });
    }
    const auto left = static_cast<size_t>(described.end() - first);
    const auto end = first + static_cast<std::ptrdiff_t>(std::min(limit, left));
    json::Writer writer(out);
    writer.StartObject().Name("logStreams").StartArray();
    for (auto one = first; one != end; ++one) {
      if (!by_time) RETURN_IF_ERROR(FindTimes(services, *one));
      Append(services, *one, writer);
    }
    writer.EndArray();
    if (end != described.end()) {
      writer.Name("nextToken").String(base::HexEncode((end - 1)->order));
    }
    writer.EndObject();
    return base::Ok();
  }

  LogGroup group;
  std::string prefix;
  bool by_time = false, is_descending = false;
  size_t limit = 50;
  std::optional<std::string> after;

 private:
  static base::Status FindTimes(Services& services, Described& one) {
    EventQuery query;
    query.count_max = 1;
    ASSIGN_OR_RETURN(EventPage page, ReadStream(services, one.stream, query));
    if (page.lines.empty()) return base::Ok();
    one.first = ToMillis(page.lines.front().time_micros);
    query.newest_first = true;
    ASSIGN_OR_RETURN(page, ReadStream(services, one.stream, query));
    if (!page.lines.empty()) one.last = ToMillis(page.lines.front().time_micros);
    return base::Ok();
  }

  void Append(const Services& services, const Described& one, json::Writer& writer) const {
    writer.StartObject().Name("logStreamName").String(one.stream.name);
    writer.Name("creationTime").Int(ToMillis(one.stream.start_micros));
    if (one.first && one.last) {
      writer.Name("firstEventTimestamp").Int(*one.first);
      writer.Name("lastEventTimestamp").Int(*one.last);
      writer.Name("lastIngestionTime").Int(*one.last);
    }
    writer.Name("arn").String(group.StreamArn(services.region, one.stream.name));
    writer.Name("storedBytes").Int(0).EndObject();  // for streams AWS always says so
  }
};

}  // namespace

ParsedCall ParseDescribeLogStreams(const Input& input) {
  Parameters parameters(input.body);
  auto call = std::make_unique<DescribeLogStreams>();
  auto prefix = parameters.Text("logStreamNamePrefix", kStreamName);
  call->by_time = parameters.OneOf("orderBy", kOrders).value_or("") == "LastEventTime";
  call->is_descending = parameters.Flag("descending");
  call->limit = static_cast<size_t>(parameters.Number("limit", 1, 50).value_or(50));
  auto token = parameters.Text("nextToken", kToken);
  ASSIGN_OR_RETURN(call->group, ReadLogGroup(parameters, input));
  if (prefix && call->by_time) {
    return InvalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  if (token) {
    call->after = base::HexDecode(*token);
    if (!call->after) return InvalidParameter("The specified nextToken is invalid.");
  }
  call->prefix = prefix.value_or("");
  call->resource_account = call->group.account;
  call->resource = call->group.StreamArn(input.region, "");
  return ParsedCall(std::move(call));
}

}  // namespace dray::logs
