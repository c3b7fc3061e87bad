// SPDX-License-Identifier: Apache-2.0
// For tests of this module: the protocol over real tables in memory and a real authoriser, with
// exports and imports that only remember what they were asked; backups and restores are real.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/dynamodb/dynamodb.h"
#include "base/clock.h"
#include "format/json/json.h"
#include "hash/crc.h"
#include "storage/kv/memory/memory_engine.h"
#include "transfer/jobs/jobs.h"

namespace dray::dynamodb {

inline constexpr std::string_view kAccount = "111122223333";
inline constexpr std::string_view kOtherAccount = "444455556666";

class RecordedResponse final : public http::ResponseWriter {
 public:
  base::Status Start(int, const std::vector<std::pair<std::string, std::string>>&,
                     std::optional<uint64_t>) override {
    return base::Ok();
  }
  base::Status Write(std::string_view) override { return base::Ok(); }
  base::Status Finish() override { return base::Ok(); }
  base::Status Send(int status_code,
                    const std::vector<std::pair<std::string, std::string>>& response_headers,
                    std::string_view bytes) override {
    status = status_code;
    headers = response_headers;
    body = bytes;
    return base::Ok();
  }
  bool is_started() const override { return status != 0; }

  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

class FakeExports final : public export_table::Exports {
 public:
  base::Result<export_table::ExportDescription> Start(
      const access::Caller&, const export_table::ExportRequest& request) override {
    ++started;
    last_request = request;
    if (start_error) return *start_error;
    export_table::ExportDescription description = next;
    description.request = request;
    return description;
  }
  base::Result<std::optional<export_table::ExportDescription>> Describe(
      std::string_view arn) override {
    ++described;
    for (const auto& description : stored) {
      if (description.record.arn == arn) return std::optional(description);
    }
    return std::optional<export_table::ExportDescription>();
  }
  base::Result<std::vector<export_table::ExportDescription>> List(std::string_view,
                                                                  std::string_view table_arn,
                                                                  std::string_view start_after,
                                                                  size_t count_max) override {
    std::vector<export_table::ExportDescription> page;
    bool is_behind = start_after.empty();
    for (const auto& description : stored) {
      if (is_behind && page.size() < count_max &&
          (table_arn.empty() || description.request.table_arn == table_arn)) {
        page.push_back(description);
      }
      is_behind = is_behind || description.record.arn == start_after;
    }
    return page;
  }

  int started = 0, described = 0;
  export_table::ExportRequest last_request;
  std::optional<base::Error> start_error;
  export_table::ExportDescription next;
  std::vector<export_table::ExportDescription> stored;
};

class FakeImports final : public import_table::Imports {
 public:
  base::Result<import_table::ImportDescription> Start(
      const access::Caller& caller, const import_table::ImportRequest& request) override {
    ++started;
    last_request = request;
    import_table::ImportDescription description = next;
    description.request = request;
    description.record.account = caller.account();
    return description;
  }
  base::Result<std::optional<import_table::ImportDescription>> Describe(
      std::string_view arn) override {
    for (const auto& description : stored) {
      if (description.record.arn == arn) return std::optional(description);
    }
    return std::optional<import_table::ImportDescription>();
  }
  base::Result<std::vector<import_table::ImportDescription>> List(std::string_view,
                                                                  std::string_view,
                                                                  std::string_view,
                                                                  size_t count_max) override {
    auto page = stored;
    if (page.size() > count_max) page.resize(count_max);
    return page;
  }
  base::Result<import_table::ErrorLogPage> ReadErrorLog(
      std::string_view, const import_table::ErrorLogQuery& query) override {
    last_query = query;
    return error_log;
  }

  void AddKind(std::string, import_table::Kind) override {}
  base::Status CheckQuota(std::string_view) override { return base::Ok(); }

  int started = 0;
  import_table::ImportRequest last_request;
  import_table::ImportDescription next;
  import_table::ErrorLogQuery last_query;
  import_table::ErrorLogPage error_log;
  std::vector<import_table::ImportDescription> stored;
};

class FakeIntoImports final : public import_into::IntoImports {
 public:
  base::Result<import_table::ImportDescription> Start(
      const access::Caller& caller, const import_into::IntoRequest& request) override {
    ++started;
    last_request = request;
    import_table::ImportDescription description;
    description.record.account = caller.account();
    description.into.emplace();
    return description;
  }

  int started = 0;
  import_into::IntoRequest last_request;
};

// Every user and role has these policies.
class FakeIdentities final : public access::IdentitySource {
 public:
  base::Result<std::shared_ptr<const access::IdentityPolicies>> PoliciesOf(
      const policy::Principal&) override {
    return std::make_shared<const access::IdentityPolicies>(policies);
  }
  access::IdentityPolicies policies;
};

// Denies everything and remembers the questions, when told so.
class SwitchableAuthorizer final : public access::Authorizer {
 public:
  explicit SwitchableAuthorizer(const base::Clock& clock)
      : real_(access::Authorizer::Make(clock, "us-east-1", &identities)) {}
  policy::Decision Decide(const access::Caller& caller,
                          const access::ResourceRequest& request) override {
    asked.push_back(request);
    asked.back().details = {};  // what it refers to goes away
    if (denies_all) return {.deciding_side = "identity", .explanation = "no", .trace = {}};
    return real_->Decide(caller, request);
  }
  base::Status Require(const access::Caller& caller,
                       const access::ResourceRequest& request) override {
    policy::Decision decision = Decide(caller, request);
    if (decision.is_allowed()) return base::Ok();
    return access::DenialOf(caller, request, decision);
  }

