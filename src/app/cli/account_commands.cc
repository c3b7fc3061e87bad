// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <functional>
#include <string>

#include "app/cli/commands.h"
#include "app/server/admin.h"
#include "app/server/credentials_file.h"
#include "app/server/data_folder.h"
#include "app/server/wiring.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/text_encoding.h"

namespace dray::cli {

namespace {

constexpr const char* kDefaultEndpoint = "http://127.0.0.1:8000";

struct Reached {
  server::AccountAdmin& admin;
  server::ServerStatus status;  // endpoint empty: no server runs
};

// Runs `use` with the server's accounts, wherever they can be had.
base::Status WithAccounts(const std::string& data_folder, bool create_folder,
                          const std::function<base::Status(const Reached&)>& use) {
  std::string socket = server::DataFolder::AdminSocketPath(data_folder);
  auto status = server::FetchStatus(socket);
  if (status) return use({*server::MakeRemoteAdmin(socket), *status});
  if (status.error().kind != base::ErrorKind::kUnavailable) return status.error();

  base::FileSystem& files = base::PosixFileSystem();
  base::SystemClock clock;
  ASSIGN_OR_RETURN(auto folder,
                   server::DataFolder::Open(files, {.path = data_folder, .create = create_folder}));
  ASSIGN_OR_RETURN(auto offline, server::OfflineAccounts::Open(files, *folder, clock));
  auto admin = server::MakeLocalAdmin(offline->accounts(), files, folder->credentials_path());
  return use({*admin, {.endpoint = "", .region = folder->region()}});
}

}  // namespace

base::Status Run(const AccountCreateCommand& command) {
  return WithAccounts(command.data_folder, true, [&](const Reached& reached) -> base::Status {
    ASSIGN_OR_RETURN(auto credentials, reached.admin.Create(command.account_id));
    std::fputs(server::RenderProfile(command.account_id, credentials).c_str(), stdout);
    return base::Ok();
  });
}

base::Status Run(const AccountListCommand& command) {
  return WithAccounts(command.data_folder, false, [&](const Reached& reached) -> base::Status {
    ASSIGN_OR_RETURN(auto accounts, reached.admin.List());
    for (const access::Account& account : accounts) {
      std::printf("%s  created %s\n", account.id.c_str(),
                  base::FormatIso8601Seconds(account.created_at_micros).c_str());
    }
    return base::Ok();
  });
}

base::Status Run(const EnvCommand& command) {
  return WithAccounts(command.data_folder, false, [&](const Reached& reached) -> base::Status {
    ASSIGN_OR_RETURN(auto credentials, reached.admin.Find(command.account_id));
    std::string endpoint = reached.status.endpoint;
    if (endpoint.empty()) {
      endpoint = kDefaultEndpoint;
      std::fprintf(stderr, "dray: no server runs on %s; AWS_ENDPOINT_URL is the default address\n",
                   command.data_folder.c_str());
    }
    // None of these values has a quote in it.
    std::printf(
        "export AWS_ACCESS_KEY_ID='%s'\nexport AWS_SECRET_ACCESS_KEY='%s'\n"
        "export AWS_DEFAULT_REGION='%s'\nexport AWS_ENDPOINT_URL='%s'\n"
        "unset AWS_SESSION_TOKEN AWS_PROFILE\n",
        credentials.access_key.c_str(), credentials.secret.c_str(), reached.status.region.c_str(),
        endpoint.c_str());
    return base::Ok();
  });
}

}  // namespace dray::cli
