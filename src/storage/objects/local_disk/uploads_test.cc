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

constexpr size_t kMiB = 1 << 20;

class LocalDiskUploads : public StoreTest {
 protected:
  std::string Begin(std::string_view key, const PutOptions& options = {}) {
    auto upload = store_->CreateUpload("bucket", key, options);
    return upload ? *upload : upload.error().message;
  }
  base::Result<ObjectInfo> Complete(std::string_view key, const std::string& upload,
                                    const std::vector<CompletePart>& parts,
                                    const CompleteOptions& options = {}) {
    return store_->CompleteUpload("bucket", key, upload, parts, options);
  }
  static std::string Etag(std::string_view bytes) { return base::HexEncode(hash::Md5(bytes)); }
};

TEST_F(LocalDiskUploads, MakeAnObjectOutOfTheirPartsWithoutCopying) {
  PutOptions options;
  options.content_type = "application/gzip";
  options.headers = {{"x-amz-meta-x", "y"}};
  std::string upload = Begin("k", options);
  std::string a = Bytes(5 * kMiB, 'a'), b = Bytes(5 * kMiB + 1, 'b'), c = Bytes(10, 'c');
  ASSERT_TRUE(PutPart("k", upload, 2, b));
  ASSERT_TRUE(PutPart("k", upload, 10'000, c));
  ASSERT_TRUE(PutPart("k", upload, 1, a));
  auto files = files_.Files();
  EXPECT_EQ(store_->Head("bucket", "k").error().reason, reason::kNoSuchKey);
  auto done = Complete("k", upload, {{1, Etag(a), ""}, {2, Etag(b), ""}, {10'000, Etag(c), ""}});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->etag,
            base::HexEncode(hash::Md5(hash::Md5(a) + hash::Md5(b) + hash::Md5(c))) + "-3");
  EXPECT_EQ(done->size_bytes, a.size() + b.size() + c.size());
  EXPECT_EQ(files_.Files(), files);
  Restart();
  EXPECT_EQ(Get("k"), a + b + c);
  EXPECT_EQ(Get("k", ByteRange{5 * kMiB - 1, 5 * kMiB, {}}), a.substr(a.size() - 1) + b[0]);
  EXPECT_EQ(Get("k", ByteRange{0, 0, 11}), b.substr(b.size() - 1) + c);
  EXPECT_EQ(store_->Head("bucket", "k")->content_type, "application/gzip");
  EXPECT_EQ(store_->Head("bucket", "k")->headers, options.headers);
  EXPECT_EQ(store_->ListParts("bucket", "k", upload).error().reason, reason::kNoSuchUpload);
  ASSERT_TRUE(store_->Delete("bucket", "k"));
  EXPECT_THAT(files_.Files(), IsEmpty());
}

TEST_F(LocalDiskUploads, HaveTheETagOfOnePartToo) {
  std::string upload = Begin("k");
  ASSERT_TRUE(PutPart("k", upload, 1, "hello"));
  auto done = Complete("k", upload, {{1, Etag("hello"), ""}});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->etag, base::HexEncode(hash::Md5(hash::Md5("hello"))) + "-1");
  EXPECT_EQ(Get("k"), "hello");
}

TEST_F(LocalDiskUploads, RefuseListsThatDoNotFit) {
  std::string upload = Begin("k");
  std::string small = Bytes(1000), last = Bytes(10);
  ASSERT_TRUE(PutPart("k", upload, 1, small));
  ASSERT_TRUE(PutPart("k", upload, 3, last));
  CompletePart one{1, Etag(small), ""}, three{3, Etag(last), ""};
  EXPECT_EQ(Complete("k", upload, {}).error().reason, reason::kInvalidPart);
  EXPECT_EQ(Complete("k", upload, {three, one}).error().reason, reason::kInvalidPartOrder);
  EXPECT_EQ(Complete("k", upload, {three, three}).error().reason, reason::kInvalidPartOrder);
  EXPECT_EQ(Complete("k", upload, {{2, Etag(small), ""}}).error().reason, reason::kInvalidPart);
  EXPECT_EQ(Complete("k", upload, {{1, Etag("other"), ""}}).error().reason, reason::kInvalidPart);
  EXPECT_EQ(Complete("k", upload, {one, three}).error().reason, reason::kEntityTooSmall);
  EXPECT_EQ(Complete("other", upload, {one}).error().reason, reason::kNoSuchUpload);
  EXPECT_EQ(Complete("k", "no-id", {one}).error().reason, reason::kNoSuchUpload);
  EXPECT_EQ(store_->Head("bucket", "k").error().reason, reason::kNoSuchKey);
  EXPECT_TRUE(Complete("k", upload, {one}));
  EXPECT_THAT(files_.Files(), SizeIs(1));  // part 3 was left out
}

TEST_F(LocalDiskUploads, ReplaceAPartThatIsSentAgain) {
  std::string upload = Begin("k");
  ASSERT_TRUE(PutPart("k", upload, 1, Bytes(1000, 'a')));
  ASSERT_TRUE(PutPart("k", upload, 1, Bytes(2000, 'b')));
  EXPECT_THAT(files_.Files(), SizeIs(1));
  auto parts = store_->ListParts("bucket", "k", upload);
  ASSERT_TRUE(parts);
  ASSERT_THAT(*parts, SizeIs(1));
  EXPECT_EQ((*parts)[0].size_bytes, 2000u);
  EXPECT_FALSE(PutPart("k", upload, 0, "x"));
  EXPECT_FALSE(PutPart("k", upload, 10'001, "x"));
}

TEST_F(LocalDiskUploads, LeaveNothingWhenAborted) {
  std::string upload = Begin("k");
  ASSERT_TRUE(PutPart("k", upload, 1, Bytes(1000)));
  ASSERT_TRUE(store_->AbortUpload("bucket", "k", upload));
  EXPECT_THAT(files_.Files(), IsEmpty());
  EXPECT_EQ(PutPart("k", upload, 2, Bytes(1000)).error().reason, reason::kNoSuchUpload);
  EXPECT_EQ(store_->AbortUpload("bucket", "k", upload).error().reason, reason::kNoSuchUpload);
  EXPECT_THAT(*store_->ListUploads("bucket", ""), IsEmpty());
  EXPECT_THAT(files_.Files(), IsEmpty());
}

TEST_F(LocalDiskUploads, AreListedByKeyAndRememberTheirInitiator) {
  PutOptions options;
  options.initiator = "arn:aws:iam::111122223333:root";
  std::string b = Begin("b", options), a1 = Begin("a/1"), a2 = Begin("a/1");
  auto all = store_->ListUploads("bucket", "");
  ASSERT_TRUE(all);
  ASSERT_THAT(*all, SizeIs(3));
  EXPECT_EQ((*all)[0].key, "a/1");
  EXPECT_EQ((*all)[2].upload_id, b);
  EXPECT_EQ((*all)[2].initiator, options.initiator);
  EXPECT_THAT(*store_->ListUploads("bucket", "a/"), SizeIs(2));
  EXPECT_EQ(store_->GetUpload("bucket", "b", b)->initiator, options.initiator);
  EXPECT_EQ(store_->GetUpload("bucket", "a/1", b).error().reason, reason::kNoSuchUpload);
}

TEST_F(LocalDiskUploads, MakeCompositeAndFullObjectChecksums) {
  std::string a = Bytes(5 * kMiB, 'a'), b = Bytes(77, 'b');
  auto whole = [&](ChecksumAlgorithm algorithm) {
    Checksum checksum(algorithm);
    checksum.Update(a);
    checksum.Update(b);
    return base::Base64Encode(checksum.Finish());
  };
  auto make = [&](ChecksumAlgorithm algorithm, std::string_view type) {
    PutOptions options;
    options.checksum_algorithm = algorithm;
    options.checksum_type = std::string(type);
    std::string upload = Begin("k", options);
    EXPECT_TRUE(PutPart("k", upload, 1, a));
    EXPECT_TRUE(PutPart("k", upload, 2, b));
    auto done = Complete("k", upload, {{1, Etag(a), ""}, {2, Etag(b), ""}});
    return done ? done->checksum_type + " " + done->checksum_base64 : done.error().message;
  };
  EXPECT_EQ(make(ChecksumAlgorithm::kCrc64Nvme, ""),
            "FULL_OBJECT " + whole(ChecksumAlgorithm::kCrc64Nvme));
  EXPECT_EQ(make(ChecksumAlgorithm::kCrc32, "FULL_OBJECT"),
            "FULL_OBJECT " + whole(ChecksumAlgorithm::kCrc32));
  EXPECT_EQ(make(ChecksumAlgorithm::kCrc32c, "FULL_OBJECT"),
            "FULL_OBJECT " + whole(ChecksumAlgorithm::kCrc32c));
  EXPECT_EQ(
      make(ChecksumAlgorithm::kSha256, ""),
      "COMPOSITE " + base::Base64Encode(hash::Sha256(hash::Sha256(a) + hash::Sha256(b))) + "-2");
  PutOptions impossible;
  impossible.checksum_algorithm = ChecksumAlgorithm::kSha256;
  impossible.checksum_type = "FULL_OBJECT";
  EXPECT_EQ(store_->CreateUpload("bucket", "k", impossible).error().kind,
            base::ErrorKind::kInvalidArgument);
}

TEST_F(LocalDiskUploads, VerifyPartsAndTheWholeObject) {
  PutOptions options;
  options.checksum_algorithm = ChecksumAlgorithm::kCrc64Nvme;
  std::string upload = Begin("k", options);
  PutOptions other{.checksum_algorithm = ChecksumAlgorithm::kSha1};
  EXPECT_EQ(PutPart("k", upload, 1, "x", other).error().kind, base::ErrorKind::kInvalidArgument);
  PutOptions wrong{.checksum_algorithm = ChecksumAlgorithm::kCrc64Nvme,
                   .expected_checksum_base64 = "AAAAAAAAAAA="};
  EXPECT_EQ(PutPart("k", upload, 1, "123456789", wrong).error().reason, reason::kBadDigest);
  ASSERT_TRUE(PutPart("k", upload, 1, "123456789"));
  CompletePart part{1, Etag("123456789"), "rosUhgp5mIg="};
  CompletePart bad_part{1, Etag("123456789"), "AAAAAAAAAAA="};
  EXPECT_EQ(Complete("k", upload, {bad_part}).error().reason, reason::kInvalidPart);
  EXPECT_EQ(Complete("k", upload, {part}, {.expected_checksum_base64 = "AAAA"}).error().reason,
            reason::kBadDigest);
  EXPECT_FALSE(Complete("k", upload, {part}, {.expected_size_bytes = 8}));
  ASSERT_TRUE(Put("k", "there"));
  EXPECT_EQ(Complete("k", upload, {part}, {.only_if_absent = true}).error().reason,
            reason::kPreconditionFailed);
  EXPECT_TRUE(Complete("k", upload, {part},
                       {.expected_checksum_base64 = "rosUhgp5mIg=", .expected_size_bytes = 9}));
  EXPECT_EQ(Get("k"), "123456789");
}

}  // namespace
}  // namespace dray::objects
