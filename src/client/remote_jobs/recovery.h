// SPDX-License-Identifier: Apache-2.0
// Point-in-time recovery that is turned on for an export, and off again behind it.
#pragma once

#include <string>

#include "base/result.h"
#include "client/remote_jobs/session.h"

namespace dray::remote_jobs {

class Recovery {
 public:
  // `table`: name or ARN.
  Recovery(Session& session, std::string table) : session_(session), table_(std::move(table)) {}
  // Turns it on, unless it is on already.
  base::Status TurnOn();
  // Was it off before? Only then it is turned off again.
  bool was_turned_on() const { return was_turned_on_; }
  base::Status TurnOff();

 private:
  base::Status Set(bool on);

  Session& session_;
  const std::string table_;
  bool was_turned_on_ = false;
};

}  // namespace dray::remote_jobs
