// SPDX-License-Identifier: Apache-2.0
// One command's connection to an endpoint: the tables' side and the bucket's side, each with its
// own credentials, and the rules for being interrupted.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "client/aws/client.h"
#include "client/aws/credentials.h"
#include "net/client/client.h"

namespace dray::remote_jobs {

// What a command tells while it works. Called from its own thread.
class Display {
 public:
  struct Progress {
    std::string doing;              // "exporting", "verifying"
    std::optional<double> share;    // 0 to 1; nullopt: nobody knows
    std::optional<uint64_t> items;  // so far
    std::optional<uint64_t> bytes;
  };
  virtual ~Display() = default;
  virtual void Note(const std::string& line) = 0;  // what happened
  virtual void Warn(const std::string& line) = 0;  // what went wrong, without ending the command
  virtual void Show(const Progress& progress) = 0;
};

// Counts the signals that ask the process to end. What was interrupted once may still clean up:
// then it tolerates one more.
class Interruption {
 public:
  explicit Interruption(const std::atomic<int>& signals) : signals_(signals) {}
  bool is_now() const { return signals_.load() > tolerated_; }
  // From here on only another signal interrupts.
  void Tolerate() { tolerated_ = signals_.load(); }

 private:
  const std::atomic<int>& signals_;
  int tolerated_ = 0;
};

struct SessionOptions {
  aws::Endpoint tables;  // the DynamoDB API
  aws::Endpoint bucket;  // the S3 API
  bool is_aws = false;   // buckets may be in other regions
  aws::Identity tables_identity;
  aws::Identity bucket_identity;
  http_client::Options http;
  http_client::RetryOptions retry;
};

class Session {
 public:
  // All outlive it.
  Session(SessionOptions options, const base::Clock& clock, Display& display,
          Interruption& interruption);

  // Of DynamoDB's API: "DescribeTable".
  base::Result<aws::JsonAnswer> Ask(std::string_view operation, std::string body);
  // Of Dray's own: "CancelJob".
  base::Result<aws::JsonAnswer> AskOwn(std::string_view operation, std::string body);
  // The same; a refusal is an error that says what to do.
  base::Result<json::Object> Get(std::string_view operation, std::string body);
  base::Result<json::Object> GetOwn(std::string_view operation, std::string body);

  // Finds out where the bucket is, on AWS; to be called before the bucket is used.
  base::Status LocateBucket(std::string_view bucket);
  aws::Client& tables_client() { return tables_client_; }
  aws::Client& bucket_client() { return bucket_client_; }
  // Another connection as the same identity, for a thread of its own. `on_retry` is called there.
  struct BucketConnection {
    std::unique_ptr<http_client::Client> http;
    std::unique_ptr<aws::Client> client;
  };
  BucketConnection ConnectToBucket(std::function<void(const std::string& line)> on_retry);
  const aws::Endpoint& bucket_endpoint() const { return options_.bucket; }

  const SessionOptions& options() const { return options_; }
  const base::Clock& clock() const { return clock_; }
  Display& display() { return display_; }
  Interruption& interruption() { return interruption_; }
  // kCancelled when interrupted meanwhile.
  base::Status Sleep(int64_t ms);

  // The server's words about an operation of the tables' side, and what can be done.
  base::Error Refusal(std::string_view operation, const aws::ServiceError& error) const;

 private:
  SessionOptions options_;
  const base::Clock& clock_;
  Display& display_;
  Interruption& interruption_;
  std::unique_ptr<http_client::Client> http_;
  aws::Client tables_client_;
  aws::Client bucket_client_;
};

}  // namespace dray::remote_jobs
