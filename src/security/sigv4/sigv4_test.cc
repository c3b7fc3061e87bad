// SPDX-License-Identifier: Apache-2.0
#include "security/sigv4/sigv4.h"

#include <gtest/gtest.h>

#include "base/text_encoding.h"

namespace dray::sigv4 {
namespace {

constexpr std::string_view kMismatchText =
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details.";
constexpr std::string_view kEmptyHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

int64_t Micros(std::string_view amz_date) { return *base::ParseAmzDate(amz_date); }

// A request with its own copy of everything, signed by Sign.
class Signed {
 public:
  explicit Signed(std::string_view service = "dynamodb", std::string_view query = "") {
    parts.method = "POST";
    parts.path = "/";
    parts.query = query;
    parts.headers = {{"Host", "127.0.0.1:8000"}, {"X-Amz-Target", "DynamoDB_20120810.ListTables"}};
    SignOptions options;
    options.access_key = "AKIDEXAMPLE";
    options.secret = "secret";
    options.region = "us-east-1";
    options.service = service;
    options.now_micros = Micros("20261122T123456Z");
    added_ = Sign(parts, kEmptyHash, options);
    for (const auto& [name, value] : added_) parts.headers.emplace_back(name, value);
  }
  base::Result<SignedRequest> Parse() const { return ParseSigned(parts); }
  base::Status VerifyAt(std::string_view amz_date, std::string_view region = "us-east-1",
                        std::string_view service = "dynamodb") const {
    auto parsed = Parse();
    if (!parsed) return parsed.error();
    VerifyOptions options;
    options.secret = "secret";
    options.now_micros = Micros(amz_date);
    options.region = region;
    options.service = service;
    return Verify(parts, *parsed, kEmptyHash, options);
  }
  void Set(std::string_view name, std::string_view value) {
    for (auto& header : parts.headers) {
      if (base::EqualsIgnoreCase(header.first, name)) header.second = value;
    }
  }
  void Remove(std::string_view name) {
    std::erase_if(parts.headers,
                  [&](const auto& header) { return base::EqualsIgnoreCase(header.first, name); });
  }

  RequestParts parts;

