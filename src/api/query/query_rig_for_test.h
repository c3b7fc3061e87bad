// SPDX-License-Identifier: Apache-2.0
// A query API without its server: identities in memory, callers made by hand, forms in, XML out.
// For the unit tests of api/iam and api/sts.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/gateway/gateway.h"
#include "security/access/access.h"
#include "storage/accounts/accounts.h"
#include "storage/identities/identities.h"
#include "storage/kv/memory/memory_engine.h"

namespace dray::query {

class KeptResponse final : public http::ResponseWriter {
 public:
  base::Status Start(int code, const std::vector<std::pair<std::string, std::string>>&,
                     std::optional<uint64_t>) override {
    status = code;
    return base::Ok();
  }
  base::Status Write(std::string_view bytes) override {
    body.append(bytes);
    return base::Ok();
  }
  base::Status Finish() override { return base::Ok(); }
  base::Status Send(int code, const std::vector<std::pair<std::string, std::string>>&,
                    std::string_view bytes) override {
    status = code;
    body = bytes;
    return base::Ok();
  }
  bool is_started() const override { return status != 0; }

  int status = 0;
  std::string body;
};

class SettableClock final : public base::Clock {
 public:
  int64_t NowMicros() const override { return now_micros; }
  int64_t now_micros = 1'715'685'260'000'000;  // 2024-05-14T11:14:20Z
};

class QueryRig : public testing::Test {
 protected:
  static constexpr std::string_view kAccount = "111122223333", kOther = "444455556666";

  QueryRig() {
    auto accounts = accounts::Accounts::Open(*engine_, clock_, key_);
    EXPECT_TRUE(accounts);
    accounts_ = *std::move(accounts);
    for (std::string_view account : {kAccount, kOther}) EXPECT_TRUE(accounts_->Create(account));
    identities_ = std::make_unique<identities::Identities>(*engine_, *accounts_, clock_, key_);
    authorizer_ = access::Authorizer::Make(clock_, "us-east-1", identities_.get());
  }

  access::Caller RootOf(std::string_view account) {
    access::Caller caller;
    caller.principal = access::RootOf(**accounts_->FindAccount(account));
    caller.access_key = "AKIAROOT";
    return caller;
  }
  access::Caller UserNamed(std::string_view name) {
    access::Caller caller;
    auto user = identities_->Get(identities::Kind::kUser, kAccount, name);
    EXPECT_TRUE(user) << name;
    caller.principal = identities_->PrincipalOf(*user, "");
    caller.access_key = "AKIAUSER";
    return caller;
  }

  // The answer; its status, operation, wire error and what was noted for the audit line are kept.
  std::string Send(gateway::Protocol& protocol, const access::Caller& caller, std::string form) {
    http::RequestHead head;
    head.method = "POST";
    head.path = "/";
    KeptResponse response;
    gateway::Exchange exchange{.head = head,
                               .whole_body = form,
                               .response = response,
                               .caller = caller,
                               .request_id = "an-id",
                               .operation = {},
                               .resource = {},
                               .error_code = {},
                               .detail = {}};
    protocol.Serve(exchange);
    status_ = response.status;
    error_ = exchange.error_code;
    resource_ = exchange.resource;
    return response.body;
  }
  // What stands between the first <name> and its end.
  static std::string Leaf(std::string_view xml, const std::string& name) {
    const size_t at = xml.find("<" + name + ">");
    if (at == xml.npos) return "";
    const size_t from = at + name.size() + 2;
    return std::string(xml.substr(from, xml.find("</" + name + ">", from) - from));
  }

  SettableClock clock_;
  std::unique_ptr<kv::Engine> engine_ = kv_memory::MakeMemoryEngine();
  const std::string key_ = std::string(32, 'k');
  std::unique_ptr<accounts::Accounts> accounts_;
  std::unique_ptr<identities::Identities> identities_;
  std::unique_ptr<access::Authorizer> authorizer_;
  int status_ = 0;
  std::string error_, resource_;
};

}  // namespace dray::query
