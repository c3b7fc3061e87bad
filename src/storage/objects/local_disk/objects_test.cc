// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "base/text_encoding.h"
#include "hash/hash.h"
#include "storage/objects/checksum.h"
#include "storage/objects/local_disk/store_fixture.h"

namespace dray::objects {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class LocalDiskBuckets : public StoreTest {};
class LocalDiskObjects : public StoreTest {};
class LocalDiskList : public StoreTest {
 protected:
  void Fill(std::initializer_list<const char*> keys) {
    for (const char* key : keys) ASSERT_TRUE(Put(key, "x"));
  }
  // Every page of `page_size` entries, as one line: objects, then common prefixes, a bar between
  // pages.
  std::string All(ListRequest request, size_t page_size) {
    std::string line;
    request.count_max = page_size;
    for (;;) {
      auto list = store_->List("bucket", request);
      if (!list) return list.error().message;
      for (const auto& object : list->objects) line += object.key + " ";
      for (const auto& prefix : list->common_prefixes) line += "[" + prefix + "] ";
      if (!list->is_truncated) return line;
      EXPECT_EQ(list->objects.size() + list->common_prefixes.size(), page_size);
      line += "| ";
      request.start_after = list->next_start_after;
    }
  }
};

TEST_F(LocalDiskBuckets, AreCreatedOnceAndListedByOwner) {
  EXPECT_EQ(store_->CreateBucket("bucket", "111122223333").error().reason,
            reason::kBucketOwnedByYou);
  EXPECT_EQ(store_->CreateBucket("bucket", "444455556666").error().reason, reason::kBucketExists);
  EXPECT_EQ(store_->CreateBucket("Not_A_Name", "444455556666").error().reason,
            reason::kInvalidBucketName);
  ASSERT_TRUE(store_->CreateBucket("another", "111122223333"));
  ASSERT_TRUE(store_->CreateBucket("foreign", "444455556666"));
  auto buckets = store_->ListBuckets("111122223333");
  ASSERT_TRUE(buckets);
  ASSERT_THAT(*buckets, SizeIs(2));
  EXPECT_EQ((*buckets)[0].name, "another");
  EXPECT_EQ((*buckets)[1].name, "bucket");
  EXPECT_EQ((*buckets)[1].region, "us-east-1");
}

TEST_F(LocalDiskBuckets, KeepTheirPolicyAcrossARestart) {
  auto set_policy = [&](const char* bucket, std::optional<std::string> policy) {
    return store_->ChangeBucket(bucket, [&](BucketSettings& settings) {
      settings.policy_json = std::move(policy);
      return base::Ok();
    });
  };
  EXPECT_EQ(store_->GetBucket("bucket")->settings.policy_json, std::nullopt);
  ASSERT_TRUE(set_policy("bucket", "{}"));
  Restart();
  EXPECT_EQ(store_->GetBucket("bucket")->settings.policy_json, "{}");
  ASSERT_TRUE(set_policy("bucket", std::nullopt));
  EXPECT_EQ(store_->GetBucket("bucket")->settings.policy_json, std::nullopt);
  EXPECT_EQ(set_policy("missing", "{}").error().reason, reason::kNoSuchBucket);
}

TEST_F(LocalDiskBuckets, ChangeTheirSettingsOrNothing) {
  auto refused = store_->ChangeBucket("bucket", [](BucketSettings& settings) {
    settings.ownership = ObjectOwnership::kObjectWriter;
    return base::Status(base::Error{base::ErrorKind::kInvalidArgument, "no"});
  });
  EXPECT_EQ(refused.error().message, "no");
  EXPECT_EQ(store_->GetBucket("bucket")->settings.ownership, ObjectOwnership::kBucketOwnerEnforced);
  BucketSettings settings;
  settings.ownership = ObjectOwnership::kObjectWriter;
  ASSERT_TRUE(store_->CreateBucket("writers", "111122223333", settings));
  EXPECT_EQ(*store_->GetAccountBlock("111122223333"), std::nullopt);
  ASSERT_TRUE(store_->SetAccountBlock("111122223333", PublicAccessBlock{true, false, true, false}));
  Restart();
  EXPECT_EQ(store_->GetBucket("writers")->settings.ownership, ObjectOwnership::kObjectWriter);
  EXPECT_EQ(*store_->GetAccountBlock("111122223333"),
            (PublicAccessBlock{true, false, true, false}));
  ASSERT_TRUE(store_->SetAccountBlock("111122223333", std::nullopt));
  EXPECT_EQ(*store_->GetAccountBlock("111122223333"), std::nullopt);
}

TEST_F(LocalDiskBuckets, AclsOfObjectsChangeAndNothingElse) {
  PutOptions options;
  options.owner_account = "444455556666";
  ASSERT_TRUE(Put("k", "bytes", options));
  auto before = *store_->Head("bucket", "k");
  EXPECT_EQ(before.owner_account, "444455556666");
  Acl acl{{Grant::Grantee::kAllUsers, "", Permission::kRead}};
  ASSERT_TRUE(store_->SetAcl("bucket", before, acl));
  auto after = *store_->Head("bucket", "k");
  EXPECT_EQ(after.acl, acl);
  EXPECT_EQ(after.owner_account, "444455556666");
  EXPECT_EQ(after.last_modified_micros, before.last_modified_micros);
  EXPECT_EQ(Get("k"), "bytes");
  EXPECT_EQ(store_->SetAcl("bucket", before, acl).error().kind, base::ErrorKind::kInUse);
  ASSERT_TRUE(Put("k", "of another owner"));
  EXPECT_EQ(store_->SetAcl("bucket", after, acl).error().kind, base::ErrorKind::kInUse);
  ObjectInfo absent;
  absent.key = "absent";
  EXPECT_EQ(store_->SetAcl("bucket", absent, acl).error().reason, reason::kNoSuchKey);
  options.acl = acl;
  auto upload = store_->CreateUpload("bucket", "u", options);
  ASSERT_TRUE(upload);
  auto part = PutPart("u", *upload, 1, "part");
  ASSERT_TRUE(store_->CompleteUpload("bucket", "u", *upload, {{1, part->etag, ""}}));
  EXPECT_EQ(store_->Head("bucket", "u")->owner_account, "444455556666");
  EXPECT_EQ(store_->Head("bucket", "u")->acl, acl);
}

TEST_F(LocalDiskBuckets, AreDeletedOnlyWhenEmpty) {
  ASSERT_TRUE(Put("k", "x"));
  EXPECT_EQ(store_->DeleteBucket("bucket").error().reason, reason::kBucketNotEmpty);
  ASSERT_TRUE(store_->Delete("bucket", "k"));
  auto upload = store_->CreateUpload("bucket", "u", {});
  ASSERT_TRUE(upload);
  ASSERT_TRUE(PutPart("u", *upload, 1, Bytes(1000)));
  ASSERT_TRUE(store_->DeleteBucket("bucket"));
  EXPECT_EQ(store_->GetBucket("bucket").error().reason, reason::kNoSuchBucket);
  EXPECT_THAT(files_.Files(), IsEmpty());
  ASSERT_TRUE(store_->CreateBucket("bucket", "444455556666"));
  EXPECT_EQ(store_->ListParts("bucket", "u", *upload).error().reason, reason::kNoSuchUpload);
}

TEST_F(LocalDiskObjects, GiveBackWhatWasPut) {
  PutOptions options;
  options.content_type = "text/plain";
  options.headers = {{"x-amz-meta-a", "1"}, {"cache-control", "no-cache"}};
  for (size_t size : {size_t{0}, size_t{1}, size_t{64}, size_t{65}, size_t{1'000'000}}) {
    std::string bytes = Bytes(size);
    auto put = Put("k", bytes, options);
    ASSERT_TRUE(put) << put.error().message;
    EXPECT_EQ(put->etag, base::HexEncode(hash::Md5(bytes)));
    Restart();
    EXPECT_EQ(Get("k"), bytes);
    auto info = store_->Head("bucket", "k");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->size_bytes, size);
    EXPECT_EQ(info->etag, put->etag);
    EXPECT_EQ(info->content_type, "text/plain");
    EXPECT_EQ(info->headers, options.headers);
    EXPECT_EQ(info->last_modified_micros, put->last_modified_micros);
    EXPECT_EQ(info->sse_algorithm, "AES256");
    EXPECT_THAT(files_.Files(), SizeIs(size > 64 ? 1 : 0));
  }
}

