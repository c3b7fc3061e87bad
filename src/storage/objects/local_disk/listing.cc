// SPDX-License-Identifier: Apache-2.0
// List in one walk over the bucket's keys:
//  1. Read a page from the current position.
//  2. A key without the delimiter behind the prefix is an object. One with it stands for its common
//     prefix: that is reported once, and the position jumps behind everything that begins with it;
//     the rest of the page is used if the position still lies in it.
//  3. The walk ends when one entry more than asked for was found: then the list is truncated.
#include <algorithm>
#include <utility>

#include "storage/objects/local_disk/store.h"

namespace dray::objects {
namespace {

// Pages are small when a delimiter makes jumps likely.
constexpr size_t kPageWithDelimiter = 128;
constexpr size_t kPageMax = 1024;

// The part of `key` up to and with the first delimiter behind the prefix; empty when there is none.
std::string_view CommonPrefix(std::string_view key, const ListRequest& request) {
  if (request.delimiter.empty()) return {};
  size_t at = key.find(request.delimiter, request.prefix.size());
  return at == std::string_view::npos ? std::string_view()
                                      : key.substr(0, at + request.delimiter.size());
}

}  // namespace

base::Result<ListResult> LocalDiskStore::List(std::string_view bucket, const ListRequest& request) {
  ASSIGN_OR_RETURN(BucketRecord found, FindBucket(bucket));
  ListResult result;
  result.owner_account = found.owner_account;
  if (request.count_max == 0) return result;
  const std::string base_key = ObjectPrefix(found.number);
  const std::string first = base_key + request.prefix;
  const std::string end = kv::PrefixEnd(first);
  std::string position = first;
  if (!request.start_after.empty()) {
    position = std::max(position, base_key + request.start_after + '\0');
  }
  size_t count = 0;
  kv::Page page;
  kv::ReadLimits limits;
  bool is_last = false;
  while (!is_last && position < end) {
    limits.entries_max = request.delimiter.empty()
                             ? std::min(kPageMax, request.count_max - count + 1)
                             : kPageWithDelimiter;
    RETURN_IF_ERROR(engine_.ReadRange(kv::kSystemPartition, position, end, kv::Direction::kForward,
                                      limits, page));
    is_last = page.is_last();
    for (size_t i = 0; i < page.size(); ++i) {
      std::string_view index_key = page.key(i);
      if (index_key < position) continue;  // jumped over
      std::string_view key = index_key.substr(base_key.size());
      std::string_view common = CommonPrefix(key, request);
      if (!common.empty() && common <= request.start_after) {  // was in an earlier list
        position = kv::PrefixEnd(base_key + std::string(common));
        continue;
      }
      if (count == request.count_max) {
        result.is_truncated = true;
        return result;
      }
      ++count;
      if (common.empty()) {
        ASSIGN_OR_RETURN(ObjectInfo info, DecodeObjectInfo(key, page.value(i)));
        result.next_start_after = info.key;
        result.objects.push_back(std::move(info));
        position.assign(index_key).push_back('\0');
      } else {
        result.next_start_after = std::string(common);
        result.common_prefixes.emplace_back(common);
        position = kv::PrefixEnd(base_key + std::string(common));
      }
    }
  }
  result.next_start_after.clear();
  return result;
}

}  // namespace dray::objects
