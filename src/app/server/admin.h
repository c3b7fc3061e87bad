// SPDX-License-Identifier: Apache-2.0
// Admin requests, JSON over DIR/admin.sock, and both ends of them:
//   GET  /_dray/admin/status                      {"endpoint", "region", "version"}
//   GET  /_dray/admin/accounts                    {"accounts": [{"account_id", "created_at"}]}
//   POST /_dray/admin/accounts {"account_id"}     {"account_id", "access_key_id",
//   "secret_access_key"} GET  /_dray/admin/accounts/ID                 the same
// Errors: {"message"}.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "net/http/server.h"
#include "security/access/access.h"
#include "storage/accounts/accounts.h"

namespace dray::server {

// What the admin commands do, wherever they do it.
class AccountAdmin {
 public:
  virtual ~AccountAdmin() = default;
  virtual base::Result<access::Credentials> Create(const std::string& account_id) = 0;
  virtual base::Result<std::vector<access::Account>> List() = 0;
  virtual base::Result<access::Credentials> Find(const std::string& account_id) = 0;
};

// Directly. Both outlive it. Create also puts the credentials into the file.
std::unique_ptr<AccountAdmin> MakeLocalAdmin(accounts::Accounts& accounts, base::FileSystem& files,
                                             std::string credentials_path);
// Through the socket of a running server. kUnavailable when there is none.
std::unique_ptr<AccountAdmin> MakeRemoteAdmin(std::string socket_path);

struct ServerStatus {
  std::string endpoint = {};
  std::string region = {};
};
base::Result<ServerStatus> FetchStatus(const std::string& socket_path);

// The server's end.
void ServeAdmin(AccountAdmin& admin, const ServerStatus& status, const http::Request& request,
                http::ResponseWriter& response);

}  // namespace dray::server
