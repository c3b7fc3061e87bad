// SPDX-License-Identifier: Apache-2.0
// What a request must look like, as data: one Member a row, one Shape a structure. CheckShape
// finds wrong JSON types (SerializationException), broken constraints (all of them, in AWS's
// words, joined) and members that this version refuses by name. Members that no row names are
// ignored. After it, code may read members with the types that the rows promise.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "api/dynamodb/json_view.h"
#include "base/result.h"

namespace dray::dynamodb {

enum class MemberType {
  kString,
  kTable,  // a table's name or ARN; the constraints are those of the name
  kBoolean,
  kInteger,
  kTimestamp,   // epoch seconds, with or without a fraction
  kStructure,   // `shape`
  kStrings,     // list of strings
  kStructures,  // list of `shape`
  kMap,         // looked into by its operation
  kList,        // likewise
  kAny,
};

struct Pattern {
  std::string_view text;  // as AWS prints it
  bool (*matches)(std::string_view value);
};
extern const Pattern kTableNamePattern;  // [a-zA-Z0-9_.-]+
extern const Pattern kBucketPattern;
extern const Pattern kAccountPattern;      // [0-9]{12}
extern const Pattern kClientTokenPattern;  // ^[^\$]+$
extern const Pattern kPageTokenPattern;    // ([0-9a-f]{16})+
extern const Pattern kDelimiterPattern;
extern const Pattern kCsvHeaderPattern;

struct Shape;

struct Member {
  std::string_view name;
  MemberType type = MemberType::kAny;
  bool required = false;
  int64_t min = INT64_MIN;  // length of strings, lists and maps; value of numbers
  int64_t max = INT64_MAX;
  std::span<const std::string_view> values = {};  // enum, in the order AWS prints
  const Pattern* pattern = nullptr;
  const Shape* shape = nullptr;
  bool refused = false;                      // of AWS's model, not supported yet
  std::string_view missing_text = {};        // instead of the usual text; ends the check
  bool is_value_hidden = false;              // "Value at 'Limit'": AWS's odd text in some places
  const Pattern* element_pattern = nullptr;  // kStrings
  int64_t element_min = INT64_MIN;
  int64_t element_max = INT64_MAX;
};

struct Shape {
  std::string_view name;  // as AWS prints it inside lists
  std::span<const Member> members;
};

// `path`: where the structure stands in the request, with a dot behind: "expected.a.member.".
base::Status CheckShape(const JsonView& body, const Shape& shape, const std::string& path = {});

// Sets of values, and whole members, that several operations know.
inline constexpr std::string_view kReturnConsumedCapacityValues[] = {"INDEXES", "TOTAL", "NONE"};
inline constexpr std::string_view kReturnItemCollectionMetricsValues[] = {"SIZE", "NONE"};
inline constexpr std::string_view kReturnValuesValues[] = {"ALL_NEW", "UPDATED_OLD", "ALL_OLD",
                                                           "NONE", "UPDATED_NEW"};

inline constexpr Member kTableNameMember{.name = "TableName",
                                         .type = MemberType::kTable,
                                         .required = true,
                                         .min = 1,
                                         .max = 255,
                                         .pattern = &kTableNamePattern};
inline constexpr Member kReturnConsumedCapacityMember{.name = "ReturnConsumedCapacity",
                                                      .type = MemberType::kString,
                                                      .values = kReturnConsumedCapacityValues};
inline constexpr Member kReturnItemCollectionMetricsMember{
    .name = "ReturnItemCollectionMetrics",
    .type = MemberType::kString,
    .values = kReturnItemCollectionMetricsValues};

// Readers for checked bodies: the member, or nothing.
std::string_view StringOr(const JsonView& body, std::string_view name, std::string_view fallback);
std::optional<std::string> OptionalString(const JsonView& body, std::string_view name);
bool BoolOr(const JsonView& body, std::string_view name, bool fallback);
std::optional<int64_t> OptionalInt(const JsonView& body, std::string_view name);
std::optional<int64_t> OptionalMicros(const JsonView& body, std::string_view name);

}  // namespace dray::dynamodb
