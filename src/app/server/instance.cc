// SPDX-License-Identifier: Apache-2.0
#include "app/server/instance.h"

#include <mutex>
#include <utility>

#include "app/server/credentials_file.h"
#include "base/log.h"
#include "format/json/json.h"

namespace dray::server {

namespace {

constexpr std::string_view kFirstAccount = "000000000000";
constexpr std::string_view kFirstProfile = "default";
constexpr int64_t kOffsetSecondsMax = 100LL * 365 * 86'400;

// A reset replaces the services that the request itself runs in, so its handler only leaves a mark
// for the end of the request.
thread_local bool wants_reset = false;

void SendJson(http::ResponseWriter& response, int status, std::string_view body) {
  auto sent = response.Send(status, {{"Content-Type", "application/json"}}, body);
  if (!sent) base::log::Debug("a response was not sent", {{"error", sent.error().message}});
}

void SendMessage(http::ResponseWriter& response, int status, std::string_view message) {
  std::string body;
  json::Writer(body).StartObject().Name("message").String(message).EndObject();
  SendJson(response, status, body);
}

}  // namespace

base::Result<std::unique_ptr<Instance>> Instance::Open(base::FileSystem& files, DataFolder& folder,
                                                       base::MovableClock& clock,
                                                       WiringOptions options) {
  std::unique_ptr<Instance> instance(new Instance(files, folder, clock, std::move(options)));
  RETURN_IF_ERROR(instance->OpenServices());
  return instance;
}

Instance::Instance(base::FileSystem& files, DataFolder& folder, base::MovableClock& clock,
                   WiringOptions options)
    : files_(files), folder_(folder), clock_(clock), options_(std::move(options)) {
  if (options_.background_jobs) job_governor_.emplace(kBackgroundNiceness, requests_);
}

Instance::~Instance() = default;

base::Status Instance::OpenServices() {
  ASSIGN_OR_RETURN(services_, Services::Open(files_, folder_, clock_, options_));
  RETURN_IF_ERROR(MakeFirstAccount());
  admin_ = MakeLocalAdmin(services_->accounts(), files_, folder_.credentials_path());
  gateway_ = gateway::Gateway::Make(
      services_->protocols(), services_->authenticator(),
      [this](http::Request& request, http::ResponseWriter& response) {
        ServeAdmin(*admin_, status_, request, response);
      },
      {.dev = options_.dev,
       .dev_handler = [this](http::Request& request, http::ResponseWriter& response) {
         HandleDev(request, response);
       }});
  return base::Ok();
}

base::Status Instance::MakeFirstAccount() {
  accounts::Accounts& accounts = services_->accounts();
  const std::string path = folder_.credentials_path();
  ASSIGN_OR_RETURN(auto known, accounts.List());
  if (known.empty()) {
    ASSIGN_OR_RETURN(auto credentials, accounts.Create(kFirstAccount));
    RETURN_IF_ERROR(PutProfile(files_, path, kFirstProfile, credentials));
    base::log::Info("first account created", {{"account", kFirstAccount}, {"credentials", path}});
    return base::Ok();
  }
  // A crash may have come between the account and its file; a file that was removed by hand comes
  // back too: whoever can read it could read the folder.
  ASSIGN_OR_RETURN(auto first, accounts.CredentialsOf(kFirstAccount));
  if (first.empty()) return base::Ok();
  std::string text;
  if (files_.Exists(path)) {
    ASSIGN_OR_RETURN(text, base::ReadFile(files_, path));
  }
  if (HasProfile(text, kFirstProfile)) return base::Ok();
  return PutProfile(files_, path, kFirstProfile, first.front());
}

void Instance::set_status(ServerStatus status) {
  std::unique_lock lock(services_mutex_);
  status_ = std::move(status);
}

void Instance::StopJobs() {
  std::shared_lock lock(services_mutex_);
  if (services_) services_->StopJobs();
}

http::BodyPlan Instance::Plan(const http::RequestHead& head) {
  requests_.fetch_add(1, std::memory_order_relaxed);
  std::shared_lock lock(services_mutex_);
  return gateway_ ? gateway_->Plan(head) : http::BodyPlan::kWhole;
}

bool Instance::HandleNow(http::Request& request, http::ResponseWriter& response) {
  std::shared_lock lock(services_mutex_, std::try_to_lock);  // a reset takes long
  return lock.owns_lock() && gateway_ && gateway_->HandleNow(request, response);
}

void Instance::Handle(http::Request& request, http::ResponseWriter& response) {
  {
    std::shared_lock lock(services_mutex_);
    if (!gateway_) {  // a reset failed
      SendMessage(response, 500, "the server could not start over; see its log");
      return;
    }
    gateway_->Handle(request, response);
  }
  if (!std::exchange(wants_reset, false)) return;
  auto done = Reset();
  if (done) {
    SendJson(response, 200, "{}");
  } else {
    base::log::Error("starting over failed", {{"error", done.error().message}});
    SendMessage(response, 500, done.error().message);
  }
}

void Instance::Reject(int status, const http::RequestHead& head, http::ResponseWriter& response) {
  std::shared_lock lock(services_mutex_);
  if (gateway_) gateway_->Reject(status, head, response);
}

void Instance::HandleDev(http::Request& request, http::ResponseWriter& response) {
  bool is_post = request.head.method == "POST";
  if (request.head.path == "/_dray/dev/clock" && is_post) {
    MoveClock(request, response);
  } else if (request.head.path == "/_dray/dev/reset" && is_post) {
    wants_reset = true;
  } else {
    SendMessage(response, 404, "POST /_dray/dev/clock and POST /_dray/dev/reset are known");
  }
}

void Instance::MoveClock(const http::Request& request, http::ResponseWriter& response) {
  auto parsed = json::Parse(request.whole_body);
  const json::Value* offset =
      parsed && parsed->object() != nullptr ? parsed->object()->Find("offset_seconds") : nullptr;
  std::optional<int64_t> seconds = offset != nullptr ? offset->Int64() : std::nullopt;
  if (!seconds || *seconds > kOffsetSecondsMax || *seconds < -kOffsetSecondsMax) {
    SendMessage(response, 400,
                R"(a body such as {"offset_seconds": 3600} is needed: how far the server's )"
                R"(clock is ahead of the machine's)");
    return;
  }
  clock_.SetOffset(*seconds * base::kMicrosPerSecond);
  services_->clock().StepToWall();
  base::log::Info("clock moved", {{"offset_seconds", *seconds}});
  std::string body;
  json::Writer(body).StartObject().Name("offset_seconds").Int(*seconds).EndObject();
  SendJson(response, 200, body);
}

base::Status Instance::Reset() {
  std::unique_lock lock(services_mutex_);
  gateway_.reset();
  admin_.reset();
  services_.reset();
  clock_.SetOffset(0);
  RETURN_IF_ERROR(folder_.Empty());
  RETURN_IF_ERROR(OpenServices());
  base::log::Info("started over with an empty folder");
  return base::Ok();
}

}  // namespace dray::server
