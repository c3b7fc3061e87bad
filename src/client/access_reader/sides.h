// SPDX-License-Identifier: Apache-2.0
// The three places that are read.
#pragma once

#include <string>

#include "base/result.h"
#include "client/access_reader/access_reader.h"

namespace dray::access_reader {

// Is `refused` "this server has no such operation"?
bool IsUnknownOperation(const aws::ServiceError& refused);

// Adds to facts.unread.
void AddUnread(doctor::Facts& facts, std::optional<doctor::Side> side, std::string what,
               const std::string& why);

// GetCallerIdentity of one of the session's identities.
struct Caller {
  std::string arn, account;
};
base::Result<Caller> ReadCaller(remote_jobs::Session& session, aws::Client& client);

base::Status ReadIdentitySide(remote_jobs::Session& session, const Given& given,
                              doctor::Facts& facts);
base::Status ReadBucketSide(remote_jobs::Session& session, const Given& given,
                            doctor::Facts& facts);
base::Status ReadTableSide(remote_jobs::Session& session, const Given& given, doctor::Facts& facts);
base::Status ReadKey(remote_jobs::Session& session, const Given& given, doctor::Facts& facts);

}  // namespace dray::access_reader
