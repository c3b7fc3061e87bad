// SPDX-License-Identifier: Apache-2.0
#include "net/http/listener.h"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "net/http/local_socket_path.h"
#include "net/http/transport_asio.h"

namespace dray::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Local = asio::local::stream_protocol;

namespace {

constexpr int kBacklog = 1024;
constexpr std::chrono::milliseconds kRetryAccept{100};

// A listener on both families sees IPv4 peers as ::ffff:a.b.c.d; policies know them as a.b.c.d.
Connection::Origin OriginOf(const tcp::endpoint& peer) {
  asio::ip::address address = peer.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return {.remote_address = address.to_string(), .is_local_socket = false};
}
Connection::Origin OriginOf(const Local::endpoint&) {
  return {.remote_address = "", .is_local_socket = true};
}

void Tune(tcp::socket& socket) {
  error_code ignored;  // a connection without it works, only slower
  socket.set_option(tcp::no_delay(true), ignored);
}
void Tune(Local::socket&) {}

uint16_t PortOf(const tcp::endpoint& endpoint) { return endpoint.port(); }
uint16_t PortOf(const Local::endpoint&) { return 0; }

template <class Protocol>
class ListenerOf final : public Listener {
 public:
  ListenerOf(const IoContexts& contexts, typename Protocol::acceptor acceptor,
             asio::ssl::context* tls, Callbacks callbacks)
      : contexts_(contexts),
        acceptor_(std::move(acceptor)),
        retry_(acceptor_.get_executor()),
        tls_(tls),
        callbacks_(std::move(callbacks)) {}

  uint16_t port() const override {
    error_code error;
    auto endpoint = acceptor_.local_endpoint(error);
    return error ? 0 : PortOf(endpoint);
  }

  void Resume() override {
    asio::post(*contexts_.front(), [this] { Accept(); });
  }

  void Close() override {
    asio::post(*contexts_.front(), [this] {
      error_code ignored;  // nothing is left to do about it
      acceptor_.close(ignored);
      retry_.cancel();
    });
  }

 private:
  void Accept() {
    if (is_accepting_ || !acceptor_.is_open() || !callbacks_.may_accept()) return;
    is_accepting_ = true;
    asio::io_context& io = *contexts_[accepted_++ % contexts_.size()];
    acceptor_.async_accept(io, peer_, [this](error_code error, typename Protocol::socket socket) {
      is_accepting_ = false;
      if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
      if (error) {  // most likely out of descriptors
        base::log::Warning("accepting a connection failed", {{"error", error.message()}});
        retry_.expires_after(kRetryAccept);
        retry_.async_wait([this](error_code failed) {
          if (!failed) Accept();
        });
        return;
      }
      Tune(socket);
      callbacks_.on_accept(MakeTransport(Socket(std::move(socket)), tls_), OriginOf(peer_));
      Accept();
    });
  }

  const IoContexts& contexts_;
  uint64_t accepted_ = 0;
  typename Protocol::acceptor acceptor_;
  typename Protocol::endpoint peer_;
  asio::steady_timer retry_;
  asio::ssl::context* const tls_;
  const Callbacks callbacks_;
  bool is_accepting_ = false;
};

base::Error CannotListen(const std::string& where, const error_code& error) {
  return {base::ErrorKind::kIo, "cannot listen on " + where + ": " + error.message()};
}

}  // namespace

base::Result<std::unique_ptr<Listener>> Listener::OpenTcp(const IoContexts& contexts,
                                                          const std::string& host, uint16_t port,
                                                          asio::ssl::context* tls,
                                                          Callbacks callbacks) {
  std::string where = host + ":" + std::to_string(port);
  error_code error;
  asio::io_context& io = *contexts.front();
  tcp::resolver resolver(io);
  auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
  if (error || found.empty()) return CannotListen(where, error);
  tcp::endpoint endpoint = found.begin()->endpoint();
  for (const auto& entry : found) {  // "localhost": the address that most clients try
    if (entry.endpoint().address().is_v4()) {
      endpoint = entry.endpoint();
      break;
    }
  }
  tcp::acceptor acceptor(io);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(kBacklog, error);
  if (error) return CannotListen(where, error);
  return std::unique_ptr<Listener>(
      std::make_unique<ListenerOf<tcp>>(contexts, std::move(acceptor), tls, std::move(callbacks)));
}

base::Result<std::unique_ptr<Listener>> Listener::OpenLocal(const IoContexts& contexts,
                                                            const std::string& path,
                                                            Callbacks callbacks) {
  ASSIGN_OR_RETURN(LocalSocketPath short_path, LocalSocketPath::Of(path));
  unlink(path.c_str());
  error_code error;
  Local::acceptor acceptor(*contexts.front());
  acceptor.open(Local(), error);
  // On Linux bind takes the mode of the socket itself, so there is no moment of wider access.
  if (!error && fchmod(acceptor.native_handle(), 0600) != 0) {
    error = error_code(errno, boost::system::system_category());
  }
  if (!error) acceptor.bind(Local::endpoint(short_path.text()), error);
  if (!error) acceptor.listen(kBacklog, error);
  if (error) return CannotListen(path, error);
  return std::unique_ptr<Listener>(std::make_unique<ListenerOf<Local>>(
      contexts, std::move(acceptor), nullptr, std::move(callbacks)));
}

}  // namespace dray::http
