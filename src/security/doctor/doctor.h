// SPDX-License-Identifier: Apache-2.0
// Why an export to a bucket is denied, from the policies alone: the job's calls are simulated
// against them and every denial is explained in a sentence that names the statement and the fix.
// Also the bucket policy that lets another account export. Pure: no I/O, no clock, no globals.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "security/policy/policy.h"

namespace dray::doctor {

// One export, as the command line knows it.
struct Facts {
  std::string bucket_policy;                   // JSON; empty: the bucket has none
  std::vector<std::string> identity_policies;  // JSON; of the caller, attached or inline
  // arn:aws:iam::N:root, :user/..., :role/..., or arn:aws:sts::N:assumed-role/R/S.
  std::string caller_arn;
  std::string caller_account;  // empty: the one of the ARN
  std::string bucket;
  std::string bucket_owner;                    // account id
  std::string prefix;                          // S3Prefix, without trailing '/'
  std::optional<std::string> s3_bucket_owner;  // S3BucketOwner as sent; absent: omitted
  bool has_kms_encryption = false;             // S3SseAlgorithm=KMS
  bool is_direct = false;  // the caller writes himself instead of through DynamoDB
};

struct Call {
  std::string name;    // "PutObject _started"
  std::string action;  // s3:PutObject
  std::string resource;
  bool is_needed = false;  // without it the export fails
  policy::Decision decision;
  bool is_allowed() const { return decision.is_allowed(); }
};

enum class Severity { kError, kWarning };

struct Finding {
  Severity severity = Severity::kError;
  std::string code;                // stable, for scripts: "calledvia-typo"
  std::string where;               // `bucket policy, statement 1 "Sid"`, or empty
  std::vector<std::string> calls;  // names of the calls that it denies; empty for advice
  std::string sentence;
  std::string fix;
};

struct Report {
  bool succeeds = false;  // the export as a whole
  std::vector<Call> calls;
  std::vector<Finding> findings;  // errors first
};

// kInvalidArgument when the facts themselves make no sense. A policy that cannot be parsed is a
// finding, not an error.
base::Result<Report> Check(const Facts& facts);

std::string RenderText(const Report& report);  // for people, some lines
std::string RenderJson(const Report& report);  // one line

// The bucket policy that lets account `account_id` export into `bucket` through DynamoDB, indented,
// with a newline at its end.
base::Result<std::string> GenerateSeedPolicy(std::string_view account_id, std::string_view bucket);

}  // namespace dray::doctor
