// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "base/text_encoding.h"
#include "security/sigv4/header_fields.h"
#include "security/sigv4/sigv4.h"

namespace dray::sigv4 {
namespace {

// Headers that proxies and transports add or change on the way.
constexpr std::array<std::string_view, 12> kNeverSigned = {
    "accept-encoding", "authorization",     "connection", "content-length",
    "expect",          "keep-alive",        "te",         "trailer",
    "upgrade",         "transfer-encoding", "user-agent", "x-amzn-trace-id"};

}  // namespace

std::vector<std::pair<std::string, std::string>> Sign(const RequestParts& request,
                                                      std::string_view payload_hash,
                                                      const SignOptions& options) {
  SignedRequest signed_request;
  signed_request.access_key = options.access_key;
  signed_request.amz_date = base::FormatAmzDate(options.now_micros);
  signed_request.date = signed_request.amz_date.substr(0, 8);
  signed_request.region = options.region;
  signed_request.service = options.service;

  std::vector<std::pair<std::string, std::string>> added = {
      {"X-Amz-Date", signed_request.amz_date}};
  if (options.service == "s3") added.emplace_back("X-Amz-Content-Sha256", payload_hash);
  if (!options.session_token.empty()) {
    added.emplace_back("X-Amz-Security-Token", options.session_token);
  }

  RequestParts parts = request;
  for (const auto& [name, value] : added) parts.headers.emplace_back(name, value);
  for (const auto& [header, value] : parts.headers) {
    std::string name = base::ToLower(header);
    if (std::find(kNeverSigned.begin(), kNeverSigned.end(), name) == kNeverSigned.end()) {
      signed_request.signed_headers.push_back(std::move(name));
    }
  }
  auto& names = signed_request.signed_headers;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());

  std::string signature = Signature(
      SigningKey(options.secret, signed_request.date, options.region, options.service),
      StringToSign(signed_request, CanonicalRequest(parts, signed_request, payload_hash)));
  std::string authorization(kAlgorithm);
  authorization += " Credential=" + options.access_key + "/" + Scope(signed_request);
  authorization += ", SignedHeaders=";
  for (size_t i = 0; i < names.size(); ++i) {
    if (i != 0) authorization += ';';
    authorization += names[i];
  }
  authorization += ", Signature=" + signature;
  added.emplace_back("Authorization", std::move(authorization));
  return added;
}

}  // namespace dray::sigv4
