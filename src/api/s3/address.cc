// SPDX-License-Identifier: Apache-2.0
#include "api/s3/address.h"

#include <algorithm>

#include "api/s3/error_mapping.h"
#include "base/text_encoding.h"

namespace dray::s3 {
namespace {

// Of the S3 Control API; a bucket of that name is told apart by the header.
constexpr std::string_view kControlPrefix = "/v20180820/";
constexpr std::string_view kAccountHeader = "x-amz-account-id";

base::Error BadUri() {
  return base::Error{base::ErrorKind::kInvalidArgument, "Couldn't parse the specified URI.",
                     reason::kInvalidUri};
}

base::Result<std::string> Decode(std::string_view text) {
  std::optional<std::string> decoded = base::PercentDecode(text);
  if (!decoded) return BadUri();
  return *std::move(decoded);
}

// In queries '+' is a space; a literal one comes as %2B.
base::Result<std::string> DecodeQuery(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return Decode(spaced);
}

// The bucket of `bucket.localhost[:port]` and `bucket.s3[.region].domain`; empty for path style.
std::string_view BucketOfHost(std::string_view host) {
  if (!host.starts_with('[')) host = host.substr(0, host.find(':'));
  if (host.ends_with(".localhost")) {
    host.remove_suffix(std::string_view(".localhost").size());
    if (size_t at = host.rfind(".s3"); at != std::string_view::npos && at + 3 == host.size()) {
      host.remove_suffix(3);
    }
    return host == "s3" ? std::string_view() : host;
  }
  size_t at = host.rfind(".s3.");
  return at == std::string_view::npos ? std::string_view() : host.substr(0, at);
}

}  // namespace

base::Result<Query> Query::Parse(std::string_view query) {
  Query parsed;
  while (!query.empty()) {
    size_t end = std::min(query.find('&'), query.size());
    std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    size_t equals = std::min(pair.find('='), pair.size());
    ASSIGN_OR_RETURN(std::string name, DecodeQuery(pair.substr(0, equals)));
    ASSIGN_OR_RETURN(std::string value,
                     DecodeQuery(pair.substr(std::min(equals + 1, pair.size()))));
    parsed.parameters_.emplace_back(std::move(name), std::move(value));
  }
  return parsed;
}

const std::string* Query::Find(std::string_view name) const {
  for (const auto& [parameter, value] : parameters_) {
    if (parameter == name) return &value;
  }
  return nullptr;
}

std::string_view Query::Get(std::string_view name) const {
  const std::string* value = Find(name);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

base::Result<Address> ParseAddress(const http::RequestHead& head) {
  std::string_view path = head.path;
  if (!path.starts_with('/')) return BadUri();
  path.remove_prefix(1);
  Address address;
  if (head.path.starts_with(kControlPrefix) && head.HasHeader(kAccountHeader)) {
    path.remove_prefix(kControlPrefix.size() - 1);
    address.account = std::string(head.Header(kAccountHeader));
    ASSIGN_OR_RETURN(address.key, Decode(path));
    return address;
  }
  address.bucket = base::ToLower(BucketOfHost(head.Header("host")));
  if (address.bucket.empty()) {
    size_t slash = std::min(path.find('/'), path.size());
    ASSIGN_OR_RETURN(address.bucket, Decode(path.substr(0, slash)));
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (address.bucket.empty() && !path.empty()) return BadUri();  // "//key"
  }
  ASSIGN_OR_RETURN(address.key, Decode(path));
  return address;
}

}  // namespace dray::s3
