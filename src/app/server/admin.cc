// SPDX-License-Identifier: Apache-2.0
#include "app/server/admin.h"

#include <algorithm>
#include <utility>

#include "app/server/credentials_file.h"
#include "base/log.h"
#include "base/text_encoding.h"
#include "format/json/json.h"
#include "net/http/client.h"

namespace dray::server {

namespace {

constexpr std::string_view kAccountsPath = "/_dray/admin/accounts";
constexpr std::string_view kStatusPath = "/_dray/admin/status";

class LocalAdmin final : public AccountAdmin {
 public:
  LocalAdmin(accounts::Accounts& accounts, base::FileSystem& files, std::string credentials_path)
      : accounts_(accounts), files_(files), credentials_path_(std::move(credentials_path)) {}

  base::Result<access::Credentials> Create(const std::string& account_id) override {
    ASSIGN_OR_RETURN(auto credentials, accounts_.Create(account_id));
    RETURN_IF_ERROR(PutProfile(files_, credentials_path_, account_id, credentials));
    base::log::Info("account created", {{"account", account_id}});
    return credentials;
  }
  base::Result<std::vector<access::Account>> List() override { return accounts_.List(); }
  base::Result<access::Credentials> Find(const std::string& account_id) override {
    ASSIGN_OR_RETURN(auto found, accounts_.CredentialsOf(account_id));
    if (found.empty()) {
      return base::Error{base::ErrorKind::kNotFound, "There is no account " + account_id};
    }
    return found.front();
  }

 private:
  accounts::Accounts& accounts_;
  base::FileSystem& files_;
  const std::string credentials_path_;
};

std::string StringOf(const json::Object& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value != nullptr && value->string() != nullptr ? *value->string() : "";
}

base::Error NotUnderstood() {
  return {base::ErrorKind::kInternal, "the server's answer was not understood"};
}

class RemoteAdmin final : public AccountAdmin {
 public:
  explicit RemoteAdmin(std::string socket_path) : socket_path_(std::move(socket_path)) {}

  base::Result<access::Credentials> Create(const std::string& account_id) override {
    std::string body;
    json::Writer(body).StartObject().Name("account_id").String(account_id).EndObject();
    ASSIGN_OR_RETURN(json::Value answer, Ask("POST", std::string(kAccountsPath), body));
    return CredentialsOf(answer);
  }
  base::Result<std::vector<access::Account>> List() override {
    ASSIGN_OR_RETURN(json::Value answer, Ask("GET", std::string(kAccountsPath), ""));
    const json::Value* list = answer.object()->Find("accounts");
    if (list == nullptr || list->array() == nullptr) return NotUnderstood();
    std::vector<access::Account> found;
    for (const json::Value& entry : *list->array()) {
      if (entry.object() == nullptr) return NotUnderstood();
      access::Account account;
      account.id = StringOf(*entry.object(), "account_id");
      account.created_at_micros =
          base::ParseIso8601(StringOf(*entry.object(), "created_at")).value_or(0);
      found.push_back(std::move(account));
    }
    return found;
  }
  base::Result<access::Credentials> Find(const std::string& account_id) override {
    ASSIGN_OR_RETURN(
        json::Value answer,
        Ask("GET", std::string(kAccountsPath) + "/" + base::PercentEncode(account_id, false), ""));
    return CredentialsOf(answer);
  }
  base::Result<ServerStatus> Status() {
    ASSIGN_OR_RETURN(json::Value answer, Ask("GET", std::string(kStatusPath), ""));
    return ServerStatus{.endpoint = StringOf(*answer.object(), "endpoint"),
                        .region = StringOf(*answer.object(), "region")};
  }

 private:
  // The object that the server answered.
  base::Result<json::Value> Ask(std::string method, std::string target, std::string body) {
    ASSIGN_OR_RETURN(auto response, http::Call({.local_socket_path = socket_path_,
                                                .method = std::move(method),
                                                .target = std::move(target),
                                                .body = std::move(body)}));
    auto answer = json::Parse(response.body);
    bool is_object = answer && answer->object() != nullptr;
    if (response.status == 200) {
      if (is_object) return answer;
      return NotUnderstood();
    }
    std::string message = is_object ? StringOf(*answer->object(), "message") : "";
    if (message.empty()) message = "the server answered " + std::to_string(response.status);
    base::ErrorKind kind = base::ErrorKind::kInternal;
    if (response.status == 404) kind = base::ErrorKind::kNotFound;
    if (response.status == 409) kind = base::ErrorKind::kAlreadyExists;
    if (response.status == 400) kind = base::ErrorKind::kInvalidArgument;
    return base::Error{kind, std::move(message)};
  }
  static base::Result<access::Credentials> CredentialsOf(const json::Value& answer) {
    access::Credentials credentials;
    credentials.access_key = StringOf(*answer.object(), "access_key_id");
    credentials.secret = StringOf(*answer.object(), "secret_access_key");
    if (credentials.access_key.empty() || credentials.secret.empty()) return NotUnderstood();
    return credentials;
  }

