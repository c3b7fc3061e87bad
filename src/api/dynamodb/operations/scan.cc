// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/item_page.h"

namespace dray::dynamodb {

namespace {

using base::Status;

constexpr int64_t kSegmentsMax = 1'000'000;

constexpr Member kMembers[] = {
    kTableNameMember,
    kIndexNameMember,
    {.name = "AttributesToGet", .type = MemberType::kStrings, .min = 1},
    {.name = "Limit", .type = MemberType::kInteger, .min = 1},
    kSelectMember,
    {.name = "ScanFilter", .type = MemberType::kMap},
    kConditionalOperatorMember,
    {.name = "ExclusiveStartKey", .type = MemberType::kMap},
    kReturnConsumedCapacityMember,
    {.name = "TotalSegments", .type = MemberType::kInteger, .min = 1, .max = kSegmentsMax},
    {.name = "Segment", .type = MemberType::kInteger, .min = 0, .max = kSegmentsMax - 1},
    {.name = "ProjectionExpression", .type = MemberType::kString},
    {.name = "FilterExpression", .type = MemberType::kString},
    {.name = "ExpressionAttributeNames", .type = MemberType::kMap},
    {.name = "ExpressionAttributeValues", .type = MemberType::kMap},
    {.name = "ConsistentRead", .type = MemberType::kBoolean},
};
constexpr Shape kShape{"ScanInput", kMembers};
constexpr std::string_view kLegacy[] = {"AttributesToGet", "ScanFilter", "ConditionalOperator"};
constexpr std::string_view kExpressions[] = {"ProjectionExpression", "FilterExpression"};

// The first hash of segment `segment` of `total`: segment * 2^64 / total, rounded down.
uint64_t FirstHash(uint64_t segment, uint64_t total) {
  __extension__ typedef unsigned __int128 Uint128;
  return static_cast<uint64_t>((static_cast<Uint128>(segment) << 64) / total);
}

class Scan final : public ItemPageCall {
 public:
  Status Read(const Input& input) {
    RETURN_IF_ERROR(ReadSegment(input.body));
    RETURN_IF_ERROR(ReadPage(input, "ScanFilter"));
    return ReadExpressions(input);
  }

  // No leading keys, as on AWS: a Scan reads them all.
  void AddConditionKeys(size_t, policy::Context& context) const override {
    ItemConditionKeys keys;
    AddPageKeys(keys, context);
  }

  Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForItems(resources.front()));
    ASSIGN_OR_RETURN(PageSource source, FindSource(open));
    ASSIGN_OR_RETURN(
        std::optional<item::PrimaryKey> start_after,
        StartAfter(source, source.index == nullptr
                               ? "The provided starting key is invalid: The provided key element "
                                 "does not match the schema"
                               : "The provided starting key is invalid"));
    RETURN_IF_ERROR(CheckAttributes(source, false));
    ASSIGN_OR_RETURN(table::HashRange range, RangeOf(start_after));
    ASSIGN_OR_RETURN(table::ItemPage page, services.tables.Scan(open.ref, source.index_name(),
                                                                range, start_after, limits()));
    return AppendPage(services, open, source, page, out);
  }

 private:
  Status ReadSegment(const JsonView& body) {
    std::optional<int64_t> total = OptionalInt(body, "TotalSegments");
    std::optional<int64_t> segment = OptionalInt(body, "Segment");
    if (segment && !total) {
      return ValidationError(
          "The TotalSegments parameter is required but was not present in the request when Segment "
          "parameter is present");
    }
    if (total && !segment) {
      return ValidationError(
          "The Segment parameter is required but was not present in the request when parameter "
          "TotalSegments is present");
    }
    if (!total) return base::Ok();
    if (*segment >= *total) {
      return ValidationError(
          "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
          "Segment: " +
          std::to_string(*segment) + " is not less than TotalSegments: " + std::to_string(*total));
    }
    total_segments_ = static_cast<uint64_t>(*total);
    segment_ = static_cast<uint64_t>(*segment);
    return base::Ok();
  }

  base::Result<table::HashRange> RangeOf(const std::optional<item::PrimaryKey>& start_after) const {
    table::HashRange range;
    if (!total_segments_) return range;
    range.first = FirstHash(segment_, *total_segments_);
    if (segment_ + 1 < *total_segments_) range.last = FirstHash(segment_ + 1, *total_segments_) - 1;
    if (!start_after) return range;
    uint64_t hash = table::HashOfPartitionKey(start_after->partition);
    if (hash >= range.first && hash <= range.last) return range;
    return ValidationError(
        "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
        "ExclusiveStartKey with correct Segment. TotalSegments: " +
        std::to_string(*total_segments_) + " Segment: " + std::to_string(segment_));
  }

  std::optional<uint64_t> total_segments_;
  uint64_t segment_ = 0;
};

}  // namespace

ParsedCall ParseScan(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  RETURN_IF_ERROR(CheckExpressionMix(input.body, kLegacy, kExpressions));
  auto call = std::make_unique<Scan>();
  RETURN_IF_ERROR(call->Read(input));
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
