// SPDX-License-Identifier: Apache-2.0
#include "api/s3/call.h"

#include <charconv>

#include "api/s3/error_mapping.h"
#include "api/s3/object_headers.h"
#include "base/text_encoding.h"
#include "hash/hash.h"
#include "storage/objects/checksum.h"

namespace dray::s3 {
namespace {

// Request headers that conditions of policies can ask about.
struct ConditionKey {
  std::string_view header, key;
};
constexpr ConditionKey kConditionKeys[] = {
    {"x-amz-acl", "s3:x-amz-acl"},
    {"x-amz-grant-full-control", "s3:x-amz-grant-full-control"},
    {"x-amz-grant-read", "s3:x-amz-grant-read"},
    {"x-amz-grant-read-acp", "s3:x-amz-grant-read-acp"},
    {"x-amz-grant-write", "s3:x-amz-grant-write"},
    {"x-amz-grant-write-acp", "s3:x-amz-grant-write-acp"},
    {"x-amz-object-ownership", "s3:x-amz-object-ownership"},
    {"x-amz-server-side-encryption", "s3:x-amz-server-side-encryption"},
    {"x-amz-storage-class", "s3:x-amz-storage-class"},
    {"x-amz-content-sha256", "s3:x-amz-content-sha256"},
    {"if-none-match", "s3:if-none-match"},
    {"if-match", "s3:if-match"},
};

std::string HostId(std::string_view request_id) {
  return base::Base64Encode(hash::Sha256(request_id));
}

bool IsPresigned(const http::RequestHead& head) {
  return head.query.find("X-Amz-Signature=") != std::string::npos ||
         head.query.find("X-Amz-Credential=") != std::string::npos;
}

}  // namespace

base::Error InvalidArgument(std::string message) {
  return base::Error{base::ErrorKind::kInvalidArgument, std::move(message)};
}
base::Error InvalidRequest(std::string message) {
  return base::Error{base::ErrorKind::kInvalidArgument, std::move(message),
                     reason::kInvalidRequest};
}
base::Error MalformedXml() {
  return base::Error{base::ErrorKind::kInvalidArgument,
                     "The XML you provided was not well-formed or did not validate against our "
                     "published schema",
                     reason::kMalformedXml};
}

std::string Quoted(std::string_view etag) { return '"' + std::string(etag) + '"'; }

std::string EncodeName(std::string_view name, bool is_url_encoded) {
  return is_url_encoded ? base::PercentEncode(name, true) : std::string(name);
}

base::Result<bool> WantsUrlEncoding(const Query& query) {
  const std::string* type = query.Find("encoding-type");
  if (type == nullptr || type->empty()) return false;
  if (*type == "url") return true;
  return InvalidArgument("Invalid Encoding Method specified in Request");
}

Call::Call(Service& service, gateway::Exchange& exchange, Address address, Query query)
    : service_(service),
      exchange_(exchange),
      address_(std::move(address)),
      query_(std::move(query)) {}

std::optional<std::string_view> Call::Header(std::string_view name) const {
  if (!exchange_.head.HasHeader(name)) return std::nullopt;
  return exchange_.head.Header(name);
}

base::Result<uint64_t> Call::Number(std::string_view name, uint64_t absent, uint64_t at_least,
                                    uint64_t at_most) const {
  std::string_view text = query_.Get(name);
  if (text.empty()) return absent;
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return InvalidArgument("Provided " + std::string(name) +
                           " not an integer or within integer range");
  }
  if (value < at_least || value > at_most) {
    return InvalidArgument("Argument " + std::string(name) + " must be an integer between " +
                           std::to_string(at_least) + " and " + std::to_string(at_most));
  }
  return value;
}

buckets::RequestContext Call::Context() const {
  buckets::RequestContext context;
  context.caller = exchange_.caller;
  context.denied_detail = &exchange_.detail;
  if (auto owner = Header("x-amz-expected-bucket-owner")) {
    context.expected_bucket_owner = std::string(*owner);
  }
  for (const ConditionKey& row : kConditionKeys) {
    if (auto value = Header(row.header)) context.extra.Set(row.key, *value);
  }
  return context;
}

