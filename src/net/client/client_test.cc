// SPDX-License-Identifier: Apache-2.0
#include "net/client/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "net/client/backoff.h"
#include "net/client/url.h"
#include "net/http/server.h"

namespace dray::http_client {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

TEST(Url, TakesServersAndNothingElse) {
  auto host_of = [](std::string_view text) {
    auto url = ParseUrl(text);
    return url ? url->Origin() : "refused";
  };
  EXPECT_EQ(host_of("http://127.0.0.1:8000"), "http://127.0.0.1:8000");
  EXPECT_EQ(host_of("HTTPS://s3.us-east-1.amazonaws.com/"), "https://s3.us-east-1.amazonaws.com");
  EXPECT_EQ(host_of("https://h:443"), "https://h");
  EXPECT_EQ(host_of("http://h:443"), "http://h:443");
  EXPECT_EQ(host_of("http://[::1]:9"), "http://[::1]:9");
  EXPECT_EQ(host_of("http://[::1]"), "http://[::1]");
  for (std::string_view wrong :
       {"", "h", "h:80", "ftp://h", "http://", "http://h/path", "http://h?q", "http://u@h",
        "http://h:0", "http://h:65536", "http://h:x", "http://[::1", "http://h h", "http://:80"}) {
    EXPECT_EQ(host_of(wrong), "refused") << wrong;
  }
}

TEST(Backoff, DoublesUpToItsLimitWithJitterOfAHalf) {
  RetryOptions options{.attempts_max = 5, .first_pause_ms = 100, .pause_max_ms = 1000};
  for (uint64_t random : {uint64_t{0}, uint64_t{1}, uint64_t{12345}, ~uint64_t{0}}) {
    EXPECT_THAT(PauseMs(options, 1, random), AllOf(Ge(50), Le(100)));
    EXPECT_THAT(PauseMs(options, 2, random), AllOf(Ge(100), Le(200)));
    EXPECT_THAT(PauseMs(options, 5, random), AllOf(Ge(500), Le(1000)));
    EXPECT_THAT(PauseMs(options, 1000, random), AllOf(Ge(500), Le(1000)));
  }
  EXPECT_NE(PauseMs(options, 3, 1), PauseMs(options, 3, 2));
}

TEST(Client, ANameThatNobodyHasAndAPortWhereNobodyListensAreUnavailable) {
  auto client = Client::Make({.connect_timeout_ms = 1000, .total_timeout_ms = 2000}, {});
  auto refused = client->Send({.url = "http://127.0.0.1:1/"});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, base::ErrorKind::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("http://127.0.0.1:1: "));
}

TEST(Client, ACancelEndsACallAtOnce) {
  auto client = Client::Make({}, [] { return true; });
  auto cancelled = client->Send({.url = "http://127.0.0.1:1/"});
  ASSERT_FALSE(cancelled.has_value());
  EXPECT_THAT(cancelled.error().kind,
              ::testing::AnyOf(base::ErrorKind::kCancelled, base::ErrorKind::kUnavailable));
}

class EchoServer final : public http::Handler {
 public:
  EchoServer() { server_ = *http::Server::Start({}, *this); }
  http::BodyPlan Plan(const http::RequestHead&) override { return http::BodyPlan::kWhole; }
  void Handle(http::Request& request, http::ResponseWriter& response) override {
    if (request.head.path == "/slow") std::this_thread::sleep_for(std::chrono::milliseconds(600));
    if (request.head.path == "/cut") {  // promises more than it sends
      (void)response.Start(200, {}, 1000).has_value();
      (void)response.Write("abc").has_value();
      return;
    }
    std::string body = request.head.method + " " + request.head.target + "\n";
    for (const auto& [name, value] : request.head.headers) body += name + ": " + value + "\n";
    (void)response
        .Send(request.head.path == "/503" ? 503 : 200, {{"X-Kind", "echo"}},
              body + request.whole_body)
        .has_value();
  }
  void Reject(int, const http::RequestHead&, http::ResponseWriter&) override {}
  std::string Url(const std::string& target) const {
    return "http://127.0.0.1:" + std::to_string(server_->port()) + target;
  }

 private:
  std::unique_ptr<http::Server> server_;
};

TEST(Client, SendsTargetHeadersAndBodyAsTheyAre) {
  EchoServer server;
  auto client = Client::Make({.user_agent = "test"}, {});
  for (std::string method : {"GET", "POST", "PUT", "DELETE"}) {
    auto response = client->Send({.method = method,
                                  .url = server.Url("/a%2Fb/../c?x=%20&y"),
                                  .headers = {{"X-One", "1"}},
                                  .body = method == "GET" ? "" : std::string("bo\0dy", 5)});
    ASSERT_TRUE(response.has_value()) << response.error().message;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->Header("x-kind"), "echo");
    EXPECT_THAT(response->body, HasSubstr(method + " /a%2Fb/../c?x=%20&y\n"));
    EXPECT_THAT(response->body, HasSubstr("X-One: 1\n"));
    EXPECT_THAT(response->body, ::testing::Not(HasSubstr("Content-Type")));
    const std::string body = method == "GET" ? "" : std::string("bo\0dy", 5);
    EXPECT_THAT(response->body, ::testing::EndsWith("\n" + body));
  }
  auto head = client->Send({.method = "HEAD", .url = server.Url("/")});
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->body, "");
}

TEST(Client, AnErrorStatusIsAnAnswer) {
  EchoServer server;
  auto response = Client::Make({}, {})->Send({.url = server.Url("/503")});
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 503);
}

TEST(Client, TooSlowAndCutOffAreUnavailableAndTooLargeIsSaid) {
  EchoServer server;
  auto client = Client::Make({.total_timeout_ms = 200}, {});
  EXPECT_EQ(client->Send({.url = server.Url("/slow")}).error().kind, base::ErrorKind::kUnavailable);
  EXPECT_EQ(client->Send({.url = server.Url("/cut")}).error().kind, base::ErrorKind::kUnavailable);
  auto narrow = Client::Make({.body_bytes_max = 10}, {});
  EXPECT_EQ(narrow->Send({.url = server.Url("/")}).error().kind, base::ErrorKind::kLimitExceeded);
}

}  // namespace
}  // namespace dray::http_client
