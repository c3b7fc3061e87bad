// SPDX-License-Identifier: Apache-2.0
#include "net/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <latch>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "net/http/client.h"
#include "net/http/raw_client_for_test.h"

namespace dray::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kHost = "Host: test\r\n";

std::string Post(std::string_view path, std::string_view body, std::string_view more = "") {
  return "POST " + std::string(path) + " HTTP/1.1\r\n" + std::string(kHost) + std::string(more) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}
std::string Get(std::string_view path, std::string_view more = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\n" + std::string(kHost) + std::string(more) +
         "\r\n";
}

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    options.table_threads = 2;
    options.object_threads = 2;
    handler.on_handle = [](Request& request, ResponseWriter& response) {
      std::string body = request.whole_body;
      if (request.body != nullptr) {
        auto all = base::ReadAll(*request.body, 64 << 20);
        body = all ? *all : "failed: " + std::string(all.error().reason);
      }
      auto sent = response.Send(200, {{"X-Path", request.head.path}}, body);
      (void)sent.has_value();
    };
  }
  void StartServer() {
    auto started = Server::Start(options, handler);
    ASSERT_TRUE(started) << started.error().message;
    server = *std::move(started);
  }

  ServerOptions options;
  SteeredHandler handler;
  std::unique_ptr<Server> server;
};

TEST_F(ServerTest, AnswersAWholeBodyRequestAndKeepsTheConnection) {
  StartServer();
  RawClient client(server->port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.Send(Post("/a?b=c", "hello")));
    std::string response = client.ReceiveResponse();
    EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(response, HasSubstr("X-Path: /a\r\n"));
    EXPECT_THAT(response, HasSubstr("Content-Length: 5\r\n"));
    EXPECT_THAT(response, HasSubstr("Date: "));
    EXPECT_THAT(response, EndsWith("\r\n\r\nhello"));
  }
}

TEST_F(ServerTest, ReadsARequestThatComesByteByByte) {
  StartServer();
  RawClient client(server->port());
  for (char byte : Post("/slow", "body")) ASSERT_TRUE(client.Send(std::string(1, byte)));
  EXPECT_THAT(client.ReceiveResponse(), EndsWith("body"));
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  StartServer();
  RawClient client(server->port());
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    requests += Post(i % 2 == 0 ? "/whole" : "/stream", "body " + std::to_string(i));
  }
  ASSERT_TRUE(client.Send(requests));
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(client.ReceiveResponse(), EndsWith("body " + std::to_string(i)));
  }
}

TEST_F(ServerTest, ReadsLargeWholeBodies) {
  StartServer();
  RawClient client(server->port());
  std::string body(5 << 20, 'x');
  for (size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i / 1000 % 26);
  ASSERT_TRUE(client.Send(Post("/whole", body)));
  EXPECT_TRUE(client.ReceiveResponse().ends_with("\r\n\r\n" + body));
}

