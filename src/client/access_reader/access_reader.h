// SPDX-License-Identifier: Apache-2.0
// What decides a job's access, as an endpoint tells it to whoever asks.
#pragma once

#include <string>

#include "base/result.h"
#include "client/remote_jobs/session.h"
#include "security/doctor/doctor.h"

namespace dray::access_reader {

// What is known already and is not asked for.
struct Given {
  std::string table;  // name or ARN; empty: the table is not looked at
  bool has_bucket_policy = false;
  bool has_identity_policies = false;
  bool has_boundary = false;
  bool has_table_policy = false;
  bool has_key_policy = false;
  bool has_trust_policy = false;
};

// Completes `facts`; what could not be read is in facts.unread. The bucket's side is read with the
// session's credentials of the bucket. Errors: the endpoint does not answer (kUnavailable), the
// bucket or the table is not there (kNotFound), nobody says who the caller is (kInvalidArgument),
// kCancelled.
base::Status ReadFacts(remote_jobs::Session& session, const Given& given, doctor::Facts& facts);

}  // namespace dray::access_reader
