// SPDX-License-Identifier: Apache-2.0
#include "api/gateway/authentication.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "base/text_encoding.h"
#include "hash/hash.h"

namespace dray::gateway {

namespace {

constexpr std::string_view kContentSha256 = "x-amz-content-sha256";
constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

sigv4::RequestParts PartsOf(const http::RequestHead& head) {
  sigv4::RequestParts parts{
      .method = head.method, .path = head.path, .query = head.query, .headers = {}};
  parts.headers.reserve(head.headers.size());
  for (const auto& [name, value] : head.headers) parts.headers.emplace_back(name, value);
  return parts;
}

// The decoded value of a query parameter, empty when absent.
std::string QueryValue(std::string_view query, std::string_view wanted) {
  while (!query.empty()) {
    size_t end = query.find('&');
    std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    size_t equals = pair.find('=');
    if (!base::EqualsIgnoreCase(pair.substr(0, equals), wanted)) continue;
    if (equals == std::string_view::npos) return "";
    return base::PercentDecode(pair.substr(equals + 1)).value_or("");
  }
  return "";
}

// The names of a comma-separated list.
std::vector<std::string> NamesIn(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    size_t end = std::min(list.find(','), list.size());
    std::string_view name = base::TrimSpace(list.substr(0, end));
    if (!name.empty()) names.emplace_back(name);
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return names;
}

// A header's value as UTF-8: policies look at it and job records keep it. What is none is taken for
// Latin-1, as old clients mean it.
std::string TextOf(std::string_view value) {
  if (base::IsValidUtf8(value)) return std::string(value);
  std::string text;
  for (char c : value) base::AppendUtf8(static_cast<unsigned char>(c), text);
  return text;
}

// What stands for the body in the signature of a streamed request.
base::Result<std::string> PayloadHashOf(const http::RequestHead& head) {
  std::string_view sent = head.Header(kContentSha256);
  if (!sent.empty()) return std::string(sent);
  if (head.Header("authorization").starts_with("AWS4-")) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "Missing required header for this request: x-amz-content-sha256",
                       reason::kMissingContentSha256};
  }
  std::string in_query = QueryValue(head.query, kContentSha256);
  return in_query.empty() ? std::string(kUnsignedPayload) : in_query;
}

base::Result<access::Authenticator::Authenticated> Authenticate(
    const http::RequestHead& head, std::string_view payload_hash, const Protocol& protocol,
    access::Authenticator& authenticator) {
  ASSIGN_OR_RETURN(auto found, authenticator.Authenticate(PartsOf(head), payload_hash,
                                                          protocol.signing_service()));
  found.caller.source_ip = head.remote_address;
  found.caller.user_agent = TextOf(head.Header("user-agent"));
  found.caller.referer = TextOf(head.Header("referer"));
  found.caller.is_secure_transport = head.is_secure;
  return found;
}

}  // namespace

base::Result<Authentication> AuthenticateWhole(const http::Request& request,
                                               const Protocol& protocol,
                                               access::Authenticator& authenticator) {
  ASSIGN_OR_RETURN(auto found,
                   Authenticate(request.head, base::HexEncode(hash::Sha256(request.whole_body)),
                                protocol, authenticator));
  return Authentication{std::move(found.caller), {}};
}

base::Result<Authentication> AuthenticateStream(const http::Request& request,
                                                const Protocol& protocol,
                                                access::Authenticator& authenticator, bool dev) {
  ASSIGN_OR_RETURN(std::string payload_hash, PayloadHashOf(request.head));
  ASSIGN_OR_RETURN(auto found, Authenticate(request.head, payload_hash, protocol, authenticator));
  Authentication result;
  result.caller = std::move(found.caller);
  result.body.signing_key = std::move(found.signing_key);
  result.body.scope = sigv4::Scope(found.signed_request);
  result.body.seed_signature = std::move(found.signed_request.signature);
  result.body.amz_date = std::move(found.signed_request.amz_date);
  ASSIGN_OR_RETURN(result.body.kind, sigv4::KindOfPayloadHash(payload_hash));
  result.body.payload_hash = std::move(payload_hash);
  result.body.checks_signatures = !dev;
  if (request.head.HasHeader("x-amz-trailer")) {
    result.body.announced_trailers = NamesIn(request.head.Header("x-amz-trailer"));
  }
  std::string_view length = request.head.Header("x-amz-decoded-content-length");
  if (!length.empty()) {
    uint64_t bytes = 0;
    auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bytes);
    if (error != std::errc() || end != length.data() + length.size()) {
      return base::Error{base::ErrorKind::kInvalidArgument,
                         "x-amz-decoded-content-length is not a number", reason::kMalformedRequest};
    }
    result.body.decoded_length = bytes;
  }
  return result;
}

}  // namespace dray::gateway