TEST_F(LocalDiskObjects, HaveKeysOfAnyBytesThatNeverReachTheFileSystem) {
  std::string long_key(1024, '/');
  for (const std::string& key :
       {std::string("../../../etc/passwd"), std::string("//"), std::string("."),
        std::string("a/../b"), std::string("a\0b", 3), long_key}) {
    ASSERT_TRUE(Put(key, Bytes(100, 'k') + key));
    EXPECT_EQ(Get(key), Bytes(100, 'k') + key);
  }
  for (const std::string& path : files_.Files()) {
    EXPECT_THAT(path, ::testing::MatchesRegex("/data/objects/[0-9a-f]{2}/[0-9a-f]{30}"));
  }
  EXPECT_EQ(Put(long_key + "x", "").error().reason, reason::kKeyTooLong);
}

TEST_F(LocalDiskObjects, GiveRanges) {
  std::string bytes = Bytes(1000);
  ASSERT_TRUE(Put("k", bytes));
  EXPECT_EQ(Get("k", ByteRange{0, 0, {}}), bytes.substr(0, 1));
  EXPECT_EQ(Get("k", ByteRange{990, 5000, {}}), bytes.substr(990));
  EXPECT_EQ(Get("k", ByteRange{0, 0, 10}), bytes.substr(990));
  EXPECT_EQ(Get("k", ByteRange{0, 0, 5000}), bytes);
  for (ByteRange bad : {ByteRange{1000, 1001, {}}, ByteRange{5, 4, {}}, ByteRange{0, 0, 0}}) {
    EXPECT_EQ(store_->Open("bucket", "k", bad).error().reason, reason::kInvalidRange);
  }
  ASSERT_TRUE(Put("empty", ""));
  EXPECT_EQ(store_->Open("bucket", "empty", ByteRange{}).error().reason, reason::kInvalidRange);
}

