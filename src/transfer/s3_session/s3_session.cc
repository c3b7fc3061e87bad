// SPDX-License-Identifier: Apache-2.0
#include "transfer/s3_session/s3_session.h"

#include "transfer/s3_session/embedded_session.h"
#include "transfer/s3_session/remote_session.h"

namespace dray::s3_session {

std::unique_ptr<S3Session> OpenSession(buckets::Buckets& buckets, const RemoteTargets* remote,
                                       const access::Caller& caller, std::string bucket,
                                       const std::optional<std::string>& owner,
                                       jobs::Progress& progress) {
  const RemoteTarget* target = remote == nullptr ? nullptr : remote->FindByBucket(bucket);
  if (target == nullptr) {
    return std::make_unique<EmbeddedSession>(buckets, caller, std::move(bucket), owner);
  }
  return std::make_unique<RemoteSession>(*remote, *target, caller, std::move(bucket), owner,
                                         progress);
}

}  // namespace dray::s3_session
