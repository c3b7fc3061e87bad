// SPDX-License-Identifier: Apache-2.0
// A listening socket, TCP or local, that hands out accepted transports. Internal to net/http.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include "base/result.h"
#include "net/http/connection.h"
#include "net/http/transport.h"

namespace dray::http {

using IoContexts = std::vector<std::unique_ptr<boost::asio::io_context>>;  // never empty

class Listener {
 public:
  using OnAccept = std::function<void(std::unique_ptr<Transport>, Connection::Origin)>;
  virtual ~Listener() = default;
  virtual uint16_t port() const = 0;  // 0 for a local socket
  virtual void Resume() = 0;          // (again) accepts connections; from any thread
  virtual void Close() = 0;           // soon, on an I/O thread; from any thread

  // `may_accept` is asked before each connection; when it says no, accepting rests until Resume.
  // Both run on I/O threads.
  struct Callbacks {
    OnAccept on_accept;
    std::function<bool()> may_accept;
  };
  // Accepts on the first context; connections go to all of them in turn. `tls` null: plain.
  static base::Result<std::unique_ptr<Listener>> OpenTcp(const IoContexts& contexts,
                                                         const std::string& host, uint16_t port,
                                                         boost::asio::ssl::context* tls,
                                                         Callbacks callbacks);
  // Replaces what a server that died left at `path`; readable and writable for the owner only.
  static base::Result<std::unique_ptr<Listener>> OpenLocal(const IoContexts& contexts,
                                                           const std::string& path,
                                                           Callbacks callbacks);
};

}  // namespace dray::http
