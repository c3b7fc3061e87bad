// SPDX-License-Identifier: Apache-2.0
// The stages of a signature:
//   1. canonical request: method, path, query, signed headers and payload hash as one text
//   2. string to sign: algorithm, time, scope and the hash of 1
//   3. signature: HMAC of 2 with a key derived from secret, date, region and service
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
#include <algorithm>

#include "base/text_encoding.h"
#include "hash/hash.h"
#include "security/sigv4/header_fields.h"
#include "security/sigv4/sigv4.h"

namespace dray::sigv4 {
namespace {

// RFC 3986, 5.2.4, and empty segments removed: "/a//b/../c/" -> "/a/c/".
std::string NormalisedPath(std::string_view path) {
  std::vector<std::string_view> segments;
  std::string_view rest = path;
  while (!rest.empty()) {
    size_t end = std::min(rest.find('/'), rest.size());
    std::string_view segment = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      segments.push_back(segment);
    } else if (!segments.empty()) {
      segments.pop_back();
    }
  }
  std::string out;
  for (std::string_view segment : segments) out.append("/").append(segment);
  if (out.empty() || path.ends_with('/')) out += '/';
  return out;
}

std::string CanonicalPath(std::string_view path, std::string_view service) {
  if (path.empty() || path == "/") return "/";
  // An object's name may hold any segments, so S3 leaves them as they are.
  if (service == "s3") return base::PercentEncode(DecodeOrKeep(path), true);
  return base::PercentEncode(NormalisedPath(path), true);
}

void AppendCanonicalQuery(const RequestParts& request, bool is_presigned, std::string& out) {
  if (request.query.empty()) return;
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const RawParameter& parameter : SplitQuery(request.query)) {
    std::string name = DecodeQueryOrKeep(parameter.name);
    if (is_presigned && name == "X-Amz-Signature") continue;
    parameters.emplace_back(base::PercentEncode(name, false),
                            base::PercentEncode(DecodeQueryOrKeep(parameter.value), false));
  }
  std::sort(parameters.begin(), parameters.end());
  bool is_first = true;
  for (const auto& [name, value] : parameters) {
    if (!is_first) out += '&';
    is_first = false;
    out.append(name).append("=").append(value);
  }
}

// Without space at the ends, and with one space for several.
void AppendCanonicalValue(std::string_view value, std::string& out) {
  bool is_space_due = false, is_first = true;
  for (char c : value) {
    if (c == ' ' || c == '\t') {
      is_space_due = !is_first;
      continue;
    }
    if (is_space_due) out += ' ';
    out += c;
    is_space_due = is_first = false;
  }
}

void AppendCanonicalHeaders(const RequestParts& request, const SignedRequest& signed_request,
                            std::string& out) {
  for (const std::string& name : signed_request.signed_headers) {
    out.append(name).append(":");
    bool is_first = true;
    for (const auto& [header, value] : request.headers) {
      if (!base::EqualsIgnoreCase(header, name)) continue;
      if (!is_first) out += ',';
      is_first = false;
      AppendCanonicalValue(value, out);
    }
    out += '\n';
  }
}

}  // namespace

std::string CanonicalRequest(const RequestParts& request, const SignedRequest& signed_request,
                             std::string_view payload_hash) {
  std::string out;
  out.reserve(512);
  out.append(request.method)
      .append("\n")
      .append(CanonicalPath(request.path, signed_request.service))
      .append("\n");
  AppendCanonicalQuery(request, signed_request.is_presigned, out);
  out += '\n';
  AppendCanonicalHeaders(request, signed_request, out);
  out += '\n';
  bool is_first = true;
  for (const std::string& name : signed_request.signed_headers) {
    if (!is_first) out += ';';
    is_first = false;
    out += name;
  }
  out.append("\n").append(payload_hash);
  return out;
}

std::string StringToSign(const SignedRequest& signed_request, std::string_view canonical_request) {
  std::string out;
  out.reserve(192);
  out.append(kAlgorithm).append("\n").append(signed_request.amz_date);
  out.append("\n").append(Scope(signed_request));
  out.append("\n").append(base::HexEncode(hash::Sha256(canonical_request)));
  return out;
}

std::string SigningKey(std::string_view secret, std::string_view date, std::string_view region,
                       std::string_view service) {
  std::string key = hash::HmacSha256("AWS4" + std::string(secret), date);
  key = hash::HmacSha256(key, region);
  key = hash::HmacSha256(key, service);
  return hash::HmacSha256(key, kTerminator);
}

std::string Signature(std::string_view signing_key, std::string_view string_to_sign) {
  return base::HexEncode(hash::HmacSha256(signing_key, string_to_sign));
}

}  // namespace dray::sigv4