TEST_F(LocalDiskObjects, StayReadableWhenReplacedOrDeleted) {
  std::string bytes = Bytes(10'000, 'x');
  ASSERT_TRUE(Put("k", bytes));
  auto first = store_->Open("bucket", "k", {});
  auto second = store_->Open("bucket", "k", {});
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  ASSERT_TRUE(Put("k", Bytes(10'000, 'y')));
  ASSERT_TRUE(store_->Delete("bucket", "k"));
  EXPECT_EQ(*base::ReadAll(*first->body, 1 << 20), bytes);
  first->body.reset();
  EXPECT_EQ(*base::ReadAll(*second->body, 1 << 20), bytes);
  EXPECT_THAT(files_.Files(), SizeIs(1));
  second->body.reset();
  EXPECT_THAT(files_.Files(), IsEmpty());
}

TEST_F(LocalDiskObjects, AreVerifiedBeforeAnythingIsVisible) {
  std::string bytes = Bytes(1000);
  PutOptions wrong_md5{.content_md5 = hash::Md5("other")};
  EXPECT_EQ(Put("k", bytes, wrong_md5).error().reason, reason::kBadDigest);
  PutOptions wrong_sum{.checksum_algorithm = ChecksumAlgorithm::kCrc32,
                       .expected_checksum_base64 = "AAAAAA=="};
  EXPECT_EQ(Put("k", bytes, wrong_sum).error().reason, reason::kBadDigest);
  PutOptions wrong_trailer{.checksum_algorithm = ChecksumAlgorithm::kSha256,
                           .expected_checksum_at_end = [] { return "AAAA"; }};
  EXPECT_EQ(Put("k", bytes, wrong_trailer).error().reason, reason::kBadDigest);
  PutOptions too_short{.size_bytes = 1001};
  EXPECT_EQ(Put("k", bytes, too_short).error().reason, reason::kIncompleteBody);
  PutOptions too_long{.size_bytes = 999};
  EXPECT_EQ(Put("k", bytes, too_long).error().reason, reason::kIncompleteBody);
  PutOptions huge{.size_bytes = (5ull << 30) + 1};
  EXPECT_EQ(Put("k", bytes, huge).error().reason, reason::kEntityTooLarge);
  EXPECT_EQ(store_->Head("bucket", "k").error().reason, reason::kNoSuchKey);
  EXPECT_THAT(files_.Files(), IsEmpty());
}

TEST_F(LocalDiskObjects, KeepTheChecksumThatWasAskedFor) {
  PutOptions options{.content_md5 = hash::Md5("123456789"),
                     .checksum_algorithm = ChecksumAlgorithm::kCrc64Nvme,
                     .expected_checksum_at_end = [] { return "rosUhgp5mIg="; },
                     .size_bytes = 9};
  auto put = Put("k", "123456789", options);
  ASSERT_TRUE(put) << put.error().message;
  EXPECT_EQ(put->checksum_base64, "rosUhgp5mIg=");
  auto info = store_->Head("bucket", "k");
  EXPECT_EQ(info->checksum_base64, "rosUhgp5mIg=");
  EXPECT_EQ(info->checksum_type, kFullObject);
  EXPECT_EQ(info->checksum_algorithm, ChecksumAlgorithm::kCrc64Nvme);
}

TEST_F(LocalDiskObjects, AreWrittenUnderConditions) {
  PutOptions if_absent{.only_if_absent = true};
  ASSERT_TRUE(Put("k", Bytes(100), if_absent));
  EXPECT_EQ(Put("k", Bytes(200), if_absent).error().reason, reason::kPreconditionFailed);
  std::string etag = store_->Head("bucket", "k")->etag;
  PutOptions if_etag{.only_if_etag = etag};
  ASSERT_TRUE(Put("k", Bytes(300), if_etag));
  EXPECT_EQ(Put("k", Bytes(400), if_etag).error().reason, reason::kPreconditionFailed);
  EXPECT_EQ(Put("absent", Bytes(400), if_etag).error().reason, reason::kNoSuchKey);
  EXPECT_EQ(Get("k"), Bytes(300));
  EXPECT_THAT(files_.Files(), SizeIs(1));
}

TEST_F(LocalDiskObjects, DeleteOfAnAbsentKeyIsFine) {
  EXPECT_TRUE(store_->Delete("bucket", "absent"));
  EXPECT_EQ(store_->Delete("missing", "k").error().reason, reason::kNoSuchBucket);
}

TEST_F(LocalDiskList, RollsKeysUpToCommonPrefixes) {
  Fill({"a/1", "a/2", "b", "c//x", "c/d/e", "d", "photos/2024/x", "photos/2025/y", "photos/z"});
  EXPECT_EQ(All({.delimiter = "/"}, 1000), "b d [a/] [c/] [photos/] ");
  EXPECT_EQ(All({.prefix = "photos/", .delimiter = "/"}, 1000),
            "photos/z [photos/2024/] [photos/2025/] ");
  EXPECT_EQ(All({.prefix = "c/", .delimiter = "/"}, 1000), "[c//] [c/d/] ");
  EXPECT_EQ(All({.prefix = "photos/", .delimiter = "/20"}, 1000),
            "photos/2024/x photos/2025/y photos/z ");
  EXPECT_EQ(All({.prefix = "photos", .delimiter = "/20"}, 1000), "photos/z [photos/20] ");
  EXPECT_EQ(All({.prefix = "none"}, 1000), "");
}

TEST_F(LocalDiskList, PagesWithoutGapsOrRepetition) {
  Fill({"a/1", "a/2", "a/3", "b", "c/1", "c/2", "d"});
  EXPECT_EQ(All({.delimiter = "/"}, 1), "[a/] | b | [c/] | d ");
  EXPECT_EQ(All({.delimiter = "/"}, 3), "b [a/] [c/] | d ");
  EXPECT_EQ(All({}, 3), "a/1 a/2 a/3 | b c/1 c/2 | d ");
  EXPECT_EQ(All({}, 7), "a/1 a/2 a/3 b c/1 c/2 d ");
}

TEST_F(LocalDiskList, StartsBehindTheGivenKeyAlsoForCommonPrefixes) {
  Fill({"a/1", "a/2", "b", "c/1"});
  EXPECT_EQ(All({.start_after = "a/1"}, 1000), "a/2 b c/1 ");
  EXPECT_EQ(All({.delimiter = "/", .start_after = "a/"}, 1000), "b [c/] ");
  EXPECT_EQ(All({.delimiter = "/", .start_after = "a"}, 1000), "b [a/] [c/] ");
  EXPECT_EQ(All({.start_after = "zzz"}, 1000), "");
  auto none = store_->List("bucket", {.count_max = 0});
  EXPECT_FALSE(none->is_truncated);
  EXPECT_EQ(store_->List("missing", {}).error().reason, reason::kNoSuchBucket);
}

TEST_F(LocalDiskList, IsInByteOrderAndKeepsBucketsApart) {
  ASSERT_TRUE(store_->CreateBucket("bucket2", "111122223333"));
  base::StringSource source("x");
  ASSERT_TRUE(store_->Put("bucket2", "other", source, {}));
  Fill({"\xf0\x9f\x8c\x8d", "\xef\xbf\xbd", "z", "Z", "a"});
  EXPECT_EQ(All({}, 2), "Z a | z \xef\xbf\xbd | \xf0\x9f\x8c\x8d ");
}

TEST_F(LocalDiskList, SkipsABigCommonPrefixWithoutReadingIt) {
  for (int i = 0; i < 3000; ++i) ASSERT_TRUE(Put("big/" + std::to_string(i), "x"));
  Fill({"z"});
  EXPECT_EQ(All({.delimiter = "/"}, 1), "[big/] | z ");
}

}  // namespace
}  // namespace dray::objects
