// SPDX-License-Identifier: Apache-2.0
// Encryption at rest: nothing of a body stands on disk in clear, whatever was changed there is
// noticed, and what an earlier version wrote in clear stays readable.
#include <gmock/gmock.h>

#include "base/text_encoding.h"
#include "hash/hash.h"
#include "security/encryption/sealed_body.h"
#include "storage/objects/local_disk/body_keys.h"
#include "storage/objects/local_disk/records.h"
#include "storage/objects/local_disk/store_fixture.h"

namespace dray::objects {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr uint64_t kChunk = encryption::kChunkBytes;
constexpr size_t kMiB = 1 << 20;

class LocalDiskEncryption : public StoreTest {
 protected:
  PutOptions in_clear_{.sse_algorithm = ""};

  std::string FileBytes(const std::string& path) {
    auto bytes = base::ReadFile(files_, path);
    EXPECT_TRUE(bytes);
    return bytes ? *bytes : "";
  }
  void SetFileBytes(const std::string& path, std::string_view bytes) {
    auto file = files_.CreateFile(path);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->Append(bytes));
    ASSERT_TRUE((*file)->Sync());
    ASSERT_TRUE((*file)->Close());
  }
  // Every record of the engine, one after the other.
  std::string AllRecords() {
    std::string all;
    kv::Page page;
    EXPECT_TRUE(
        engine_->ReadRange(kv::kSystemPartition, "", "", kv::Direction::kForward, {}, page));
    for (size_t i = 0; i < page.size(); ++i) all.append(page.value(i));
    return all;
  }
  std::string Record(const std::string& key) {
    auto value = engine_->Get(kv::kSystemPartition, key);
    EXPECT_TRUE(value && *value);
    return value && *value ? **value : "";
  }
  void SetRecord(const std::string& key, std::string value) {
    kv::Batch batch;
    batch.puts.emplace_back(key, std::move(value));
    ASSERT_TRUE(engine_->Commit(kv::kSystemPartition, batch));
  }
  uint64_t BucketNumber() { return DecodeBucket(Record(BucketKey("bucket")))->number; }
  base::ErrorKind ReadError(std::string_view key, std::optional<ByteRange> range = {}) {
    auto opened = store_->Open("bucket", key, range);
    EXPECT_TRUE(opened);
    if (!opened) return opened.error().kind;
    auto bytes = base::ReadAll(*opened->body, 1 << 30);
    EXPECT_FALSE(bytes) << "wrong bytes were given";
    return bytes ? base::ErrorKind::kInternal : bytes.error().kind;
  }
};

TEST_F(LocalDiskEncryption, LeavesNothingOfABodyInClear) {
  const std::string marker = "a sentence that nobody shall find on the disk";
  for (size_t repeats : {1, 100, 5000}) {  // in the index, one chunk, several
    std::string body;
    for (size_t i = 0; i < repeats; ++i) body += marker;
    ASSERT_TRUE(Put("k" + std::to_string(repeats), body));
    EXPECT_EQ(Get("k" + std::to_string(repeats)), body);
  }
  auto upload = store_->CreateUpload("bucket", "u", {});
  ASSERT_TRUE(upload);
  ASSERT_TRUE(PutPart("u", *upload, 1, marker + marker));
  EXPECT_THAT(files_.Files(), SizeIs(3));
  for (const std::string& path : files_.Files())
    EXPECT_THAT(FileBytes(path), Not(HasSubstr(marker)));
  EXPECT_THAT(AllRecords(), Not(HasSubstr(marker)));
  ASSERT_TRUE(Put("clear", marker, in_clear_));  // the search finds what is there
  EXPECT_THAT(AllRecords(), HasSubstr(marker));
}

TEST_F(LocalDiskEncryption, TheSameBodyIsNeverTheSameOnDisk) {
  ASSERT_TRUE(Put("a", Bytes(1000)));
  ASSERT_TRUE(Put("b", Bytes(1000)));
  auto files = files_.Files();
  ASSERT_THAT(files, SizeIs(2));
  EXPECT_NE(FileBytes(files[0]), FileBytes(files[1]));
  EXPECT_EQ(FileBytes(files[0]).size(), encryption::SealedBytes(1000));
}