 private:
  std::vector<std::pair<std::string, std::string>> added_;
};

TEST(SigV4Parse, TellsUnsignedFromMalformed) {
  RequestParts request{.method = "GET", .path = "/", .query = "", .headers = {{"Host", "x"}}};
  auto unsigned_request = ParseSigned(request);
  ASSERT_FALSE(unsigned_request);
  EXPECT_EQ(unsigned_request.error().reason, reason::kMissing);
  EXPECT_EQ(unsigned_request.error().message, "Request is missing Authentication Token");

  auto error_of = [&](std::string_view authorization, std::string_view query = "") {
    RequestParts signed_request = request;
    signed_request.query = query;
    if (!authorization.empty()) {
      signed_request.headers.emplace_back("authorization", authorization);
    }
    auto parsed = ParseSigned(signed_request);
    EXPECT_FALSE(parsed);
    if (parsed) return std::string();
    EXPECT_EQ(parsed.error().reason, reason::kIncomplete);
    return parsed.error().message;
  };
  EXPECT_EQ(error_of("AWS AKID:signature"),
            "The authorization mechanism you have provided is not supported. Please use "
            "AWS4-HMAC-SHA256.");
  EXPECT_TRUE(error_of("AWS4-HMAC-SHA256 x").starts_with("Invalid key=value pair"));
  EXPECT_TRUE(
      error_of("AWS4-HMAC-SHA256")
          .starts_with(
              "Authorization header requires 'Credential' parameter. Authorization header requires "
              "'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "
              "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
              "header. "
              "(Hashed with SHA-256 and encoded with Base64) Authorization="));
  EXPECT_EQ(error_of("", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=c&X-Amz-Signature=s"),
            "AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string "
            "parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.");
  EXPECT_EQ(error_of("AWS4-HMAC-SHA256 x", "X-Amz-Signature=s"),
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP "
            "header.");
}

TEST(SigV4Parse, RefusesMalformedParts) {
  auto error_of = [](std::string_view authorization, std::string_view date = "20261122T123456Z") {
    RequestParts request{.method = "GET", .path = "/", .query = "", .headers = {}};
    request.headers = {{"X-Amz-Date", date}, {"Authorization", authorization}};
    auto parsed = ParseSigned(request);
    return parsed ? std::string() : parsed.error().message;
  };
  EXPECT_EQ(error_of("AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=x"),
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            "keyid/date/region/service/term, got 'a/b/c/d'");
  EXPECT_EQ(error_of("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=x"),
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'e'.");
  const std::string credential = "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request,";
  EXPECT_EQ(error_of(credential + "SignedHeaders=x-amz-date,Signature=x"),
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  EXPECT_NE(error_of(credential + "SignedHeaders=host;;x,Signature=x"), "");
  EXPECT_TRUE(error_of(credential + "SignedHeaders=host,Signature=x", "yesterday")
                  .starts_with("Date must be in ISO-8601 'basic format'. Got 'yesterday'."));
  EXPECT_EQ(error_of(credential + "SignedHeaders=host,Signature=x"), "");
  // A Date header in place of X-Amz-Date.
  RequestParts request{.method = "GET", .path = "/", .query = "", .headers = {}};
  std::string authorization = credential + "SignedHeaders=host,Signature=x";
  request.headers = {{"Date", "Sun, 22 Nov 2026 12:34:56 GMT"}, {"Authorization", authorization}};
  auto parsed = ParseSigned(request);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->amz_date, "20261122T123456Z");
}

TEST(SigV4Parse, LimitsExpires) {
  auto error_of = [](const std::string& expires) {
    std::string query =
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2F20261122%2Fr%2Fs3%2Faws4_request&"
        "X-Amz-Signature=s&X-Amz-SignedHeaders=host&X-Amz-Date=20261122T123456Z" +
        expires;
    RequestParts request{.method = "GET", .path = "/", .query = query, .headers = {}};
    auto parsed = ParseSigned(request);
    return parsed ? std::string() : parsed.error().message;
  };
  EXPECT_EQ(error_of("&X-Amz-Expires=604800"), "");
  EXPECT_EQ(error_of("&X-Amz-Expires=0"), "");
  EXPECT_TRUE(error_of("&X-Amz-Expires=604801").starts_with("X-Amz-Expires must be less"));
  EXPECT_TRUE(
      error_of("&X-Amz-Expires=99999999999999999999").starts_with("X-Amz-Expires must be less"));
  EXPECT_EQ(error_of("&X-Amz-Expires=-1"), "X-Amz-Expires must be non-negative");
  EXPECT_EQ(error_of("&X-Amz-Expires=1h"), "X-Amz-Expires should be a number");
  EXPECT_TRUE(error_of("").starts_with("AWS query-string parameters must include 'X-Amz-Expires'"));
}

TEST(SigV4Verify, AcceptsWhatWasSignedWithinTheSkew) {
  Signed request;
  for (std::string_view now : {"20261122T123456Z", "20261122T124956Z", "20261122T121956Z"}) {
    base::Status status = request.VerifyAt(now);
    EXPECT_TRUE(status) << status.error().message;
  }
}

TEST(SigV4Verify, RefusesOldAndFutureRequests) {
  Signed request;
  base::Status old = request.VerifyAt("20261122T125000Z");
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().reason, reason::kExpired);
  EXPECT_EQ(old.error().message,
            "Signature expired: 20261122T123456Z is now earlier than 20261122T123500Z "
            "(20261122T125000Z - 15 min.)");
  base::Status future = request.VerifyAt("20261122T121900Z");
  ASSERT_FALSE(future);
  EXPECT_EQ(future.error().reason, reason::kExpired);
  EXPECT_EQ(future.error().message,
            "Signature not yet current: 20261122T123456Z is still later than 20261122T123400Z "
            "(20261122T121900Z + 15 min.)");
}

TEST(SigV4Verify, RefusesAnotherScope) {
  Signed request;
  EXPECT_EQ(request.VerifyAt("20261122T123456Z", "eu-west-1").error().reason, reason::kWrongScope);
  EXPECT_EQ(request.VerifyAt("20261122T123456Z", "us-east-1", "s3").error().message,
            "Credential should be scoped to correct service: 's3'.");
  EXPECT_TRUE(request.VerifyAt("20261122T123456Z", "", ""));
  // Another day in the date than in the scope.
  request.Set("x-amz-date", "20261123T000000Z");
  base::Status status = request.VerifyAt("20261123T000000Z");
  EXPECT_EQ(status.error().reason, reason::kWrongScope);
  EXPECT_EQ(status.error().message,
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            "HTTP: '20261122' != '20261123', from '20261123T000000Z'.");
}

TEST(SigV4Verify, RefusesWhateverWasChanged) {
  auto expect_mismatch = [](const Signed& request) {
    base::Status status = request.VerifyAt("20261122T123456Z");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().reason, reason::kMismatch);
    EXPECT_EQ(status.error().kind, base::ErrorKind::kAccessDenied);
    EXPECT_EQ(status.error().message, kMismatchText);
  };
  Signed method, path, query, target, host, gone, twice;
  method.parts.method = "PUT";
  expect_mismatch(method);
  path.parts.path = "/x";
  expect_mismatch(path);
  query.parts.query = "a=b";
  expect_mismatch(query);
  target.Set("x-amz-target", "DynamoDB_20120810.DeleteTable");
  expect_mismatch(target);
  host.Set("host", "example.com");
  expect_mismatch(host);
  gone.Remove("x-amz-target");
  expect_mismatch(gone);
  twice.parts.headers.emplace_back("x-amz-target", "DynamoDB_20120810.DeleteTable");
  expect_mismatch(twice);
}

TEST(SigV4Stages, APlusInAQueryIsTheSpaceThatTheApisReadThere) {
  auto canonical = [](const std::string& query) {
    Signed request;
    request.parts.query = query;
    return CanonicalRequest(request.parts, SignedRequest(), "");
  };
  EXPECT_EQ(canonical("prefix=a+b&c+d"), canonical("prefix=a%20b&c%20d"));
  EXPECT_NE(canonical("prefix=a+b"), canonical("prefix=a%2Bb"));
}

TEST(SigV4Verify, RefusesAmzHeadersThatAreNotSigned) {
  Signed request;
  request.parts.headers.emplace_back("X-Amz-Acl", "public-read");
  base::Status status = request.VerifyAt("20261122T123456Z");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().reason, reason::kMismatch);
  EXPECT_EQ(status.error().message,
            "There were headers present in the request which were not signed: x-amz-acl");
  Signed other;
  other.parts.headers.emplace_back("Via", "proxy");
  EXPECT_TRUE(other.VerifyAt("20261122T123456Z"));
}

TEST(SigV4Stages, PresignedRequestsExpire) {
  // The signature is not looked at before the time is.
  std::string query =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2F20261122%2Fr%2Fs3%2Faws4_request&"
      "X-Amz-Signature=s&X-Amz-SignedHeaders=host&X-Amz-Date=20261122T123456Z&X-Amz-Expires=60";
  RequestParts request{.method = "GET", .path = "/", .query = query, .headers = {}};
  auto parsed = ParseSigned(request);
  ASSERT_TRUE(parsed);
  VerifyOptions options;
  auto reason_at = [&](std::string_view now) {
    options.now_micros = Micros(now);
    return Verify(request, *parsed, "UNSIGNED-PAYLOAD", options).error().reason;
  };
  EXPECT_EQ(reason_at("20261122T123556Z"), reason::kMismatch);
  EXPECT_EQ(reason_at("20261122T123557Z"), reason::kExpired);
  EXPECT_EQ(reason_at("20261122T121900Z"), reason::kExpired);
}

// The example of the guide "Derive a signing key".
TEST(SigV4Stages, DerivesThePublishedSigningKey) {
  EXPECT_EQ(base::HexEncode(SigningKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20120215",
                                       "us-east-1", "iam")),
            "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d");
}

}  // namespace
}  // namespace dray::sigv4
