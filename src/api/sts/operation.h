// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "api/query/query.h"
#include "api/sts/sts.h"

namespace dray::sts {

struct Operation {
  std::string_view name;
  base::Status (*run)(query::Call& call, query::Parameters& in, xml::Writer& out,
                      Services& services);
};

// operations/<name>.cc, one each.
base::Status AssumeRole(query::Call& call, query::Parameters& in, xml::Writer& out,
                        Services& services);
base::Status GetSessionToken(query::Call& call, query::Parameters& in, xml::Writer& out,
                             Services& services);
base::Status GetCallerIdentity(query::Call& call, query::Parameters& in, xml::Writer& out,
                               Services& services);

}  // namespace dray::sts
