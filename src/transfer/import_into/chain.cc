// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_into/chain.h"

#include <algorithm>

#include "base/text_encoding.h"

namespace dray::import_into {
namespace {

using base::Status;

// Manifests have milliseconds.
int64_t Millis(int64_t micros) { return micros / 1000; }

int64_t BeginOf(const Link& link) {
  return link.summary.increment ? link.summary.increment->from_time_micros : 0;
}

Status CheckLinks(const std::vector<Link>& links) {
  for (const Link& link : links) {
    if (!link.summary.increment) {
      return ChainError(link.manifest_key +
                        " is of a full export: only incremental ones can be applied");
    }
    if (link.summary.table_arn != links.front().summary.table_arn) {
      return ChainError(link.manifest_key + " is of the table " + link.summary.table_arn + ", " +
                        links.front().manifest_key + " of " + links.front().summary.table_arn);
    }
  }
  return base::Ok();
}

Status CheckBase(const Link& link, int64_t at_micros, const std::optional<Copy>& copy,
                 bool is_undo) {
  if (!copy) {
    return ChainError(
        "It is not known what the table is a copy of: neither an import of a full export nor "
        "applied incrementals are recorded. Say where the first one has to begin with From");
  }
  if (copy->is_transformed) {
    return ChainError(
        "The table was imported with Transforms (" + copy->origin +
        "), and incremental exports are applied without: what was masked would appear. Import it "
        "again instead, or say with From that this is meant");
  }
  if (!copy->table_arn.empty() && copy->table_arn != link.summary.table_arn) {
    return ChainError(link.manifest_key + " is of the table " + link.summary.table_arn +
                      ", but this one is a copy of " + copy->table_arn + " (" + copy->origin + ")");
  }
  if (Millis(at_micros) == Millis(copy->at_micros)) return base::Ok();
  const std::string where = base::FormatIso8601Millis(copy->at_micros) + " (" + copy->origin + ")";
  if (is_undo) {
    return ChainError(link.manifest_key + " ends at " + base::FormatIso8601Millis(at_micros) +
                      ", but the table is a copy as of " + where +
                      ": the last incremental is undone first, and Force undoes any");
  }
  return ChainError(link.manifest_key + " begins at " + base::FormatIso8601Millis(at_micros) +
                    ", but the table is a copy as of " + where);
}

}  // namespace

base::Error ChainError(std::string message) {
  return base::Error{base::ErrorKind::kInvalidArgument, std::move(message), reason::kChainBroken};
}

Status OrderChain(std::vector<Link>& links, const std::optional<Copy>& copy, bool is_undo,
                  bool is_forced) {
  RETURN_IF_ERROR(CheckLinks(links));
  std::sort(links.begin(), links.end(),
            [](const Link& x, const Link& y) { return BeginOf(x) < BeginOf(y); });
  if (is_undo) {
    const auto& increment = *links.front().summary.increment;
    if (increment.view != "NEW_AND_OLD_IMAGES") {
      return ChainError(links.front().manifest_key +
                        " has no old images: only an export of NEW_AND_OLD_IMAGES can be undone");
    }
    if (is_forced) return base::Ok();
    return CheckBase(links.front(), increment.to_time_micros, copy, is_undo);
  }
  for (size_t i = 1; i < links.size(); ++i) {
    const int64_t end = links[i - 1].summary.increment->to_time_micros;
    const int64_t begin = links[i].summary.increment->from_time_micros;
    if (Millis(end) == Millis(begin)) continue;
    return ChainError(links[i - 1].manifest_key + " ends at " + base::FormatIso8601Millis(end) +
                      ", and " + links[i].manifest_key + " begins at " +
                      base::FormatIso8601Millis(begin) + ": " +
                      (end < begin ? "one between them is missing" : "they overlap"));
  }
  return CheckBase(links.front(), links.front().summary.increment->from_time_micros, copy, is_undo);
}

}  // namespace dray::import_into
