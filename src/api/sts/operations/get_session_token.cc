// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "api/sts/session_request.h"

namespace dray::sts {

namespace {

constexpr int64_t kSecondsMin = 900, kSecondsMax = 129600, kSecondsDefault = 43200;
constexpr int64_t kRootSecondsMax = 3600;

}  // namespace

base::Status GetSessionToken(query::Call& call, query::Parameters& in, xml::Writer& out,
                             Services& services) {
  const auto wanted = in.Number("DurationSeconds", kSecondsMin, kSecondsMax);
  RETURN_IF_ERROR(in.Check());
  const access::Caller& caller = call.caller();
  if (caller.session != nullptr)
    return base::Error{base::ErrorKind::kAccessDenied,
                       "Cannot call GetSessionToken with session credentials",
                       access::reason::kDenied};
  call.AllowEverybody();  // as on AWS: policies do not control it
  int64_t seconds = wanted.value_or(kSecondsDefault);
  if (caller.principal.type == policy::Principal::Type::kRoot)
    seconds = std::min(seconds, kRootSecondsMax);
  SessionRequest request;
  ASSIGN_OR_RETURN(auto session, request.Finish(caller, services.clock.NowMicros(), seconds));
  WriteCredentials(services.identities.IssueSession(caller.principal, std::move(session)), out);
  return base::Ok();
}

}  // namespace dray::sts
