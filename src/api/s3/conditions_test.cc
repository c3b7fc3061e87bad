// SPDX-License-Identifier: Apache-2.0
#include "api/s3/conditions.h"

#include <gtest/gtest.h>

namespace dray::s3 {
namespace {

constexpr const char* kBefore = "Tue, 14 May 2024 11:14:19 GMT";
constexpr const char* kAt = "Tue, 14 May 2024 11:14:20 GMT";
constexpr const char* kAfter = "Tue, 14 May 2024 11:14:21 GMT";

ConditionOutcome Check(std::vector<std::pair<std::string, std::string>> headers) {
  http::RequestHead head;
  head.headers = std::move(headers);
  objects::ObjectInfo info;
  info.etag = "abc";
  info.last_modified_micros = 1'715'685'260'608'000;  // kAt and a fraction
  return CheckConditions(head, info);
}

TEST(Conditions, FollowTheRulesOfTheirHeaders) {
  EXPECT_EQ(Check({}), ConditionOutcome::kProceed);
  EXPECT_EQ(Check({{"If-Match", "\"abc\""}}), ConditionOutcome::kProceed);
  EXPECT_EQ(Check({{"If-Match", "\"x\", \"abc\""}}), ConditionOutcome::kProceed);
  EXPECT_EQ(Check({{"If-Match", "*"}}), ConditionOutcome::kProceed);
  EXPECT_EQ(Check({{"If-Match", "\"x\""}}), ConditionOutcome::kFailed);
  EXPECT_EQ(Check({{"If-None-Match", "abc"}}), ConditionOutcome::kNotModified);
  EXPECT_EQ(Check({{"If-None-Match", "W/\"abc\""}}), ConditionOutcome::kNotModified);
  EXPECT_EQ(Check({{"If-None-Match", "\"x\""}}), ConditionOutcome::kProceed);
  EXPECT_EQ(Check({{"If-Modified-Since", kBefore}}), ConditionOutcome::kProceed);
  EXPECT_EQ(Check({{"If-Modified-Since", kAt}}), ConditionOutcome::kNotModified);
  EXPECT_EQ(Check({{"If-Unmodified-Since", kBefore}}), ConditionOutcome::kFailed);
  EXPECT_EQ(Check({{"If-Unmodified-Since", kAt}}), ConditionOutcome::kProceed);
  EXPECT_EQ(Check({{"If-Modified-Since", "yesterday"}}), ConditionOutcome::kProceed);
}

TEST(Conditions, ETagsOutweighDates) {
  EXPECT_EQ(Check({{"If-Match", "abc"}, {"If-Unmodified-Since", kBefore}}),
            ConditionOutcome::kProceed);
  EXPECT_EQ(Check({{"If-None-Match", "x"}, {"If-Modified-Since", kAfter}}),
            ConditionOutcome::kProceed);
  EXPECT_EQ(Check({{"If-None-Match", "abc"}, {"If-Modified-Since", kBefore}}),
            ConditionOutcome::kNotModified);
}

std::string Range(std::string_view header) {
  auto range = ParseRange(header);
  if (!range) return "none";
  if (range->suffix_bytes) return "last " + std::to_string(*range->suffix_bytes);
  return std::to_string(range->first) + "-" +
         (range->last == UINT64_MAX ? "" : std::to_string(range->last));
}

TEST(Range, TakesOneRangeOfBytesAndIgnoresTheRest) {
  EXPECT_EQ(Range("bytes=0-0"), "0-0");
  EXPECT_EQ(Range("bytes=5-"), "5-");
  EXPECT_EQ(Range("Bytes= 5 - 9 "), "5-9");
  EXPECT_EQ(Range("bytes=-7"), "last 7");
  EXPECT_EQ(Range("bytes=0-99999999999999999999999"), "0-");
  for (const char* ignored : {"", "bytes=", "bytes=-", "bytes=5", "bytes=9-5", "bytes=0-1,3-4",
                              "items=0-1", "bytes=a-b", "bytes=+1-2"}) {
    EXPECT_EQ(Range(ignored), "none") << ignored;
  }
}

}  // namespace
}  // namespace dray::s3
