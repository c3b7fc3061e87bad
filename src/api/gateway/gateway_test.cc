// SPDX-License-Identifier: Apache-2.0
#include "api/gateway/gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "base/no_wait.h"
#include "base/text_encoding.h"
#include "hash/hash.h"

namespace dray::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

class RecordedResponse final : public http::ResponseWriter {
 public:
  base::Status Start(int status_code, const std::vector<std::pair<std::string, std::string>>&,
                     std::optional<uint64_t>) override {
    status = status_code;
    return base::Ok();
  }
  base::Status Write(std::string_view bytes) override {
    body.append(bytes);
    return base::Ok();
  }
  base::Status Finish() override { return base::Ok(); }
  base::Status Send(int status_code, const std::vector<std::pair<std::string, std::string>>&,
                    std::string_view bytes) override {
    status = status_code;
    body = bytes;
    return base::Ok();
  }
  bool is_started() const override { return status != 0; }

  int status = 0;
  std::string body;
};

// Knows one key, "AKID", and remembers the payload hash it was asked with.
class FakeAuthenticator final : public access::Authenticator {
 public:
  base::Result<Authenticated> Authenticate(const sigv4::RequestParts& request,
                                           std::string_view hash,
                                           std::string_view service) override {
    payload_hash = hash;
    asked_service = service;
    Authenticated result;
    for (const auto& [name, value] : request.headers) {
      if (!base::EqualsIgnoreCase(name, "authorization")) continue;
      if (value != "AWS4-good") {
        return base::Error{base::ErrorKind::kAccessDenied, "bad", sigv4::reason::kMismatch};
      }
      result.caller.access_key = "AKID";
      result.caller.principal.type = policy::Principal::Type::kRoot;
      result.caller.principal.account = "111122223333";
      return result;
    }
    result.caller.principal.type = policy::Principal::Type::kAnonymous;
    return result;
  }
  std::string payload_hash, asked_service;
};

class FakeProtocol final : public Protocol {
 public:
  FakeProtocol(std::string path, http::BodyPlan plan) : path_(std::move(path)), plan_(plan) {}
  std::string_view name() const override { return "fake"; }
  std::string_view signing_service() const override { return "fakeservice"; }
  http::BodyPlan body_plan() const override { return plan_; }
  bool allows_anonymous() const override { return is_open; }
  bool Claims(const http::RequestHead& head) const override { return head.path.starts_with(path_); }
  bool MayServeNow(const http::RequestHead& head) const override {
    return head.path.ends_with("/quick");
  }
  void Serve(Exchange& exchange) override {
    ++served;
    if (wants_to_wait && base::NoWait::is_set()) {
      base::Error refused = base::NoWait::Refuse();
      EXPECT_FALSE(exchange.response.Send(500, {}, refused.message));
      return;
    }
    request_id = exchange.request_id;
    caller = exchange.caller;
    exchange.operation = "DoIt";
    if (throws) throw std::runtime_error("a bug");
    body = exchange.whole_body;
    if (exchange.body != nullptr) {
      auto all = base::ReadAll(*exchange.body, 1 << 20);
      body = all ? *all : "failed: " + std::string(all.error().reason);
    }
    exchange.status = 200;
    ASSERT_TRUE(exchange.response.Send(200, {}, "answer"));
  }
  void Reject(Exchange& exchange, const base::Error& error) override {
    rejected = error.reason;
    exchange.status = 400;
    exchange.error_code = "Refused";
    ASSERT_TRUE(exchange.response.Send(400, {}, error.message));
  }

  bool is_open = false, throws = false, wants_to_wait = false;
  int served = 0;
  std::string request_id, body;
  access::Caller caller;
  std::string_view rejected;

 private:
  const std::string path_;
  const http::BodyPlan plan_;
};

class GatewayTest : public ::testing::Test {
 protected:
  void SetUp() override { Make({}); }
  void Make(Options options) {
    gateway_ = Gateway::Make(
        {&tables_, &objects_}, authenticator_,
        [](http::Request&, http::ResponseWriter& response) {
          ASSERT_TRUE(response.Send(200, {}, "admin"));
        },
        std::move(options));
  }
  static http::Request RequestFor(std::string path,
                                  const std::string& authorization = "AWS4-good") {
    http::Request request;
    request.head.method = "POST";
    request.head.target = request.head.path = std::move(path);
    request.head.remote_address = "127.0.0.1";
    request.head.headers = {{"Host", "localhost:8000"}};
    if (!authorization.empty()) request.head.headers.emplace_back("Authorization", authorization);
    return request;
  }
  RecordedResponse Handle(http::Request request) {
    RecordedResponse response;
    gateway_->Handle(request, response);
    return response;
  }
  RecordedResponse HandleStream(http::Request request, std::string_view body) {
    base::StringSource source(body);
    request.body = &source;
    return Handle(std::move(request));
  }
  std::string Metrics() {
    http::Request request = RequestFor("/_dray/metrics");
    request.head.method = "GET";
    return Handle(std::move(request)).body;
  }

