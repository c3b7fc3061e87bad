// SPDX-License-Identifier: Apache-2.0
// The actions of S3 that a bucket policy can grant: what kind of resource each one is about and
// which condition keys its requests carry. From AWS's service authorization reference for S3.
#pragma once

#include <span>
#include <string_view>

namespace dray::policy {

enum class S3ResourceKind { kBucket, kObject };

struct S3Action {
  std::string_view name;  // without "s3:"
  S3ResourceKind kind;
};

std::span<const S3Action> S3Actions();

// `lower_case_key` starts with "s3:". Whether any request of S3 carries it.
bool IsS3ConditionKey(std::string_view lower_case_key);

// Whether requests of this action carry it.
bool S3ActionHasKey(std::string_view action_name, std::string_view lower_case_key);

}  // namespace dray::policy
