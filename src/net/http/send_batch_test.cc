// SPDX-License-Identifier: Apache-2.0
#include "net/http/send_batch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

namespace dray::http {
namespace {

using ::testing::ElementsAre;

class SocketPair : public SendBatch::Sender {
 public:
  SocketPair() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0); }
  ~SocketPair() override {
    for (int end : ends_) {
      if (end >= 0) close(end);
    }
  }
  void OnSent(ssize_t result) override { results.push_back(result); }
  int sender() const { return ends_[0]; }
  std::string Receive() const {
    std::string bytes(1 << 20, '\0');
    ssize_t count = read(ends_[1], bytes.data(), bytes.size());
    bytes.resize(count < 0 ? 0 : static_cast<size_t>(count));
    return bytes;
  }
  void CloseReceiver() {
    close(ends_[1]);
    ends_[1] = -1;
  }

  std::vector<ssize_t> results;

 private:
  int ends_[2];
};

TEST(SendBatchTest, IsOfItsThreadWhileItLives) {
  EXPECT_EQ(SendBatch::OfThisThread(), nullptr);
  {
    SendBatch batch;
    EXPECT_EQ(SendBatch::OfThisThread(), &batch);
  }
  EXPECT_EQ(SendBatch::OfThisThread(), nullptr);
}

TEST(SendBatchTest, SendsNothingBeforeFlushAndAllThen) {
  // 100: more than go in one call.
  for (size_t count : {1u, 2u, 32u, 33u, 100u}) {
    SendBatch batch;
    std::vector<std::unique_ptr<SocketPair>> pairs;
    std::vector<std::string> bytes;
    for (size_t i = 0; i < count; ++i) bytes.push_back("response " + std::to_string(i));
    for (size_t i = 0; i < count; ++i) {
      pairs.push_back(std::make_unique<SocketPair>());
      batch.Add(pairs.back()->sender(), bytes[i], *pairs.back());
    }
    EXPECT_EQ(batch.is_full(), count >= 32);
    EXPECT_EQ(pairs[0]->Receive(), "");
    batch.Flush();
    EXPECT_TRUE(batch.is_empty());
    for (size_t i = 0; i < count; ++i) {
      EXPECT_THAT(pairs[i]->results, ElementsAre(static_cast<ssize_t>(bytes[i].size())));
      EXPECT_EQ(pairs[i]->Receive(), bytes[i]);
    }
  }
}

TEST(SendBatchTest, TellsWhatFailedAndSendsTheRest) {
  SendBatch batch;
  SocketPair gone, full, good;
  gone.CloseReceiver();
  std::string much(64 << 20, 'x');
  batch.Add(full.sender(), much, full);
  batch.Flush();
  ASSERT_EQ(full.results.size(), 1u);
  EXPECT_GT(full.results[0], 0);  // in part
  EXPECT_LT(full.results[0], static_cast<ssize_t>(much.size()));

  batch.Add(gone.sender(), "a", gone);
  batch.Add(full.sender(), much, full);
  batch.Add(good.sender(), "b", good);
  batch.Flush();
  EXPECT_THAT(gone.results, ElementsAre(-EPIPE));  // and no SIGPIPE
  EXPECT_EQ(full.results.back(), -EAGAIN);
  EXPECT_THAT(good.results, ElementsAre(1));
}

TEST(SendBatchTest, WhatIsAddedDuringAFlushGoesWithTheNext) {
  class Again : public SocketPair {
   public:
    explicit Again(SendBatch& batch) : batch_(batch) {}
    void OnSent(ssize_t result) override {
      SocketPair::OnSent(result);
      if (results.size() < 2) batch_.Add(sender(), "again", *this);
    }

   private:
    SendBatch& batch_;
  };
  SendBatch batch;
  Again pair(batch);
  batch.Add(pair.sender(), "once ", pair);
  batch.Flush();
  EXPECT_EQ(pair.Receive(), "once ");
  batch.Flush();
  EXPECT_EQ(pair.Receive(), "again");
  EXPECT_THAT(pair.results, ElementsAre(5, 5));
}

TEST(SendBatchTest, TellsThatItEnded) {
  SocketPair pair;
  {
    SendBatch batch;
    batch.Add(pair.sender(), "never", pair);
  }
  EXPECT_THAT(pair.results, ElementsAre(-ECANCELED));
  EXPECT_EQ(pair.Receive(), "");
}

}  // namespace
}  // namespace dray::http
