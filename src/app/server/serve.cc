// SPDX-License-Identifier: Apache-2.0
#include "app/server/serve.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <thread>

#include "app/server/data_folder.h"
#include "app/server/instance.h"
#include "app/server/remote_targets_file.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/http/server.h"

namespace dray::server {

namespace {

uint64_t BytesOf(double terabytes) { return static_cast<uint64_t>(terabytes * 1e12); }

// Blocks the signals in this thread and all that it will start; one thread waits for them.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    signal(SIGPIPE, SIG_IGN);
  }
  int Await() {
    int number = 0;
    sigwait(&signals_, &number);
    // The next one does what it does by default: end the process.
    pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
    return number;
  }

 private:
  sigset_t signals_;
};

// Connections and the engine's files both count.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    base::log::Warning("the limit of open files stays low",
                       {{"files", static_cast<uint64_t>(limit.rlim_cur)}});
  }
}

std::string EndpointOf(const Settings& settings, std::string host, uint16_t port) {
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return (settings.tls_certificate_file.empty() ? "http://" : "https://") + host + ":" +
         std::to_string(port);
}

// Handlers mostly wait for the disk's sync, so there are more of them than cores.
http::ServerOptions HttpOptions(const Settings& settings, const ListenAddress& address) {
  http::ServerOptions options;
  options.host = address.host;
  options.port = address.port;
  options.local_socket_path = DataFolder::AdminSocketPath(settings.data_folder);
  unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  options.io_threads = cores;
  options.table_threads = std::max(32u, 4 * cores);
  options.object_threads = std::max(32u, 4 * cores);
  options.tls_certificate_file = settings.tls_certificate_file;
  options.tls_key_file = settings.tls_key_file;
  return options;
}

}  // namespace

base::Status Serve(const Settings& settings) {
  RETURN_IF_ERROR(CheckSettings(settings));
  ASSIGN_OR_RETURN(ListenAddress address, ParseListenAddress(settings.listen));
  StopSignals signals;
  RaiseFileLimit();
  base::FileSystem& files = base::PosixFileSystem();
  base::SystemClock system_clock;
  base::MovableClock clock(system_clock);  // moved by --dev only
  std::vector<s3_session::RemoteTarget> remote_targets;
  if (!settings.remote_targets_file.empty()) {
    ASSIGN_OR_RETURN(remote_targets, LoadRemoteTargets(settings.remote_targets_file));
  }
  ASSIGN_OR_RETURN(auto folder, DataFolder::Open(files, {.path = settings.data_folder,
                                                         .dev = settings.dev,
                                                         .in_memory = settings.in_memory,
                                                         .create = true,
                                                         .region = settings.region}));
  ASSIGN_OR_RETURN(
      auto instance,
      Instance::Open(files, *folder, clock,
                     {.dev = settings.dev,
                      .sync_commits = settings.sync_commits,
                      .in_memory = settings.in_memory,
                      .background_jobs = settings.background_jobs,
                      .is_throttled = settings.is_throttled,
                      .exports_max = settings.exports_max,
                      .imports_max = settings.imports_max,
                      .import_objects_max = settings.import_objects_max,
                      .import_source_bytes_max = BytesOf(settings.import_source_terabytes),
                      .export_file_bytes = settings.export_file_megabytes << 20,
                      .remote_targets = std::move(remote_targets)}));
  ServerStatus status{.endpoint = "", .region = folder->region()};
  ASSIGN_OR_RETURN(auto server, http::Server::Start(HttpOptions(settings, address), *instance));
  status.endpoint = EndpointOf(settings, address.host, server->port());
  instance->set_status(status);
  base::log::Info("server started", {{"version", DRAY_VERSION},
                                     {"endpoint", status.endpoint},
                                     {"data", settings.data_folder},
                                     {"region", status.region},
                                     {"pid", static_cast<int64_t>(getpid())}});
  if (settings.dev) {
    base::log::Warning("--dev: every signature is taken; a 12-digit access key names its account");
  }
  std::printf("listening on %s\n", status.endpoint.c_str());
  std::fflush(stdout);

  int number = signals.Await();
  base::log::Info("stopping", {{"signal", number == SIGINT ? "SIGINT" : "SIGTERM"}});
  instance->StopJobs();
  server->Stop(settings.stop_grace_ms);
  server.reset();
  instance.reset();
  base::log::Info("stopped");
  return base::Ok();
}

}  // namespace dray::server
