// SPDX-License-Identifier: Apache-2.0
#include "client/remote_jobs/session.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

namespace dray::remote_jobs {

namespace {

constexpr int64_t kStepMs = 50;

aws::Options CallOptions(const SessionOptions& options, Interruption& interruption,
                         std::function<void(const std::string& line)> warn) {
  aws::Options calls;
  calls.retry = options.retry;
  calls.on_retry = [warn = std::move(warn), max = options.retry.attempts_max](
                       unsigned attempt, int64_t pause_ms, const std::string& why) {
    char pause[32];
    std::snprintf(pause, sizeof pause, "%.1f s", static_cast<double>(pause_ms) / 1000);
    warn(why + "; attempt " + std::to_string(attempt + 1) + " of " + std::to_string(max) + " in " +
         pause);
  };
  calls.is_cancelled = [&interruption] { return interruption.is_now(); };
  return calls;
}

std::string WhatToDo(std::string_view operation, const aws::ServiceError& error,
                     const SessionOptions& options) {
  const std::string& code = error.code;
  if (code == "PointInTimeRecoveryUnavailableException") {
    return "an export needs point-in-time recovery: --enable-pitr turns it on";
  }
  if (code == "TableNotFoundException" || code == "ResourceNotFoundException") {
    return "the endpoint is " + options.tables.origin + ", the region " + options.tables.region +
           ", the credentials are those of " + options.tables_identity.description +
           ": is the table there, in that account?";
  }
  if (code == "UnrecognizedClientException" || code == "InvalidSignatureException" ||
      code == "IncompleteSignatureException" || code == "ExpiredTokenException") {
    return options.tables.origin + " does not take the credentials of " +
           options.tables_identity.description +
           ": name others with --profile or in the environment; `dray env` prints those of a Dray "
           "server's account";
  }
  if (code == "AccessDeniedException") {
    const bool is_export = operation == "ExportTableToPointInTime";
    return std::string("an identity policy of the caller has to allow it") +
           (is_export ? "; `dray policy check` explains who may export where" : "");
  }
  if (code == "ExportConflictException" || code == "ImportConflictException") {
    return "this client token was used with other parameters: repeat them, or leave --client-token "
           "away";
  }
  if (code == "InvalidExportTimeException") {
    return "`aws dynamodb describe-continuous-backups` shows the window of recovery";
  }
  if (code == "UnknownOperationException") {
    return options.tables.origin + " has no operation " + std::string(operation) +
           ": it needs a Dray server of this version or a later one";
  }
  return "";
}

}  // namespace

Session::Session(SessionOptions options, const base::Clock& clock, Display& display,
                 Interruption& interruption)
    : options_(std::move(options)),
      clock_(clock),
      display_(display),
      interruption_(interruption),
      http_(http_client::Client::Make(options_.http,
                                      [&interruption] { return interruption.is_now(); })),
      tables_client_(*http_, clock_, options_.tables_identity.credentials,
                     CallOptions(options_, interruption,
                                 [&display](const std::string& line) { display.Warn(line); })),
      bucket_client_(*http_, clock_, options_.bucket_identity.credentials,
                     CallOptions(options_, interruption,
                                 [&display](const std::string& line) { display.Warn(line); })) {}

Session::BucketConnection Session::ConnectToBucket(
    std::function<void(const std::string& line)> on_retry) {
  BucketConnection made;
  made.http = http_client::Client::Make(options_.http, [this] { return interruption_.is_now(); });
  made.client =
      std::make_unique<aws::Client>(*made.http, clock_, options_.bucket_identity.credentials,
                                    CallOptions(options_, interruption_, std::move(on_retry)));
  return made;
}

base::Result<aws::JsonAnswer> Session::Ask(std::string_view operation, std::string body) {
  return aws::CallJson(tables_client_, options_.tables,
                       "DynamoDB_20120810." + std::string(operation), std::move(body));
}

base::Result<aws::JsonAnswer> Session::AskOwn(std::string_view operation, std::string body) {
  return aws::CallJson(tables_client_, options_.tables, "Dray_20261122." + std::string(operation),
                       std::move(body));
}

base::Result<json::Object> Session::Get(std::string_view operation, std::string body) {
  ASSIGN_OR_RETURN(aws::JsonAnswer answer, Ask(operation, std::move(body)));
  if (answer.refused) return Refusal(operation, *answer.refused);
  return std::move(answer.body);
}

base::Result<json::Object> Session::GetOwn(std::string_view operation, std::string body) {
  ASSIGN_OR_RETURN(aws::JsonAnswer answer, AskOwn(operation, std::move(body)));
  if (answer.refused) return Refusal(operation, *answer.refused);
  return std::move(answer.body);
}

base::Status Session::LocateBucket(std::string_view bucket) {
  if (!options_.is_aws) return base::Ok();
  ASSIGN_OR_RETURN(std::string region,
                   aws::FindBucketRegion(bucket_client_, options_.bucket, bucket));
  if (region.empty() || region == options_.bucket.region) return base::Ok();
  options_.bucket = {"https://s3." + region + ".amazonaws.com", region};
  return base::Ok();
}

base::Status Session::Sleep(int64_t ms) {
  for (; ms > 0; ms -= kStepMs) {
    if (interruption_.is_now()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(ms, kStepMs)));
  }
  if (!interruption_.is_now()) return base::Ok();
  return base::Error{base::ErrorKind::kCancelled, "interrupted", {}};
}

base::Error Session::Refusal(std::string_view operation, const aws::ServiceError& error) const {
  std::string text = std::string(operation) + ": " + error.Text();
  std::string hint = WhatToDo(operation, error, options_);
  if (!hint.empty()) text += "\n  " + hint;
  bool is_denied = error.code == "AccessDeniedException";
  return {is_denied ? base::ErrorKind::kAccessDenied : base::ErrorKind::kInvalidArgument,
          std::move(text),
          {}};
}

}  // namespace dray::remote_jobs
