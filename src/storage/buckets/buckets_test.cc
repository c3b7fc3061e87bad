// SPDX-License-Identifier: Apache-2.0
#include "storage/buckets/buckets.h"

#include <gmock/gmock.h>

#include "storage/buckets/buckets_fixture.h"

namespace dray::buckets {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST_F(BucketsTest, TheOwnersRootMayDoEverythingAndOthersNothing) {
  EXPECT_EQ(Outcome(Put(Root(kOwner))), "ok");
  for (const RequestContext& other : {Root(kSource), User(kOwner, "u"), RequestContext{}}) {
    EXPECT_EQ(Outcome(Put(other)), kDenied);
    EXPECT_EQ(Outcome(buckets_->GetObject(other, "target", "k", {})), kDenied);
    EXPECT_EQ(Outcome(buckets_->HeadObject(other, "target", "k")), kDenied);
    EXPECT_EQ(Outcome(buckets_->DeleteObject(other, "target", "k")), kDenied);
    EXPECT_EQ(Outcome(buckets_->ListObjects(other, "target", {})), kDenied);
    EXPECT_EQ(Outcome(buckets_->HeadBucket(other, "target")), kDenied);
    EXPECT_EQ(Outcome(buckets_->GetBucketLocation(other, "target")), kDenied);
    EXPECT_EQ(Outcome(buckets_->DeleteBucket(other, "target")), kDenied);
    EXPECT_EQ(Outcome(buckets_->CreateMultipartUpload(other, "target", "k", {})), kDenied);
    EXPECT_EQ(Outcome(buckets_->ListMultipartUploads(other, "target", "")), kDenied);
    EXPECT_EQ(Outcome(buckets_->GetBucketPolicy(other, "target")), kDenied);
    EXPECT_EQ(Outcome(buckets_->PutBucketPolicy(other, "target", SeedPolicy())), kDenied);
    EXPECT_EQ(Outcome(buckets_->DeleteBucketPolicy(other, "target")), kDenied);
  }
  EXPECT_EQ(Outcome(buckets_->GetObject(Root(kOwner), "target", "k", {})), "ok");
  EXPECT_EQ(Outcome(buckets_->ListBuckets(RequestContext{})), kDenied);
  EXPECT_EQ(Outcome(buckets_->CreateBucket(RequestContext{}, "anonymous-bucket")), kDenied);
  EXPECT_THAT(*buckets_->ListBuckets(Root(kOwner)), SizeIs(1));
  EXPECT_THAT(*buckets_->ListBuckets(Root(kSource)), SizeIs(0));
}

TEST_F(BucketsTest, TheSeedPolicyLetsTheSourceAccountWriteThroughDynamoDbOnly) {
  SetPolicy(SeedPolicy());
  EXPECT_EQ(Outcome(Put(Root(kSource))), kDenied);
  EXPECT_EQ(Outcome(Put(ViaDynamoDb(Root(kSource)))), "ok");
  EXPECT_EQ(Outcome(Put(ViaDynamoDb(Root(kThird)))), kDenied);
  EXPECT_EQ(Outcome(buckets_->GetObject(ViaDynamoDb(Root(kSource)), "target", "k", {})), kDenied);
  EXPECT_EQ(Outcome(buckets_->ListObjects(ViaDynamoDb(Root(kSource)), "target", {})), "ok");
  SetPolicy(SeedPolicy(kThird));
  EXPECT_EQ(Outcome(Put(ViaDynamoDb(Root(kSource)))), kDenied);
  SetPolicy(SeedPolicy(kSource, "DynamoDB.amazonaws.com"));
  EXPECT_EQ(Outcome(Put(ViaDynamoDb(Root(kSource)))), kDenied);
  EXPECT_TRUE(buckets_->DeleteBucketPolicy(Root(kOwner), "target"));
  EXPECT_EQ(Outcome(Put(ViaDynamoDb(Root(kSource)))), kDenied);
}

TEST_F(BucketsTest, AnUploadRunsUnderTheSeedPolicyAndItsInitiatorMayAbortIt) {
  SetPolicy(SeedPolicy());
  RequestContext source = ViaDynamoDb(Root(kSource));
  auto upload = buckets_->CreateMultipartUpload(source, "target", "k", {});
  ASSERT_TRUE(upload);
  base::StringSource body("part");
  auto part = buckets_->UploadPart(source, "target", "k", *upload, 1, body, {});
  ASSERT_TRUE(part);
  EXPECT_EQ(Outcome(buckets_->ListParts(source, "target", "k", *upload)), "ok");
  EXPECT_EQ(Outcome(buckets_->ListParts(Root(kThird), "target", "k", *upload)), kDenied);
  EXPECT_EQ(Outcome(buckets_->AbortMultipartUpload(Root(kThird), "target", "k", *upload)), kDenied);
  ASSERT_TRUE(
      buckets_->CompleteMultipartUpload(source, "target", "k", *upload, {{1, part->etag, ""}}));
  auto second = buckets_->CreateMultipartUpload(source, "target", "k", {});
  ASSERT_TRUE(second);
  EXPECT_EQ(Outcome(buckets_->AbortMultipartUpload(source, "target", "k", *second)), "ok");
  EXPECT_EQ(Outcome(buckets_->AbortMultipartUpload(source, "target", "k", *second)), kDenied);
  EXPECT_EQ(Outcome(buckets_->AbortMultipartUpload(Root(kOwner), "target", "k", *second)),
            objects::reason::kNoSuchUpload);
}

TEST_F(BucketsTest, AnExplicitDenyHoldsAgainstTheInitiatorToo) {
  SetPolicy(Policy(Statement("Allow", Aws(kSource), R"("s3:PutObject")", kObjectArn) + "," +
                   Statement("Deny", R"("*")", R"("s3:AbortMultipartUpload")", kObjectArn)));
  auto upload = buckets_->CreateMultipartUpload(Root(kSource), "target", "k", {});
  ASSERT_TRUE(upload);
  EXPECT_EQ(Outcome(buckets_->AbortMultipartUpload(Root(kSource), "target", "k", *upload)),
            kDenied);
}

TEST_F(BucketsTest, TheExpectedOwnerIsComparedBeforeAnythingElse) {
  SetPolicy(SeedPolicy());
  RequestContext source = ViaDynamoDb(Root(kSource));
  std::string detail;
  source.denied_detail = &detail;
  source.expected_bucket_owner = kThird;
  EXPECT_EQ(Outcome(Put(source)), kDenied);
  EXPECT_THAT(detail, HasSubstr(kThird));
  source.expected_bucket_owner = kOwner;
  EXPECT_EQ(Outcome(Put(source)), "ok");
  RequestContext owner = Root(kOwner);
  owner.expected_bucket_owner = kSource;
  EXPECT_EQ(Outcome(buckets_->GetBucketPolicy(owner, "target")), kDenied);
  EXPECT_EQ(Outcome(buckets_->HeadBucket(owner, "missing-bucket")), objects::reason::kNoSuchBucket);
}

TEST_F(BucketsTest, AbsentKeysShowOnlyToThoseWhoMayList) {
  SetPolicy(Policy(Statement("Allow", Aws(kSource), R"("s3:GetObject")", kObjectArn)));
  EXPECT_EQ(Outcome(buckets_->GetObject(Root(kSource), "target", "absent", {})), kDenied);
  EXPECT_EQ(Outcome(buckets_->HeadObject(Root(kSource), "target", "absent")), kDenied);
  SetPolicy(Policy(Statement("Allow", Aws(kSource), R"("s3:GetObject")", kObjectArn) + "," +
                   Statement("Allow", Aws(kSource), R"("s3:ListBucket")", kBucketArn)));
  EXPECT_EQ(Outcome(buckets_->GetObject(Root(kSource), "target", "absent", {})),
            objects::reason::kNoSuchKey);
  EXPECT_EQ(Outcome(buckets_->HeadObject(Root(kSource), "target", "absent")),
            objects::reason::kNoSuchKey);
}

TEST_F(BucketsTest, ConditionsSeePrefixAndDelimiter) {
  SetPolicy(Policy(Statement("Allow", Aws(kSource), R"("s3:ListBucket")", kBucketArn,
                             R"({"StringEquals":{"s3:prefix":"home/"}})")));
  EXPECT_EQ(Outcome(buckets_->ListObjects(Root(kSource), "target", {.prefix = "home/"})), "ok");
  EXPECT_EQ(Outcome(buckets_->ListObjects(Root(kSource), "target", {.prefix = "other/"})), kDenied);
  EXPECT_EQ(Outcome(buckets_->ListObjects(Root(kSource), "target", {})), kDenied);
}

TEST_F(BucketsTest, AnAclNeedsItsOwnPermission) {
  SetPolicy(Policy(Statement("Allow", Aws(kSource), R"("s3:PutObject")", kObjectArn)));
  RequestContext source = Root(kSource);
  EXPECT_EQ(Outcome(Put(source)), "ok");
  source.acl = RequestedAcl{"bucket-owner-full-control"};
  EXPECT_EQ(Outcome(Put(source)), kDenied);
  SetPolicy(Policy(
      Statement("Allow", Aws(kSource), R"(["s3:PutObject","s3:PutObjectAcl"])", kObjectArn)));
  EXPECT_EQ(Outcome(Put(source)), "ok");
}

TEST_F(BucketsTest, AnonymousCallersGetWhatThePolicyGivesEveryone) {
  ASSERT_TRUE(Put(Root(kOwner)));
  BlockNothing();
  SetPolicy(Policy(Statement("Allow", R"("*")", R"("s3:GetObject")", kObjectArn)));
  EXPECT_EQ(Outcome(buckets_->GetObject(RequestContext{}, "target", "k", {})), "ok");
  EXPECT_EQ(Outcome(Put(RequestContext{})), kDenied);
}

TEST_F(BucketsTest, PoliciesAreForTheOwnersAccountOnly) {
  std::string all = Policy(Statement("Allow", Aws(kSource), R"("s3:*Policy*")", kBucketArn));
  SetPolicy(all);
  EXPECT_EQ(Outcome(buckets_->GetBucketPolicy(Root(kSource), "target")), reason::kMethodNotAllowed);
  EXPECT_EQ(Outcome(buckets_->PutBucketPolicy(Root(kSource), "target", all)),
            reason::kMethodNotAllowed);
  EXPECT_EQ(Outcome(buckets_->DeleteBucketPolicy(Root(kSource), "target")),
            reason::kMethodNotAllowed);
  EXPECT_EQ(Outcome(buckets_->GetBucketPolicy(Root(kThird), "target")), kDenied);
  EXPECT_EQ(*buckets_->GetBucketPolicy(Root(kOwner), "target"), all);
}

TEST_F(BucketsTest, TheOwnersRootCannotBeLockedOut) {
  SetPolicy(
      Policy(Statement("Deny", R"("*")", R"("s3:*")", "[" + kBucketArn + "," + kObjectArn + "]")));
  EXPECT_EQ(Outcome(Put(Root(kOwner))), kDenied);
  EXPECT_EQ(Outcome(buckets_->GetBucketPolicy(Root(kOwner), "target")), "ok");
  EXPECT_EQ(Outcome(buckets_->DeleteBucketPolicy(Root(kOwner), "target")), "ok");
  EXPECT_EQ(Outcome(Put(Root(kOwner))), "ok");
  EXPECT_EQ(Outcome(buckets_->GetBucketPolicy(Root(kOwner), "target")),
            objects::reason::kNoSuchBucketPolicy);
}

TEST_F(BucketsTest, MalformedPoliciesAreRefused) {
  for (const std::string& policy :
       {std::string("not json"), std::string("[]"), Policy(""),
        Policy(Statement("Allow", Aws(kSource), R"("s3:PutObject")", kBucketArn)),
        Policy(Statement("Allow", Aws(kSource), R"("s3:PutObject")", R"("arn:aws:s3:::other/*")")),
        SeedPolicy() + std::string(20'480, ' ')}) {
    EXPECT_EQ(Outcome(buckets_->PutBucketPolicy(Root(kOwner), "target", policy)),
              reason::kMalformedPolicy)
        << policy.substr(0, 200);
  }
}

TEST_F(BucketsTest, DenialsExplainThemselvesOnlyInTheDetail) {
  SetPolicy(SeedPolicy());
  RequestContext source = Root(kSource);
  std::string detail;
  source.denied_detail = &detail;
  auto put = Put(source);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().message, "Access Denied");
  EXPECT_THAT(detail, HasSubstr("aws:CalledVia"));
  RequestContext user = User(kOwner, "u");
  auto within = Put(user);
  ASSERT_FALSE(within);
  EXPECT_THAT(within.error().message, HasSubstr("arn:aws:iam::444455556666:user/u"));
  EXPECT_THAT(within.error().message, HasSubstr("s3:PutObject"));
}

}  // namespace
}  // namespace dray::buckets
