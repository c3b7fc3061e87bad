// SPDX-License-Identifier: Apache-2.0
// The services of a running server and the gateway before them. With --dev it can start over with
// an empty folder, without closing the port.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>

#include "app/server/admin.h"
#include "app/server/data_folder.h"
#include "app/server/job_governor.h"
#include "app/server/wiring.h"
#include "base/clock.h"
#include "net/http/server.h"

namespace dray::server {

class Instance : public http::Handler {
 public:
  // The references outlive it. Makes the first account when there is none.
  static base::Result<std::unique_ptr<Instance>> Open(base::FileSystem& files, DataFolder& folder,
                                                      base::MovableClock& clock,
                                                      WiringOptions options);
  ~Instance() override;

  // What admin requests tell: known once the server listens.
  void set_status(ServerStatus status);
  void StopJobs();

  http::BodyPlan Plan(const http::RequestHead& head) override;
  bool HandleNow(http::Request& request, http::ResponseWriter& response) override;
  void Handle(http::Request& request, http::ResponseWriter& response) override;
  void Reject(int status, const http::RequestHead& head, http::ResponseWriter& response) override;

 private:
  Instance(base::FileSystem& files, DataFolder& folder, base::MovableClock& clock,
           WiringOptions options);
  base::Status OpenServices();
  base::Status MakeFirstAccount();
  void HandleDev(http::Request& request, http::ResponseWriter& response);
  void MoveClock(const http::Request& request, http::ResponseWriter& response);
  base::Status Reset();

  base::FileSystem& files_;
  DataFolder& folder_;
  base::MovableClock& clock_;
  const WiringOptions options_;
  ServerStatus status_;
  // Requests hold it shared; a reset, exclusively.
  std::shared_mutex services_mutex_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<AccountAdmin> admin_;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::atomic<uint64_t> requests_{0};
  std::optional<JobGovernor> job_governor_;
};

}  // namespace dray::server
