// SPDX-License-Identifier: Apache-2.0
#include "client/remote_jobs/recovery.h"

#include "client/remote_jobs/json_members.h"

namespace dray::remote_jobs {

base::Status Recovery::TurnOn() {
  std::string body;
  json::Writer(body).StartObject().Name("TableName").String(table_).EndObject();
  ASSIGN_OR_RETURN(json::Object answer, session_.Get("DescribeContinuousBackups", std::move(body)));
  const json::Object recovery =
      ObjectAt(ObjectAt(answer, "ContinuousBackupsDescription"), "PointInTimeRecoveryDescription");
  if (StringAt(recovery, "PointInTimeRecoveryStatus") == "ENABLED") {
    session_.display().Note("point-in-time recovery is on already, and stays on");
    return base::Ok();
  }
  // Before the call: an answer that gets lost must not leave it on.
  was_turned_on_ = true;
  RETURN_IF_ERROR(Set(true));
  session_.display().Note("point-in-time recovery was turned on");
  return base::Ok();
}

base::Status Recovery::TurnOff() {
  if (!was_turned_on_) return base::Ok();
  RETURN_IF_ERROR(Set(false));
  was_turned_on_ = false;
  session_.display().Note("point-in-time recovery was turned off again");
  return base::Ok();
}

base::Status Recovery::Set(bool on) {
  std::string body;
  json::Writer writer(body);
  writer.StartObject().Name("TableName").String(table_);
  writer.Name("PointInTimeRecoverySpecification").StartObject();
  writer.Name("PointInTimeRecoveryEnabled").Bool(on).EndObject().EndObject();
  ASSIGN_OR_RETURN(json::Object answer, session_.Get("UpdateContinuousBackups", std::move(body)));
  return base::Ok();
}

}  // namespace dray::remote_jobs
