// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/item_page.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_access.h"

namespace dray::dynamodb {

namespace {

using base::Status;

constexpr int64_t kSegmentsMax = 1'000'000;

constexpr std::string_view kSelectValues[] = {"SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES",
                                              "ALL_PROJECTED_ATTRIBUTES"};
constexpr Member kMembers[] = {
    kTableNameMember,
    {.name = "IndexName",
     .type = MemberType::kString,
     .min = 3,
     .max = 255,
     .pattern = &kTableNamePattern},
    {.name = "AttributesToGet", .type = MemberType::kStrings, .min = 1},
    {.name = "Limit", .type = MemberType::kInteger, .min = 1},
    {.name = "Select", .type = MemberType::kString, .values = kSelectValues},
    {.name = "ExclusiveStartKey", .type = MemberType::kMap},
    kReturnConsumedCapacityMember,
    {.name = "TotalSegments", .type = MemberType::kInteger, .min = 1, .max = kSegmentsMax},
    {.name = "Segment", .type = MemberType::kInteger, .min = 0, .max = kSegmentsMax - 1},
    {.name = "ConsistentRead", .type = MemberType::kBoolean},
};
constexpr Member kExpressionMembers[] = {
    {.name = "ScanFilter", .refused = true},
    {.name = "ConditionalOperator", .refused = true},
    {.name = "FilterExpression", .refused = true},
    {.name = "ProjectionExpression", .refused = true},
};
constexpr Shape kShape{"ScanInput", kMembers};
constexpr Shape kExpressionShape{"ScanInput", kExpressionMembers};
constexpr std::string_view kLegacy[] = {"AttributesToGet", "ScanFilter", "ConditionalOperator"};
constexpr std::string_view kExpressions[] = {"ProjectionExpression", "FilterExpression"};

// The first hash of segment `segment` of `total`: segment * 2^64 / total, rounded down.
uint64_t FirstHash(uint64_t segment, uint64_t total) {
  __extension__ typedef unsigned __int128 Uint128;
  return static_cast<uint64_t>((static_cast<Uint128>(segment) << 64) / total);
}

class Scan final : public Call {
 public:
  Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForItems(services, page.table));
    RETURN_IF_ERROR(CheckIndex(page));
    const item::KeySchema& schema = open.descriptor.key_schema;
    ASSIGN_OR_RETURN(std::optional<item::PrimaryKey> start_after, StartAfter(page, schema));
    table::HashRange range;
    if (total_segments) {
      range.first = FirstHash(segment, *total_segments);
      if (segment + 1 < *total_segments) range.last = FirstHash(segment + 1, *total_segments) - 1;
      if (start_after) {
        uint64_t hash = table::HashOfPartitionKey(start_after->partition);
        if (hash < range.first || hash > range.last) {
          return ValidationError(
              "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
              "ExclusiveStartKey with correct Segment. TotalSegments: " +
              std::to_string(*total_segments) + " Segment: " + std::to_string(segment));
        }
      }
    }
    ASSIGN_OR_RETURN(table::ItemPage found,
                     services.tables.Scan(open.ref, range, start_after, LimitsOf(page)));
    AppendPage(page, schema, found, out);
    return base::Ok();
  }

  PageRequest page;
  std::optional<uint64_t> total_segments;
  uint64_t segment = 0;
};

}  // namespace

ParsedCall ParseScan(const Input& input) {
  const JsonView& body = input.body;
  RETURN_IF_ERROR(CheckShape(body, kShape));
  RETURN_IF_ERROR(CheckExpressionMix(body, kLegacy, kExpressions));
  RETURN_IF_ERROR(CheckShape(body, kExpressionShape));
  auto call = std::make_unique<Scan>();
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
  if (total && *segment >= *total) {
    return ValidationError(
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
        "Segment: " +
        std::to_string(*segment) + " is not less than TotalSegments: " + std::to_string(*total));
  }
  if (total) {
    call->total_segments = static_cast<uint64_t>(*total);
    call->segment = static_cast<uint64_t>(*segment);
  }
  ASSIGN_OR_RETURN(call->page, ReadPageRequest(body, input.caller.account()));
  call->resources = {call->page.table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