  const std::string socket_path_;
};

// ---- the server's end

struct Answer {
  int status = 200;
  std::string body;
};

Answer AnswerOf(const base::Error& error) {
  Answer answer;
  switch (error.kind) {
    case base::ErrorKind::kInvalidArgument:
      answer.status = 400;
      break;
    case base::ErrorKind::kNotFound:
      answer.status = 404;
      break;
    case base::ErrorKind::kAlreadyExists:
      answer.status = 409;
      break;
    default:
      answer.status = 500;
      break;
  }
  json::Writer(answer.body).StartObject().Name("message").String(error.message).EndObject();
  return answer;
}

Answer AnswerOf(std::string_view account_id, const base::Result<access::Credentials>& result) {
  if (!result) return AnswerOf(result.error());
  Answer answer;
  json::Writer(answer.body)
      .StartObject()
      .Name("account_id")
      .String(account_id)
      .Name("access_key_id")
      .String(result->access_key)
      .Name("secret_access_key")
      .String(result->secret)
      .EndObject();
  return answer;
}

Answer AnswerOf(const base::Result<std::vector<access::Account>>& accounts) {
  if (!accounts) return AnswerOf(accounts.error());
  Answer answer;
  json::Writer writer(answer.body);
  writer.StartObject().Name("accounts").StartArray();
  for (const access::Account& account : *accounts) {
    writer.StartObject()
        .Name("account_id")
        .String(account.id)
        .Name("created_at")
        .String(base::FormatIso8601Millis(account.created_at_micros))
        .EndObject();
  }
  writer.EndArray().EndObject();
  return answer;
}

Answer CreateAccount(AccountAdmin& admin, std::string_view body) {
  auto parsed = json::Parse(body);
  if (!parsed || parsed->object() == nullptr) {
    return AnswerOf(base::Error{base::ErrorKind::kInvalidArgument, "a JSON object is needed"});
  }
  std::string account_id = StringOf(*parsed->object(), "account_id");
  return AnswerOf(account_id, admin.Create(account_id));
}

Answer Route(AccountAdmin& admin, const ServerStatus& status, const http::Request& request) {
  const std::string& path = request.head.path;
  const std::string& method = request.head.method;
  if (path == kAccountsPath && method == "GET") return AnswerOf(admin.List());
  if (path == kAccountsPath && method == "POST") return CreateAccount(admin, request.whole_body);
  if (path.starts_with(std::string(kAccountsPath) + "/") && method == "GET") {
    std::string account_id = path.substr(kAccountsPath.size() + 1);
    return AnswerOf(account_id, admin.Find(account_id));
  }
  if (path == kStatusPath && method == "GET") {
    Answer answer;
    json::Writer(answer.body)
        .StartObject()
        .Name("endpoint")
        .String(status.endpoint)
        .Name("region")
        .String(status.region)
        .Name("version")
        .String(DRAY_VERSION)
        .EndObject();
    return answer;
  }
  return AnswerOf(base::Error{base::ErrorKind::kNotFound, "no such admin request"});
}

}  // namespace

std::unique_ptr<AccountAdmin> MakeLocalAdmin(accounts::Accounts& accounts, base::FileSystem& files,
                                             std::string credentials_path) {
  return std::make_unique<LocalAdmin>(accounts, files, std::move(credentials_path));
}

std::unique_ptr<AccountAdmin> MakeRemoteAdmin(std::string socket_path) {
  return std::make_unique<RemoteAdmin>(std::move(socket_path));
}

base::Result<ServerStatus> FetchStatus(const std::string& socket_path) {
  return RemoteAdmin(socket_path).Status();
}

void ServeAdmin(AccountAdmin& admin, const ServerStatus& status, const http::Request& request,
                http::ResponseWriter& response) {
  Answer answer = Route(admin, status, request);
  auto sent = response.Send(answer.status, {{"Content-Type", "application/json"}}, answer.body);
  if (!sent) base::log::Debug("a response was not sent", {{"error", sent.error().message}});
}

}  // namespace dray::server
