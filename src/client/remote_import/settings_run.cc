// SPDX-License-Identifier: Apache-2.0
#include "client/remote_import/settings_run.h"

namespace dray::remote_import {

namespace {

// AWS takes a moment from the end of an import to backups, and from one change to the next.
constexpr int kAttempts = 60;
constexpr int64_t kPauseMs = 5'000;

bool IsSettling(const aws::ServiceError& refused) {
  return refused.code == "ResourceInUseException" ||
         refused.code == "ContinuousBackupsUnavailableException";
}

}  // namespace

base::Status ApplySetting(remote_jobs::Session& session, const Setting& setting,
                          const std::string& table, const std::string& table_arn) {
  const std::string body =
      RenderSetting(setting, setting.table_by == "ResourceArn" ? table_arn : table);
  for (int attempt = 1;; ++attempt) {
    ASSIGN_OR_RETURN(aws::JsonAnswer answer, session.Ask(setting.operation, body));
    if (!answer.refused) return base::Ok();
    if (!IsSettling(*answer.refused) || attempt == kAttempts) {
      return session.Refusal(setting.operation, *answer.refused);
    }
    RETURN_IF_ERROR(session.Sleep(kPauseMs));
  }
}

}  // namespace dray::remote_import
