// SPDX-License-Identifier: Apache-2.0
// The requests about a bucket that an import needs: listing, and putting what comes from a folder.
// Refusals are errors here: kNotFound for a key that is not there, kAccessDenied for a 403.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/aws/client.h"

namespace dray::remote_import {

struct Entry {
  std::string key;
  uint64_t size_bytes = 0;
  std::string etag = {};  // without quotes; empty: a file
  bool operator==(const Entry&) const = default;
};

// Used by one thread at a time. Each request may be sent more than once.
class Bucket {
 public:
  // `client` outlives it. `owner`: the account that has to own the bucket, or empty.
  Bucket(aws::Client& client, aws::Endpoint endpoint, std::string name, std::string owner)
      : client_(client),
        endpoint_(std::move(endpoint)),
        name_(std::move(name)),
        owner_(std::move(owner)) {}

  const std::string& name() const { return name_; }
  std::string Url(std::string_view key) const { return "s3://" + name_ + "/" + std::string(key); }

  // Sorted by key. kLimitExceeded when there are more than `count_max`.
  base::Result<std::vector<Entry>> List(std::string_view prefix, size_t count_max);

  base::Status Create();
  base::Status Delete();
  base::Status DeleteObjects(const std::vector<std::string>& keys);  // absent ones are fine

  // The MD5 goes along, so that bytes that were changed on the way are refused.
  base::Status Put(const std::string& key, std::string bytes);
  base::Result<std::string> CreateUpload(const std::string& key);
  // The part's ETag.
  base::Result<std::string> UploadPart(const std::string& key, const std::string& upload_id,
                                       uint32_t number, std::string bytes);
  // An answer that was lost counts as done when the object is there.
  base::Status CompleteUpload(const std::string& key, const std::string& upload_id,
                              const std::vector<std::string>& part_etags);
  // Of all keys with that prefix.
  base::Status AbortUploads(const std::string& prefix);

 private:
  aws::Client::Call CallOf(std::string method, std::string_view key) const;
  // Only what is no refusal comes back.
  base::Result<http_client::Response> Send(const aws::Client::Call& call, std::string_view key);

  aws::Client& client_;
  const aws::Endpoint endpoint_;
  const std::string name_, owner_;
};

}  // namespace dray::remote_import
