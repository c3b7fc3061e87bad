// SPDX-License-Identifier: Apache-2.0
// What the operations that give out credentials share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/sts/operation.h"

namespace dray::sts {

// The tags, policies and times of a session to be; AWS's limits are checked.
struct SessionRequest {
  access::Session session;
  std::string source_policy;  // the parameter Policy, or empty

  // Policy, Tags, TransitiveTagKeys.
  static SessionRequest Read(query::Parameters& in);
  // Adds what a session inherits from that of its caller, compiles.
  base::Result<access::SessionRef> Finish(const access::Caller& caller, int64_t now_micros,
                                          int64_t seconds);
  // The condition keys that the request brings.
  policy::Context Context() const;
  // Percent of the room for policies and tags in a token; 0 when there are none.
  int64_t PackedPercent() const;
};

base::Error InvalidValue(std::string message);  // ValidationError

void WriteCredentials(const identities::TemporaryCredentials& issued, xml::Writer& out);

}  // namespace dray::sts
