// SPDX-License-Identifier: Apache-2.0
// Buckets on other S3 endpoints that jobs may use. They are named in the server's configuration and
// nowhere else; no request can add one or choose one but by the name of a bucket that is listed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "client/aws/client.h"
#include "security/access/access.h"

namespace dray::s3_session {

struct RemoteTarget {
  std::string name;  // for people
  aws::Endpoint endpoint;
  aws::Credentials credentials;
  std::string ca_file;                // PEM; empty: the system's certificates
  std::vector<std::string> accounts;  // ids of those that may use it
  struct Place {
    std::string bucket;
    std::string prefix;  // of keys: empty, or ends with '/'
  };
  std::vector<Place> places;
  bool sends_encryption = true;  // x-amz-server-side-encryption: not every store knows it
  unsigned attempts_max = 15;    // of a request; two to three minutes of pauses
  int64_t timeout_ms = 120'000;  // of an attempt

  bool ListsAccount(std::string_view account) const;
  // Whether the key, or all keys with this prefix, are in a place.
  bool ListsKey(std::string_view bucket, std::string_view key) const;
};

// The JSON of docs/operating.md. Strict: a member that is unknown or missing, a bucket of two
// targets, plain HTTP off loopback are kInvalidArgument. No text of an error holds a secret.
base::Result<std::vector<RemoteTarget>> ParseRemoteTargets(std::string_view text);

// Thread-safe, constant.
class RemoteTargets {
 public:
  // The references outlive it. `clock` is the machine's: its time is signed.
  RemoteTargets(std::vector<RemoteTarget> targets, access::Authorizer& authorizer,
                const base::Clock& clock)
      : targets_(std::move(targets)), authorizer_(authorizer), clock_(clock) {}

  const RemoteTarget* FindByBucket(std::string_view bucket) const;  // nullptr: nobody's
  access::Authorizer& authorizer() const { return authorizer_; }
  const base::Clock& clock() const { return clock_; }

 private:
  const std::vector<RemoteTarget> targets_;
  access::Authorizer& authorizer_;
  const base::Clock& clock_;
};

}  // namespace dray::s3_session
