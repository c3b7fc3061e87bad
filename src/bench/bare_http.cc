// SPDX-License-Identifier: Apache-2.0
// bare_http beast|own: an HTTP server that answers every request with the same JSON of 700 bytes,
// to see what a request costs before a database does anything. `beast` is Boost.Beast as its own
// asynchronous examples use it, one thread a core; `own` is net/http, as a GetItem uses it. Prints
// its address and runs until standard input ends.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/beast_server.h"
#include "net/http/server.h"

namespace dray::bench {
namespace {

const std::string& Answer() {
  static const std::string answer = [] {
    std::string text = R"({"Item":{"pk":{"S":"p000000"},"sk":{"N":"0"},"payload":{"S":")";
    text.append(700 - text.size() - 4, 'x');
    return text + "\"}}}";
  }();
  return answer;
}

class ConstantAnswer final : public http::Handler {
 public:
  http::BodyPlan Plan(const http::RequestHead&) override { return http::BodyPlan::kWhole; }
  bool HandleNow(http::Request&, http::ResponseWriter& response) override {
    Send(200, response);
    return true;
  }
  void Handle(http::Request&, http::ResponseWriter& response) override { Send(200, response); }
  void Reject(int status, const http::RequestHead&, http::ResponseWriter& response) override {
    Send(status, response);
  }

 private:
  static void Send(int status, http::ResponseWriter& response) {
    auto sent = response.Send(status, {{"Content-Type", "application/x-amz-json-1.0"}}, Answer());
    if (!sent) std::fprintf(stderr, "bare_http: %s\n", sent.error().message.c_str());
  }
};

void ServeUntilEndOfInput(uint16_t port) {
  std::printf("listening on http://127.0.0.1:%u\n", static_cast<unsigned>(port));
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}

int ServeOwn() {
  ConstantAnswer handler;
  http::ServerOptions options;
  options.io_threads = std::max(1u, std::thread::hardware_concurrency());
  auto server = http::Server::Start(std::move(options), handler);
  if (!server) {
    std::fprintf(stderr, "bare_http: %s\n", server.error().message.c_str());
    return 1;
  }
  ServeUntilEndOfInput((*server)->port());
  return 0;
}

int ServeBeast() {
  BeastServer server(Answer());
  ServeUntilEndOfInput(server.port());
  return 0;
}

}  // namespace
}  // namespace dray::bench

int main(int count, char** arguments) {
  if (count == 2 && std::strcmp(arguments[1], "own") == 0) return dray::bench::ServeOwn();
  if (count == 2 && std::strcmp(arguments[1], "beast") == 0) return dray::bench::ServeBeast();
  std::fprintf(stderr, "usage: bare_http beast|own\n");
  return 2;
}
