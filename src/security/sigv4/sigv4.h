// SPDX-License-Identifier: Apache-2.0
// AWS Signature Version 4, both sides, as pure functions: canonical request -> string to sign ->
// signature. Also the bodies that carry signatures: aws-chunked with signed chunks, unsigned
// trailers and signed trailers (docs/formats/aws-chunked.md). No clock, no key store: given by the
// caller.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace dray::sigv4 {

namespace reason {  // what went wrong, mapped to wire errors in api/*
inline constexpr std::string_view kMissing = "signature_missing";  // unsigned
inline constexpr std::string_view kIncomplete =
    "signature_incomplete";  // malformed Authorization or query
inline constexpr std::string_view kMismatch = "signature_mismatch";
inline constexpr std::string_view kExpired =
    "signature_expired";  // clock skew or presigned URL too old
inline constexpr std::string_view kWrongScope =
    "signature_wrong_scope";  // region, service or date of the scope
inline constexpr std::string_view kPayloadMismatch =
    "payload_mismatch";  // x-amz-content-sha256 differs from the body
inline constexpr std::string_view kUnknownKey = "unknown_access_key";
inline constexpr std::string_view kInvalidPayloadHash =
    "invalid_payload_hash";  // x-amz-content-sha256 is none of its forms
inline constexpr std::string_view kMalformedChunk = "malformed_chunk";
inline constexpr std::string_view kMalformedTrailer = "malformed_trailer";
inline constexpr std::string_view kMissingTrailer = "missing_trailer";
inline constexpr std::string_view kIncompleteBody =
    "incomplete_body";  // ended early, or not x-amz-decoded-content-length bytes
}  // namespace reason

// The parts of an HTTP request that a signature can cover. Header names in any case.
struct RequestParts {
  std::string_view method;
  std::string_view path;   // raw, still percent-encoded, as it came
  std::string_view query;  // raw, without '?'
  std::vector<std::pair<std::string_view, std::string_view>> headers;
};

// The signature-relevant content of a request, parsed but not verified.
struct SignedRequest {
  std::string access_key;
  std::string date;  // yyyymmdd
  std::string region;
  std::string service;
  std::string amz_date;
  std::vector<std::string> signed_headers;  // lower case
  std::string signature;                    // hex
  std::string session_token;                // or empty
  std::string payload_hash;                 // x-amz-content-sha256 as sent, or empty
  bool is_presigned = false;
  int64_t expires_seconds = 0;  // presigned
};

// kMissing when nothing about the request is signed; kIncomplete with AWS's text when malformed. An
// X-Amz-Date or Date that is not a date is kIncomplete too.
base::Result<SignedRequest> ParseSigned(const RequestParts& request);

// "yyyymmdd/region/service/aws4_request"
std::string Scope(const SignedRequest& signed_request);

// The three stages, each from values to a value. Paths of service "s3" are encoded once and not
// normalised; others twice and normalised.
std::string CanonicalRequest(const RequestParts& request, const SignedRequest& signed_request,
                             std::string_view payload_hash);
std::string StringToSign(const SignedRequest& signed_request, std::string_view canonical_request);
std::string SigningKey(std::string_view secret, std::string_view date, std::string_view region,
                       std::string_view service);  // 32 raw bytes
std::string Signature(std::string_view signing_key, std::string_view string_to_sign);  // hex

struct VerifyOptions {
  std::string_view secret;
  int64_t now_micros = 0;
  std::string_view region;   // expected; empty = any
  std::string_view service;  // expected; empty = any
  int64_t skew_max_micros = 15 * 60 * 1'000'000LL;
  // SigningKey of the secret and the request's scope, for callers that keep it: deriving it is half
  // of the work. Then `secret` is not used.
  std::string_view signing_key = {};
};
// `payload_hash` is what the canonical request ends with: the header's value for S3, the SHA-256 of
// the body otherwise (presigned requests of S3 without the header: UNSIGNED-PAYLOAD). Checks scope,
// time, that every x-amz-* header is signed, and last the signature. Error texts as AWS's, the
// reason tells which check failed.
base::Status Verify(const RequestParts& request, const SignedRequest& signed_request,
                    std::string_view payload_hash, const VerifyOptions& options);

// Client side: the headers to add (X-Amz-Date, X-Amz-Content-Sha256 for S3, X-Amz-Security-Token,
// Authorization). `request` has its Host header; headers of the names to be added must not be
// there.
struct SignOptions {
  std::string access_key, secret, session_token, region, service;
  int64_t now_micros = 0;
};
std::vector<std::pair<std::string, std::string>> Sign(const RequestParts& request,
                                                      std::string_view payload_hash,
                                                      const SignOptions& options);

// ---- bodies

enum class BodyKind {
  kPlainHash,               // x-amz-content-sha256 is the hash of the body
  kUnsigned,                // UNSIGNED-PAYLOAD
  kChunkedSigned,           // STREAMING-AWS4-HMAC-SHA256-PAYLOAD
  kChunkedSignedTrailer,    // STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
  kChunkedUnsignedTrailer,  // STREAMING-UNSIGNED-PAYLOAD-TRAILER
};
base::Result<BodyKind> KindOfPayloadHash(std::string_view payload_hash);

// A body whose bytes are checked as they pass; trailers are known after it ended. A mismatch is an
// error of Read (kPayloadMismatch, kMismatch, kMalformedChunk): the reader must not use what it got
// before the end was reached without one.
class VerifiedBody : public base::ByteSource {
 public:
  // Trailer headers, names in lower case. Complete once Read returned 0.
  virtual const std::vector<std::pair<std::string, std::string>>& trailers() const = 0;
};
struct BodyOptions {
  BodyKind kind = BodyKind::kUnsigned;
  std::string payload_hash;    // kPlainHash
  std::string signing_key;     // chunk signatures
  std::string seed_signature;  // of the request
  std::string amz_date;
  std::string scope;                       // date/region/service/aws4_request
  std::optional<uint64_t> decoded_length;  // x-amz-decoded-content-length
  // What x-amz-trailer names, in any case: each must come, and no other. Absent: any may come.
  std::optional<std::vector<std::string>> announced_trailers = std::nullopt;
  // False: signatures of chunks and trailers are read but not checked, because nobody knows the key
  // (`--dev`). Hashes, lengths and the form are checked all the same.
  bool checks_signatures = true;
};
// `raw` outlives the body. Memory is bounded by a fixed buffer whatever the chunks say.
std::unique_ptr<VerifiedBody> MakeVerifiedBody(base::ByteSource& raw, BodyOptions options);

}  // namespace dray::sigv4
