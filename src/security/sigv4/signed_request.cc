// SPDX-License-Identifier: Apache-2.0
// Reading the signature's parameters from the Authorization header or the query.
#include <algorithm>
#include <charconv>
#include <map>

#include "base/text_encoding.h"
#include "hash/hash.h"
#include "security/sigv4/header_fields.h"
#include "security/sigv4/sigv4.h"

namespace dray::sigv4 {
namespace {

constexpr int64_t kExpiresSecondsMax = 7 * 86'400;

base::Error Incomplete(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message), reason::kIncomplete};
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  parts.reserve(8);
  for (;;) {
    size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

base::Status SetCredential(std::string_view credential, SignedRequest& out) {
  std::vector<std::string_view> parts = Split(credential, '/');
  if (parts.size() != 5) {
    return Incomplete(
        "Credential must have exactly 5 slash-delimited elements, e.g. "
        "keyid/date/region/service/term, got '" +
        std::string(credential) + "'");
  }
  if (parts[4] != kTerminator) {
    return Incomplete("Credential should be scoped with a valid terminator: 'aws4_request', not '" +
                      std::string(parts[4]) + "'.");
  }
  out.access_key = parts[0];
  out.date = parts[1];
  out.region = parts[2];
  out.service = parts[3];
  return base::Ok();
}

base::Status SetSignedHeaders(std::string_view names, SignedRequest& out) {
  bool has_host = false;
  const std::vector<std::string_view> split = Split(names, ';');
  out.signed_headers.reserve(split.size());
  for (std::string_view name : split) {
    if (name.empty()) return Incomplete("SignedHeaders holds an empty header name.");
    out.signed_headers.push_back(base::ToLower(name));
    has_host = has_host || out.signed_headers.back() == "host";
  }
  if (!has_host) {
    return Incomplete("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  return base::Ok();
}

base::Status CheckDate(const SignedRequest& signed_request) {
  if (!base::ParseAmzDate(signed_request.amz_date)) {
    return Incomplete("Date must be in ISO-8601 'basic format'. Got '" + signed_request.amz_date +
                      "'. See http://en.wikipedia.org/wiki/ISO_8601");
  }
  return base::Ok();
}

struct Authorization {
  std::string_view credential, signed_headers, signature;
};

// "Credential=a/b/c/d/e, SignedHeaders=x;y, Signature=hex", in any order. The text is not repeated
// in errors: it would end up in logs.
base::Result<Authorization> SplitAuthorization(std::string_view parameters) {
  Authorization found;
  while (!parameters.empty()) {
    const size_t end = std::min(parameters.find(','), parameters.size());
    const std::string_view part = base::TrimSpace(parameters.substr(0, end));
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    if (part.empty()) continue;
    size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      return Incomplete(
          "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with "
          "SHA-256 and encoded with Base64): '" +
          base::Base64Encode(hash::Sha256(part)) + "'.");
    }
    const std::string_view name = part.substr(0, equals), value = part.substr(equals + 1);
    if (name == "Credential") found.credential = value;
    if (name == "SignedHeaders") found.signed_headers = value;
    if (name == "Signature") found.signature = value;
  }
  return found;
}

// X-Amz-Date, else Date in the form of X-Amz-Date; empty without either.
std::string DateOfHeaders(const RequestParts& request) {
  if (auto date = FindHeader(request, "x-amz-date")) return std::string(*date);
  auto date = FindHeader(request, "date");
  if (!date) return "";
  auto micros = base::ParseHttpDate(*date);
  return micros ? base::FormatAmzDate(*micros) : std::string(*date);
}

base::Result<SignedRequest> ParseHeader(const RequestParts& request,
                                        std::string_view authorization) {
  if (!authorization.starts_with(kAlgorithm) ||
      (authorization.size() > kAlgorithm.size() && authorization[kAlgorithm.size()] != ' ')) {
    return Incomplete(
        "The authorization mechanism you have provided is not supported. Please use "
        "AWS4-HMAC-SHA256.");
  }
  ASSIGN_OR_RETURN(const Authorization found,
                   SplitAuthorization(authorization.substr(kAlgorithm.size())));
  SignedRequest out;
  out.amz_date = DateOfHeaders(request);
  std::string missing;
  auto require = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) return;
    missing += "Authorization header requires '" + std::string(name) + "' parameter. ";
  };
  require("Credential", found.credential);
  require("Signature", found.signature);
  require("SignedHeaders", found.signed_headers);
  if (out.amz_date.empty()) {
    missing +=
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  if (!missing.empty()) {
    return Incomplete(missing + "(Hashed with SHA-256 and encoded with Base64) Authorization=" +
                      base::Base64Encode(hash::Sha256(authorization)));
  }
  RETURN_IF_ERROR(SetCredential(found.credential, out));
  RETURN_IF_ERROR(SetSignedHeaders(found.signed_headers, out));
  RETURN_IF_ERROR(CheckDate(out));
  out.signature = found.signature;
  if (auto token = FindHeader(request, "x-amz-security-token")) out.session_token = *token;
  if (auto payload = FindHeader(request, "x-amz-content-sha256")) out.payload_hash = *payload;
  return out;
}

base::Status SetExpires(std::string_view text, SignedRequest& out) {
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, out.expires_seconds);
  if (error == std::errc::result_out_of_range && !text.starts_with('-')) {
    out.expires_seconds = kExpiresSecondsMax + 1;
  } else if (error != std::errc() || stop != end) {
    return Incomplete("X-Amz-Expires should be a number");
  }
  if (out.expires_seconds < 0) return Incomplete("X-Amz-Expires must be non-negative");
  if (out.expires_seconds > kExpiresSecondsMax) {
    return Incomplete(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires "
        "must be less than 604800 seconds");
  }
  return base::Ok();
}

base::Result<SignedRequest> ParseQuery(const RequestParts& request) {
  constexpr std::string_view kRequired[] = {"X-Amz-Algorithm", "X-Amz-Credential",
                                            "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"};
  std::map<std::string, std::string> values;
  for (const RawParameter& parameter : SplitQuery(request.query)) {
    std::string name = DecodeQueryOrKeep(parameter.name);
    if (name.starts_with("X-Amz-")) values.emplace(name, DecodeQueryOrKeep(parameter.value));
  }
  std::string missing;
  for (std::string_view name : kRequired) {
    if (values[std::string(name)].empty()) {
      missing += "AWS query-string parameters must include '" + std::string(name) + "'. ";
    }
  }
  if (!missing.empty()) return Incomplete(missing + "Re-examine the query-string parameters.");
  if (values["X-Amz-Algorithm"] != kAlgorithm) {
    return Incomplete("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
  }
  SignedRequest out;
  out.is_presigned = true;
  out.amz_date = values["X-Amz-Date"];
  RETURN_IF_ERROR(SetCredential(values["X-Amz-Credential"], out));
  RETURN_IF_ERROR(SetSignedHeaders(values["X-Amz-SignedHeaders"], out));
  RETURN_IF_ERROR(CheckDate(out));
  out.signature = values["X-Amz-Signature"];
  out.session_token = values["X-Amz-Security-Token"];
  out.payload_hash = values["X-Amz-Content-Sha256"];
  if (auto payload = FindHeader(request, "x-amz-content-sha256")) out.payload_hash = *payload;
  if (auto expires = values.find("X-Amz-Expires"); expires != values.end()) {
    RETURN_IF_ERROR(SetExpires(expires->second, out));
  } else if (out.service == "s3") {
    return Incomplete(
        "AWS query-string parameters must include 'X-Amz-Expires'. Re-examine the query-string "
        "parameters.");
  } else {
    out.expires_seconds = 15 * 60;  // what services other than S3 grant
  }
  return out;
}

}  // namespace

base::Result<SignedRequest> ParseSigned(const RequestParts& request) {
  auto authorization = FindHeader(request, "authorization");
  bool has_query_signature = false;
  for (const RawParameter& parameter : SplitQuery(request.query)) {
    std::string name = DecodeQueryOrKeep(parameter.name);
    has_query_signature = has_query_signature || name == "X-Amz-Algorithm" ||
                          name == "X-Amz-Credential" || name == "X-Amz-Signature";
  }
  if (authorization && has_query_signature) {
    return Incomplete(
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
  }
  if (authorization) return ParseHeader(request, *authorization);
  if (has_query_signature) return ParseQuery(request);
  return base::Error{base::ErrorKind::kAccessDenied, "Request is missing Authentication Token",
                     reason::kMissing};
}

std::string Scope(const SignedRequest& signed_request) {
  return signed_request.date + "/" + signed_request.region + "/" + signed_request.service + "/" +
         std::string(kTerminator);
}

}  // namespace dray::sigv4
