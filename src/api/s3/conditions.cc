// SPDX-License-Identifier: Apache-2.0
#include "api/s3/conditions.h"

#include <algorithm>
#include <charconv>

#include "api/s3/object_headers.h"
#include "base/clock.h"
#include "base/text_encoding.h"

namespace dray::s3 {
namespace {

bool Matches(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    size_t comma = std::min(list.find(','), list.size());
    std::string_view one = base::TrimSpace(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == "*" || Unquoted(one) == etag) return true;
  }
  return false;
}

// Whole seconds: that is all a client has seen.
int64_t Seconds(int64_t micros) { return micros / base::kMicrosPerSecond; }

// A date in the future or none at all is ignored by giving nullopt.
std::optional<int64_t> DateOf(const http::RequestHead& head, std::string_view name) {
  std::optional<int64_t> micros = base::ParseHttpDate(head.Header(name));
  if (!micros) return std::nullopt;
  return Seconds(*micros);
}

std::optional<uint64_t> Number(std::string_view text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return UINT64_MAX;
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

ConditionOutcome CheckConditions(const http::RequestHead& head, const objects::ObjectInfo& info) {
  int64_t modified = Seconds(info.last_modified_micros);
  if (head.HasHeader("if-match")) {
    if (!Matches(head.Header("if-match"), info.etag)) return ConditionOutcome::kFailed;
  } else if (auto since = DateOf(head, "if-unmodified-since"); since && modified > *since) {
    return ConditionOutcome::kFailed;
  }
  if (head.HasHeader("if-none-match")) {
    if (Matches(head.Header("if-none-match"), info.etag)) return ConditionOutcome::kNotModified;
  } else if (auto since = DateOf(head, "if-modified-since"); since && modified <= *since) {
    return ConditionOutcome::kNotModified;
  }
  return ConditionOutcome::kProceed;
}

std::optional<objects::ByteRange> ParseRange(std::string_view header) {
  header = base::TrimSpace(header);
  constexpr std::string_view kUnit = "bytes=";
  if (header.size() < kUnit.size() ||
      !base::EqualsIgnoreCase(header.substr(0, kUnit.size()), kUnit)) {
    return std::nullopt;
  }
  header.remove_prefix(kUnit.size());
  size_t dash = header.find('-');
  if (dash == std::string_view::npos || header.find(',') != std::string_view::npos) {
    return std::nullopt;
  }
  std::string_view first_text = base::TrimSpace(header.substr(0, dash));
  std::string_view last_text = base::TrimSpace(header.substr(dash + 1));
  objects::ByteRange range;
  if (first_text.empty()) {
    range.suffix_bytes = Number(last_text);
    if (!range.suffix_bytes) return std::nullopt;
    return range;
  }
  std::optional<uint64_t> first = Number(first_text);
  std::optional<uint64_t> last = last_text.empty() ? UINT64_MAX : Number(last_text);
  if (!first || !last || *last < *first) return std::nullopt;
  range.first = *first;
  range.last = *last;
  return range;
}

}  // namespace dray::s3
