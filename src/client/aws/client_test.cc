// SPDX-License-Identifier: Apache-2.0
#include "client/aws/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "base/text_encoding.h"
#include "client/aws/object_source.h"
#include "hash/hash.h"
#include "security/sigv4/sigv4.h"

namespace dray::aws {
namespace {

using ::testing::HasSubstr;

// Answers from a list and keeps the requests.
class ScriptedHttp final : public http_client::Client {
 public:
  base::Result<http_client::Response> Send(const http_client::Request& request) override {
    requests.push_back(request);
    if (answers.empty()) return base::Error{base::ErrorKind::kUnavailable, "cut off", {}};
    auto answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }
  std::deque<base::Result<http_client::Response>> answers;
  std::vector<http_client::Request> requests;
};

http_client::Response Answered(int status, std::string body, http_client::Headers headers = {}) {
  return {status, std::move(headers), std::move(body)};
}

class ClientTest : public ::testing::Test {
 protected:
  ScriptedHttp http_;
  base::SystemClock clock_;
  int retries_ = 0;
  Client client_{http_,
                 clock_,
                 {"AKID", "secret", "token"},
                 {.retry = {.attempts_max = 3, .first_pause_ms = 1, .pause_max_ms = 2},
                  .on_retry = [this](unsigned, int64_t, const std::string&) { ++retries_; },
                  .is_cancelled = {}}};
  const Endpoint endpoint_{"http://127.0.0.1:8000", "us-east-1"};
};

TEST_F(ClientTest, SignsWhatTheServersEndAccepts) {
  http_.answers.push_back(Answered(200, "{}"));
  ASSERT_TRUE(CallJson(client_, endpoint_, "DynamoDB_20120810.ListTables", "{}").has_value());
  http_.answers.push_back(Answered(200, "bytes"));
  ASSERT_TRUE(GetObject(client_, endpoint_, "bucket", "a b/\xc3\xa9+=", std::nullopt).has_value());
  EXPECT_EQ(http_.requests[1].url, "http://127.0.0.1:8000/bucket/a%20b/%C3%A9%2B%3D");
  for (const http_client::Request& request : http_.requests) {
    std::string path = request.url.substr(endpoint_.origin.size());
    sigv4::RequestParts parts{request.method, path, "", {}};
    for (const auto& [name, value] : request.headers) parts.headers.emplace_back(name, value);
    auto parsed = sigv4::ParseSigned(parts);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    EXPECT_EQ(parsed->session_token, "token");
    sigv4::VerifyOptions options;
    options.secret = "secret";
    options.now_micros = clock_.NowMicros();
    auto verified =
        sigv4::Verify(parts, *parsed, base::HexEncode(hash::Sha256(request.body)), options);
    EXPECT_TRUE(verified.has_value()) << verified.error().message;
  }
}

TEST_F(ClientTest, TriesAgainAfterServerErrorsThrottlingAndCutConnections) {
  http_.answers.push_back(Answered(503, "busy"));
  http_.answers.push_back(Answered(
      400, R"({"__type":"com.amazon.coral.service#ThrottlingException","message":"Rate"})"));
  http_.answers.push_back(Answered(200, R"({"TableNames":[]})"));
  auto answer = CallJson(client_, endpoint_, "DynamoDB_20120810.ListTables", "{}");
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_NE(answer->body.Find("TableNames"), nullptr);
  EXPECT_EQ(retries_, 2);
  auto cut = CallJson(client_, endpoint_, "DynamoDB_20120810.ListTables", "{}");
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(cut.error().kind, base::ErrorKind::kUnavailable);
  EXPECT_THAT(cut.error().message, HasSubstr("cut off (after 3 attempts)"));
}

TEST_F(ClientTest, AnAnswerMayBeEmpty) {
  http_.answers.push_back(Answered(200, ""));
  auto answer = CallJson(client_, endpoint_, "DynamoDB_20120810.TagResource", "{}");
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_FALSE(answer->refused.has_value());
  EXPECT_TRUE(answer->body.members.empty());
}

TEST_F(ClientTest, ARefusalIsAValueAndNotTriedAgain) {
  http_.answers.push_back(Answered(400, R"({"__type":"a#TableNotFoundException","message":"no"})"));
  auto answer = CallJson(client_, endpoint_, "DynamoDB_20120810.DescribeTable", "{}");
  ASSERT_TRUE(answer.has_value());
  ASSERT_TRUE(answer->refused.has_value());
  EXPECT_EQ(answer->refused->Text(), "TableNotFoundException: no");
  http_.answers.push_back(
      Answered(404,
               "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>gone</Message>"
               "</Error>"));
  auto object = GetObject(client_, endpoint_, "b", "k");
  ASSERT_TRUE(object.has_value());
  EXPECT_EQ(object->refused->Text(), "NoSuchKey: gone");
  http_.answers.push_back(
      Answered(403,
               "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not "
               "authorized</Message></Error></ErrorResponse>"));
  EXPECT_EQ(GetObject(client_, endpoint_, "b", "k")->refused->Text(),
            "AccessDenied: not authorized");
  http_.answers.push_back(Answered(404, "<html>"));
  EXPECT_EQ(GetObject(client_, endpoint_, "b", "k")->refused->code, "HTTP 404");
  EXPECT_EQ(retries_, 0);
}

TEST_F(ClientTest, AnEndpointThatIsNotDynamoDbIsSaidSo) {
  http_.answers.push_back(Answered(200, "<html>"));
  auto answer = CallJson(client_, endpoint_, "DynamoDB_20120810.ListTables", "{}");
  ASSERT_FALSE(answer.has_value());
  EXPECT_THAT(answer.error().message, HasSubstr("is it the right endpoint?"));
}

TEST_F(ClientTest, AnObjectIsReadInRangesOfOneVersion) {
  http_.answers.push_back(
      Answered(206, "abcd", {{"ETag", "\"e\""}, {"Content-Range", "bytes 0-3/10"}}));
  http_.answers.push_back(Answered(503, ""));
  http_.answers.push_back(Answered(206, "efgh", {{"Content-Range", "bytes 4-7/10"}}));
  http_.answers.push_back(Answered(206, "ij", {{"Content-Range", "bytes 8-9/10"}}));
  auto opened = OpenObject(client_, endpoint_, "b", "k", 4);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->etag, "e");
  EXPECT_EQ(opened->size_bytes, 10u);
  EXPECT_EQ(*base::ReadAll(*opened->body, 100), "abcdefghij");
  auto has_header = [&](size_t index, const std::string& name, const std::string& value) {
    const auto& headers = http_.requests[index].headers;
    return std::find(headers.begin(), headers.end(), std::pair(name, value)) != headers.end();
  };
  EXPECT_TRUE(has_header(0, "Range", "bytes=0-3"));
  EXPECT_TRUE(has_header(3, "Range", "bytes=8-9"));
  EXPECT_TRUE(has_header(3, "If-Match", "\"e\""));
}

TEST_F(ClientTest, AShortRangeIsNotTakenForTheEnd) {
  http_.answers.push_back(
      Answered(206, "abcd", {{"ETag", "\"e\""}, {"Content-Range", "bytes 0-3/10"}}));
  http_.answers.push_back(Answered(206, "ef", {{"Content-Range", "bytes 4-5/10"}}));
  auto opened = OpenObject(client_, endpoint_, "b", "k", 4);
  ASSERT_TRUE(opened.has_value());
  EXPECT_FALSE(base::ReadAll(*opened->body, 100).has_value());
}

TEST_F(ClientTest, ABucketTellsItsRegionAlsoWhenItRefuses) {
  http_.answers.push_back(Answered(301, "", {{"x-amz-bucket-region", "eu-west-1"}}));
  auto region = FindBucketRegion(client_, endpoint_, "bucket");
  ASSERT_TRUE(region.has_value());
  EXPECT_EQ(*region, "eu-west-1");
  EXPECT_EQ(http_.requests[0].method, "HEAD");
  EXPECT_EQ(http_.requests[0].url, "http://127.0.0.1:8000/bucket");
  http_.answers.push_back(Answered(404, ""));
  EXPECT_EQ(*FindBucketRegion(client_, endpoint_, "bucket"), "");
}

TEST_F(ClientTest, AnEmptyObjectHasNoRange) {
  http_.answers.push_back(Answered(416, ""));
  http_.answers.push_back(Answered(200, "", {{"ETag", "\"e\""}}));
  auto opened = OpenObject(client_, endpoint_, "b", "k");
  ASSERT_TRUE(opened.has_value() && opened->body != nullptr);
  EXPECT_EQ(*base::ReadAll(*opened->body, 100), "");
}

}  // namespace
}  // namespace dray::aws