TEST_F(ServerTest, ReadsChunkedBodiesWholeAndStreamed) {
  StartServer();
  for (const char* path : {"/whole", "/stream"}) {
    RawClient client(server->port());
    std::string large(200'000, 'y');
    ASSERT_TRUE(client.Send("POST " + std::string(path) + " HTTP/1.1\r\n" + std::string(kHost) +
                            "Transfer-Encoding: chunked\r\n\r\n"
                            "5;ext=1\r\nhello\r\n30d40\r\n" +
                            large + "\r\n0\r\nTrailer: 1\r\n\r\n" + Get("/next")));
    EXPECT_TRUE(client.ReceiveResponse().ends_with("\r\n\r\nhello" + large)) << path;
    EXPECT_THAT(client.ReceiveResponse(), HasSubstr("X-Path: /next")) << path;
  }
}

TEST_F(ServerTest, RefusesFramingThatCanBeReadInTwoWays) {
  StartServer();
  for (std::string_view headers : {
           "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
           "Content-Length: 1\r\nContent-Length: 1\r\n",
           "Content-Length: 1\r\nContent-Length: 2\r\n",
           "Content-Length: 1, 1\r\n",
           "Content-Length: +1\r\n",
           "Content-Length: 99999999999999999999999\r\n",
           "Content-Length:\r\n",
           "Transfer-Encoding: gzip, chunked\r\n",
           "Transfer-Encoding: chunked, identity\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding : chunked\r\n",
           "Transfer-Encoding:\r\n chunked\r\n",
           "X: a\r\n b\r\n",
           "X: a\r\n\tb\r\n",
           "X: a\r\n \r\n",
           "Host: other\r\n",
           "Bad Name: x\r\n",
       }) {
    RawClient client(server->port());
    ASSERT_TRUE(
        client.Send("POST /p HTTP/1.1\r\n" + std::string(kHost) + std::string(headers) + "\r\nx"));
    std::string response = client.ReceiveAll();
    EXPECT_THAT(response, StartsWith("HTTP/1.1 400 ")) << headers;
    EXPECT_THAT(response, HasSubstr("Connection: close")) << headers;
  }
}

TEST_F(ServerTest, RefusesMalformedHeads) {
  StartServer();
  for (std::string_view head : {"GET / HTTP/1.1\r\n\r\n", "GET noslash HTTP/1.1\r\nHost: a\r\n\r\n",
                                "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "\x16\x03\x01 tls\r\n\r\n",
                                "GET / HTTP/1.1\nHost: a\n\n"}) {
    RawClient client(server->port());
    ASSERT_TRUE(client.Send(head));
    client.EndSending();
    EXPECT_THAT(client.ReceiveAll(), StartsWith("HTTP/1.1 400 ")) << head;
  }
}

TEST_F(ServerTest, RefusesAHeadThatIsTooLong) {
  options.header_bytes_max = 20'000;
  StartServer();
  RawClient one_line(server->port());
  one_line.Send(Get("/long", "X: " + std::string(30'000, 'x') + "\r\n"));
  EXPECT_THAT(one_line.ReceiveAll(), StartsWith("HTTP/1.1 431 "));
  RawClient many_lines(server->port());
  std::string lines;
  for (int i = 0; i < 2'000; ++i) lines += "X-Header: some value\r\n";
  many_lines.Send(Get("/long", lines));
  EXPECT_THAT(many_lines.ReceiveAll(), StartsWith("HTTP/1.1 431 "));
  RawClient fits(server->port());
  ASSERT_TRUE(fits.Send(Get("/fits", "X: " + std::string(19'000, 'x') + "\r\n")));
  EXPECT_THAT(fits.ReceiveResponse(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, RefusesWholeBodiesOverTheLimit) {
  options.whole_body_bytes_max = 1000;
  StartServer();
  RawClient announced(server->port());
  ASSERT_TRUE(announced.Send("POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n"));
  EXPECT_THAT(announced.ReceiveAll(), StartsWith("HTTP/1.1 413 "));
  RawClient chunked(server->port());
  ASSERT_TRUE(
      chunked.Send("POST /whole HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "3e9\r\n" +
                   std::string(1001, 'x') + "\r\n0\r\n\r\n"));
  EXPECT_THAT(chunked.ReceiveAll(), StartsWith("HTTP/1.1 413 "));
  RawClient fits(server->port());
  ASSERT_TRUE(fits.Send(Post("/whole", std::string(1000, 'x'))));
  EXPECT_THAT(fits.ReceiveResponse(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, RefusesWholeBodiesThatTogetherTakeTooMuchMemory) {
  options.whole_bodies_bytes_max = 100'000;
  StartServer();
  RawClient first(server->port());
  ASSERT_TRUE(
      first.Send("POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n"
                 "Expect: 100-continue\r\n\r\n"));
  ASSERT_TRUE(first.ReceiveUntil("100 Continue"));
  RawClient second(server->port());
  ASSERT_TRUE(second.Send("POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n"));
  std::string response = second.ReceiveAll();
  EXPECT_THAT(response, StartsWith("HTTP/1.1 503 "));
}

TEST_F(ServerTest, SendsContinueForWholeBodies) {
  StartServer();
  RawClient client(server->port());
  ASSERT_TRUE(
      client.Send("POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
                  "Expect: 100-continue\r\n\r\n"));
  ASSERT_TRUE(client.ReceiveUntil("HTTP/1.1 100 Continue\r\n\r\n"));
  ASSERT_TRUE(client.Send("body"));
  ASSERT_TRUE(client.ReceiveUntil("\r\n\r\nbody"));
}

TEST_F(ServerTest, SendsContinueForAnEmptyBodyTooOrCloses) {
  std::string head =
      "POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n";
  StartServer();
  RawClient read(server->port());
  ASSERT_TRUE(read.Send(head));
  ASSERT_TRUE(read.ReceiveUntil("HTTP/1.1 100 Continue\r\n\r\n"));
  ASSERT_TRUE(read.ReceiveUntil("HTTP/1.1 200 "));

  server->Stop(0);
  handler.on_handle = [](Request&, ResponseWriter& response) {
    auto sent = response.Send(403, {}, "denied");
    (void)sent.has_value();
  };
  StartServer();
  RawClient refused(server->port());
  ASSERT_TRUE(refused.Send(head));
  EXPECT_THAT(refused.ReceiveAll(), HasSubstr("Connection: close"));
}

TEST_F(ServerTest, SendsContinueForStreamsOnlyWhenTheBodyIsRead) {
  StartServer();
  std::string head =
      "POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
  RawClient read(server->port());
  ASSERT_TRUE(read.Send(head));
  ASSERT_TRUE(read.ReceiveUntil("HTTP/1.1 100 Continue\r\n\r\n"));
  ASSERT_TRUE(read.Send("body"));
  ASSERT_TRUE(read.ReceiveUntil("\r\n\r\nbody"));

  server->Stop(0);
  handler.on_handle = [](Request&, ResponseWriter& response) {
    auto sent = response.Send(403, {}, "denied");
    (void)sent.has_value();
  };
  StartServer();
  RawClient refused(server->port());
  ASSERT_TRUE(refused.Send(head));
  std::string response = refused.ReceiveAll();
  EXPECT_THAT(response, StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(response, HasSubstr("Connection: close"));
}

TEST_F(ServerTest, GivesHeadRequestsNoBody) {
  handler.on_handle = [](Request& request, ResponseWriter& response) {
    if (request.head.path == "/stream") {
      ASSERT_TRUE(response.Start(200, {}, 1'000'000));
      ASSERT_TRUE(response.Finish());
    } else {
      ASSERT_TRUE(response.Send(200, {}, "a body"));
    }
  };
  StartServer();
  RawClient client(server->port());
  ASSERT_TRUE(
      client.Send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nHEAD /stream HTTP/1.1\r\nHost: "
                  "a\r\n\r\n"));
  ASSERT_TRUE(client.ReceiveUntil("Content-Length: 1000000\r\n"));
  EXPECT_THAT(client.received(), HasSubstr("Content-Length: 6\r\n"));
  EXPECT_THAT(client.received(), Not(HasSubstr("a body")));
}

TEST_F(ServerTest, WritesResponsesWithoutLengthInChunks) {
  handler.on_handle = [](Request&, ResponseWriter& response) {
    ASSERT_TRUE(response.Start(200, {}, std::nullopt));
    ASSERT_TRUE(response.Write("hello "));
    ASSERT_TRUE(response.Write(""));
    ASSERT_TRUE(response.Write("world"));
    ASSERT_TRUE(response.Finish());
  };
  StartServer();
  for (std::string path : {"/whole", "/stream"}) {
    RawClient client(server->port());
    ASSERT_TRUE(client.Send(Get(path)));
    ASSERT_TRUE(client.ReceiveUntil("0\r\n\r\n"));
    EXPECT_THAT(client.received(), HasSubstr("Transfer-Encoding: chunked\r\n"));
    EXPECT_THAT(client.received(), EndsWith("\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n"));
    RawClient old(server->port());
    ASSERT_TRUE(old.Send("GET " + path + " HTTP/1.0\r\n\r\n"));
    std::string response = old.ReceiveAll();
    EXPECT_THAT(response, StartsWith("HTTP/1.0 200 OK\r\n"));
    EXPECT_THAT(response, EndsWith("\r\n\r\nhello world"));
  }
}

TEST_F(ServerTest, CutsTheConnectionWhenAResponseIsShorterThanAnnounced) {
  handler.on_handle = [](Request&, ResponseWriter& response) {
    ASSERT_TRUE(response.Start(200, {}, 100));
    ASSERT_TRUE(response.Write("part"));
  };
  StartServer();
  for (std::string path : {"/whole", "/stream"}) {
    RawClient client(server->port());
    ASSERT_TRUE(client.Send(Get(path) + Get(path)));
    EXPECT_THAT(client.ReceiveAll(), Not(HasSubstr("partHTTP")));
  }
}

TEST_F(ServerTest, KeepsHeaderValuesOnOneLine) {
  handler.on_handle = [](Request&, ResponseWriter& response) {
    ASSERT_TRUE(response.Send(200, {{"X-Value", "a\r\nX-Smuggled: b"}}, ""));
  };
  StartServer();
  RawClient client(server->port());
  ASSERT_TRUE(client.Send(Get("/")));
  EXPECT_THAT(client.ReceiveResponse(), HasSubstr("X-Value: a  X-Smuggled: b\r\n"));
}

TEST_F(ServerTest, AnswersAnExceptionWithAnError) {
  handler.on_handle = [](Request&, ResponseWriter&) { throw std::runtime_error("a bug"); };
  StartServer();
  for (std::string path : {"/whole", "/stream"}) {
    RawClient client(server->port());
    ASSERT_TRUE(client.Send(Get(path)));
    EXPECT_THAT(client.ReceiveResponse(), StartsWith("HTTP/1.1 500 "));
  }
}

TEST_F(ServerTest, DropsASmallUnreadBodyAndGoesOn) {
  handler.on_handle = [](Request& request, ResponseWriter& response) {
    ASSERT_TRUE(response.Send(200, {}, "answer to " + request.head.path));
  };
  StartServer();
  RawClient client(server->port());
  ASSERT_TRUE(client.Send(Post("/stream1", std::string(100'000, 'x'))));
  EXPECT_THAT(client.ReceiveResponse(), EndsWith("answer to /stream1"));
  ASSERT_TRUE(
      client.Send("POST /stream2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                  "chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"));
  EXPECT_THAT(client.ReceiveResponse(), EndsWith("answer to /stream2"));
}

TEST_F(ServerTest, ClosesAfterALargeUnreadBodyAndTheClientStillGetsTheResponse) {
  handler.on_handle = [](Request&, ResponseWriter& response) {
    ASSERT_TRUE(response.Send(403, {}, "denied"));
  };
  StartServer();
  RawClient client(server->port());
  client.Send("POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 900000000\r\n\r\n");
  client.Send(std::string(8 << 20, 'x'));
  client.EndSending();
  std::string response = client.ReceiveAll();
  EXPECT_THAT(response, StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(response, HasSubstr("Connection: close"));
}

TEST_F(ServerTest, TellsTheHandlerThatAStreamedBodyWasCutOff) {
  StartServer();
  for (std::string head :
       {"Content-Length: 100\r\n\r\nonly this", "Transfer-Encoding: chunked\r\n\r\n9\r\nonly",
        "Transfer-Encoding: chunked\r\n\r\nnot a chunk\r\n"}) {
    RawClient client(server->port());
    ASSERT_TRUE(client.Send("POST /stream HTTP/1.1\r\nHost: a\r\n" + head));
    client.EndSending();
    EXPECT_THAT(client.ReceiveAll(), EndsWith("failed: incomplete_body")) << head;
  }
}

TEST_F(ServerTest, ForgetsAWholeBodyThatWasCutOff) {
  std::atomic<int> handled = 0;
  handler.on_handle = [&](Request&, ResponseWriter&) { ++handled; };
  StartServer();
  RawClient client(server->port());
  ASSERT_TRUE(client.Send("POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf"));
  client.EndSending();
  EXPECT_EQ(client.ReceiveAll(), "");
  EXPECT_EQ(handled, 0);
}

TEST_F(ServerTest, TimesOutSlowHeadsBodiesAndIdleConnections) {
  options.header_timeout_ms = options.idle_timeout_ms = options.body_timeout_ms = 60;
  StartServer();
  RawClient head(server->port());
  ASSERT_TRUE(head.Send("GET /slow HTT"));
  RawClient body(server->port());
  ASSERT_TRUE(body.Send("POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf"));
  RawClient stream(server->port());
  ASSERT_TRUE(stream.Send("POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf"));
  RawClient silent(server->port());
  RawClient idle(server->port());
  ASSERT_TRUE(idle.Send(Get("/")));
  EXPECT_THAT(head.ReceiveAll(), StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(body.ReceiveAll(), StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(stream.ReceiveAll(), EndsWith("failed: body_timeout"));
  EXPECT_EQ(silent.ReceiveAll(), "");
  EXPECT_THAT(idle.ReceiveAll(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, AWholeBodyThatComesByteByByteEnds) {
  options.whole_body_timeout_ms = 150;
  StartServer();
  RawClient client(server->port());
  ASSERT_TRUE(client.Send("POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"));
  for (int i = 0; i < 40 && client.Send("x"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_THAT(client.ReceiveAll(), StartsWith("HTTP/1.1 408 "));
}

TEST_F(ServerTest, SlowStreamsDoNotHoldTableRequests) {
  StartServer();
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(std::make_unique<RawClient>(server->port()));
    ASSERT_TRUE(slow.back()->Send("POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"));
  }
  RawClient client(server->port());
  ASSERT_TRUE(client.Send(Post("/whole", "fast")));
  EXPECT_THAT(client.ReceiveResponse(), EndsWith("fast"));
  for (auto& one : slow) one->Send("x");
  for (auto& one : slow) EXPECT_THAT(one->ReceiveResponse(), EndsWith("x"));
}

TEST_F(ServerTest, AnswersOnTheThreadThatReadsWhatNeedsNoWaiting) {
  options.io_threads = 2;
  options.table_threads = 1;
  Gate gate;
  std::latch is_held(1);
  handler.on_handle = [&](Request& request, ResponseWriter& response) {
    if (request.head.path == "/held") {
      is_held.count_down();
      gate.Await();
    }
    ASSERT_TRUE(response.Send(200, {}, "pool " + request.whole_body));
  };
  handler.on_handle_now = [](Request& request, ResponseWriter& response) {
    if (!request.head.path.starts_with("/now")) return false;
    if (request.head.path == "/now/throw") throw std::runtime_error("a bug");
    EXPECT_TRUE(response.Send(200, {}, "now " + request.whole_body));
    return true;
  };
  StartServer();
  RawClient held(server->port());
  ASSERT_TRUE(held.Send(Post("/held", "a")));
  is_held.wait();
  std::vector<std::unique_ptr<RawClient>> clients;  // the pool is taken: nobody needs it
  for (int i = 0; i < 6; ++i) clients.push_back(std::make_unique<RawClient>(server->port()));
  for (int round = 0; round < 3; ++round) {
    for (auto& client : clients) ASSERT_TRUE(client->Send(Post("/now", "b")));
    for (auto& client : clients) EXPECT_THAT(client->ReceiveResponse(), EndsWith("now b"));
  }
  ASSERT_TRUE(clients[0]->Send(Post("/now/throw", "")));
  EXPECT_THAT(clients[0]->ReceiveResponse(), StartsWith("HTTP/1.1 500 "));
  gate.Open();
  EXPECT_THAT(held.ReceiveResponse(), EndsWith("pool a"));
}

TEST_F(ServerTest, AnswersAtOnceHoweverFarAClientSendsAhead) {
  std::atomic<int> at_once = 0;
  handler.on_handle_now = [&](Request& request, ResponseWriter& response) {
    ++at_once;
    EXPECT_TRUE(response.Send(200, {}, request.whole_body));
    return true;
  };
  StartServer();
  RawClient client(server->port());
  constexpr int kRequests = 20'000;  // answers that called each other would take the whole stack
  std::string requests;
  for (int i = 0; i < kRequests; ++i) requests += Post("/", std::to_string(i));
  std::thread sender([&] { EXPECT_TRUE(client.Send(requests)); });
  for (int i = 0; i < kRequests; ++i) {
    ASSERT_THAT(client.ReceiveResponse(), EndsWith("\r\n\r\n" + std::to_string(i)));
  }
  sender.join();
  EXPECT_EQ(at_once, kRequests);
}

TEST_F(ServerTest, APoolThreadAnswersNothingElseOfWhatAClientSentAhead) {
  std::mutex mutex;
  std::set<std::thread::id> reading, pool;
  handler.on_handle_now = [&](Request& request, ResponseWriter& response) {
    std::lock_guard lock(mutex);
    reading.insert(std::this_thread::get_id());
    if (request.head.path == "/pool") return false;
    EXPECT_TRUE(response.Send(200, {}, request.whole_body));
    return true;
  };
  handler.on_handle = [&](Request& request, ResponseWriter& response) {
    std::lock_guard lock(mutex);
    pool.insert(std::this_thread::get_id());
    EXPECT_TRUE(response.Send(200, {}, request.whole_body));
  };
  StartServer();
  RawClient client(server->port());
  ASSERT_TRUE(client.Send(Post("/pool", "first") + Post("/now", "second") + Post("/now", "third")));
  for (std::string_view body : {"first", "second", "third"}) {
    EXPECT_THAT(client.ReceiveResponse(), EndsWith("\r\n\r\n" + std::string(body)));
  }
  std::lock_guard lock(mutex);
  EXPECT_FALSE(pool.empty());
  for (std::thread::id thread : reading) EXPECT_FALSE(pool.contains(thread));
}

TEST_F(ServerTest, ReadersThatAreSlowDoNotHoldTableThreads) {
  options.table_threads = 1;
  handler.on_handle = [](Request& request, ResponseWriter& response) {
    std::string body = request.head.path == "/large" ? std::string(12 << 20, 'x') : "small";
    ASSERT_TRUE(response.Send(200, {}, body));
  };
  StartServer();
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 4; ++i) {
    slow.push_back(std::make_unique<RawClient>(server->port(), 4096));
    ASSERT_TRUE(slow.back()->Send(Get("/large")));
    ASSERT_TRUE(slow.back()->ReceiveUntil("200 OK"));
  }
  RawClient client(server->port());
  ASSERT_TRUE(client.Send(Get("/small")));
  EXPECT_THAT(client.ReceiveResponse(), EndsWith("small"));
  EXPECT_TRUE(slow[0]->ReceiveResponse().ends_with(std::string(12 << 20, 'x')));
}

TEST_F(ServerTest, RefusesRequestsWhenTheQueueIsFull) {
  options.table_threads = 1;
  options.queue_max = 1;
  Gate gate;
  std::latch is_running(1);
  std::atomic<bool> is_first = true;
  handler.on_handle = [&](Request&, ResponseWriter& response) {
    if (is_first.exchange(false)) is_running.count_down();
    gate.Await();
    auto sent = response.Send(200, {}, "late");
    (void)sent.has_value();
  };
  StartServer();
  RawClient running(server->port()), a(server->port()), b(server->port()), c(server->port());
  ASSERT_TRUE(running.Send(Get("/")));
  is_running.wait();
  ASSERT_TRUE(a.Send(Get("/")) && b.Send(Get("/")) && c.Send(Get("/")));
  // One of the three waits in the queue; two are told at once, whichever they are.
  std::vector<pollfd> waiting;
  for (RawClient* client : {&a, &b, &c}) waiting.push_back({client->fd(), POLLIN, 0});
  int answered = 0;
  while (answered < 2) answered = poll(waiting.data(), waiting.size(), 20'000);
  EXPECT_EQ(answered, 2);
  gate.Open();
  EXPECT_THAT(running.ReceiveResponse(), EndsWith("late"));
  int refused = 0;
  for (RawClient* client : {&a, &b, &c}) {
    refused += client->ReceiveResponse().starts_with("HTTP/1.1 503 ") ? 1 : 0;
  }
  EXPECT_EQ(refused, 2);
}

TEST_F(ServerTest, AcceptsNoMoreConnectionsThanAllowed) {
  options.connections_max = 2;
  StartServer();
  auto first = std::make_unique<RawClient>(server->port());
  RawClient second(server->port());
  ASSERT_TRUE(first->Send(Get("/1")) && second.Send(Get("/2")));
  EXPECT_THAT(first->ReceiveResponse(), HasSubstr("/1"));
  EXPECT_THAT(second.ReceiveResponse(), HasSubstr("/2"));
  RawClient third(server->port());  // waits in the backlog
  ASSERT_TRUE(third.Send(Get("/3")));
  first.reset();
  EXPECT_THAT(third.ReceiveResponse(), HasSubstr("/3"));
}

TEST_F(ServerTest, StopLetsRunningRequestsEndAndClosesIdleConnections) {
  Gate gate;
  std::latch is_running(1);
  handler.on_handle = [&](Request& request, ResponseWriter& response) {
    if (request.head.path == "/running") {
      is_running.count_down();
      gate.Await();
    }
    auto sent = response.Send(200, {}, "done");
    (void)sent.has_value();
  };
  StartServer();
  RawClient idle(server->port());
  ASSERT_TRUE(idle.Send(Get("/")));
  EXPECT_THAT(idle.ReceiveResponse(), EndsWith("done"));
  RawClient running(server->port());
  ASSERT_TRUE(running.Send(Get("/running")));
  is_running.wait();
  std::thread stopping([&] { server->Stop(20'000); });
  EXPECT_EQ(idle.ReceiveAll(), "");
  gate.Open();
  std::string response = running.ReceiveAll();
  EXPECT_THAT(response, EndsWith("done"));
  EXPECT_THAT(response, HasSubstr("Connection: close"));
  stopping.join();
  EXPECT_FALSE(RawClient(server->port()).is_connected());
}

TEST_F(ServerTest, StopCutsStreamsAtTheEndOfTheGrace) {
  std::latch is_running(1);
  handler.on_handle = [&](Request& request, ResponseWriter& response) {
    is_running.count_down();
    auto all = base::ReadAll(*request.body, 100);
    EXPECT_FALSE(all.has_value());
    auto sent = response.Send(400, {}, "");
    (void)sent.has_value();
  };
  StartServer();
  RawClient client(server->port());
  ASSERT_TRUE(client.Send("POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"));
  is_running.wait();
  server->Stop(10);
}

TEST_F(ServerTest, TakesAbsoluteTargetsAndTellsTheRemoteAddress) {
  handler.on_handle = [&](Request& request, ResponseWriter& response) {
    ASSERT_TRUE(response.Send(200, {},
                              request.head.path + "|" + request.head.query + "|" +
                                  request.head.remote_address +
                                  (request.head.is_local_socket ? "|local" : "|tcp")));
  };
  StartServer();
  RawClient client(server->port());
  ASSERT_TRUE(client.Send(Get("http://host:1/p%20q?x=1?2")));
  EXPECT_THAT(client.ReceiveResponse(), EndsWith("/p%20q|x=1?2|127.0.0.1|tcp"));
}

TEST_F(ServerTest, TellsIPv4AddressesAsSuchOnAListenerForBothFamilies) {
  handler.on_handle = [&](Request& request, ResponseWriter& response) {
    ASSERT_TRUE(response.Send(200, {}, "from " + request.head.remote_address));
  };
  options.host = "::";
  StartServer();
  RawClient client(server->port());  // to 127.0.0.1
  ASSERT_TRUE(client.Send(Get("/")));
  EXPECT_THAT(client.ReceiveResponse(), EndsWith("from 127.0.0.1"));
}

TEST_F(ServerTest, ListensOnALocalSocketForItsOwnerOnly) {
  std::string folder = ::testing::TempDir() + "/" + std::string(120, 'd');
  std::filesystem::create_directories(folder);
  options.local_socket_path = folder + "/admin.sock";
  handler.on_handle = [](Request& request, ResponseWriter& response) {
    ASSERT_TRUE(response.Send(200, {{"X-Local", request.head.is_local_socket ? "yes" : "no"}},
                              request.whole_body));
  };
  StartServer();
  struct stat status {};
  ASSERT_EQ(stat(options.local_socket_path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  auto response = Call(
      {.local_socket_path = options.local_socket_path, .method = "POST", .body = "through it"});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "through it");
  EXPECT_THAT(response->headers, ::testing::Contains(::testing::Pair("X-Local", "yes")));
  server->Stop(0);
  EXPECT_FALSE(std::filesystem::exists(options.local_socket_path));
}

TEST_F(ServerTest, RefusesAPortThatIsTaken) {
  StartServer();
  options.port = server->port();
  auto second = Server::Start(options, handler);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("127.0.0.1:" + std::to_string(options.port)));
}

TEST(Client, TellsWhenNobodyListens) {
  SteeredHandler handler;
  auto server = Server::Start({}, handler);
  ASSERT_TRUE(server);
  uint16_t port = (*server)->port();
  server = base::Error{};
  auto response = Call({.host = "127.0.0.1", .port = port});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, base::ErrorKind::kUnavailable);
  auto local = Call({.local_socket_path = "/nonexistent/admin.sock"});
  ASSERT_FALSE(local);
  EXPECT_EQ(local.error().kind, base::ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace dray::http
