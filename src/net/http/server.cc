// SPDX-License-Identifier: Apache-2.0
#include "net/http/server.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "net/http/connection.h"
#include "net/http/listener.h"
#include "net/http/send_batch.h"

namespace dray::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

base::Result<std::unique_ptr<asio::ssl::context>> LoadTls(const ServerOptions& options) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  error_code error;
  context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                           asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                           asio::ssl::context::no_tlsv1_1,
                       error);
  if (!error) context->use_certificate_chain_file(options.tls_certificate_file, error);
  if (error) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       options.tls_certificate_file + ": " + error.message()};
  }
  context->use_private_key_file(options.tls_key_file, asio::ssl::context::pem, error);
  if (error) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       options.tls_key_file + ": " + error.message()};
  }
  return context;
}

// Does what is ready, sends what came of it, waits.
void RunRounds(asio::io_context& context) {
  SendBatch batch;
  while (!context.stopped()) {
    while (!batch.is_full() && context.poll_one() > 0) {
    }
    if (batch.is_empty()) {
      context.run_one();
    } else {
      batch.Flush();
    }
  }
}

class AsioServer final : public Server {
 public:
  AsioServer(ServerOptions options, Handler& handler) : shared_(std::move(options), handler) {}
  ~AsioServer() override { Stop(0); }

  base::Status Open();
  uint16_t port() const override { return tcp_->port(); }
  void Stop(int64_t grace_ms) override;

 private:
  void OnAccept(std::unique_ptr<Transport> transport, Connection::Origin origin);
  bool MayAccept() {
    return !shared_.is_stopping && shared_.registry.size() < shared_.options.connections_max;
  }
  void OnConnectionGone();
  void ScheduleSweep();

  // Destroyed in reverse order: the connections, which the I/O context's operations own, go with
  // it, before what they share.
  Shared shared_;
  std::unique_ptr<asio::ssl::context> tls_;
  IoContexts contexts_;  // one a thread, so that the threads share no queue
  std::unique_ptr<asio::steady_timer> sweep_;
  std::unique_ptr<Listener> tcp_, local_;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> work_;
  std::vector<std::thread> threads_;
  bool is_stopped_ = false;
};

base::Status AsioServer::Open() {
  const ServerOptions& options = shared_.options;
  if (options.tls_certificate_file.empty() != options.tls_key_file.empty()) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "TLS needs both a certificate file and a key file"};
  }
  if (!options.tls_certificate_file.empty()) {
    ASSIGN_OR_RETURN(tls_, LoadTls(options));
  }
  for (unsigned i = 0; i < std::max(1u, options.io_threads); ++i) {
    contexts_.push_back(std::make_unique<asio::io_context>(1));
  }
  Listener::Callbacks callbacks{
      .on_accept = [this](auto transport,
                          auto origin) { OnAccept(std::move(transport), std::move(origin)); },
      .may_accept = [this] { return MayAccept(); }};
  ASSIGN_OR_RETURN(tcp_,
                   Listener::OpenTcp(contexts_, options.host, options.port, tls_.get(), callbacks));
  if (!options.local_socket_path.empty()) {
    ASSIGN_OR_RETURN(local_, Listener::OpenLocal(contexts_, options.local_socket_path, callbacks));
  }
  shared_.registry.set_on_remove([this] { OnConnectionGone(); });
  shared_.table_pool = std::make_unique<WorkerPool>(options.table_threads, options.queue_max,
                                                    std::thread::hardware_concurrency() + 1);
  shared_.object_pool = std::make_unique<WorkerPool>(options.object_threads, options.queue_max, 0);
  sweep_ = std::make_unique<asio::steady_timer>(*contexts_.front());
  ScheduleSweep();
  tcp_->Resume();
  if (local_) local_->Resume();
  for (const auto& context : contexts_) {
    work_.push_back(asio::make_work_guard(*context));
    threads_.emplace_back([&context = *context] { RunRounds(context); });
  }
  return base::Ok();
}

void AsioServer::OnAccept(std::unique_ptr<Transport> transport, Connection::Origin origin) {
  // Shared: whichever operation or queue entry comes next owns it. It leaves the registry before
  // its destructor runs, so that nobody calls half an object.
  std::shared_ptr<Connection> connection(
      new Connection(shared_, std::move(transport), std::move(origin)), [this](Connection* gone) {
        shared_.registry.Remove(*gone);
        delete gone;
      });
  shared_.registry.Add(*connection);
  connection->Start();
}

void AsioServer::OnConnectionGone() {
  if (shared_.is_stopping || shared_.registry.size() + 1 != shared_.options.connections_max) return;
  tcp_->Resume();
  if (local_) local_->Resume();
}

void AsioServer::ScheduleSweep() {
  const ServerOptions& options = shared_.options;
  int64_t shortest_ms = std::min({options.header_timeout_ms, options.idle_timeout_ms,
                                  options.body_timeout_ms, options.whole_body_timeout_ms});
  sweep_->expires_after(std::chrono::milliseconds(std::clamp<int64_t>(shortest_ms / 8, 5, 500)));
  sweep_->async_wait([this](error_code error) {
    if (error) return;
    int64_t now = base::SteadyMicros();
    shared_.registry.ForEach([now](WatchedConnection& connection) { connection.OnSweep(now); });
    ScheduleSweep();
  });
}

void AsioServer::Stop(int64_t grace_ms) {
  if (is_stopped_) return;
  is_stopped_ = true;
  shared_.is_stopping = true;
  if (tcp_) tcp_->Close();
  if (local_) {
    local_->Close();
    unlink(shared_.options.local_socket_path.c_str());
  }
  shared_.registry.ForEach([](WatchedConnection& connection) { connection.CloseIfIdle(); });
  if (!shared_.registry.AwaitEmpty(grace_ms) && grace_ms > 0) {
    base::log::Warning("connections are cut at the end of the grace time",
                       {{"connections", static_cast<uint64_t>(shared_.registry.size())}});
  }
  shared_.registry.ForEach([](WatchedConnection& connection) { connection.CloseNow(); });
  if (shared_.table_pool) shared_.table_pool->Stop();
  if (shared_.object_pool) shared_.object_pool->Stop();
  for (const auto& context : contexts_) context->stop();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace

base::Result<std::unique_ptr<Server>> Server::Start(ServerOptions options, Handler& handler) {
  auto server = std::make_unique<AsioServer>(std::move(options), handler);
  RETURN_IF_ERROR(server->Open());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace dray::http
