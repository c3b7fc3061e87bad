// SPDX-License-Identifier: Apache-2.0
#include "storage/objects/local_disk/records.h"

#include <gtest/gtest.h>

#include "base/text_encoding.h"

namespace dray::objects {
namespace {

TEST(Records, KeepTheirBytes) {
  BucketRecord bucket{
      0x0102030405060708,
      "111122223333",
      "us-east-1",
      5,
      {.policy_json = "{}",
       .public_access_block = PublicAccessBlock{.block_public_acls = true,
                                                .ignore_public_acls = false,
                                                .block_public_policy = true,
                                                .restrict_public_buckets = true},
       .ownership = ObjectOwnership::kBucketOwnerPreferred,
       .acl = Acl{{Grant::Grantee::kAllUsers, "", Permission::kRead},
                  {Grant::Grantee::kCanonicalUser, "c", Permission::kFullControl}}}};
  EXPECT_EQ(base::HexEncode(Encode(bucket)),
            "02"
            "0102030405060708"
            "0c313131313232323233333333"
            "0975732d656173742d31"
            "0a"
            "027b7d"
            "0d"
            "01"
            "03010000"
            "00040163");
  EXPECT_EQ(base::HexEncode(Encode(PublicAccessBlock{.ignore_public_acls = true})), "0102");
  ObjectRecord object;
  object.info.size_bytes = 303;
  object.info.etag = "ab";
  object.info.last_modified_micros = 1;
  object.info.content_type = "t";
  object.info.headers = {{"h", "v"}};
  object.info.checksum_algorithm = ChecksumAlgorithm::kCrc64Nvme;
  object.info.checksum_base64 = "cc";
  object.info.checksum_type = "F";
  object.info.sse_algorithm = "A";
  object.body = {{std::string(16, 'f'), "", 300},
                 {"", "xyz", 3},
                 {std::string(16, 'f'), "", 300, std::string(60, 'w')},
                 {"", std::string(19, 's'), 3, std::string(60, 'w')}};
  std::string wrapped = base::HexEncode(std::string(60, 'w'));
  EXPECT_EQ(base::HexEncode(Encode(object)),
            "02af02"
            "026162"
            "02"
            "0174"
            "0101680176"
            "03"
            "026363"
            "0146"
            "0141"
            "04"
            "0166666666666666666666666666666666ac02"
            "000378797a"
            "0366666666666666666666666666666666ac02" +
                wrapped + "020313" + base::HexEncode(std::string(19, 's')) + wrapped);
}

TEST(Records, OfObjectsWithOwnersHaveThemBehindTheEncryption) {
  ObjectRecord object;
  object.info.owner_account = "own";
  object.info.acl = Acl{{Grant::Grantee::kAuthenticatedUsers, "", Permission::kReadAcp}};
  EXPECT_EQ(base::HexEncode(Encode(object)),
            "030000000000000000"
            "00"
            "036f776e"
            "02020200"
            "00");
  auto read = DecodeObject("k", Encode(object));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->info.owner_account, "own");
  EXPECT_EQ(read->info.acl, object.info.acl);
  UploadRecord upload;
  upload.info.owner_account = "own";
  upload.info.acl = Acl{};
  auto read_upload = DecodeUpload(Encode(upload));
  ASSERT_TRUE(read_upload);
  EXPECT_EQ(read_upload->info.owner_account, "own");
  EXPECT_EQ(read_upload->info.acl, Acl{});
}

// A bucket that is older than its settings keeps what it had: it owns every object, and nothing
// blocks public access.
TEST(Records, OfBucketsOfVersionOneAreRead) {
  auto bucket =
      DecodeBucket(*base::HexDecode("01"
                                    "0102030405060708"
                                    "0c313131313232323233333333"
                                    "0975732d656173742d31"
                                    "0a"
                                    "027b7d"));
  ASSERT_TRUE(bucket) << bucket.error().message;
  EXPECT_EQ(bucket->owner_account, "111122223333");
  EXPECT_EQ(bucket->settings.policy_json, "{}");
  EXPECT_EQ(bucket->settings.public_access_block, std::nullopt);
  EXPECT_EQ(bucket->settings.ownership, ObjectOwnership::kBucketOwnerEnforced);
  EXPECT_EQ(bucket->settings.acl, std::nullopt);
}

TEST(Records, OfBucketsComeBackAsTheyWere) {
  for (std::optional<ObjectOwnership> ownership :
       {std::optional<ObjectOwnership>(), std::optional(ObjectOwnership::kBucketOwnerEnforced),
        std::optional(ObjectOwnership::kObjectWriter)}) {
    for (std::optional<PublicAccessBlock> block :
         {std::optional<PublicAccessBlock>(), std::optional(PublicAccessBlock{}),
          std::optional(PublicAccessBlock{true, true, true, true})}) {
      BucketRecord bucket;
      bucket.settings = {.public_access_block = block, .ownership = ownership};
      std::string bytes = Encode(bucket);
      auto read = DecodeBucket(bytes);
      ASSERT_TRUE(read);
      EXPECT_EQ(read->settings.public_access_block, block);
      EXPECT_EQ(read->settings.ownership, ownership);
      for (size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(DecodeBucket(bytes.substr(0, size))) << size;
      }
    }
  }
  EXPECT_EQ(DecodeAccountBlock("\x01\x10").error().kind, base::ErrorKind::kCorruption);
  EXPECT_EQ(DecodeAccountBlock("\x01\x0f")->ignore_public_acls, true);
}

TEST(Records, OfVersionOneAreRead) {
  auto object = DecodeObject("k", *base::HexDecode("01"
                                                   "af02"
                                                   "026162"
                                                   "02"
                                                   "0174"
                                                   "0101680176"
                                                   "03"
                                                   "026363"
                                                   "0146"
                                                   "0141"
                                                   "02"
                                                   "0166666666666666666666666666666666ac02"
                                                   "000378797a"));
  ASSERT_TRUE(object) << object.error().message;
  EXPECT_EQ(object->info.size_bytes, 303u);
  EXPECT_EQ(object->info.checksum_type, "F");
  EXPECT_EQ(object->info.sse_algorithm, "");  // it said one and sealed nothing
  ASSERT_EQ(object->body.size(), 2u);
  EXPECT_EQ(object->body[0].file, std::string(16, 'f'));
  EXPECT_EQ(object->body[0].size_bytes, 300u);
  EXPECT_EQ(object->body[1].bytes, "xyz");
  EXPECT_EQ(object->body[0].wrapped_key + object->body[1].wrapped_key, "");
}

TEST(Records, ComeBackAsTheyWere) {
  UploadRecord upload;
  upload.bucket_number = 9;
  upload.info.key = std::string("k\0k", 3);
  upload.info.started_at_micros = 1'700'000'000'000'000;
  upload.info.initiator = "arn";
  upload.info.checksum_algorithm = ChecksumAlgorithm::kSha1;
  upload.info.checksum_type = "COMPOSITE";
  upload.content_type = "x/y";
  upload.headers = {{"a", ""}, {"b", "c"}};
  upload.sse_algorithm = "AES256";
  auto read = DecodeUpload(Encode(upload));
  ASSERT_TRUE(read);
  EXPECT_EQ(Encode(*read), Encode(upload));
  PartRecord part;
  part.info = {10'000, "etag", 77, ChecksumAlgorithm::kSha1, "sum", -1};
  part.body = {{"", std::string(77, 'p'), 77}};
  auto read_part = DecodePart(Encode(part));
  ASSERT_TRUE(read_part);
  EXPECT_EQ(Encode(*read_part), Encode(part));
  EXPECT_EQ(read_part->info.last_modified_micros, -1);
}

TEST(Records, AreRefusedWhenCutOffLongerOrOfAnotherVersion) {
  ObjectRecord object;
  object.info.etag = "abc";
  object.body = {{"", "xyz", 3}, {"", std::string(19, 's'), 3, std::string(60, 'w')}};
  std::string bytes = Encode(object);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeObject("k", bytes.substr(0, size))) << size;
  }
  EXPECT_FALSE(DecodeObject("k", bytes + "x"));
  bytes[0] = 1;  // which has no sealed segments
  EXPECT_FALSE(DecodeObject("k", bytes));
  bytes[0] = 4;
  EXPECT_EQ(DecodeObject("k", bytes).error().kind, base::ErrorKind::kCorruption);
}

TEST(Records, UploadListKeysFollowTheOrderOfTheObjectKeys) {
  std::string id(16, 'z');
  std::vector<std::string> keys = {
      "a", std::string("a\0", 2), std::string("a\0b", 3), "a\x01", "ab", "b"};
  for (size_t i = 1; i < keys.size(); ++i) {
    EXPECT_LT(UploadListKey(1, keys[i - 1], id), UploadListKey(1, keys[i], id)) << i;
  }
}

}  // namespace
}  // namespace dray::objects
