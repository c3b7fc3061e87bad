// SPDX-License-Identifier: Apache-2.0
#include "api/s3/operations/operations.h"
#include "base/text_encoding.h"
#include "format/xml/xml.h"

namespace dray::s3 {

base::Status ListBuckets(Call& call) {
  constexpr uint64_t kAll = UINT64_MAX;
  ASSIGN_OR_RETURN(uint64_t count_max, call.Number("max-buckets", kAll, 1, 10'000));
  ASSIGN_OR_RETURN(auto buckets, call.buckets().ListBuckets(call.Context()));
  std::string_view prefix = call.query().Get("prefix");
  std::string_view region = call.query().Get("bucket-region");
  std::optional<std::string> after;
  if (std::string_view token = call.query().Get("continuation-token"); !token.empty()) {
    after = base::Base64Decode(token);
    if (!after) return InvalidArgument("The continuation token provided is incorrect");
  }

  std::string out, next;
  xml::Writer writer(out);
  writer.Start("ListAllMyBucketsResult", kXmlns).Start("Owner");
  writer.Leaf("ID", call.caller().principal.canonical_id).End().Start("Buckets");
  uint64_t count = 0;
  std::string last;
  for (const objects::BucketInfo& bucket : buckets) {
    if (!bucket.name.starts_with(prefix) || (after && bucket.name <= *after)) continue;
    if (!region.empty() && bucket.region != region) continue;
    if (count++ == count_max) {
      next = base::Base64Encode(last);
      break;
    }
    writer.Start("Bucket")
        .Leaf("Name", bucket.name)
        .Leaf("CreationDate", base::FormatIso8601Millis(bucket.created_at_micros))
        .Leaf("BucketRegion", bucket.region)
        .End();
    last = bucket.name;
  }
  writer.End();
  if (!next.empty()) writer.Leaf("ContinuationToken", next);
  if (!prefix.empty()) writer.Leaf("Prefix", prefix);
  writer.End();
  return call.SendXml(out);
}

}  // namespace dray::s3
