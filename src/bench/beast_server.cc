// SPDX-License-Identifier: Apache-2.0
#include "bench/beast_server.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <thread>
#include <utility>
#include <vector>

namespace dray::bench {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Owned by whichever operation is under way; there is one at a time, so no strand is needed.
class Session final : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const std::string& answer)
      : socket_(std::move(socket)), response_(http::status::ok, 11, answer) {
    response_.set(http::field::content_type, "application/x-amz-json-1.0");
    response_.prepare_payload();
  }

  void Read() {
    request_ = {};
    http::async_read(socket_, buffer_, request_,
                     [self = shared_from_this()](error_code error, size_t) {
                       if (!error) self->Write();
                     });
  }

 private:
  void Write() {
    http::async_write(socket_, response_, [self = shared_from_this()](error_code error, size_t) {
      if (!error) self->Read();
    });
  }

  tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

}  // namespace

struct BeastServer::State {
  explicit State(std::string text) : answer(std::move(text)) {}

  void Accept() {
    acceptor.async_accept([this](error_code error, tcp::socket socket) {
      if (error) return;
      socket.set_option(tcp::no_delay(true));
      std::make_shared<Session>(std::move(socket), answer)->Read();
      Accept();
    });
  }

  const std::string answer;
  asio::io_context io;
  tcp::acceptor acceptor{io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::vector<std::thread> threads;
};

BeastServer::BeastServer(std::string answer) : state_(std::make_unique<State>(std::move(answer))) {
  state_->Accept();
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) {
    state_->threads.emplace_back([this] { state_->io.run(); });
  }
}

BeastServer::~BeastServer() {
  state_->io.stop();
  for (std::thread& thread : state_->threads) thread.join();
}

uint16_t BeastServer::port() const { return state_->acceptor.local_endpoint().port(); }

}  // namespace dray::bench
