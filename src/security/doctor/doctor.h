// SPDX-License-Identifier: Apache-2.0
// Why a job with a bucket is denied, from the policies alone: the requests of one export or import
// are simulated against them, and every denial is explained in a sentence that names the statement
// and the fix. Pure: no I/O, no clock, no globals. Source of the rules: docs/policy-check.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "security/policy/policy.h"

namespace dray::doctor {

enum class Job { kExport, kImport };

// Who signs the requests to the bucket.
enum class Way {
  kThroughService,  // DynamoDB, in the name of the caller
  kDirect,          // the caller itself
  kRemoteTarget,    // the credentials of a Dray server's remote target
};

struct NamedPolicy {
  std::string json;
  std::string name = {};  // for sentences: `inline "own"`; empty: it is counted
};

// A side of the decision.
enum class Side {
  kIdentity,
  kBoundary,
  kSession,
  kServiceControl,
  kResourceControl,
  kBucket,
  kTable,
  kKey,
  kTrust,
};

// Something that decides, too, and that nobody could look at.
struct Unread {
  std::optional<Side> side;  // whose verdict is open without it; absent: said, not more
  std::string what;          // "the bucket policy"
  std::string why;
};

// One job, as the command line knows it.
struct Facts {
  Job job = Job::kExport;
  Way way = Way::kThroughService;

  // arn:aws:iam::N:root, :user/..., :role/..., or arn:aws:sts::N:assumed-role/R/S.
  std::string caller_arn;
  std::string caller_account;     // empty: the one of the ARN
  std::string caller_role_arn;    // of a session: its role with its path, where that is known
  std::string remote_target_arn;  // kRemoteTarget: whose credentials sign at the endpoint

  std::string bucket;
  std::string bucket_owner;                    // account id
  std::string bucket_region;                   // empty: the table's, else us-east-1
  std::string prefix;                          // S3Prefix or S3KeyPrefix
  std::optional<std::string> s3_bucket_owner;  // S3BucketOwner as sent; absent: omitted
  std::string table_arn;            // empty: the operations of DynamoDB are not looked at
  bool has_kms_encryption = false;  // S3SseAlgorithm=KMS, or objects that are encrypted so
  std::string kms_key;              // S3SseKmsKeyId: ARN, id or alias; empty: AWS's own key
  std::optional<std::string> acl;   // x-amz-acl, when the writer sends one

  // JSON; an empty text is a policy that is not there.
  std::string bucket_policy;
  std::vector<NamedPolicy> identity_policies;  // of the caller, attached or inline
  std::vector<NamedPolicy> boundaries;
  std::vector<NamedPolicy> session_policies;
  std::vector<std::vector<NamedPolicy>> service_control;  // one list a level
  std::vector<std::vector<NamedPolicy>> resource_control;
  std::string table_policy;
  std::string key_policy;
  std::string trust_policy;  // of the caller's role
  std::string assumed_by;    // ARN of who assumes that role; empty: the trust is not looked at
  std::string vpc_endpoint_policy;

  bool restricts_public_buckets = false;  // Block Public Access, RestrictPublicBuckets
  std::string object_ownership;  // BucketOwnerEnforced, ...; empty: not known, AWS's default
  bool is_plain_http = false;    // the caller's own requests come without TLS
  bool has_requester_pays = false;
  bool has_object_lock = false;
  std::optional<bool> has_recovery;  // point-in-time recovery of the table; absent: not known
  // Further condition keys: aws:PrincipalOrgID, aws:PrincipalTag/team, aws:SourceIp.
  std::vector<std::pair<std::string, std::string>> context;
  std::vector<Unread> unread;
};

// What becomes of the job without this call.
enum class Need {
  kNeeded,      // it fails
  kWatching,    // it goes on, the caller cannot follow it
  kDocumented,  // AWS documents it as needed; no job of Dray's fails without it
};

struct Call {
  std::string name;    // "PutObject _started"
  std::string action;  // s3:PutObject
  std::string resource;
  Need need = Need::kNeeded;
  policy::Decision decision;
  bool is_allowed() const { return decision.is_allowed(); }
  bool is_open = false;  // allowed by what is known, but some of what decides could not be read
};

enum class Severity { kError, kWarning };

struct Finding {
  Severity severity = Severity::kError;
  std::string code;                     // stable, for scripts: "calledvia-typo"
  std::string where = {};               // `bucket policy, statement 1 "Sid"`, or empty
  std::vector<std::string> calls = {};  // names of the calls that it denies; empty for advice
  std::string sentence;
  std::string fix;
};

enum class Verdict { kSucceeds, kFails, kOpen };

struct Report {
  Job job = Job::kExport;
  Verdict verdict = Verdict::kFails;  // the job as a whole
  std::vector<Call> calls;
  std::vector<Finding> findings;  // errors first
  std::vector<Unread> unread;
};

// kInvalidArgument when the facts themselves make no sense. A policy that cannot be parsed is a
// finding, not an error.
base::Result<Report> Check(const Facts& facts);

std::string RenderText(const Report& report);  // for people, some lines
std::string RenderJson(const Report& report);  // one line

}  // namespace dray::doctor