TEST_F(LocalDiskEncryption, LengthsETagsAndChecksumsAreThoseOfThePlainBytes) {
  std::string bytes = Bytes(100'000);
  PutOptions options{.content_md5 = hash::Md5(bytes),
                     .checksum_algorithm = ChecksumAlgorithm::kSha256,
                     .expected_checksum_base64 = base::Base64Encode(hash::Sha256(bytes)),
                     .size_bytes = bytes.size()};
  ASSERT_TRUE(Put("k", bytes, options));
  auto info = store_->Head("bucket", "k");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->size_bytes, bytes.size());
  EXPECT_EQ(info->etag, base::HexEncode(hash::Md5(bytes)));
  EXPECT_EQ(info->sse_algorithm, "AES256");
  EXPECT_EQ(store_->List("bucket", {})->objects[0].size_bytes, bytes.size());
}

TEST_F(LocalDiskEncryption, GivesEveryRangeAtTheBoundariesOfChunksAndParts) {
  const std::string a = Bytes(5 * kMiB + 3, 'a'), b = Bytes(kChunk + 10, 'b');
  auto upload = store_->CreateUpload("bucket", "parts", {});
  ASSERT_TRUE(upload);
  auto one = PutPart("parts", *upload, 1, a), two = PutPart("parts", *upload, 2, b);
  ASSERT_TRUE(one && two);
  ASSERT_TRUE(store_->CompleteUpload("bucket", "parts", *upload,
                                     {{1, one->etag, ""}, {2, two->etag, ""}}, {}));
  const std::string whole = Bytes(3 * kChunk + 17, 'w');
  ASSERT_TRUE(Put("whole", whole));
  const std::string small = Bytes(60, 's');
  ASSERT_TRUE(Put("small", small));
  struct Case {
    const char* key;
    std::string bytes;
    std::vector<uint64_t> edges;
  };
  for (const Case& object :
       {Case{"parts", a + b, {0, kChunk, a.size(), a.size() + kChunk, (a + b).size()}},
        Case{"whole", whole, {0, kChunk, 2 * kChunk, 3 * kChunk, whole.size()}},
        Case{"small", small, {0, 16, 60}}}) {
    std::vector<uint64_t> at;
    for (uint64_t edge : object.edges) {
      for (int64_t shift : {-2, -1, 0, 1, 2}) {
        int64_t byte = static_cast<int64_t>(edge) + shift;
        if (byte >= 0 && byte < static_cast<int64_t>(object.bytes.size())) {
          at.push_back(static_cast<uint64_t>(byte));
        }
      }
    }
    for (uint64_t first : at) {
      for (uint64_t last : at) {
        if (last < first) continue;
        ASSERT_TRUE(Get(object.key, ByteRange{first, last, {}}) ==
                    object.bytes.substr(first, last - first + 1))
            << object.key << " " << first << "-" << last;
      }
    }
    // In reads of any size, also such that end within chunks.
    for (size_t capacity : {size_t{1000}, size_t{kChunk - 1}, size_t{kChunk + 1}}) {
      auto opened = store_->Open("bucket", object.key, ByteRange{1, UINT64_MAX, {}});
      ASSERT_TRUE(opened);
      std::string got, buffer(capacity, '\0');
      for (;;) {
        auto count = opened->body->Read(buffer.data(), capacity);
        ASSERT_TRUE(count) << count.error().message;
        if (*count == 0) break;
        got.append(buffer, 0, *count);
      }
      EXPECT_TRUE(got == object.bytes.substr(1)) << object.key << " by " << capacity;
    }
  }
}

