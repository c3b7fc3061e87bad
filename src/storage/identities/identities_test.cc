// SPDX-License-Identifier: Apache-2.0
#include "storage/identities/identities.h"

#include <gtest/gtest.h>

#include "base/text_encoding.h"
#include "storage/accounts/accounts.h"
#include "storage/identities/identity_records.h"
#include "storage/kv/memory/memory_engine.h"

namespace dray::identities {
namespace {

constexpr std::string_view kAccount = "111122223333";
constexpr std::string_view kAllowAll =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";

class SettableClock final : public base::Clock {
 public:
  int64_t NowMicros() const override { return now_micros; }
  int64_t now_micros = 1'700'000'000'000'000;
};

class IdentitiesTest : public testing::Test {
 protected:
  IdentitiesTest() {
    auto accounts = accounts::Accounts::Open(*engine_, clock_, key_);
    EXPECT_TRUE(accounts);
    accounts_ = *std::move(accounts);
    root_ = *accounts_->Create(kAccount);
    Reopen();
  }
  void Reopen() { identities_ = std::make_unique<Identities>(*engine_, *accounts_, clock_, key_); }
  Identity Make(Kind kind, std::string name, std::string path = "/") {
    Identity identity;
    identity.kind = kind;
    identity.account = kAccount;
    identity.name = std::move(name);
    identity.path = std::move(path);
    auto made = identities_->Create(identity);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return made ? *made : identity;
  }
  void PutPolicy(Kind kind, std::string_view name, std::string_view json) {
    EXPECT_TRUE(identities_->Update(kind, kAccount, name, [&](Identity& identity) {
      identity.inline_policies["p"] = json;
      return base::Ok();
    }));
  }
  std::string Reason(const base::Status& status) {
    return status ? "" : std::string(status.error().reason);
  }

  static ListQuery Query(size_t entries_max = 100) {
    ListQuery query;
    query.account = kAccount;
    query.entries_max = entries_max;
    return query;
  }

  SettableClock clock_;
  std::unique_ptr<kv::Engine> engine_ = kv_memory::MakeMemoryEngine();
  const std::string key_ = std::string(32, 'k');
  std::unique_ptr<accounts::Accounts> accounts_;
  std::unique_ptr<Identities> identities_;
  access::Credentials root_;
};

TEST_F(IdentitiesTest, NamesAreUniqueWhateverTheirCaseAndFoundAsTheyWereWritten) {
  Identity bob = Make(Kind::kUser, "Bob", "/team/");
  EXPECT_TRUE(bob.id.starts_with("AIDA"));
  EXPECT_EQ(bob.id.size(), 21u);
  EXPECT_EQ(bob.Arn(), "arn:aws:iam::111122223333:user/team/Bob");
  Identity again = bob;
  again.name = "bOB";
  auto second = identities_->Create(again);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, "User with name bOB already exists.");
  EXPECT_EQ(second.error().reason, reason::kExists);
  auto other_case = identities_->Get(Kind::kUser, kAccount, "bob");
  ASSERT_FALSE(other_case);
  EXPECT_EQ(other_case.error().message, "The user with name bob cannot be found.");
  EXPECT_TRUE(identities_->Get(Kind::kUser, kAccount, "Bob"));
  EXPECT_FALSE(identities_->Get(Kind::kRole, kAccount, "Bob"));
  EXPECT_FALSE(identities_->Get(Kind::kUser, "444455556666", "Bob"));
}

TEST_F(IdentitiesTest, ListsInOrderByPathAndPage) {
  for (std::string name : {"d", "a", "C", "b"}) Make(Kind::kUser, name, name == "b" ? "/x/" : "/");
  auto page = identities_->List(Kind::kUser, Query(2));
  ASSERT_TRUE(page);
  EXPECT_FALSE(page->is_last);
  ASSERT_EQ(page->entries.size(), 2u);
  EXPECT_EQ(page->entries[1].name, "b");
  ListQuery behind = Query();
  behind.after = "b";
  page = identities_->List(Kind::kUser, behind);
  ASSERT_EQ(page->entries.size(), 2u);
  EXPECT_TRUE(page->is_last);
  EXPECT_EQ(page->entries[0].name, "C");
  ListQuery below = Query();
  below.path_prefix = "/x/";
  page = identities_->List(Kind::kUser, below);
  ASSERT_EQ(page->entries.size(), 1u);
}

TEST_F(IdentitiesTest, AKeyIsItsUsersUntilItIsInactiveOrDeleted) {
  Identity bob = Make(Kind::kUser, "Bob");
  auto made = identities_->CreateAccessKey(kAccount, "Bob");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->secret.size(), 40u);
  Reopen();  // as after a restart
  auto found = identities_->FindByAccessKey(made->key.access_key);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->secret, made->secret);
  EXPECT_EQ((*found)->principal.arn, bob.Arn());
  EXPECT_EQ((*found)->principal.user_id, bob.id);
  EXPECT_EQ((*found)->principal.canonical_id, root_.principal.canonical_id);
  auto root = identities_->FindByAccessKey(root_.access_key);
  ASSERT_TRUE(root && *root);
  EXPECT_EQ((*root)->principal.type, policy::Principal::Type::kRoot);

  uint64_t generation = identities_->generation();
  ASSERT_TRUE(identities_->SetAccessKeyActive(kAccount, "Bob", made->key.access_key, false));
  EXPECT_GT(identities_->generation(), generation);
  EXPECT_FALSE(*identities_->FindByAccessKey(made->key.access_key));
  ASSERT_TRUE(identities_->SetAccessKeyActive(kAccount, "Bob", made->key.access_key, true));
  EXPECT_TRUE(*identities_->FindByAccessKey(made->key.access_key));
  ASSERT_TRUE(identities_->DeleteAccessKey(kAccount, "Bob", made->key.access_key));
  EXPECT_FALSE(*identities_->FindByAccessKey(made->key.access_key));
  EXPECT_TRUE(identities_->AccessKeysOf(kAccount, "Bob")->empty());
}

