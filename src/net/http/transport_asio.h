// SPDX-License-Identifier: Apache-2.0
// Makes transports of Asio's sockets. Included by transport.cc and listener.cc only: the heavy
// headers. Internal to net/http.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "net/http/transport.h"

namespace dray::http {

using Socket = boost::asio::generic::stream_protocol::socket;

// `tls` null: plain. It outlives the transport.
std::unique_ptr<Transport> MakeTransport(Socket socket, boost::asio::ssl::context* tls);

}  // namespace dray::http
