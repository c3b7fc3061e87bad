// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text_encoding.h"
#include "hash/hash.h"
#include "security/sigv4/header_fields.h"
#include "security/sigv4/sigv4.h"

namespace dray::sigv4 {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;

base::Error Denied(std::string message, std::string_view why) {
  return {base::ErrorKind::kAccessDenied, std::move(message), why};
}

base::Status CheckScope(const SignedRequest& signed_request, const VerifyOptions& options) {
  std::string_view day = std::string_view(signed_request.amz_date).substr(0, 8);
  if (signed_request.date != day) {
    return Denied(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
        "from HTTP: '" +
            signed_request.date + "' != '" + std::string(day) + "', from '" +
            signed_request.amz_date + "'.",
        reason::kWrongScope);
  }
  if (!options.region.empty() && signed_request.region != options.region) {
    return Denied("Credential should be scoped to a valid region, not '" + signed_request.region +
                      "'; expecting '" + std::string(options.region) + "'.",
                  reason::kWrongScope);
  }
  if (!options.service.empty() && signed_request.service != options.service) {
    return Denied(
        "Credential should be scoped to correct service: '" + std::string(options.service) + "'.",
        reason::kWrongScope);
  }
  return base::Ok();
}

base::Status CheckTime(const SignedRequest& signed_request, const VerifyOptions& options) {
  auto time = base::ParseAmzDate(signed_request.amz_date);
  if (!time) {
    return base::Error{base::ErrorKind::kInvalidArgument, "the date of the signature is not a date",
                       reason::kIncomplete};
  }
  auto text = [](int64_t micros) { return base::FormatAmzDate(micros); };
  std::string minutes = std::to_string(options.skew_max_micros / (60 * kMicrosPerSecond));
  int64_t now = options.now_micros;
  if (*time > now + options.skew_max_micros) {
    if (signed_request.is_presigned) {
      return Denied("Request is not valid yet", reason::kExpired);
    }
    return Denied("Signature not yet current: " + text(*time) + " is still later than " +
                      text(now + options.skew_max_micros) + " (" + text(now) + " + " + minutes +
                      " min.)",
                  reason::kExpired);
  }
  if (signed_request.is_presigned) {
    if (now > *time + signed_request.expires_seconds * kMicrosPerSecond) {
      return Denied("Request has expired", reason::kExpired);
    }
  } else if (*time < now - options.skew_max_micros) {
    return Denied("Signature expired: " + text(*time) + " is now earlier than " +
                      text(now - options.skew_max_micros) + " (" + text(now) + " - " + minutes +
                      " min.)",
                  reason::kExpired);
  }
  return base::Ok();
}

// An unsigned x-amz-* header could change what the request means after it was signed.
base::Status CheckHeadersAreSigned(const RequestParts& request,
                                   const SignedRequest& signed_request) {
  for (const auto& [header, value] : request.headers) {
    if (!base::EqualsIgnoreCase(header.substr(0, 6), "x-amz-")) continue;
    const auto& names = signed_request.signed_headers;
    if (std::none_of(names.begin(), names.end(),
                     [&](const auto& name) { return base::EqualsIgnoreCase(name, header); })) {
      return Denied("There were headers present in the request which were not signed: " +
                        base::ToLower(header),
                    reason::kMismatch);
    }
  }
  return base::Ok();
}

}  // namespace

base::Status Verify(const RequestParts& request, const SignedRequest& signed_request,
                    std::string_view payload_hash, const VerifyOptions& options) {
  RETURN_IF_ERROR(CheckScope(signed_request, options));
  RETURN_IF_ERROR(CheckTime(signed_request, options));
  RETURN_IF_ERROR(CheckHeadersAreSigned(request, signed_request));
  std::string derived;
  if (options.signing_key.empty()) {
    derived = SigningKey(options.secret, signed_request.date, signed_request.region,
                         signed_request.service);
  }
  std::string canonical = CanonicalRequest(request, signed_request, payload_hash);
  std::string expected = Signature(options.signing_key.empty() ? derived : options.signing_key,
                                   StringToSign(signed_request, canonical));
  if (!hash::ConstantTimeEquals(expected, signed_request.signature)) {
    return Denied(
        "The request signature we calculated does not match the signature you provided. Check your "
        "AWS Secret Access Key and signing method. Consult the service documentation for details.",
        reason::kMismatch);
  }
  return base::Ok();
}

}  // namespace dray::sigv4
