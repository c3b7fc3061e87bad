// SPDX-License-Identifier: Apache-2.0
// What the tests of this folder share: callers, policies, and a bucket "target" of kOwner.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "storage/buckets/buckets.h"
#include "storage/kv/memory/memory_engine.h"
#include "storage/objects/local_disk/local_disk.h"
#include "testing/faulty_file_system.h"

namespace dray::buckets {

inline constexpr const char* kOwner = "444455556666";
inline constexpr const char* kSource = "111122223333";
inline constexpr const char* kThird = "777788889999";

inline std::string IdOf(const std::string& account) {
  return *access::CanonicalIdOf(nullptr, account);
}
inline RequestContext Root(const std::string& account) {
  RequestContext context;
  context.caller.principal.type = policy::Principal::Type::kRoot;
  context.caller.principal.account = account;
  context.caller.principal.arn = "arn:aws:iam::" + account + ":root";
  context.caller.principal.user_id = account;
  context.caller.principal.canonical_id = IdOf(account);
  return context;
}
inline RequestContext User(const std::string& account, const std::string& name) {
  RequestContext context = Root(account);
  context.caller.principal.type = policy::Principal::Type::kUser;
  context.caller.principal.arn = "arn:aws:iam::" + account + ":user/" + name;
  return context;
}
inline RequestContext ViaDynamoDb(RequestContext context) {
  context.caller = context.caller.Via("dynamodb.amazonaws.com");
  return context;
}

inline std::string Statement(const std::string& effect, const std::string& principal,
                             const std::string& actions, const std::string& resources,
                             const std::string& condition = "") {
  return R"({"Effect":")" + effect + R"(","Principal":)" + principal + R"(,"Action":)" + actions +
         R"(,"Resource":)" + resources + (condition.empty() ? "" : R"(,"Condition":)" + condition) +
         "}";
}
inline std::string Policy(const std::string& statements) {
  return R"({"Version":"2012-10-17","Statement":[)" + statements + "]}";
}
inline const std::string kBucketArn = R"("arn:aws:s3:::target")";
inline const std::string kObjectArn = R"("arn:aws:s3:::target/*")";
inline std::string Aws(const std::string& principal) { return R"({"AWS":")" + principal + R"("})"; }

inline std::string SeedPolicy(const std::string& account = kSource,
                              const std::string& called_via = "dynamodb.amazonaws.com") {
  return Policy(
      Statement("Allow", Aws(account), R"(["s3:ListBucket","s3:PutObject"])",
                "[" + kBucketArn + "," + kObjectArn + "]",
                R"({"ForAnyValue:StringEquals":{"aws:CalledVia":")" + called_via + R"("}})"));
}

class BucketsTest : public ::testing::Test {
 protected:
  BucketsTest() {
    auto store = objects::OpenLocalDisk(*engine_, files_, clock_,
                                        {.folder = "/objects",
                                         .region = "us-east-1",
                                         .key = std::string(32, 'k'),
                                         .sweep_in_background = false});
    EXPECT_TRUE(store);
    store_ = *std::move(store);
    buckets_ = Buckets::Make(*store_, *authorizer_);
    EXPECT_TRUE(buckets_->CreateBucket(Root(kOwner), "target"));
  }
  void BlockNothing() {
    auto status = buckets_->SetPublicAccessBlock(Root(kOwner), "target", std::nullopt);
    ASSERT_TRUE(status) << status.error().message;
  }
  void SetPolicy(const std::string& policy) {
    auto status = buckets_->PutBucketPolicy(Root(kOwner), "target", policy);
    ASSERT_TRUE(status) << status.error().message;
  }
  base::Status Put(const RequestContext& context, std::string_view key = "k") {
    base::StringSource source("bytes");
    auto put = buckets_->PutObject(context, "target", key, source, {});
    return put ? base::Ok() : std::move(put).error();
  }
  // "ok", or the reason of the error.
  template <class T>
  static std::string Outcome(const base::Result<T>& result) {
    return result ? "ok" : std::string(result.error().reason);
  }
  const std::string kDenied{access::reason::kDenied};

  std::unique_ptr<kv::Engine> engine_ = kv_memory::MakeMemoryEngine();
  testing::FaultyFileSystem files_;
  base::SystemClock clock_;
  std::unique_ptr<access::Authorizer> authorizer_ = access::Authorizer::Make(clock_, "us-east-1");
  std::unique_ptr<objects::ObjectStore> store_;
  std::unique_ptr<Buckets> buckets_;
};

}  // namespace dray::buckets
