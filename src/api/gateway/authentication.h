// SPDX-License-Identifier: Apache-2.0
// Who sent a request, and how its body is to be verified. Internal to the gateway.
#pragma once

#include <memory>
#include <string_view>

#include "api/gateway/gateway.h"
#include "base/bytes.h"
#include "base/result.h"
#include "net/http/server.h"
#include "security/access/access.h"
#include "security/sigv4/sigv4.h"

namespace dray::gateway {

struct Authentication {
  access::Caller caller;
  sigv4::BodyOptions body;  // streamed protocols
};

// Of a request with the body in memory: its hash is signed.
base::Result<Authentication> AuthenticateWhole(const http::Request& request,
                                               const Protocol& protocol,
                                               access::Authenticator& authenticator);
// Of a streamed request: what x-amz-content-sha256 says is signed. `dev`: nobody knows the key that
// signs its chunks, so that they are not checked.
base::Result<Authentication> AuthenticateStream(const http::Request& request,
                                                const Protocol& protocol,
                                                access::Authenticator& authenticator, bool dev);

}  // namespace dray::gateway