  FakeAuthenticator authenticator_;
  FakeProtocol tables_{"/tables", http::BodyPlan::kWhole};
  FakeProtocol objects_{"/objects", http::BodyPlan::kStream};
  std::unique_ptr<Gateway> gateway_;
};

TEST_F(GatewayTest, RoutesToTheFirstProtocolThatClaimsTheRequest) {
  EXPECT_EQ(gateway_->Plan(RequestFor("/tables").head), http::BodyPlan::kWhole);
  EXPECT_EQ(gateway_->Plan(RequestFor("/objects").head), http::BodyPlan::kStream);
  EXPECT_EQ(Handle(RequestFor("/tables/x")).body, "answer");
  EXPECT_EQ(tables_.served, 1);
  EXPECT_EQ(Handle(RequestFor("/nobody")).status, 404);
}

TEST_F(GatewayTest, AnswersAtOnceWhatNeedsNoWaiting) {
  RecordedResponse response;
  http::Request quick = RequestFor("/tables/quick"), other = RequestFor("/tables/slow");
  EXPECT_FALSE(gateway_->HandleNow(other, response));
  EXPECT_EQ(tables_.served, 0);
  EXPECT_TRUE(gateway_->HandleNow(quick, response));
  EXPECT_EQ(response.body, "answer");
  EXPECT_FALSE(base::NoWait::is_set());
  http::Request unsigned_request = RequestFor("/tables/quick", "AWS4-bad");
  EXPECT_TRUE(gateway_->HandleNow(unsigned_request, response));
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(Metrics(), HasSubstr(R"(code="OK",operation="DoIt",protocol="fake"} 1)"));
}

TEST_F(GatewayTest, WhatWouldHaveToWaitLeavesNoTrace) {
  tables_.wants_to_wait = true;
  http::Request quick = RequestFor("/tables/quick");
  RecordedResponse response;
  EXPECT_FALSE(gateway_->HandleNow(quick, response));
  EXPECT_FALSE(response.is_started());
  EXPECT_THAT(Metrics(), HasSubstr(R"(dray_requests_in_flight{protocol="fake"} 0)"));
  EXPECT_THAT(Metrics(), Not(HasSubstr("dray_requests_total{")));
  gateway_->Handle(quick, response);
  EXPECT_EQ(response.body, "answer");
  EXPECT_THAT(Metrics(), HasSubstr(R"(code="OK",operation="DoIt",protocol="fake"} 1)"));
}

TEST_F(GatewayTest, SignsOverTheHashOfAWholeBody) {
  http::Request request = RequestFor("/tables");
  request.whole_body = "{}";
  request.head.headers.emplace_back("User-Agent", "agent/1");
  request.head.headers.emplace_back("Referer", "https://example.com/page");
  EXPECT_EQ(Handle(std::move(request)).status, 200);
  EXPECT_EQ(authenticator_.payload_hash, base::HexEncode(hash::Sha256("{}")));
  EXPECT_EQ(authenticator_.asked_service, "fakeservice");
  EXPECT_EQ(tables_.body, "{}");
  EXPECT_EQ(tables_.caller.account(), "111122223333");
  EXPECT_EQ(tables_.caller.source_ip, "127.0.0.1");
  EXPECT_EQ(tables_.caller.user_agent, "agent/1");
  EXPECT_EQ(tables_.caller.referer, "https://example.com/page");
  EXPECT_FALSE(tables_.caller.is_secure_transport);
}

TEST_F(GatewayTest, VerifiesAStreamedBodyAgainstItsHeader) {
  std::string hash = base::HexEncode(hash::Sha256("content"));
  for (std::string sent : {"content", "tampered"}) {
    http::Request request = RequestFor("/objects");
    request.head.headers.emplace_back("X-Amz-Content-SHA256", hash);
    HandleStream(std::move(request), sent);
    EXPECT_EQ(authenticator_.payload_hash, hash);
    EXPECT_EQ(objects_.body, sent == "content" ? "content" : "failed: payload_mismatch");
  }
}