TEST_F(IdentitiesTest, AUserHasTwoKeysAndNobodyElsesKey) {
  Make(Kind::kUser, "Bob");
  Make(Kind::kUser, "Eve");
  auto first = identities_->CreateAccessKey(kAccount, "Bob");
  ASSERT_TRUE(identities_->CreateAccessKey(kAccount, "Bob"));
  auto third = identities_->CreateAccessKey(kAccount, "Bob");
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().reason, reason::kLimitExceeded);
  EXPECT_EQ(Reason(identities_->DeleteAccessKey(kAccount, "Eve", first->key.access_key)),
            reason::kNoSuchEntity);
  EXPECT_EQ(identities_->AccessKeysOf(kAccount, "Bob")->size(), 2u);
}

TEST_F(IdentitiesTest, SecretsAreNotInTheStore) {
  Make(Kind::kUser, "Bob");
  auto made = identities_->CreateAccessKey(kAccount, "Bob");
  kv::Page page;
  ASSERT_TRUE(engine_->ReadRange(kv::kSystemPartition, "", "", kv::Direction::kForward, {}, page));
  for (size_t i = 0; i < page.size(); ++i)
    EXPECT_EQ(page.value(i).find(made->secret), std::string::npos);
}

TEST_F(IdentitiesTest, ASealedSecretThatWasMovedDoesNotOpen) {
  Make(Kind::kUser, "Bob");
  auto first = identities_->CreateAccessKey(kAccount, "Bob");
  auto second = identities_->CreateAccessKey(kAccount, "Bob");
  auto record = engine_->Get(kv::kSystemPartition, AccessKeyKey(first->key.access_key));
  kv::Batch batch;
  batch.puts.emplace_back(AccessKeyKey(second->key.access_key), **record);
  ASSERT_TRUE(engine_->Commit(kv::kSystemPartition, batch));
  auto found = identities_->FindByAccessKey(second->key.access_key);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, base::ErrorKind::kCorruption);
}

TEST_F(IdentitiesTest, RenamingTakesKeysAlong) {
  Make(Kind::kUser, "Bob");
  Make(Kind::kUser, "Eve");
  auto made = identities_->CreateAccessKey(kAccount, "Bob");
  EXPECT_EQ(Reason(identities_->RenameUser(kAccount, "Bob", "eve", std::nullopt)), reason::kExists);
  ASSERT_TRUE(identities_->RenameUser(kAccount, "Bob", "Bert", "/x/"));
  auto found = identities_->FindByAccessKey(made->key.access_key);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->principal.arn, "arn:aws:iam::111122223333:user/x/Bert");
  EXPECT_FALSE(identities_->Get(Kind::kUser, kAccount, "Bob"));
  ASSERT_TRUE(identities_->RenameUser(kAccount, "Bert", "bert", std::nullopt));  // the case alone
  EXPECT_TRUE(identities_->Get(Kind::kUser, kAccount, "bert"));
}

