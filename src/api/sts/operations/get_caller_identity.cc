// SPDX-License-Identifier: Apache-2.0
#include "api/sts/operation.h"

namespace dray::sts {

base::Status GetCallerIdentity(query::Call& call, query::Parameters& in, xml::Writer& out,
                               Services&) {
  RETURN_IF_ERROR(in.Check());
  call.AllowEverybody();  // as on AWS: not even an explicit Deny stops it
  const policy::Principal& principal = call.caller().principal;
  out.Leaf("Arn", principal.arn).Leaf("UserId", principal.user_id);
  out.Leaf("Account", principal.account);
  return base::Ok();
}

}  // namespace dray::sts
