// SPDX-License-Identifier: Apache-2.0
#include "storage/accounts/accounts.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "base/text_encoding.h"
#include "security/encryption/secret_box.h"
#include "storage/accounts/account_records.h"
#include "storage/kv/memory/memory_engine.h"

namespace dray::accounts {
namespace {

class FixedClock final : public base::Clock {
 public:
  int64_t NowMicros() const override { return 1'700'000'000'000'000; }
};

class AccountsTest : public testing::Test {
 protected:
  std::unique_ptr<Accounts> Open(const std::string& key) {
    auto accounts = Accounts::Open(*engine_, clock_, key);
    EXPECT_TRUE(accounts) << (accounts ? "" : accounts.error().message);
    return accounts ? *std::move(accounts) : nullptr;
  }
  std::string Get(const std::string& key) {
    auto value = engine_->Get(kv::kSystemPartition, key);
    return value && *value ? **value : "";
  }
  void Put(const std::string& key, const std::string& value) {
    kv::Batch batch;
    batch.puts.emplace_back(key, value);
    auto outcome = engine_->Commit(kv::kSystemPartition, batch);
    ASSERT_TRUE(outcome && *outcome == kv::CommitOutcome::kCommitted);
  }

  FixedClock clock_;
  std::unique_ptr<kv::Engine> engine_ = kv_memory::MakeMemoryEngine();
  const std::string key_ = std::string(32, 'k');
};

TEST_F(AccountsTest, CreatesRootCredentialsThatAreFoundByTheirAccessKey) {
  auto accounts = Open(key_);
  auto made = accounts->Create("111122223333");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->access_key.size(), 20u);
  EXPECT_TRUE(made->access_key.starts_with("AKIA"));
  EXPECT_EQ(made->secret.size(), 40u);
  EXPECT_EQ(made->principal.arn, "arn:aws:iam::111122223333:root");
  EXPECT_EQ(made->principal.canonical_id.size(), 64u);

  accounts = Open(key_);  // as after a restart
  auto found = accounts->FindByAccessKey(made->access_key);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->secret, made->secret);
  EXPECT_EQ((*found)->principal.account, "111122223333");
  EXPECT_EQ((*found)->principal.canonical_id, made->principal.canonical_id);
  auto account = accounts->FindAccount("111122223333");
  ASSERT_TRUE(account && *account);
  EXPECT_EQ((*account)->created_at_micros, clock_.NowMicros());
  auto of = accounts->CredentialsOf("111122223333");
  ASSERT_TRUE(of);
  ASSERT_EQ(of->size(), 1u);
  EXPECT_EQ((*of)[0].secret, made->secret);
}

TEST_F(AccountsTest, UnknownOnesAreAbsentNotErrors) {
  auto accounts = Open(key_);
  auto found = accounts->FindByAccessKey("AKIANOBODY");
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
  auto account = accounts->FindAccount("999999999999");
  ASSERT_TRUE(account);
  EXPECT_FALSE(*account);
  auto of = accounts->CredentialsOf("999999999999");
  ASSERT_TRUE(of);
  EXPECT_TRUE(of->empty());
}

TEST_F(AccountsTest, RefusesTheSameAccountTwiceAndIdsThatAreNone) {
  auto accounts = Open(key_);
  ASSERT_TRUE(accounts->Create("111122223333"));
  auto again = accounts->Create("111122223333");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, base::ErrorKind::kAlreadyExists);
  EXPECT_EQ(again.error().reason, reason::kAccountExists);
  for (const char* id : {"", "11112222333", "1111222233334", "11112222333x"}) {
    auto wrong = accounts->Create(id);
    ASSERT_FALSE(wrong) << id;
    EXPECT_EQ(wrong.error().kind, base::ErrorKind::kInvalidArgument);
  }
}

TEST_F(AccountsTest, ListsAllAccountsInOrder) {
  auto accounts = Open(key_);
  for (int i = 0; i < 1500; ++i) {  // more than one page
    std::string id = std::to_string(100000000000 + i);
    ASSERT_TRUE(accounts->Create(id));
  }
  auto list = accounts->List();
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 1500u);
  EXPECT_EQ(list->front().id, "100000000000");
  EXPECT_EQ(list->back().id, "100000001499");
}

