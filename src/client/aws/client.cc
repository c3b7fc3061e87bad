// SPDX-License-Identifier: Apache-2.0
#include "client/aws/client.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "base/random.h"
#include "base/text_encoding.h"
#include "client/aws/service_error.h"
#include "hash/hash.h"
#include "security/sigv4/sigv4.h"

namespace dray::aws {

namespace {

constexpr int64_t kCancelCheckMs = 50;

std::string Encode(const std::vector<std::pair<std::string, std::string>>& query) {
  std::string text;
  for (const auto& [name, value] : query) {
    if (!text.empty()) text += '&';
    text += base::PercentEncode(name, false) + "=" + base::PercentEncode(value, false);
  }
  return text;
}

// Refusals that pass, whatever their status.
bool IsPassing(const ServiceError& error) {
  constexpr std::array<std::string_view, 9> kCodes = {
      "ThrottlingException",  "Throttling",    "ProvisionedThroughputExceededException",
      "RequestLimitExceeded", "SlowDown",      "TooManyRequestsException",
      "RequestTimeout",       "InternalError", "ServiceUnavailable"};
  return std::find(kCodes.begin(), kCodes.end(), error.code) != kCodes.end();
}

bool IsWorthRetrying(const base::Result<Client::Answer>& answer) {
  if (!answer) return answer.error().kind == base::ErrorKind::kUnavailable;
  return answer->refused &&
         (http_client::IsWorthRetrying(answer->response.status) || IsPassing(*answer->refused));
}

}  // namespace

std::string ServiceError::Text() const { return message.empty() ? code : code + ": " + message; }

Client::Client(http_client::Client& http, const base::Clock& clock, Credentials credentials,
               Options options)
    : http_(http),
      clock_(clock),
      credentials_(std::move(credentials)),
      options_(std::move(options)) {}

base::Result<Client::Answer> Client::Send(const Endpoint& endpoint, const Call& call) {
  for (unsigned attempt = 1;; ++attempt) {
    base::Result<Answer> answer = SendOnce(endpoint, call);
    if (!IsWorthRetrying(answer)) return answer;
    std::string why = answer ? endpoint.origin + ": " + std::to_string(answer->response.status) +
                                   " " + answer->refused->Text()
                             : answer.error().message;
    if (attempt >= options_.retry.attempts_max) {
      std::string attempts = std::to_string(attempt) + (attempt == 1 ? " attempt" : " attempts");
      return base::Error{base::ErrorKind::kUnavailable, why + " (after " + attempts + ")", {}};
    }
    int64_t pause_ms = http_client::PauseMs(options_.retry, attempt, base::RandomUint64());
    if (options_.on_retry) options_.on_retry(attempt, pause_ms, why);
    RETURN_IF_ERROR(Pause(pause_ms));
  }
}

// Signed anew for each attempt: the signature holds the time.
base::Result<Client::Answer> Client::SendOnce(const Endpoint& endpoint, const Call& call) {
  std::string path = base::PercentEncode(call.path, true);
  std::string query = Encode(call.query);
  http_client::Request request;
  request.method = call.method;
  request.url = endpoint.origin + path + (query.empty() ? "" : "?" + query);
  request.body = call.body;
  request.headers = call.headers;
  request.headers.emplace_back("Host", endpoint.origin.substr(endpoint.origin.find("://") + 3));
  sigv4::RequestParts parts{call.method, path, query, {}};
  for (const auto& [name, value] : request.headers) parts.headers.emplace_back(name, value);
  sigv4::SignOptions options{
      credentials_.access_key, credentials_.secret, credentials_.session_token,
      endpoint.region,         call.service,        clock_.NowMicros()};
  auto added = sigv4::Sign(parts, base::HexEncode(hash::Sha256(call.body)), options);
  for (auto& header : added) request.headers.push_back(std::move(header));
  Answer answer;
  ASSIGN_OR_RETURN(answer.response, http_.Send(request));
  if (answer.response.status >= 300) {
    answer.refused = ParseServiceError(answer.response);
  } else if (call.may_fail_behind_status) {
    answer.refused = FindServiceError(answer.response);
  }
  return answer;
}

base::Status Client::Pause(int64_t pause_ms) {
  while (true) {
    if (options_.is_cancelled && options_.is_cancelled()) {
      return base::Error{base::ErrorKind::kCancelled, "interrupted", {}};
    }
    if (pause_ms <= 0) return base::Ok();
    int64_t step_ms = std::min(pause_ms, kCancelCheckMs);
    std::this_thread::sleep_for(std::chrono::milliseconds(step_ms));
    pause_ms -= step_ms;
  }
}

base::Result<JsonAnswer> CallJson(Client& client, const Endpoint& endpoint, std::string_view target,
                                  std::string body) {
  Client::Call call;
  call.service = "dynamodb";
  call.method = "POST";
  call.headers = {{"Content-Type", "application/x-amz-json-1.0"},
                  {"X-Amz-Target", std::string(target)}};
  call.body = std::move(body);
  ASSIGN_OR_RETURN(Client::Answer answer, client.Send(endpoint, call));
  JsonAnswer result;
  result.refused = std::move(answer.refused);
  // Some operations, TagResource for one, answer with nothing.
  if (result.refused || answer.response.body.empty()) return result;
  auto parsed = json::Parse(answer.response.body);
  if (!parsed || parsed->object() == nullptr) {
    return base::Error{
        base::ErrorKind::kCorruption,
        endpoint.origin + " does not answer as DynamoDB does: is it the right endpoint?",
        {}};
  }
  result.body = *parsed->object();
  return result;
}

namespace {

std::string PathOf(std::string_view bucket, std::string_view key) {
  return "/" + std::string(bucket) + "/" + std::string(key);
}

uint64_t SizeOf(const http_client::Response& response) {
  std::string_view range = response.Header("Content-Range");  // bytes 0-9/100
  size_t slash = range.rfind('/');
  if (slash == std::string_view::npos) return response.body.size();
  return std::strtoull(std::string(range.substr(slash + 1)).c_str(), nullptr, 10);
}

ObjectAnswer ObjectAnswerOf(Client::Answer answer) {
  ObjectAnswer result;
  result.refused = std::move(answer.refused);
  std::string_view etag = answer.response.Header("ETag");
  if (etag.size() >= 2 && etag.front() == '"') etag = etag.substr(1, etag.size() - 2);
  result.etag = etag;
  result.object_size_bytes = SizeOf(answer.response);
  result.bytes = std::move(answer.response.body);
  return result;
}

}  // namespace

base::Result<ObjectAnswer> GetObject(Client& client, const Endpoint& endpoint,
                                     std::string_view bucket, std::string_view key,
                                     const std::optional<ObjectRange>& range) {
  Client::Call call;
  call.service = "s3";
  call.path = PathOf(bucket, key);
  if (range) {
    call.headers.emplace_back("Range", "bytes=" + std::to_string(range->first) + "-" +
                                           std::to_string(range->first + range->count - 1));
    if (!range->if_match.empty()) {
      call.headers.emplace_back("If-Match", "\"" + range->if_match + "\"");
    }
  }
  ASSIGN_OR_RETURN(Client::Answer answer, client.Send(endpoint, call));
  return ObjectAnswerOf(std::move(answer));
}

base::Result<std::string> FindBucketRegion(Client& client, const Endpoint& endpoint,
                                           std::string_view bucket) {
  Client::Call call;
  call.service = "s3";
  call.method = "HEAD";
  call.path = "/" + std::string(bucket);
  ASSIGN_OR_RETURN(Client::Answer answer, client.Send(endpoint, call));
  return std::string(answer.response.Header("x-amz-bucket-region"));
}

base::Result<ObjectAnswer> PutObject(Client& client, const Endpoint& endpoint,
                                     std::string_view bucket, std::string_view key,
                                     std::string bytes, const PutObjectOptions& options) {
  Client::Call call;
  call.service = "s3";
  call.method = "PUT";
  call.path = PathOf(bucket, key);
  if (!options.content_type.empty()) {
    call.headers.emplace_back("Content-Type", options.content_type);
  }
  if (!options.expected_bucket_owner.empty()) {
    call.headers.emplace_back("x-amz-expected-bucket-owner", options.expected_bucket_owner);
  }
  call.body = std::move(bytes);
  ASSIGN_OR_RETURN(Client::Answer answer, client.Send(endpoint, call));
  return ObjectAnswerOf(std::move(answer));
}

}  // namespace dray::aws
