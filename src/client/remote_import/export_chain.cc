// SPDX-License-Identifier: Apache-2.0
#include "client/remote_import/export_chain.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text_encoding.h"

namespace dray::remote_import {

namespace {

constexpr std::string_view kUndoable = "NEW_AND_OLD_IMAGES";

int64_t Millis(int64_t micros) { return micros / 1000; }
int64_t BeginOf(const ExportRun& run) { return Millis(run.summary.increment->from_time_micros); }
int64_t EndOf(const ExportRun& run) { return Millis(run.summary.increment->to_time_micros); }
std::string TimeText(int64_t millis) { return base::FormatIso8601Millis(millis * 1000); }

std::string TableOf(const ExportRun& run) {
  const std::string& arn = run.summary.table_arn;
  return arn.substr(arn.rfind('/') + 1);
}

// How far one gets from a time on, and over which export.
struct Way {
  int64_t end = 0;
  size_t steps = 0;
  size_t link = 0;
  bool is_undoable = false;  // the link

  bool IsBetterThan(const Way& other) const {
    if (end != other.end) return end > other.end;
    if (steps != other.steps) return steps < other.steps;
    return is_undoable && !other.is_undoable;
  }
};

// By the time where each begins; `runs` are sorted by that.
std::map<int64_t, Way> FindWays(const std::vector<ExportRun>& runs) {
  std::map<int64_t, Way> ways;
  for (size_t i = runs.size(); i-- > 0;) {
    Way way{EndOf(runs[i]), 1, i, runs[i].summary.increment->view == kUndoable};
    if (auto next = ways.find(way.end); next != ways.end()) {
      way.end = next->second.end;
      way.steps = next->second.steps + 1;
    }
    auto [place, is_new] = ways.try_emplace(BeginOf(runs[i]), way);
    if (!is_new && way.IsBetterThan(place->second)) place->second = way;
  }
  return ways;
}

base::Error Missing(const ExportRun& later, int64_t reached, bool is_begun,
                    const std::string& origin, const NameOf& name_of) {
  std::string text =
      is_begun ? "the incremental exports are contiguous up to " : "the table is a copy as of ";
  text += TimeText(reached);
  if (!is_begun) text += " (" + origin + ")";
  text += ", and the next one, " + name_of(later.root) + ", begins at " + TimeText(BeginOf(later));
  text += BeginOf(later) > reached
              ? ": what changed between these times is missing. Export it, or copy that export here"
              : " already and ends at " + TimeText(EndOf(later)) +
                    ": an export that begins where that copy ends is missing";
  return {base::ErrorKind::kInvalidArgument, text + "; nothing was changed", {}};
}

}  // namespace

std::string ExportRun::id() const {
  return summary.export_arn.substr(summary.export_arn.rfind('/') + 1);
}

std::string DescribeRun(const ExportRun& run) {
  const export_layout::Summary& summary = run.summary;
  if (run.is_full()) {
    return TableOf(run) + " as of " + base::FormatIso8601Millis(summary.export_time_micros) + ", " +
           std::to_string(summary.item_count) + " items";
  }
  return TableOf(run) + ", changes from " +
         base::FormatIso8601Millis(summary.increment->from_time_micros) + " to " +
         base::FormatIso8601Millis(summary.increment->to_time_micros) + ", " +
         std::to_string(summary.item_count) + " records";
}

base::Status CheckOneTable(const std::vector<ExportRun>& runs) {
  std::map<std::string, size_t> tables;
  for (const ExportRun& run : runs) ++tables[run.summary.table_arn];
  if (tables.size() <= 1) return base::Ok();
  std::string text = "there are exports of " + std::to_string(tables.size()) +
                     " tables; name a prefix that holds those of one:";
  for (const auto& [arn, count] : tables) {
    text += "\n  " + arn + ": " + std::to_string(count);
  }
  return base::Error{base::ErrorKind::kInvalidArgument, text, {}};
}

int64_t Chain::end_micros(int64_t at_micros) const {
  return links.empty() ? at_micros : links.back().summary.increment->to_time_micros;
}

base::Result<Chain> PlanChain(std::vector<ExportRun> increments, int64_t at_micros,
                              const std::string& origin, const NameOf& name_of) {
  // One that ends where it begins holds nothing, and a way would not end at it.
  std::erase_if(increments, [](const ExportRun& run) { return EndOf(run) <= BeginOf(run); });
  std::sort(increments.begin(), increments.end(), [](const ExportRun& a, const ExportRun& b) {
    return std::pair(BeginOf(a), a.root) < std::pair(BeginOf(b), b.root);
  });
  const std::map<int64_t, Way> ways = FindWays(increments);
  Chain chain;
  std::set<size_t> taken;
  int64_t reached = Millis(at_micros);
  for (auto way = ways.find(reached); way != ways.end(); way = ways.find(reached)) {
    taken.insert(way->second.link);
    chain.links.push_back(increments[way->second.link]);
    reached = EndOf(increments[way->second.link]);
  }
  for (size_t i = 0; i < increments.size(); ++i) {
    if (taken.contains(i)) continue;
    if (EndOf(increments[i]) > reached) {
      return Missing(increments[i], reached, !chain.links.empty(), origin, name_of);
    }
    chain.left_out.push_back(increments[i]);
  }
  return chain;
}

}  // namespace dray::remote_import
