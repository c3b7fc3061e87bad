// SPDX-License-Identifier: Apache-2.0
// Signed requests to AWS or to servers that speak its protocols, sent again while that helps. What
// the server refuses is a value here, not an error: the caller decides by its code.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "client/aws/credentials.h"
#include "format/json/json.h"
#include "net/client/backoff.h"
#include "net/client/client.h"

namespace dray::aws {

// A refusal as the server words it.
struct ServiceError {
  int status = 0;
  std::string code;     // "AccessDeniedException", "NoSuchKey"; "HTTP 502" when the body tells none
  std::string message;  // or empty
  std::string Text() const;  // both
};

struct Endpoint {
  std::string origin;  // http_client::Url::Origin()
  std::string region;
};

struct Options {
  http_client::RetryOptions retry;
  // Told before each pause between two attempts: a sentence such as "http://...: connection
  // refused".
  std::function<void(unsigned attempt, int64_t pause_ms, const std::string& why)> on_retry;
  // Asked while it pauses; true ends the call as kCancelled.
  std::function<bool()> is_cancelled;
};

// One set of credentials. Used by one thread at a time. Every request may be sent more than once:
// callers send only such whose repetition changes nothing.
class Client {
 public:
  // Both outlive it.
  Client(http_client::Client& http, const base::Clock& clock, Credentials credentials,
         Options options);

  struct Call {
    std::string service;  // of the signature
    std::string method = "GET";
    std::string path = "/";  // not encoded
    std::vector<std::pair<std::string, std::string>> query = {};
    http_client::Headers headers = {};
    std::string body = {};
    // S3 says 200 to some requests before it has done them, and tells what went wrong in the body.
    bool may_fail_behind_status = false;
  };
  struct Answer {
    http_client::Response response;
    std::optional<ServiceError> refused;
  };
  // kUnavailable when the last attempt got no whole answer; kCancelled.
  base::Result<Answer> Send(const Endpoint& endpoint, const Call& call);

 private:
  base::Result<Answer> SendOnce(const Endpoint& endpoint, const Call& call);
  base::Status Pause(int64_t pause_ms);

  http_client::Client& http_;
  const base::Clock& clock_;
  const Credentials credentials_;
  const Options options_;
};

// The JSON APIs.
struct JsonAnswer {
  json::Object body;
  std::optional<ServiceError> refused;
};
// `target`: "DynamoDB_20120810.DescribeTable".
base::Result<JsonAnswer> CallJson(Client& client, const Endpoint& endpoint, std::string_view target,
                                  std::string body);

// S3, buckets in the path.
struct ObjectAnswer {
  std::string bytes;
  std::string etag;                // without quotes
  uint64_t object_size_bytes = 0;  // of the whole object
  std::optional<ServiceError> refused;
};
struct ObjectRange {
  uint64_t first = 0, count = 0;
  std::string if_match = {};  // ETag; empty: any
};
base::Result<ObjectAnswer> GetObject(Client& client, const Endpoint& endpoint,
                                     std::string_view bucket, std::string_view key,
                                     const std::optional<ObjectRange>& range = std::nullopt);
// Where a bucket of AWS is, also one that may not be read; empty when nobody says.
base::Result<std::string> FindBucketRegion(Client& client, const Endpoint& endpoint,
                                           std::string_view bucket);
struct PutObjectOptions {
  std::string content_type;
  std::string expected_bucket_owner;  // or empty
};
base::Result<ObjectAnswer> PutObject(Client& client, const Endpoint& endpoint,
                                     std::string_view bucket, std::string_view key,
                                     std::string bytes, const PutObjectOptions& options);

}  // namespace dray::aws