  bool denies_all = false;
  std::vector<access::ResourceRequest> asked;
  FakeIdentities identities;

 private:
  std::unique_ptr<access::Authorizer> real_;
};

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() {
    auto clock = table::ServiceClock::Open(*engine_, wall_);
    EXPECT_TRUE(clock.has_value());
    clock_ = *std::move(clock);
    table::Options options;
    options.folder = ::testing::TempDir();
    auto tables = table::Tables::Open(*engine_, *clock_, options);
    EXPECT_TRUE(tables.has_value());
    tables_ = *std::move(tables);
    auto jobs = jobs::Jobs::Open(*engine_, *clock_, {});
    EXPECT_TRUE(jobs.has_value());
    jobs_ = *std::move(jobs);
    auto backups = restore_table::Backups::Make(*tables_, *clock_, *engine_, "us-east-1");
    EXPECT_TRUE(backups.has_value());
    backups_ = *std::move(backups);
    auto restores =
        restore_table::Restores::Make(*tables_, *backups_, *jobs_, *clock_, "us-east-1", {});
    EXPECT_TRUE(restores.has_value());
    restores_ = *std::move(restores);
    tables_->PinsLoaded();
    protocol_ = MakeProtocol(services());
    caller_.principal.type = policy::Principal::Type::kRoot;
    caller_.principal.account = kAccount;
    caller_.principal.arn = "arn:aws:iam::" + std::string(kAccount) + ":root";
  }

  Services services() {
    return {*tables_,   exports_, imports_,    into_imports_, *backups_,
            *restores_, *jobs_,   authorizer_, *clock_,       "us-east-1"};
  }

  struct Answer {
    int status = 0;
    std::string body;
    std::string error;  // wire name, without its prefix
    std::string message;
    json::Value value;
  };

  Answer Send(std::string_view operation, std::string_view body,
              std::string_view target_prefix = "DynamoDB_20120810.") {
    http::RequestHead head;
    head.method = "POST";
    head.headers = {{"X-Amz-Target", std::string(target_prefix) + std::string(operation)},
                    {"Host", "127.0.0.1:8000"}};
    response_ = RecordedResponse();
    gateway::Exchange exchange{head, body, nullptr, response_, caller_, "REQUESTID",
                               {},   {},   0,       {},        {}};
    protocol_->Serve(exchange);
    audited_ = {exchange.operation, exchange.resource, exchange.error_code, exchange.detail};
    Answer answer;
    answer.status = response_.status;
    answer.body = response_.body;
    if (response_.body.empty()) return answer;
    auto parsed = json::Parse(response_.body);
    EXPECT_TRUE(parsed.has_value()) << response_.body;
    if (!parsed) return answer;
    answer.value = *std::move(parsed);
    if (const json::Value* type = answer.value.object()->Find("__type")) {
      answer.error = type->string()->substr(type->string()->find('#') + 1);
    }
    if (const json::Value* message = answer.value.object()->Find("message")) {
      answer.message = *message->string();
    }
    return answer;
  }

  // A table with a partition key pk (S) and, unless `sort_type` is empty, a sort key sk.
  void MakeTable(std::string_view name, std::string_view sort_type = "") {
    std::string sort(sort_type);
    std::string body = R"({"TableName":")" + std::string(name) +
                       R"(","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[)"
                       R"({"AttributeName":"pk","AttributeType":"S"})";
    if (!sort.empty()) body += R"(,{"AttributeName":"sk","AttributeType":")" + sort + "\"}";
    body += R"(],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"})";
    if (!sort.empty()) body += R"(,{"AttributeName":"sk","KeyType":"RANGE"})";
    Answer answer = Send("CreateTable", body + "]}");
    ASSERT_EQ(answer.status, 200) << answer.body;
  }

  base::SystemClock system_;
  base::MovableClock wall_{system_};
  std::unique_ptr<kv::Engine> engine_ = kv_memory::MakeMemoryEngine();
  std::unique_ptr<table::ServiceClock> clock_;
  std::unique_ptr<table::Tables> tables_;
  // Not started: restores stay under way until a test starts them.
  std::unique_ptr<jobs::Jobs> jobs_;
  std::unique_ptr<restore_table::Backups> backups_;
  std::unique_ptr<restore_table::Restores> restores_;
  FakeExports exports_;
  FakeImports imports_;
  FakeIntoImports into_imports_;
  SwitchableAuthorizer authorizer_{wall_};
  std::unique_ptr<gateway::Protocol> protocol_;
  access::Caller caller_;
  RecordedResponse response_;
  struct Audited {
    std::string operation, resource, error_code, detail;
  } audited_;
};

}  // namespace dray::dynamodb