TEST_F(LocalDiskEncryption, ReadsOnlyTheChunksOfARange) {
  std::string bytes = Bytes(4 * kChunk);
  ASSERT_TRUE(Put("k", bytes));
  std::string path = files_.Files()[0];
  std::string stored = FileBytes(path);
  stored[0] = static_cast<char>(stored[0] ^ 1);
  SetFileBytes(path, stored);
  EXPECT_TRUE(Get("k", ByteRange{kChunk, UINT64_MAX, {}}) == bytes.substr(kChunk));
  EXPECT_EQ(ReadError("k", ByteRange{kChunk - 1, kChunk, {}}), base::ErrorKind::kCorruption);
}

TEST_F(LocalDiskEncryption, AnyChangedByteOfAFileIsAnErrorOfTheRead) {
  ASSERT_TRUE(Put("k", Bytes(100)));
  std::string path = files_.Files()[0];
  const std::string stored = FileBytes(path);
  for (size_t at = 0; at < stored.size(); ++at) {
    std::string changed = stored;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    SetFileBytes(path, changed);
    ASSERT_EQ(ReadError("k"), base::ErrorKind::kCorruption) << at;
    SetFileBytes(path, stored.substr(0, at));
    ASSERT_EQ(ReadError("k"), base::ErrorKind::kCorruption) << at;
  }
  SetFileBytes(path, stored);
  EXPECT_EQ(Get("k"), Bytes(100));
}

TEST_F(LocalDiskEncryption, AnyChangedByteOfABodyInTheIndexIsAnErrorOrTheRightBytes) {
  const std::string body = Bytes(20);
  ASSERT_TRUE(Put("k", body));
  const std::string key = ObjectIndexKey(BucketNumber(), "k");
  const std::string stored = Record(key);
  size_t refused = 0;
  for (size_t at = 0; at < stored.size(); ++at) {
    std::string changed = stored;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    SetRecord(key, changed);
    auto opened = store_->Open("bucket", "k", {});
    if (opened) {
      auto bytes = base::ReadAll(*opened->body, 1000);
      // A changed length makes the answer shorter or longer than the body: the API notices.
      if (bytes && bytes->size() == opened->length) {
        ASSERT_EQ(*bytes, body.substr(0, bytes->size())) << at;
        continue;
      }
    }
    ++refused;
  }
  EXPECT_GE(refused, kWrappedKeyBytes + encryption::SealedBytes(body.size()));
}

TEST_F(LocalDiskEncryption, BodiesDoNotOpenInAnotherObjectsPlace) {
  ASSERT_TRUE(Put("a", Bytes(100, 'a')));
  ASSERT_TRUE(Put("b", Bytes(100, 'b')));
  auto files = files_.Files();
  ASSERT_THAT(files, SizeIs(2));
  const std::string first = FileBytes(files[0]), second = FileBytes(files[1]);
  SetFileBytes(files[0], second);
  SetFileBytes(files[1], first);
  EXPECT_EQ(ReadError("a"), base::ErrorKind::kCorruption);
  EXPECT_EQ(ReadError("b"), base::ErrorKind::kCorruption);
  SetFileBytes(files[0], first);
  SetFileBytes(files[1], second);
  EXPECT_EQ(Get("a"), Bytes(100, 'a'));
  // With its record too: the wrapped key is bound to the object.
  SetRecord(ObjectIndexKey(BucketNumber(), "b"), Record(ObjectIndexKey(BucketNumber(), "a")));
  EXPECT_EQ(ReadError("b"), base::ErrorKind::kCorruption);
}

TEST_F(LocalDiskEncryption, OpensOnlyWithTheKeyItHasKnownBefore) {
  ASSERT_TRUE(Put("k", Bytes(100)));
  store_.reset();
  LocalDiskOptions options = options_;
  options.key = std::string(32, 'x');
  auto opened = OpenLocalDisk(*engine_, files_, clock_, options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, base::ErrorKind::kCorruption);
  EXPECT_THAT(opened.error().message, HasSubstr("keys/objects.key"));
  options.key = "short";
  EXPECT_EQ(OpenLocalDisk(*engine_, files_, clock_, options).error().kind,
            base::ErrorKind::kInvalidArgument);
  Restart();
  EXPECT_EQ(Get("k"), Bytes(100));
}

