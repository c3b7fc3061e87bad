// SPDX-License-Identifier: Apache-2.0
// An object as a stream, read range by range: memory stays small however large it is, and what is
// cut off is asked for again from there.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "client/aws/client.h"

namespace dray::aws {

struct OpenedObject {
  std::unique_ptr<base::ByteSource> body;  // null when refused
  std::string etag;
  uint64_t size_bytes = 0;
  std::optional<ServiceError> refused;
};

// Asks for the first range. `client` outlives the body. All ranges are of one version of the
// object: one that is overwritten meanwhile is an error of Read.
base::Result<OpenedObject> OpenObject(Client& client, const Endpoint& endpoint, std::string bucket,
                                      std::string key, uint64_t range_bytes = 8 << 20);

}  // namespace dray::aws
