// SPDX-License-Identifier: Apache-2.0
// Who asks, then its own side, the bucket's, the table's and the key's.
#include "client/access_reader/access_reader.h"

#include "client/access_reader/sides.h"

namespace dray::access_reader {

bool IsUnknownOperation(const aws::ServiceError& refused) {
  return refused.status == 501 || refused.code == "NotImplemented" ||
         refused.code == "InvalidAction" || refused.code == "UnknownOperationException";
}

void AddUnread(doctor::Facts& facts, std::optional<doctor::Side> side, std::string what,
               const std::string& why) {
  facts.unread.push_back({.side = side, .what = std::move(what), .why = why});
}

base::Status ReadFacts(remote_jobs::Session& session, const Given& given, doctor::Facts& facts) {
  // Only direct requests come as the endpoint's scheme has it.
  if (session.options().tables.origin.starts_with("http://")) facts.is_plain_http = true;
  RETURN_IF_ERROR(ReadIdentitySide(session, given, facts));
  RETURN_IF_ERROR(ReadBucketSide(session, given, facts));
  RETURN_IF_ERROR(ReadTableSide(session, given, facts));
  RETURN_IF_ERROR(ReadKey(session, given, facts));
  if (session.options().is_aws && facts.service_control.empty() && facts.resource_control.empty())
    AddUnread(facts, std::nullopt, "service and resource control policies of the organizations",
              "Only an organization's management account can read them: give them with --scp and "
              "--rcp if there are any.");
  return base::Ok();
}

}  // namespace dray::access_reader
