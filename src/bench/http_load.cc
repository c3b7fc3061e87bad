// SPDX-License-Identifier: Apache-2.0
// http_load PORT FILE CONNECTIONS SECONDS [RATE]: sends the requests of FILE (each "LENGTH\n" and
// its bytes; again from the start when all were sent) to 127.0.0.1 and prints one line of JSON:
// requests, errors (answers other than 200, connections that ended), p50, p99 and longest
// microseconds. With a RATE the load is open: requests are due at their times whatever the server
// does, and a request's time counts from when it was due, so that a server that stands still shows
// in every request it made late. Without one each connection sends as soon as it was answered.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace dray::bench {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

std::vector<std::string> ReadRequests(const char* path) {
  std::vector<std::string> requests;
  std::ifstream file(path, std::ios::binary);
  size_t length = 0;
  while (file >> length && file.get() == '\n') {
    std::string request(length, '\0');
    if (!file.read(request.data(), static_cast<std::streamsize>(length))) break;
    requests.push_back(std::move(request));
  }
  return requests;
}

class Load;

class Connection {
 public:
  Connection(Load& load, asio::io_context& io) : load_(load), socket_(io) {}
  bool Connect(uint16_t port) {
    error_code error;
    socket_.connect({asio::ip::address_v4::loopback(), port}, error);
    if (!error) socket_.set_option(tcp::no_delay(true), error);
    return !error;
  }
  void Send(const std::string& request, Clock::time_point due) {
    due_ = due;
    asio::async_write(socket_, asio::buffer(request), [this](error_code error, size_t) {
      if (error) {
        OnAnswer(false);
        return;
      }
      answer_ = {};
      http::async_read(socket_, buffer_, answer_, [this](error_code failed, size_t) {
        OnAnswer(!failed && answer_.result_int() == 200);
      });
    });
  }

 private:
  void OnAnswer(bool is_good);

  Load& load_;
  tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
  http::response<http::string_body> answer_;
  Clock::time_point due_;
};

class Load {
 public:
  Load(std::vector<std::string> requests, size_t connections, double seconds, double rate)
      : requests_(std::move(requests)),
        end_(Clock::now() +
             std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds))),
        seconds_(seconds),
        rate_(rate),
        timer_(io_) {
    for (size_t i = 0; i < connections; ++i) {
      connections_.push_back(std::make_unique<Connection>(*this, io_));
    }
  }

  bool Run(uint16_t port) {
    for (auto& connection : connections_) {
      if (!connection->Connect(port)) return false;
    }
    started_ = Clock::now();
    for (auto& connection : connections_) free_.push_back(connection.get());
    if (rate_ > 0) {
      Tick();
    } else {
      while (!free_.empty()) SendNext(Clock::now());
    }
    io_.run();
    return true;
  }

  void OnAnswer(Connection& connection, Clock::time_point due, bool is_good) {
    const Clock::time_point now = Clock::now();
    micros_.push_back(std::chrono::duration_cast<std::chrono::microseconds>(now - due).count());
    if (!is_good) {  // the connection is given up
      ++errors_;
      return;
    }
    free_.push_back(&connection);
    if (rate_ > 0) {
      SendDue();
    } else if (now < end_) {
      SendNext(now);
    }
  }

  void Print() {
    std::sort(micros_.begin(), micros_.end());
    auto at = [&](double share) {
      return micros_.empty()
                 ? 0
                 : micros_[std::min(
                       micros_.size() - 1,
                       static_cast<size_t>(share * static_cast<double>(micros_.size())))];
    };
    std::printf(
        R"({"requests":%zu,"errors":%zu,"per_second":%.0f,"p50_us":%lld,"p99_us":%lld,"max_us":%lld})"
        "\n",
        micros_.size(), errors_, static_cast<double>(micros_.size()) / seconds_,
        static_cast<long long>(at(0.5)), static_cast<long long>(at(0.99)),
        static_cast<long long>(at(1)));
  }

 private:
  void SendNext(Clock::time_point due) {
    Connection* connection = free_.back();
    free_.pop_back();
    connection->Send(requests_[sent_++ % requests_.size()], due);
  }
  Clock::time_point DueAt(uint64_t number) const {
    return started_ + std::chrono::duration_cast<Clock::duration>(
                          std::chrono::duration<double>(static_cast<double>(number) / rate_));
  }
  void SendDue() {
    while (!free_.empty() && DueAt(sent_) <= Clock::now() && DueAt(sent_) < end_) {
      SendNext(DueAt(sent_));
    }
  }
  void Tick() {
    SendDue();
    if (DueAt(sent_) >= end_) return;
    timer_.expires_at(std::max(DueAt(sent_), Clock::now() + std::chrono::microseconds(100)));
    timer_.async_wait([this](error_code error) {
      if (!error) Tick();
    });
  }

  const std::vector<std::string> requests_;
  const Clock::time_point end_;
  const double seconds_, rate_;
  asio::io_context io_{1};
  asio::steady_timer timer_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> free_;
  Clock::time_point started_;
  uint64_t sent_ = 0;
  size_t errors_ = 0;
  std::vector<int64_t> micros_;
};

void Connection::OnAnswer(bool is_good) { load_.OnAnswer(*this, due_, is_good); }

}  // namespace
}  // namespace dray::bench

int main(int count, char** arguments) {
  if (count != 5 && count != 6) {
    std::fprintf(stderr, "usage: http_load PORT FILE CONNECTIONS SECONDS [RATE]\n");
    return 2;
  }
  auto requests = dray::bench::ReadRequests(arguments[2]);
  if (requests.empty()) {
    std::fprintf(stderr, "http_load: %s holds no requests\n", arguments[2]);
    return 1;
  }
  dray::bench::Load load(std::move(requests), static_cast<size_t>(std::atoi(arguments[3])),
                         std::atof(arguments[4]), count == 6 ? std::atof(arguments[5]) : 0);
  if (!load.Run(static_cast<uint16_t>(std::atoi(arguments[1])))) {
    std::fprintf(stderr, "http_load: nobody listens on port %s\n", arguments[1]);
    return 1;
  }
  load.Print();
  return 0;
}