TEST_F(GatewayTest, HoldsAStreamedBodyToTheTrailersItAnnounced) {
  std::string chunk = "7\r\ncontent\r\n0\r\n";
  for (std::string trailers : {"x-amz-checksum-crc32:abcd\r\n\r\n", "\r\n"}) {
    http::Request request = RequestFor("/objects");
    request.head.headers.emplace_back("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    request.head.headers.emplace_back("x-amz-decoded-content-length", "7");
    request.head.headers.emplace_back("x-amz-trailer", "X-Amz-Checksum-CRC32 ");
    HandleStream(std::move(request), chunk + trailers);
    EXPECT_EQ(objects_.body, trailers.size() > 2 ? "content" : "failed: missing_trailer");
  }
}

TEST_F(GatewayTest, RefusesASignedStreamWithoutItsPayloadHash) {
  EXPECT_EQ(HandleStream(RequestFor("/objects"), "").status, 400);
  EXPECT_EQ(objects_.rejected, reason::kMissingContentSha256);
  EXPECT_EQ(objects_.served, 0);
}

TEST_F(GatewayTest, TakesPresignedAndAnonymousStreamsWithoutPayloadHash) {
  objects_.is_open = true;
  EXPECT_EQ(HandleStream(RequestFor("/objects", ""), "content").status, 200);
  EXPECT_EQ(objects_.body, "content");
  EXPECT_EQ(authenticator_.payload_hash, "UNSIGNED-PAYLOAD");
}

TEST_F(GatewayTest, RejectsAnonymousCallersWhereTheProtocolKnowsNone) {
  EXPECT_EQ(Handle(RequestFor("/tables", "")).status, 400);
  EXPECT_EQ(tables_.rejected, sigv4::reason::kMissing);
  EXPECT_EQ(tables_.served, 0);
}

TEST_F(GatewayTest, RejectsBadSignaturesThroughTheProtocol) {
  EXPECT_EQ(Handle(RequestFor("/tables", "AWS4-bad")).status, 400);
  EXPECT_EQ(tables_.rejected, sigv4::reason::kMismatch);
}

TEST_F(GatewayTest, GivesRequestIdsInTheFormOfTheProtocol) {
  Handle(RequestFor("/tables"));
  EXPECT_THAT(tables_.request_id, MatchesRegex("[0-9A-V]{52}"));
  std::string first = tables_.request_id;
  Handle(RequestFor("/tables"));
  EXPECT_NE(tables_.request_id, first);
  objects_.is_open = true;
  HandleStream(RequestFor("/objects", ""), "");
  EXPECT_THAT(objects_.request_id, MatchesRegex("[0-9A-F]{16}"));
}

TEST_F(GatewayTest, AnswersAnExceptionThroughReject) {
  tables_.throws = true;
  EXPECT_EQ(Handle(RequestFor("/tables")).status, 400);
  EXPECT_THAT(Metrics(), HasSubstr("code=\"Refused\""));
}

TEST_F(GatewayTest, RendersTheServersRefusalsInTheProtocolsShape) {
  RecordedResponse response;
  gateway_->Reject(413, RequestFor("/tables").head, response);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(tables_.rejected, reason::kBodyTooLarge);
  RecordedResponse plain;
  gateway_->Reject(400, http::RequestHead(), plain);
  EXPECT_EQ(plain.status, 400);
}

TEST_F(GatewayTest, CountsRequestsByOperationAndOutcome) {
  Handle(RequestFor("/tables"));
  Handle(RequestFor("/tables"));
  Handle(RequestFor("/tables", "AWS4-bad"));
  std::string metrics = Metrics();
  EXPECT_THAT(metrics,
              HasSubstr(R"(dray_requests_total{code="OK",operation="DoIt",protocol="fake"} 2)"));
  EXPECT_THAT(metrics, HasSubstr(R"(code="Refused",operation="",protocol="fake"} 1)"));
  EXPECT_THAT(metrics, HasSubstr(R"(dray_requests_in_flight{protocol="fake"} 0)"));
  // Also in the next scrape: what one has handed over stays counted.
  for (const std::string& scrape : {metrics, Metrics()}) {
    EXPECT_THAT(scrape, HasSubstr(R"(dray_request_duration_seconds_count{protocol="fake"} 3)"));
    EXPECT_THAT(scrape,
                HasSubstr(R"(dray_request_duration_seconds_bucket{protocol="fake",le="+Inf"} 3)"));
  }
  EXPECT_THAT(metrics, HasSubstr(R"(dray_response_bytes_total{protocol="fake"})"));
}

TEST_F(GatewayTest, AnswersHealthToAnybody) {
  http::Request request = RequestFor("/_dray/health", "");
  request.head.method = "GET";
  RecordedResponse response = Handle(std::move(request));
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr(R"("status":"ok")"));
}