TEST_F(IdentitiesTest, WhatHangsOnAUserMustGoFirst) {
  Make(Kind::kUser, "Bob");
  auto made = identities_->CreateAccessKey(kAccount, "Bob");
  PutPolicy(Kind::kUser, "Bob", kAllowAll);
  auto refused = identities_->Delete(Kind::kUser, kAccount, "Bob");
  EXPECT_EQ(refused.error().message, "Cannot delete entity, must delete access keys first.");
  ASSERT_TRUE(identities_->DeleteAccessKey(kAccount, "Bob", made->key.access_key));
  refused = identities_->Delete(Kind::kUser, kAccount, "Bob");
  EXPECT_EQ(refused.error().message, "Cannot delete entity, must delete policies first.");
  EXPECT_EQ(Reason(refused), reason::kDeleteConflict);
  ASSERT_TRUE(identities_->Update(Kind::kUser, kAccount, "Bob", [](Identity& identity) {
    identity.inline_policies.clear();
    return base::Ok();
  }));
  ASSERT_TRUE(identities_->Delete(Kind::kUser, kAccount, "Bob"));
  EXPECT_EQ(Reason(identities_->Delete(Kind::kUser, kAccount, "Bob")), reason::kNoSuchEntity);
}

TEST_F(IdentitiesTest, PoliciesAreThoseOfTheMoment) {
  Identity bob = Make(Kind::kUser, "Bob");
  policy::Principal principal = identities_->PrincipalOf(bob, "");
  auto policies = identities_->PoliciesOf(principal);
  ASSERT_TRUE(policies && *policies);
  EXPECT_TRUE((*policies)->documents.empty());
  PutPolicy(Kind::kUser, "Bob", kAllowAll);
  policies = identities_->PoliciesOf(principal);
  ASSERT_TRUE(policies && *policies);
  EXPECT_EQ((*policies)->documents.size(), 1u);
  EXPECT_EQ(*identities_->PoliciesOf(principal), *policies);  // compiled once
}

TEST_F(IdentitiesTest, AnotherUserOfTheSameNameIsNotTheSameUser) {
  Identity old_bob = Make(Kind::kUser, "Bob");
  policy::Principal principal = identities_->PrincipalOf(old_bob, "");
  ASSERT_TRUE(identities_->Delete(Kind::kUser, kAccount, "Bob"));
  EXPECT_EQ(*identities_->PoliciesOf(principal), nullptr);
  Make(Kind::kUser, "Bob");
  PutPolicy(Kind::kUser, "Bob", kAllowAll);
  EXPECT_EQ(*identities_->PoliciesOf(principal), nullptr);
}

TEST_F(IdentitiesTest, TemporaryCredentialsAreInTheirToken) {
  Identity role = Make(Kind::kRole, "R", "/x/");
  auto principal = identities_->SessionPrincipalOf(role, "s");
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->arn, "arn:aws:sts::111122223333:assumed-role/R/s");
  EXPECT_EQ(principal->role_arn, role.Arn());
  access::Session session;
  session.expires_at_micros = 5;
  session.policies = {std::string(kAllowAll)};
  const auto issued = identities_->IssueSession(*principal, *access::MakeSession(session));
  EXPECT_EQ(issued.token.find(issued.secret), std::string::npos);
  Reopen();  // as after a restart
  auto found = identities_->FindSession(issued.access_key, issued.token);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->secret, issued.secret);
  EXPECT_EQ((*found)->principal.user_id, role.id + ":s");
  EXPECT_EQ((*found)->session->policies, session.policies);
  EXPECT_FALSE(*identities_->FindSession("ASIAOTHER", issued.token));
  EXPECT_FALSE(*identities_->FindSession(issued.access_key, "no base64"));
  for (size_t i = 0; i + 4 < issued.token.size(); i += 7) {
    std::string changed = issued.token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(*identities_->FindSession(issued.access_key, changed));
  }
  ASSERT_TRUE(identities_->Delete(Kind::kRole, kAccount, "R"));
  EXPECT_FALSE(*identities_->FindSession(issued.access_key, issued.token));
  Make(Kind::kRole, "R", "/x/");
  EXPECT_FALSE(*identities_->FindSession(issued.access_key, issued.token));
}

