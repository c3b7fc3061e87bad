// SPDX-License-Identifier: Apache-2.0
// What a request's target names: bucket and key, out of the path (path style) or out of the Host
// header and the path (virtual-host style), and its query parameters. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/http/server.h"

namespace dray::s3 {

struct Address {
  std::string bucket;  // empty: the service itself
  std::string key;     // empty: the bucket itself
  // A request of the S3 Control API: the account that it is about. `key` is then its path, without
  // the version in front, and there is no bucket.
  std::optional<std::string> account = {};
};

class Query {
 public:
  static base::Result<Query> Parse(std::string_view query);
  bool Has(std::string_view name) const { return Find(name) != nullptr; }
  std::string_view Get(std::string_view name) const;  // "" when absent
  const std::string* Find(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

// S3 Control requests are told by their path and header: their Host is the account's id before that
// of the endpoint.
base::Result<Address> ParseAddress(const http::RequestHead& head);

}  // namespace dray::s3