TEST_F(LocalDiskEncryption, AMissingKeyFileIsSaidAndNotReplaced) {
  const std::string path = "/data/keys/objects.key";
  auto engine = kv_memory::MakeMemoryEngine();
  auto made = LoadObjectsKey(*engine, files_, path);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_THAT(*made, SizeIs(32));
  // A crash before the store knew the key: the file counts.
  EXPECT_EQ(*LoadObjectsKey(*engine, files_, path), *made);
  LocalDiskOptions options = options_;
  options.key = *made;
  ASSERT_TRUE(OpenLocalDisk(*engine, files_, clock_, options));
  EXPECT_EQ(*LoadObjectsKey(*engine, files_, path), *made);
  ASSERT_TRUE(files_.RemoveFile(path));
  auto missing = LoadObjectsKey(*engine, files_, path);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, base::ErrorKind::kCorruption);
  EXPECT_THAT(missing.error().message, HasSubstr(path + " is missing"));
  EXPECT_FALSE(files_.Exists(path));
}

TEST_F(LocalDiskEncryption, IsLeftAwayWhenNotAskedFor) {
  ASSERT_TRUE(Put("k", Bytes(1000), in_clear_));
  EXPECT_EQ(FileBytes(files_.Files()[0]), Bytes(1000));
  EXPECT_EQ(Get("k", ByteRange{10, 19, {}}), Bytes(1000).substr(10, 10));
  EXPECT_EQ(store_->Head("bucket", "k")->sse_algorithm, "");
  EXPECT_EQ(Put("k", "x", {.sse_algorithm = "aws:kms"}).error().kind,
            base::ErrorKind::kInvalidArgument);
  EXPECT_FALSE(store_->CreateUpload("bucket", "k", {.sse_algorithm = "aws:kms"}));
}

// The first version noted AES256 and stored bodies as they came.
TEST_F(LocalDiskEncryption, ReadsWhatTheFirstVersionWroteAndDoesNotCallItEncrypted) {
  const std::string body = Bytes(1000);
  ASSERT_TRUE(Put("k", body, in_clear_));
  const std::string key = ObjectIndexKey(BucketNumber(), "k");
  auto record = DecodeObject("k", Record(key));
  ASSERT_TRUE(record);
  record->info.sse_algorithm = "AES256";
  std::string old = Encode(*record);
  old[0] = 1;
  SetRecord(key, old);
  EXPECT_EQ(Get("k"), body);
  EXPECT_EQ(store_->Head("bucket", "k")->sse_algorithm, "");
  EXPECT_EQ(store_->List("bucket", {})->objects[0].sse_algorithm, "");
}

// A part from before the upgrade, one from after: the object is not called encrypted.
TEST_F(LocalDiskEncryption, AnObjectWithAPartInClearIsNotCalledEncrypted) {
  const std::string a = Bytes(5 * kMiB, 'a'), b = Bytes(100, 'b');
  auto upload = store_->CreateUpload("bucket", "k", {});
  ASSERT_TRUE(upload);
  auto two = PutPart("k", *upload, 2, b);
  ASSERT_TRUE(two);
  ASSERT_TRUE(Put("stand-in", a, in_clear_));
  auto stand_in = DecodeObject("stand-in", Record(ObjectIndexKey(BucketNumber(), "stand-in")));
  ASSERT_TRUE(stand_in);
  PartRecord part;
  part.info.number = 1;
  part.info.etag = stand_in->info.etag;
  part.info.size_bytes = a.size();
  part.body = stand_in->body;
  std::string old = Encode(part);
  old[0] = 1;
  SetRecord(PartKey(*base::HexDecode(*upload), 1), old);
  auto done = store_->CompleteUpload("bucket", "k", *upload,
                                     {{1, stand_in->info.etag, ""}, {2, two->etag, ""}}, {});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->sse_algorithm, "");
  EXPECT_TRUE(Get("k") == a + b);
}

}  // namespace
}  // namespace dray::objects
