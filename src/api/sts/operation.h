// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "api/query/query.h"
#include "api/sts/sts.h"

namespace dray::sts {

struct Operation {
  std::string_view name;
  base::Status (*run)(query::Call& call, query::Parameters& in, xml::Writer& out,
                      Services& services);
};
std::span<const Operation> Operations();

// operations/<name>.cc, one each.
base::Status GetCallerIdentity(query::Call& call, query::Parameters& in, xml::Writer& out,
                               Services& services);

}  // namespace dray::sts