TEST_F(IdentitiesTest, AttachedPoliciesAndBoundariesAreThoseOfTheirDefaultVersion) {
  Identity bob = Make(Kind::kUser, "Bob");
  ManagedPolicy policy;
  policy.account = kAccount;
  policy.name = "P";
  policy.versions.push_back({1, 0, std::string(kAllowAll)});
  policy = *identities_->CreatePolicy(policy);
  const std::string arn = policy.Arn();
  ASSERT_TRUE(identities_->Attach(Kind::kUser, kAccount, "Bob", arn));
  ASSERT_TRUE(identities_->SetBoundary(Kind::kUser, kAccount, "Bob", arn));
  policy::Principal principal = identities_->PrincipalOf(bob, "");
  auto before = *identities_->PoliciesOf(principal);
  ASSERT_EQ(before->documents.size(), 1u);
  ASSERT_EQ(before->boundaries.size(), 1u);
  ASSERT_TRUE(identities_->UpdatePolicy(kAccount, arn, [](ManagedPolicy& changed) {
    changed.versions.push_back({2, 0, std::string(kAllowAll)});
    changed.default_version = 2;
    return base::Ok();
  }));
  EXPECT_NE(*identities_->PoliciesOf(principal), before);
  EXPECT_EQ(Reason(identities_->DeletePolicy(kAccount, arn)), reason::kDeleteConflict);
  ASSERT_TRUE(identities_->Detach(Kind::kUser, kAccount, "Bob", arn));
  EXPECT_EQ(Reason(identities_->DeletePolicy(kAccount, arn)), reason::kDeleteConflict);  // boundary
  EXPECT_EQ(Reason(identities_->Attach(Kind::kUser, "444455556666", "Bob", arn)),
            reason::kNoSuchEntity);
  EXPECT_EQ(Reason(identities_->Attach(Kind::kUser, kAccount, "Bob",
                                       "arn:aws:iam::444455556666:policy/P")),
            reason::kNoSuchEntity);
}

TEST_F(IdentitiesTest, APolicyThatCannotBeReadIsAnError) {
  Identity bob = Make(Kind::kUser, "Bob");
  PutPolicy(Kind::kUser, "Bob", "{}");
  EXPECT_FALSE(identities_->PoliciesOf(identities_->PrincipalOf(bob, "")));
}

TEST(IdentityRecords, GoldenBytesOfVersionOne) {
  Identity user;
  user.account = "111122223333";
  user.id = "AIDAX";
  user.name = "Bob";
  user.path = "/x/";
  user.created_at_micros = 7;
  user.boundary_arn = "b";
  user.tags = {{"k", "v"}};
  user.inline_policies = {{"p", "{}"}};
  user.attached = {"arn"};
  user.access_keys = {"AKIA1"};
  const std::string record =
      "\x01"
      R"({"account":"111122223333","id":"AIDAX","name":"Bob","path":"/x/","created_at_micros":7,)"
      R"("boundary_arn":"b","tags":{"k":"v"},"inline_policies":{"p":"{}"},"attached":["arn"],)"
      R"("access_keys":["AKIA1"]})";
  EXPECT_EQ(EncodeIdentity(user), record);
  auto decoded = DecodeIdentity(Kind::kUser, record);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(EncodeIdentity(*decoded), record);
  EXPECT_EQ(IdentityKey(Kind::kUser, "111122223333", "Bob"), "pu111122223333bob");

  AccessKey key{"AKIA1", "111122223333", "Bob", "AIDAX", true, 8, "xyz"};
  const std::string key_record =
      "\x01"
      R"({"access_key":"AKIA1","account":"111122223333","user_name":"Bob","user_id":"AIDAX",)"
      R"("is_active":true,"created_at_micros":8,"sealed_secret":"eHl6"})";
  EXPECT_EQ(EncodeAccessKey(key), key_record);
  auto decoded_key = DecodeAccessKey(key_record);
  ASSERT_TRUE(decoded_key);
  EXPECT_EQ(EncodeAccessKey(*decoded_key), key_record);
}

TEST(IdentityRecords, GoldenBytesOfAPolicyOfVersionOne) {
  ManagedPolicy policy;
  policy.account = "111122223333";
  policy.id = "ANPAX";
  policy.name = "P";
  policy.versions.push_back({1, 9, "{}"});
  const std::string record =
      "\x01"
      R"({"account":"111122223333","id":"ANPAX","name":"P","path":"/","description":"",)"
      R"("created_at_micros":0,"updated_at_micros":0,"default_version":1,"last_version":1,)"
      R"("tags":{},"versions":[{"number":1,"created_at_micros":9,"document":"{}"}]})";
  EXPECT_EQ(EncodePolicy(policy), record);
  auto decoded = DecodePolicy(record);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(EncodePolicy(*decoded), record);
  EXPECT_FALSE(DecodePolicy(record.substr(0, record.size() - 1)));
}

TEST(IdentityRecords, DamageAndNewerVersionsAreErrors) {
  const std::string record = EncodeIdentity({});
  EXPECT_FALSE(DecodeIdentity(Kind::kUser, ""));
  EXPECT_FALSE(DecodeIdentity(Kind::kUser, "\x02{}"));
  EXPECT_FALSE(DecodeIdentity(Kind::kUser, "\x01{}"));
  EXPECT_FALSE(DecodeIdentity(Kind::kRole, record));
  for (size_t size = 1; size < record.size(); ++size)
    EXPECT_FALSE(DecodeIdentity(Kind::kUser, record.substr(0, size)));
}

}  // namespace
}  // namespace dray::identities
