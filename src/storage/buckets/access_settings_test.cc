// SPDX-License-Identifier: Apache-2.0
// Policies and their checks, Block Public Access, ownership and ACLs.
#include "storage/buckets/access_settings.h"

#include <gmock/gmock.h>

#include "storage/buckets/buckets_fixture.h"

namespace dray::buckets {
namespace {

using objects::Grant;
using objects::ObjectOwnership;
using objects::Permission;
using objects::PublicAccessBlock;
using ::testing::HasSubstr;

const RequestContext kAnonymous = [] {
  RequestContext context;
  context.caller.principal.account = "anonymous";
  return context;
}();
const std::string kPublicPolicy =
    Policy(Statement("Allow", R"("*")", R"(["s3:GetObject","s3:PutObject"])", kObjectArn));

class AccessSettingsTest : public BucketsTest {
 protected:
  void Own(std::optional<ObjectOwnership> ownership) {
    auto status = buckets_->SetOwnership(Root(kOwner), "target", ownership);
    ASSERT_TRUE(status) << status.error().message;
  }
  void Block(PublicAccessBlock block) {
    ASSERT_TRUE(buckets_->SetPublicAccessBlock(Root(kOwner), "target", block));
  }
  void BlockAccount(std::optional<PublicAccessBlock> block) {
    ASSERT_TRUE(buckets_->SetAccountBlock(Root(kOwner), kOwner, block));
  }
  void LetWrite(const std::string& account) {
    SetPolicy(Policy(Statement("Allow", Aws(account), R"("s3:*Object*")", kObjectArn)));
  }
  base::Status PutWith(RequestContext context, const std::string& canned) {
    context.acl = RequestedAcl{canned};
    return Put(context);
  }
  std::string Get(const RequestContext& context) {
    auto head = Outcome(buckets_->HeadObject(context, "target", "k"));
    EXPECT_EQ(Outcome(buckets_->GetObject(context, "target", "k", {})), head);
    return head;
  }
};

// ---- policies

TEST_F(AccessSettingsTest, PoliciesThatLockTheirCallerOutNeedAConfirmation) {
  const std::string lock =
      Policy(Statement("Deny", R"("*")", R"("s3:PutBucketPolicy")", kBucketArn));
  SetPolicy(Policy(Statement("Allow", Aws("arn:aws:iam::444455556666:user/u"),
                             R"(["s3:PutBucketPolicy","s3:GetBucketPolicy"])", kBucketArn)));
  const RequestContext user = User(kOwner, "u");
  auto refused = buckets_->PutBucketPolicy(user, "target", lock);
  EXPECT_EQ(Outcome(refused), kDenied);
  EXPECT_THAT(refused.error().message, HasSubstr("x-amz-confirm-remove-self-bucket-access"));
  // What it had was by the old policy: the new one takes it away without any Deny.
  EXPECT_EQ(Outcome(buckets_->PutBucketPolicy(user, "target", SeedPolicy())), kDenied);
  EXPECT_THAT(*buckets_->GetBucketPolicy(user, "target"), HasSubstr("user/u"));
  EXPECT_EQ(Outcome(buckets_->PutBucketPolicy(user, "target", lock, true)), "ok");
  EXPECT_EQ(Outcome(buckets_->PutBucketPolicy(user, "target", SeedPolicy(), true)), kDenied);
  // The root user never is.
  SetPolicy(lock);
  SetPolicy(SeedPolicy());
}

TEST_F(AccessSettingsTest, TellWhetherThePolicyIsPublic) {
  EXPECT_EQ(Outcome(buckets_->IsBucketPolicyPublic(Root(kOwner), "target")),
            objects::reason::kNoSuchBucketPolicy);
  SetPolicy(SeedPolicy());
  EXPECT_EQ(*buckets_->IsBucketPolicyPublic(Root(kOwner), "target"), false);
  BlockNothing();
  SetPolicy(kPublicPolicy);
  EXPECT_EQ(*buckets_->IsBucketPolicyPublic(Root(kOwner), "target"), true);
  EXPECT_EQ(Outcome(buckets_->IsBucketPolicyPublic(Root(kSource), "target")), kDenied);
}

// ---- Block Public Access

TEST_F(AccessSettingsTest, NewBucketsBlockPublicAccess) {
  EXPECT_EQ(*buckets_->GetPublicAccessBlock(Root(kOwner), "target"),
            (PublicAccessBlock{true, true, true, true}));
  EXPECT_EQ(*buckets_->GetOwnership(Root(kOwner), "target"), ObjectOwnership::kBucketOwnerEnforced);
  auto refused = buckets_->PutBucketPolicy(Root(kOwner), "target", kPublicPolicy);
  EXPECT_EQ(Outcome(refused), kDenied);
  EXPECT_EQ(refused.error().message,
            "User: arn:aws:iam::444455556666:root is not authorized to perform: "
            "s3:PutBucketPolicy on resource: \"arn:aws:s3:::target\" because public policies are "
            "blocked by the BlockPublicPolicy block public access setting.");
  // Public by AWS's definition: aws:CalledVia does not say who.
  EXPECT_EQ(
      Outcome(buckets_->PutBucketPolicy(
          Root(kOwner), "target",
          Policy(Statement(
              "Allow", R"("*")", R"("s3:PutObject")", kObjectArn,
              R"({"ForAnyValue:StringEquals":{"aws:CalledVia":"dynamodb.amazonaws.com"}})")))),
      kDenied);
  SetPolicy(SeedPolicy());
  ASSERT_TRUE(buckets_->SetPublicAccessBlock(Root(kOwner), "target", std::nullopt));
  EXPECT_EQ(Outcome(buckets_->GetPublicAccessBlock(Root(kOwner), "target")), reason::kNoSuchBlock);
  SetPolicy(kPublicPolicy);
}

// A bucket that was stored before it had settings.
TEST_F(AccessSettingsTest, OlderBucketsGoOnAsTheyWere) {
  ASSERT_TRUE(store_->CreateBucket("older", kOwner));
  EXPECT_EQ(Outcome(buckets_->GetPublicAccessBlock(Root(kOwner), "older")), reason::kNoSuchBlock);
  EXPECT_EQ(
      Outcome(buckets_->PutBucketPolicy(
          Root(kOwner), "older",
          Policy(Statement("Allow", R"("*")", R"("s3:GetObject")", R"("arn:aws:s3:::older/*")")))),
      "ok");
}

TEST_F(AccessSettingsTest,
       RestrictPublicBucketsCutsOffAllButTheAccountAndOnlyWhenThePolicyIsPublic) {
  BlockNothing();
  SetPolicy(Policy(Statement("Allow", Aws(kSource), R"("s3:PutObject")", kObjectArn)));
  Block({.restrict_public_buckets = true});
  EXPECT_EQ(Outcome(Put(Root(kSource))), "ok");
  // With one public statement the others count no more, for a job's requests neither.
  SetPolicy(Policy(Statement("Allow", Aws(kSource), R"("s3:PutObject")", kObjectArn) + "," +
                   Statement("Allow", R"("*")", R"("s3:GetObject")", kObjectArn)));
  for (const RequestContext& caller : {Root(kSource), ViaDynamoDb(Root(kSource)), kAnonymous}) {
    EXPECT_EQ(Outcome(Put(caller)), kDenied);
    EXPECT_EQ(Get(caller), kDenied);
  }
  RequestContext source = Root(kSource);
  std::string detail;
  source.denied_detail = &detail;
  EXPECT_EQ(Outcome(Put(source)), kDenied);
  EXPECT_THAT(detail, HasSubstr("RestrictPublicBuckets"));
  EXPECT_EQ(Get(Root(kOwner)), "ok");
  EXPECT_EQ(Get(User(kOwner, "u")),
            "ok");  // of the bucket's account, by the statement for everybody
  BlockNothing();
  EXPECT_EQ(Outcome(Put(Root(kSource))), "ok");
  EXPECT_EQ(Get(kAnonymous), "ok");
  // The stricter of bucket and account.
  BlockAccount(PublicAccessBlock{.restrict_public_buckets = true});
  EXPECT_EQ(Get(kAnonymous), kDenied);
  EXPECT_EQ(Outcome(Put(Root(kSource))), kDenied);
  BlockAccount(PublicAccessBlock{});
  EXPECT_EQ(Get(kAnonymous), "ok");
  BlockAccount(std::nullopt);
  EXPECT_EQ(Get(kAnonymous), "ok");
}

TEST_F(AccessSettingsTest, BlockPublicPolicyOfTheAccountCounts) {
  BlockNothing();
  BlockAccount(PublicAccessBlock{.block_public_policy = true});
  EXPECT_EQ(Outcome(buckets_->PutBucketPolicy(Root(kOwner), "target", kPublicPolicy)), kDenied);
  BlockAccount(std::nullopt);
  SetPolicy(kPublicPolicy);
  BlockAccount(PublicAccessBlock{.block_public_policy = true});
  EXPECT_EQ(Get(kAnonymous), kDenied);  // there is no object to see, and no right to list
  ASSERT_TRUE(Put(kAnonymous));         // what is there goes on
  EXPECT_EQ(Get(kAnonymous), "ok");
}

TEST_F(AccessSettingsTest, SettingsOfAnAccountAreItsOwn) {
  EXPECT_EQ(Outcome(buckets_->GetAccountBlock(Root(kOwner), kOwner)), reason::kNoSuchBlock);
  for (const RequestContext& other : {Root(kSource), User(kOwner, "u"), kAnonymous}) {
    EXPECT_EQ(Outcome(buckets_->SetAccountBlock(other, kOwner, PublicAccessBlock{})), kDenied);
    EXPECT_EQ(Outcome(buckets_->GetAccountBlock(other, kOwner)), kDenied);
    EXPECT_EQ(Outcome(buckets_->SetPublicAccessBlock(other, "target", std::nullopt)), kDenied);
    EXPECT_EQ(Outcome(buckets_->GetPublicAccessBlock(other, "target")), kDenied);
    EXPECT_EQ(Outcome(buckets_->SetOwnership(other, "target", std::nullopt)), kDenied);
    EXPECT_EQ(Outcome(buckets_->GetOwnership(other, "target")), kDenied);
  }
}

// ---- ownership

TEST_F(AccessSettingsTest, TheOwnerOfAnEnforcedBucketOwnsWhatOthersWrite) {
  LetWrite(kSource);
  EXPECT_EQ(Outcome(Put(Root(kSource))), "ok");
  EXPECT_EQ(Get(Root(kOwner)), "ok");
  EXPECT_EQ(buckets_->GetObjectAcl(Root(kOwner), "target", "k")->owner_id, IdOf(kOwner));
  EXPECT_EQ(Outcome(PutWith(Root(kSource), "bucket-owner-full-control")), "ok");
  for (const char* canned : {"private", "public-read", "bucket-owner-read", "nonsense"}) {
    EXPECT_EQ(Outcome(PutWith(Root(kSource), canned)), reason::kAclNotSupported) << canned;
    EXPECT_EQ(Outcome(PutWith(Root(kOwner), canned)), reason::kAclNotSupported) << canned;
  }
  RequestContext source = Root(kSource);
  source.acl = RequestedAcl{
      .canned = "",
      .grants = {{Grant::Grantee::kCanonicalUser, IdOf(kOwner), Permission::kFullControl}}};
  EXPECT_EQ(Outcome(Put(source)), "ok");
  source.acl->grants.front().permission = Permission::kRead;
  EXPECT_EQ(Outcome(Put(source)), reason::kAclNotSupported);
  EXPECT_EQ(Outcome(buckets_->PutBucketAcl(Root(kOwner), "target", {"private"})),
            reason::kAclNotSupported);
  EXPECT_EQ(Outcome(buckets_->PutObjectAcl(Root(kOwner), "target", "k", {"private"})),
            reason::kAclNotSupported);
}

TEST_F(AccessSettingsTest, TheWriterOwnsWhatItPutsIntoAnObjectWriterBucket) {
  LetWrite(kSource);
  for (std::optional<ObjectOwnership> ownership :
       {std::optional(ObjectOwnership::kObjectWriter), std::optional<ObjectOwnership>()}) {
    Own(ownership);
    EXPECT_EQ(Outcome(Put(ViaDynamoDb(Root(kSource)))), "ok");
    EXPECT_EQ(Get(Root(kSource)), "ok");
    RequestContext owner = Root(kOwner);
    std::string detail;
    owner.denied_detail = &detail;
    EXPECT_EQ(Get(owner), kDenied);
    EXPECT_THAT(detail, HasSubstr("belongs to account 111122223333"));
    EXPECT_EQ(Outcome(buckets_->GetObjectAcl(Root(kOwner), "target", "k")), kDenied);
    EXPECT_EQ(buckets_->GetObjectAcl(Root(kSource), "target", "k")->owner_id, IdOf(kSource));
    auto list = buckets_->ListObjects(Root(kOwner), "target", {});
    EXPECT_EQ(list->objects.front().owner_account, kSource);
    // The owner of the bucket may delete it all the same.
    EXPECT_EQ(Outcome(buckets_->DeleteObject(Root(kOwner), "target", "k")), "ok");
  }
}

TEST_F(AccessSettingsTest, ABucketPolicyAllowsNothingOnTheObjectsOfOthersAndDeniesAll) {
  Own(ObjectOwnership::kObjectWriter);
  LetWrite(kSource);
  ASSERT_TRUE(Put(Root(kSource)));
  SetPolicy(Policy(Statement("Allow", R"({"AWS":["777788889999","444455556666"]})",
                             R"("s3:GetObject")", kObjectArn)));
  EXPECT_EQ(Get(Root(kThird)), kDenied);
  EXPECT_EQ(Get(Root(kOwner)), kDenied);
  EXPECT_EQ(Get(Root(kSource)), "ok");
  SetPolicy(Policy(Statement("Deny", R"("*")", R"("s3:GetObject")", kObjectArn)));
  EXPECT_EQ(Get(Root(kSource)), kDenied);
  SetPolicy(Policy(Statement("Allow", Aws(kThird), R"("s3:GetObject")", kObjectArn)));
  ASSERT_TRUE(Put(Root(kOwner)));  // replaced by an object of the bucket's owner
  EXPECT_EQ(Get(Root(kThird)), "ok");
  EXPECT_EQ(Get(Root(kSource)), kDenied);
}

TEST_F(AccessSettingsTest, APreferredOwnerGetsWhatIsHandedOver) {
  Own(ObjectOwnership::kBucketOwnerPreferred);
  LetWrite(kSource);
  EXPECT_EQ(Outcome(Put(Root(kSource))), "ok");
  EXPECT_EQ(Get(Root(kOwner)), kDenied);
  EXPECT_EQ(Outcome(PutWith(Root(kSource), "bucket-owner-full-control")), "ok");
  EXPECT_EQ(Get(Root(kOwner)), "ok");
  EXPECT_EQ(buckets_->GetObjectAcl(Root(kOwner), "target", "k")->owner_id, IdOf(kOwner));
  // Uploads, too.
  RequestContext source = Root(kSource);
  source.acl = RequestedAcl{"bucket-owner-full-control"};
  for (bool hands_over : {true, false}) {
    if (!hands_over) source.acl.reset();
    auto upload = buckets_->CreateMultipartUpload(source, "target", "k", {});
    ASSERT_TRUE(upload);
    auto uploads = buckets_->ListMultipartUploads(Root(kOwner), "target", "");
    EXPECT_EQ(uploads->front().owner_account, hands_over ? kOwner : kSource);
    base::StringSource body("part");
    auto part = buckets_->UploadPart(source, "target", "k", *upload, 1, body, {});
    ASSERT_TRUE(part);
    ASSERT_TRUE(
        buckets_->CompleteMultipartUpload(source, "target", "k", *upload, {{1, part->etag, ""}}));
    EXPECT_EQ(Get(Root(kOwner)), hands_over ? "ok" : kDenied);
  }
  // With ObjectWriter the same ACL is a grant: the writer stays the owner.
  Own(ObjectOwnership::kObjectWriter);
  EXPECT_EQ(Outcome(PutWith(Root(kSource), "bucket-owner-full-control")), "ok");
  EXPECT_EQ(Get(Root(kOwner)), "ok");
  EXPECT_EQ(buckets_->GetObjectAcl(Root(kOwner), "target", "k")->owner_id, IdOf(kSource));
}

TEST_F(AccessSettingsTest, EnforcingGivesTheBucketsOwnerAllThatIsThereUntilItIsTakenBack) {
  Own(ObjectOwnership::kObjectWriter);
  LetWrite(kSource);
  ASSERT_TRUE(Put(Root(kSource)));
  EXPECT_EQ(Get(Root(kOwner)), kDenied);
  Own(ObjectOwnership::kBucketOwnerEnforced);
  EXPECT_EQ(Get(Root(kOwner)), "ok");
  EXPECT_EQ(buckets_->GetObjectAcl(Root(kOwner), "target", "k")->owner_id, IdOf(kOwner));
  auto list = buckets_->ListObjects(Root(kOwner), "target", {});
  EXPECT_EQ(list->objects.front().owner_account, "");
  Own(ObjectOwnership::kObjectWriter);
  EXPECT_EQ(Get(Root(kOwner)), kDenied);
}

TEST_F(AccessSettingsTest, EnforcingIsRefusedWhileOthersHaveGrantsOnTheBucket) {
  Own(ObjectOwnership::kBucketOwnerPreferred);
  RequestedAcl grants;
  grants.grants = {{Grant::Grantee::kCanonicalUser, IdOf(kOwner), Permission::kFullControl},
                   {Grant::Grantee::kCanonicalUser, IdOf(kSource), Permission::kWrite}};
  ASSERT_TRUE(buckets_->PutBucketAcl(Root(kOwner), "target", grants));
  EXPECT_EQ(Outcome(buckets_->SetOwnership(Root(kOwner), "target",
                                           ObjectOwnership::kBucketOwnerEnforced)),
            reason::kAclAgainstOwnership);
  EXPECT_EQ(*buckets_->GetOwnership(Root(kOwner), "target"),
            ObjectOwnership::kBucketOwnerPreferred);
  ASSERT_TRUE(buckets_->PutBucketAcl(Root(kOwner), "target", {"private"}));
  Own(ObjectOwnership::kBucketOwnerEnforced);
}

// ---- ACLs

TEST_F(AccessSettingsTest, GrantsOnABucketLetAccountsListAndWrite) {
  Own(ObjectOwnership::kObjectWriter);
  RequestedAcl grants;
  grants.grants = {{Grant::Grantee::kCanonicalUser, IdOf(kOwner), Permission::kFullControl},
                   {Grant::Grantee::kCanonicalUser, IdOf(kSource), Permission::kWrite},
                   {Grant::Grantee::kCanonicalUser, IdOf(kThird), Permission::kRead}};
  ASSERT_TRUE(buckets_->PutBucketAcl(Root(kOwner), "target", grants));
  EXPECT_EQ(buckets_->GetBucketAcl(Root(kOwner), "target")->grants, grants.grants);
  EXPECT_EQ(Outcome(Put(Root(kSource))), "ok");
  EXPECT_EQ(Outcome(PutWith(Root(kSource), "bucket-owner-full-control")), "ok");
  EXPECT_EQ(Get(Root(kOwner)), "ok");
  ASSERT_TRUE(Put(Root(kOwner)));  // WRITE is no right on an object that is there
  EXPECT_EQ(Outcome(buckets_->PutObjectAcl(Root(kSource), "target", "k", {"private"})), kDenied);
  EXPECT_EQ(Outcome(Put(User(kSource, "without-policies"))), kDenied);
  EXPECT_EQ(Outcome(buckets_->ListObjects(Root(kSource), "target", {})), kDenied);
  EXPECT_EQ(Outcome(buckets_->ListObjects(Root(kThird), "target", {})), "ok");
  EXPECT_EQ(Outcome(Put(Root(kThird))), kDenied);
  EXPECT_EQ(Outcome(buckets_->GetBucketAcl(Root(kThird), "target")), kDenied);
  grants.grants[1].permission = Permission::kFullControl;
  ASSERT_TRUE(buckets_->PutBucketAcl(Root(kOwner), "target", grants));
  EXPECT_EQ(Outcome(buckets_->PutBucketAcl(Root(kSource), "target", grants)), "ok");
  // A Deny outweighs an ACL.
  SetPolicy(Policy(Statement("Deny", Aws(kSource), R"("s3:PutObject")", kObjectArn)));
  EXPECT_EQ(Outcome(Put(Root(kSource))), kDenied);
}

TEST_F(AccessSettingsTest, GrantsOnAnObjectLetAccountsReadItAndItsAcl) {
  Own(ObjectOwnership::kObjectWriter);
  ASSERT_TRUE(Put(Root(kOwner)));
  auto grant = [&](Permission permission) {
    RequestedAcl acl;
    acl.grants = {{Grant::Grantee::kCanonicalUser, IdOf(kThird), permission}};
    EXPECT_TRUE(buckets_->PutObjectAcl(Root(kOwner), "target", "k", acl));
  };
  auto read_acl = [&] { return Outcome(buckets_->GetObjectAcl(Root(kThird), "target", "k")); };
  auto write_acl = [&] {
    return Outcome(buckets_->PutObjectAcl(
        Root(kThird), "target", "k",
        RequestedAcl{"", {{Grant::Grantee::kCanonicalUser, IdOf(kThird), Permission::kRead}}}));
  };
  auto all = [&] {
    std::string text = Get(Root(kThird)) + " " + read_acl();
    return text + " " + write_acl();
  };
  grant(Permission::kRead);
  EXPECT_EQ(all(), "ok " + kDenied + " " + kDenied);
  grant(Permission::kReadAcp);
  EXPECT_EQ(all(), kDenied + " ok " + kDenied);
  grant(Permission::kWrite);  // means nothing on an object
  EXPECT_EQ(all(), kDenied + " " + kDenied + " " + kDenied);
  grant(Permission::kWriteAcp);
  EXPECT_EQ(all(), kDenied + " " + kDenied + " ok");
  EXPECT_EQ(Get(Root(kThird)), "ok");
  grant(Permission::kFullControl);
  EXPECT_EQ(all(), "ok ok ok");
  EXPECT_EQ(Get(Root(kSource)), kDenied);
  EXPECT_EQ(Outcome(buckets_->GetObjectAcl(Root(kOwner), "target", "absent")),
            objects::reason::kNoSuchKey);
  EXPECT_EQ(Outcome(buckets_->GetObjectAcl(Root(kThird), "target", "absent")), kDenied);
  RequestedAcl foreign{"", {}, IdOf(kThird)};
  EXPECT_EQ(Outcome(buckets_->PutObjectAcl(Root(kOwner), "target", "k", foreign)), kDenied);
}

TEST_F(AccessSettingsTest, PublicAclsAreBlockedAndIgnoredAsSet) {
  Own(ObjectOwnership::kObjectWriter);
  auto blocked = PutWith(Root(kOwner), "public-read");
  EXPECT_EQ(Outcome(blocked), kDenied);
  EXPECT_THAT(blocked.error().message, HasSubstr("BlockPublicAcls"));
  EXPECT_EQ(Outcome(buckets_->PutBucketAcl(Root(kOwner), "target", {"authenticated-read"})),
            kDenied);
  ASSERT_TRUE(Put(Root(kOwner)));
  EXPECT_EQ(Outcome(buckets_->PutObjectAcl(Root(kOwner), "target", "k", {"public-read"})), kDenied);
  Block({.ignore_public_acls = true});
  EXPECT_EQ(Outcome(PutWith(Root(kOwner), "public-read")), "ok");
  EXPECT_EQ(Get(kAnonymous), kDenied);
  EXPECT_EQ(buckets_->GetObjectAcl(Root(kOwner), "target", "k")->grants.size(), 2u);
  BlockNothing();
  EXPECT_EQ(Get(kAnonymous), "ok");
  EXPECT_EQ(Get(Root(kThird)), "ok");
  BlockAccount(PublicAccessBlock{.ignore_public_acls = true});
  EXPECT_EQ(Get(kAnonymous), kDenied);
  BlockAccount(PublicAccessBlock{.block_public_acls = true});
  EXPECT_EQ(Get(kAnonymous), "ok");  // what is set stays
  EXPECT_EQ(Outcome(PutWith(Root(kOwner), "public-read")), kDenied);
  BlockAccount(std::nullopt);
  EXPECT_EQ(Outcome(PutWith(Root(kOwner), "authenticated-read")), "ok");
  EXPECT_EQ(Get(kAnonymous), kDenied);
  EXPECT_EQ(Get(Root(kThird)), "ok");
  // A bucket that everybody may write to: nobody in particular owns what comes in.
  ASSERT_TRUE(buckets_->PutBucketAcl(Root(kOwner), "target", {"public-read-write"}));
  EXPECT_EQ(Outcome(Put(kAnonymous)), "ok");
  EXPECT_EQ(Outcome(buckets_->ListObjects(kAnonymous, "target", {})), "ok");
  EXPECT_EQ(Get(Root(kOwner)), kDenied);
  EXPECT_EQ(Get(kAnonymous), kDenied);
  // Enforced, ACLs count no more.
  ASSERT_TRUE(buckets_->PutBucketAcl(Root(kOwner), "target", {"private"}));
  EXPECT_EQ(Outcome(PutWith(Root(kOwner), "public-read")), "ok");
  EXPECT_EQ(Get(kAnonymous), "ok");
  Own(ObjectOwnership::kBucketOwnerEnforced);
  EXPECT_EQ(Get(kAnonymous), kDenied);
  EXPECT_EQ(buckets_->GetObjectAcl(Root(kOwner), "target", "k")->grants.size(), 1u);
}

TEST_F(AccessSettingsTest, NewBucketsTakeAnOwnershipAndAnAclTheirCreatorMaySet) {
  auto create = [&](const char* name, RequestContext context,
                    std::optional<ObjectOwnership> ownership, const std::string& canned) {
    if (!canned.empty()) context.acl = RequestedAcl{canned};
    return Outcome(buckets_->CreateBucket(context, name, {ownership}));
  };
  EXPECT_EQ(create("new-1", Root(kOwner), ObjectOwnership::kObjectWriter, ""), "ok");
  EXPECT_EQ(*buckets_->GetOwnership(Root(kOwner), "new-1"), ObjectOwnership::kObjectWriter);
  EXPECT_EQ(create("new-2", Root(kOwner), {}, "private"), "ok");
  EXPECT_EQ(create("new-3", Root(kOwner), {}, "log-delivery-write"), reason::kAclAgainstOwnership);
  EXPECT_EQ(create("new-3", Root(kOwner), {}, "public-read"), reason::kAclAgainstOwnership);
  EXPECT_EQ(create("new-3", Root(kOwner), ObjectOwnership::kObjectWriter, "public-read"),
            reason::kAclAgainstBlock);
  EXPECT_EQ(create("new-3", Root(kOwner), ObjectOwnership::kObjectWriter, "log-delivery-write"),
            "ok");
  EXPECT_EQ(buckets_->GetBucketAcl(Root(kOwner), "new-3")->grants.size(), 3u);
  EXPECT_EQ(create("new-4", Root(kOwner), ObjectOwnership::kObjectWriter, "aws-exec-read"),
            reason::kAclNotImplemented);
  EXPECT_EQ(Outcome(buckets_->HeadBucket(Root(kOwner), "new-4")), objects::reason::kNoSuchBucket);
}

}  // namespace
}  // namespace dray::buckets