TEST_F(GatewayTest, TakesAdminRequestsOverTheLocalSocketOnly) {
  EXPECT_EQ(Handle(RequestFor("/_dray/admin/accounts")).status, 404);
  http::Request local = RequestFor("/_dray/admin/accounts");
  local.head.is_local_socket = true;
  EXPECT_EQ(Handle(std::move(local)).body, "admin");
  http::Request api = RequestFor("/tables");
  api.head.is_local_socket = true;
  EXPECT_EQ(Handle(std::move(api)).status, 404);
  EXPECT_EQ(tables_.served, 0);
}

TEST_F(GatewayTest, TakesHeadersOfOldClientsForText) {
  http::Request request = RequestFor("/tables");
  request.head.headers.emplace_back("User-Agent", "caf\xe9");
  request.head.headers.emplace_back("Referer", "caf\xc3\xa9");
  Handle(std::move(request));
  EXPECT_EQ(tables_.caller.user_agent, "caf\xc3\xa9");
  EXPECT_EQ(tables_.caller.referer, "caf\xc3\xa9");
}

class DevGatewayTest : public GatewayTest {
 protected:
  void SetUp() override {
    Make({.dev = true, .dev_handler = [](http::Request&, http::ResponseWriter& response) {
            ASSERT_TRUE(response.Send(200, {}, "moved"));
          }});
  }
};

TEST_F(DevGatewayTest, AnswersOnlyToLoopbackNamesAndAddresses) {
  for (std::string host :
       {"localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "bucket.localhost:8000",
        "444455556666.127.0.0.1:8000", "444455556666.localhost:8000"}) {
    http::Request request = RequestFor("/tables");
    request.head.headers[0].second = host;
    EXPECT_EQ(Handle(std::move(request)).status, 200) << host;
  }
  for (std::string host :
       {"example.com", "444455556666.example.com", "44445555666.127.0.0.1",
        "a44445555666.127.0.0.1", "localhost.example.com:8000", "127.example.com:8000",
        "127.0.0.1.example.com", "[::2]:8000", "10.0.0.1", ""}) {
    http::Request request = RequestFor("/tables");
    request.head.headers[0].second = host;
    EXPECT_EQ(Handle(std::move(request)).status, 403) << host;
  }
  http::Request remote = RequestFor("/tables");
  remote.head.remote_address = "192.0.2.1";
  EXPECT_EQ(Handle(std::move(remote)).status, 403);
}

TEST_F(DevGatewayTest, AnswersNoPagesOfOtherOrigins) {
  auto status = [&](std::vector<std::pair<std::string, std::string>> headers) {
    http::Request request = RequestFor("/tables");
    request.head.headers[0].second = "localhost:8000";
    for (auto& header : headers) request.head.headers.push_back(std::move(header));
    return Handle(std::move(request)).status;
  };
  EXPECT_EQ(status({{"Origin", "http://localhost:8000"}}), 200);
  EXPECT_EQ(status({{"Sec-Fetch-Site", "same-origin"}}), 200);
  EXPECT_EQ(status({{"Sec-Fetch-Site", "none"}}), 200);
  for (std::string origin : {"http://evil.example", "null", "", "http://localhost:3000",
                             "https://localhost:8000", "http://localhost:8000.evil.example"}) {
    EXPECT_EQ(status({{"Origin", origin}}), 403) << origin;
  }
  for (std::string site : {"cross-site", "same-site", "anything"}) {
    EXPECT_EQ(status({{"Sec-Fetch-Site", site}}), 403) << site;
  }
}

TEST_F(DevGatewayTest, TakesDevRequestsButNotFromPages) {
  EXPECT_EQ(Handle(RequestFor("/_dray/dev/clock", "")).body, "moved");
  http::Request from_page = RequestFor("/_dray/dev/clock", "");
  from_page.head.headers.emplace_back("Origin", "http://evil.example");
  EXPECT_EQ(Handle(std::move(from_page)).status, 403);
}

TEST_F(GatewayTest, KnowsNoDevRequestsOutsideOfDevMode) {
  EXPECT_EQ(Handle(RequestFor("/_dray/dev/clock", "")).status, 404);
}

}  // namespace
}  // namespace dray::gateway