TEST_F(AccountsTest, AnotherMasterKeyIsCorruptionWithInstructions) {
  ASSERT_TRUE(Open(key_)->Create("111122223333"));
  auto accounts = Accounts::Open(*engine_, clock_, std::string(32, 'x'));
  ASSERT_FALSE(accounts);
  EXPECT_EQ(accounts.error().kind, base::ErrorKind::kCorruption);
  EXPECT_NE(accounts.error().message.find("keys/master.key"), std::string::npos);
  auto short_key = Accounts::Open(*engine_, clock_, "short");
  ASSERT_FALSE(short_key);
  EXPECT_EQ(short_key.error().kind, base::ErrorKind::kInvalidArgument);
}

TEST_F(AccountsTest, NoSecretStandsInTheStoreInClear) {
  auto made = Open(key_)->Create("111122223333");
  ASSERT_TRUE(made);
  kv::Page page;
  ASSERT_TRUE(engine_->ReadRange(kv::kSystemPartition, "", "", kv::Direction::kForward, {}, page));
  EXPECT_EQ(page.size(), 4u);
  for (size_t i = 0; i < page.size(); ++i)
    EXPECT_EQ(page.value(i).find(made->secret), std::string_view::npos);
}

TEST_F(AccountsTest, ASecretMovedToAnotherAccessKeyIsRefused) {
  auto accounts = Open(key_);
  auto a = accounts->Create("111122223333");
  auto b = accounts->Create("444455556666");
  ASSERT_TRUE(a && b);
  Put(CredentialsKey(b->access_key), Get(CredentialsKey(a->access_key)));
  auto found = accounts->FindByAccessKey(b->access_key);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, base::ErrorKind::kCorruption);
}

TEST_F(AccountsTest, DamagedRecordsAreCorruption) {
  auto accounts = Open(key_);
  auto made = accounts->Create("111122223333");
  ASSERT_TRUE(made);
  const std::string key = CredentialsKey(made->access_key);
  const std::string record = Get(key);
  for (size_t length = 1; length < record.size(); ++length) {
    Put(key, record.substr(0, length));
    auto found = accounts->FindByAccessKey(made->access_key);
    ASSERT_FALSE(found) << length;
    EXPECT_EQ(found.error().kind, base::ErrorKind::kCorruption);
  }
  Put(key, record);
  Put(AccountKey("111122223333"), "\x01short");
  EXPECT_FALSE(accounts->FindAccount("111122223333"));
  EXPECT_FALSE(accounts->List());
  Put(AccountKey("111122223333"), std::string("\x02", 1) + std::string(40, 'x'));
  auto newer = accounts->FindAccount("111122223333");
  ASSERT_FALSE(newer);
  EXPECT_NE(newer.error().message.find("newer"), std::string::npos);
}

// Bytes that a released version wrote must be read for ever: docs/formats/accounts.md shows these.
TEST(AccountRecords, GoldenBytesOfVersionOne) {
  access::Account account{"111122223333", std::string(64, 'a'), 0x0102030405060708};
  EXPECT_EQ(EncodeAccount(account),
            std::string("\x01\x01\x02\x03\x04\x05\x06\x07\x08", 9) + std::string(32, '\xaa'));
  EXPECT_EQ(EncodeCredentials({"111122223333", "sealed"}),
            std::string("\x01") + "111122223333" + "\x01" + "sealed");
  EXPECT_EQ(CredentialsKey("AKIA"), "akAKIA");
  EXPECT_EQ(AccountKey("111122223333"), "aa111122223333");
  EXPECT_EQ(OwnedKey("111122223333", "AKIA"), "ao111122223333AKIA");
  EXPECT_EQ(MasterCheckKey(), "am");
  // AES-256-GCM, made with Python's cryptography: key 32 * 'k', nonce 12 * 'n', bound to "akAKIA".
  auto box =
      base::HexDecode("6e6e6e6e6e6e6e6e6e6e6e6ef91b94d572c6e0adca90dc0e6469e826c2b82c556938b666");
  ASSERT_TRUE(box);
  EXPECT_EQ(encryption::OpenSecret(std::string(32, 'k'), *box, "akAKIA"), "a secret");
}

}  // namespace
}  // namespace dray::accounts