base::ByteSource& Call::Body() {
  if (exchange_.body == nullptr) return empty_body_;
  return *exchange_.body;
}

std::optional<uint64_t> Call::BodySize() const {
  if (auto decoded = Header("x-amz-decoded-content-length")) {
    uint64_t size = 0;
    auto [end, error] = std::from_chars(decoded->data(), decoded->data() + decoded->size(), size);
    if (error == std::errc() && end == decoded->data() + decoded->size()) return size;
    return std::nullopt;
  }
  return exchange_.head.content_length;
}

base::Result<std::string> Call::WholeBody(size_t bytes_max, bool needs_checksum) {
  objects::PutOptions wanted;
  RETURN_IF_ERROR(TakeChecksums(*this, wanted));
  bool has_checksum =
      wanted.content_md5 || wanted.expected_checksum_base64 || wanted.expected_checksum_at_end;
  if (needs_checksum && !has_checksum) {
    return InvalidRequest(
        "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
  }
  ASSIGN_OR_RETURN(std::string body, base::ReadAll(Body(), bytes_max));
  if (wanted.content_md5 && hash::Md5(body) != *wanted.content_md5) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "The Content-MD5 you specified did not match what we received.",
                       objects::reason::kBadDigest};
  }
  std::optional<std::string> expected = wanted.expected_checksum_base64;
  if (!expected && wanted.expected_checksum_at_end) expected = wanted.expected_checksum_at_end();
  if (expected) {
    objects::Checksum checksum(wanted.checksum_algorithm);
    checksum.Update(body);
    if (base::Base64Encode(checksum.Finish()) != *expected) {
      return base::Error{base::ErrorKind::kInvalidArgument,
                         "The " + std::string(objects::ChecksumName(wanted.checksum_algorithm)) +
                             " you specified did not match the calculated checksum.",
                         objects::reason::kBadDigest};
    }
  }
  return body;
}

Headers Call::WithCommon(Headers headers) const {
  headers.emplace_back("x-amz-request-id", exchange_.request_id);
  headers.emplace_back("x-amz-id-2", HostId(exchange_.request_id));
  return headers;
}

base::Status Call::SendXml(std::string_view xml, Headers headers) {
  headers.emplace_back("Content-Type", "application/xml");
  return Send(200, std::move(headers), xml);
}

base::Status Call::SendEmpty(int status, Headers headers) {
  return Send(status, std::move(headers), {});
}

base::Status Call::Send(int status, Headers headers, std::string_view body) {
  exchange_.status = status;
  return exchange_.response.Send(status, WithCommon(std::move(headers)), body);
}

base::Status Call::Start(int status, Headers headers, uint64_t content_length) {
  exchange_.status = status;
  return exchange_.response.Start(status, WithCommon(std::move(headers)), content_length);
}

void Call::SendError(const base::Error& error) { s3::SendError(exchange_, address_, error); }

void SendError(gateway::Exchange& exchange, const Address& address, const base::Error& error) {
  WireError wire = ToWire(error, IsPresigned(exchange.head));
  exchange.status = wire.status;
  exchange.error_code = std::string(wire.code);
  if (exchange.response.is_started()) return;  // too late: the cut connection has to tell
  std::string host_id = HostId(exchange.request_id);
  Headers headers = {{"Content-Type", "application/xml"},
                     {"x-amz-request-id", exchange.request_id},
                     {"x-amz-id-2", host_id}};
  std::string body;
  if (exchange.head.method != "HEAD" && wire.status != 304) {
    body = RenderError(wire, {exchange.head.path, exchange.request_id, host_id, address.bucket,
                              address.key, address.account.has_value()});
  }
  // A failure to send means that the client is gone: nobody is left to tell.
  static_cast<void>(exchange.response.Send(wire.status, headers, body));
}

}  // namespace dray::s3
