// SPDX-License-Identifier: Apache-2.0
#include "storage/table/change_index.h"

#include <algorithm>
#include <utility>

#include "base/big_endian.h"
#include "storage/table/key_encoding.h"

namespace dray::table {
namespace {

// Entries that a search takes at once. Where the next keys are found in the same page, too, the
// next page is larger.
constexpr size_t kSearchEntriesMin = 8, kSearchEntriesMax = 512;
constexpr size_t kKeysOfAGoodPage = 4;
constexpr size_t kSearchBytes = 64 << 10;  // engines read ahead for large pages

// The index entries of one key begin with its tail, and no tail is a prefix of another one: those
// behind a tail are behind tail | ff...
std::string Behind(const std::string& prefix, std::string_view tail) {
  std::string key = prefix;
  return key.append(tail).append(9, '\xff');
}

void CutBehind(const std::string& end, TailRange& range) {
  if (range.is_bounded && range.end <= end) return;
  range.end = end;
  range.is_bounded = true;
}

// Two sorted runs, the second one of a later generation, become one.
void Merge(size_t middle, std::vector<ChangedKey>& changed) {
  if (middle == 0 || middle == changed.size()) return;
  auto by_tail = [](const ChangedKey& a, const ChangedKey& b) { return a.tail < b.tail; };
  std::inplace_merge(changed.begin(), changed.begin() + static_cast<ptrdiff_t>(middle),
                     changed.end(), by_tail);  // stable
  size_t kept = 0;
  for (size_t i = 1; i < changed.size(); ++i) {
    if (changed[i].tail == changed[kept].tail) {
      changed[kept].last_micros = changed[i].last_micros;
    } else if (++kept != i) {
      changed[kept] = std::move(changed[i]);
    }
  }
  changed.resize(kept + 1);
}

}  // namespace

base::Status ChangeIndex::Read(kv::PartitionId partition, HashRange hashes, TailRange& range,
                               std::vector<ChangedKey>& changed) {
  changed.clear();
  for (int64_t generation : table_.gate.GenerationsFrom(times_.from_micros)) {
    if (generation >= times_.to_micros) break;
    RETURN_IF_ERROR(ReadGeneration(generation, partition, hashes, range, changed));
  }
  return base::Ok();
}

base::Status ChangeIndex::ReadGeneration(int64_t generation, kv::PartitionId partition,
                                         HashRange hashes, TailRange& range,
                                         std::vector<ChangedKey>& changed) {
  const std::string prefix = ChangeIndexPrefix(table_.number, generation);
  auto begin_of = [&](uint64_t hash) {
    std::string key = prefix;
    base::AppendBigEndian64(hash, key);
    return key;
  };
  std::string from = range.after.empty() ? begin_of(hashes.first) : Behind(prefix, range.after);
  std::string to;
  if (range.is_bounded) {
    to = Behind(prefix, range.end);
  } else if (hashes.last == UINT64_MAX) {
    to = kv::PrefixEnd(prefix);
  } else {
    to = begin_of(hashes.last + 1);
  }
  const size_t earlier = changed.size();
  bool is_cut = false;
  for (bool is_last = false; !is_last && !is_cut;) {
    RETURN_IF_ERROR(
        engine_.ReadRange(partition, from, to, kv::Direction::kForward, options_.changes, page_));
    is_last = page_.is_last() || page_.size() == 0;
    std::string_view last_tail;
    for (size_t i = 0; i < page_.size(); ++i) {
      ASSIGN_OR_RETURN(ChangeIndexEntry entry, ParseChangeIndexKey(page_.key(i)));
      last_tail = entry.tail;
      if (entry.time_micros < times_.from_micros || entry.time_micros >= times_.to_micros) continue;
      if (changed.size() > earlier && changed.back().tail == entry.tail) {
        changed.back().last_micros = entry.time_micros;
      } else {
        changed.push_back({std::string(entry.tail), entry.time_micros, entry.time_micros});
      }
    }
    if (is_last) break;
    from.assign(page_.key(page_.size() - 1)).push_back('\0');
    // The range may end only behind a key all of whose changes were read.
    const bool is_cut_key = changed.size() > earlier && changed.back().tail == last_tail;
    is_cut = changed.size() - earlier - (is_cut_key ? 1 : 0) >= options_.changed_keys_max;
    if (is_cut && is_cut_key) changed.pop_back();
  }
  if (is_cut) CutBehind(changed.back().tail, range);
  Merge(earlier, changed);
  if (changed.size() > 2 * options_.changed_keys_max) {
    CutBehind(changed[options_.changed_keys_max - 1].tail, range);
  }
  if (range.is_bounded) {
    while (!changed.empty() && changed.back().tail > range.end) changed.pop_back();
  }
  return base::Ok();
}

base::Result<std::vector<int64_t>> EarliestChanges(kv::Engine& engine, const Table& table,
                                                   kv::PartitionId partition,
                                                   std::span<const int64_t> generations,
                                                   const std::vector<std::string_view>& tails,
                                                   int64_t from_micros) {
  std::vector<int64_t> found(tails.size(), 0);
  std::vector<size_t> wanted(tails.size());
  for (size_t i = 0; i < tails.size(); ++i) wanted[i] = i;
  kv::ReadLimits limits;
  limits.entries_max = kSearchEntriesMin;
  limits.bytes_max = kSearchBytes;
  kv::Page page;
  for (int64_t generation : generations) {
    if (wanted.empty()) break;
    const std::string prefix = ChangeIndexPrefix(table.number, generation);
    const std::string end = Behind(prefix, tails[wanted.back()]);
    for (size_t next = 0; next < wanted.size();) {
      const std::string from =
          ChangeIndexKey(table.number, generation, tails[wanted[next]], from_micros);
      RETURN_IF_ERROR(
          engine.ReadRange(partition, from, end, kv::Direction::kForward, limits, page));
      // The first entry decides about the first key; each page goes at least one key on.
      const size_t first = next;
      for (size_t i = 0; i < page.size() && next < wanted.size();) {
        ASSIGN_OR_RETURN(ChangeIndexEntry entry, ParseChangeIndexKey(page.key(i)));
        const std::string_view tail = tails[wanted[next]];
        if (tail < entry.tail) {
          ++next;
          continue;
        }
        if (tail == entry.tail && entry.time_micros >= from_micros) {
          found[wanted[next++]] = entry.time_micros;
        }
        ++i;
      }
      if (page.is_last() || page.size() == 0) break;
      limits.entries_max = next - first >= kKeysOfAGoodPage
                               ? std::min(2 * limits.entries_max, kSearchEntriesMax)
                               : std::max(limits.entries_max / 2, kSearchEntriesMin);
    }
    std::erase_if(wanted, [&](size_t i) { return found[i] != 0; });
  }
  return found;
}

}  // namespace dray::table
