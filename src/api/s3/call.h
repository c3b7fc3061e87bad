// SPDX-License-Identifier: Apache-2.0
// One S3 request on its way through an operation: what it names, who asks, and how to answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/gateway/gateway.h"
#include "api/s3/address.h"
#include "base/bytes.h"
#include "base/result.h"
#include "storage/buckets/buckets.h"

namespace dray::s3 {

using Headers = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view kXmlns = "http://s3.amazonaws.com/doc/2006-03-01/";

struct Service {
  buckets::Buckets& buckets;
  std::string region;
  bool any_region = false;
};

class Call {
 public:
  Call(Service& service, gateway::Exchange& exchange, Address address, Query query);

  const http::RequestHead& head() const { return exchange_.head; }
  const std::string& bucket() const { return address_.bucket; }
  const std::string& key() const { return address_.key; }
  const std::string& account() const { return *address_.account; }  // S3 Control only
  const Query& query() const { return query_; }
  const Service& service() const { return service_; }
  buckets::Buckets& buckets() { return service_.buckets; }
  const access::Caller& caller() const { return exchange_.caller; }
  bool is_head() const { return exchange_.head.method == "HEAD"; }
  // A header's value, or nullopt when it was not sent.
  std::optional<std::string_view> Header(std::string_view name) const;
  // A query parameter as a number: `absent` when it was not sent, kInvalidArgument when it is none
  // or lies outside.
  base::Result<uint64_t> Number(std::string_view name, uint64_t absent, uint64_t at_least,
                                uint64_t at_most) const;

  buckets::RequestContext Context() const;

  // The decoded and verified request body; an empty one when there is none.
  base::ByteSource& Body();
  const sigv4::VerifiedBody* VerifiedBody() const { return exchange_.body; }
  std::optional<uint64_t> BodySize() const;  // decoded; nullopt when the request does not say
  // A small body (XML, JSON) as a whole, checked against Content-MD5 and checksum headers. With
  // `needs_checksum` one of them must be there.
  base::Result<std::string> WholeBody(size_t bytes_max, bool needs_checksum = false);

  base::Status SendXml(std::string_view xml, Headers headers = {});
  base::Status SendEmpty(int status, Headers headers = {});
  base::Status Send(int status, Headers headers, std::string_view body);
  base::Status Start(int status, Headers headers, uint64_t content_length);
  base::Status Write(std::string_view bytes) { return exchange_.response.Write(bytes); }
  base::Status Finish() { return exchange_.response.Finish(); }
  void SendError(const base::Error& error);

 private:
  Headers WithCommon(Headers headers) const;

  Service& service_;
  gateway::Exchange& exchange_;
  Address address_;
  Query query_;
  base::StringSource empty_body_{std::string_view()};
};

// Errors that several operations give.
base::Error InvalidArgument(std::string message);
base::Error InvalidRequest(std::string message);
base::Error MalformedXml();
std::string Quoted(std::string_view etag);
// Key names as `encoding-type=url` wants them, or as they are.
std::string EncodeName(std::string_view name, bool is_url_encoded);
// Whether the list shall be encoded; kInvalidArgument for other types.
base::Result<bool> WantsUrlEncoding(const Query& query);

// Answers a request that never became a Call.
void SendError(gateway::Exchange& exchange, const Address& address, const base::Error& error);

}  // namespace dray::s3
