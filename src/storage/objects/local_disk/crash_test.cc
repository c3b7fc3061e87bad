// SPDX-License-Identifier: Apache-2.0
// Faults: every file system call of a script fails once, alone and as the last of a dying process;
// full disks; commits whose outcome is unknown. Whatever happens, acknowledged bodies are whole,
// unacknowledged ones are whole or absent, and after a restart no file is left that nobody refers
// to.
#include <gmock/gmock.h>

#include <map>
#include <thread>

#include "storage/objects/local_disk/store_fixture.h"

namespace dray::objects {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

// Forwards to another engine, but answers some commits with an error, after or in place of the
// commit.
class FailingEngine final : public kv::Engine {
 public:
  enum class Fault { kNone, kBeforeCommit, kAfterCommit };
  explicit FailingEngine(kv::Engine& under) : under_(under) {}
  Fault fault = Fault::kNone;

  kv::Capabilities capabilities() const override { return under_.capabilities(); }
  base::Result<kv::CommitOutcome> Commit(kv::PartitionId partition,
                                         const kv::Batch& batch) override {
    if (fault == Fault::kAfterCommit) {
      auto done = under_.Commit(partition, batch);
      EXPECT_TRUE(done);
    }
    if (fault != Fault::kNone) return base::Error{base::ErrorKind::kIo, "injected"};
    return under_.Commit(partition, batch);
  }
  base::Result<std::optional<std::string>> Get(kv::PartitionId partition,
                                               std::string_view key) override {
    return under_.Get(partition, key);
  }
  base::Result<std::vector<std::optional<std::string>>> MultiGet(
      kv::PartitionId partition, std::span<const std::string> keys) override {
    return under_.MultiGet(partition, keys);
  }
  base::Status ReadRange(kv::PartitionId partition, std::string_view from, std::string_view to,
                         kv::Direction direction, const kv::ReadLimits& limits,
                         kv::Page& page) override {
    return under_.ReadRange(partition, from, to, direction, limits, page);
  }
  base::Status DeleteRange(kv::PartitionId partition, std::string_view from,
                           std::string_view to) override {
    return under_.DeleteRange(partition, from, to);
  }
  base::Result<std::unique_ptr<kv::BulkLoad>> StartBulkLoad(kv::PartitionId partition) override {
    return under_.StartBulkLoad(partition);
  }
  base::Result<uint64_t> EstimateBytes(std::string_view from, std::string_view to) override {
    return under_.EstimateBytes(from, to);
  }
  kv::Statistics statistics() override { return under_.statistics(); }

 private:
  kv::Engine& under_;
};

class LocalDiskFaults : public StoreTest {
 protected:
  // Puts, replaces, deletes and uploads; notes what was acknowledged. Keys whose last operation
  // failed may be in the state before or after it: they leave the notes.
  void RunScript() {
    auto put = [this](const std::string& key, const std::string& bytes) {
      if (Put(key, bytes)) {
        acknowledged_[key] = bytes;
        allowed_[key] = {bytes};
      } else {
        acknowledged_.erase(key);
        allowed_[key].push_back(bytes);
      }
    };
    put("a", Bytes(500, 'a'));
    put("b", Bytes(600, 'b'));
    put("a", Bytes(700, 'c'));
    put("small", "s");
    put("chunks", Bytes(70'000, 'e'));
    if (store_->Delete("bucket", "b")) {
      acknowledged_.erase("b");
      allowed_["b"].clear();
    }
    auto upload = store_->CreateUpload("bucket", "u", {});
    if (!upload) return;
    auto part = PutPart("u", *upload, 1, Bytes(800, 'd'));
    if (!part) return;
    allowed_["u"].push_back(Bytes(800, 'd'));
    if (store_->CompleteUpload("bucket", "u", *upload, {{1, part->etag, ""}}, {})) {
      acknowledged_["u"] = Bytes(800, 'd');
    }
  }
  void ExpectSound() {
    auto list = store_->List("bucket", {});
    ASSERT_TRUE(list);
    size_t in_files = 0;
    for (const auto& object : list->objects) {
      EXPECT_THAT(allowed_[object.key], ::testing::Contains(Get(object.key))) << object.key;
      if (object.size_bytes > options_.inline_bytes_max) ++in_files;
    }
    for (const auto& [key, bytes] : acknowledged_) EXPECT_EQ(Get(key), bytes) << key;
    auto uploads = store_->ListUploads("bucket", "");
    ASSERT_TRUE(uploads);
    for (const auto& upload : *uploads) {
      auto parts = store_->ListParts("bucket", upload.key, upload.upload_id);
      ASSERT_TRUE(parts);
      in_files += parts->size();
    }
    EXPECT_THAT(files_.Files(), SizeIs(in_files));
  }
  std::map<std::string, std::string> acknowledged_;
  std::map<std::string, std::vector<std::string>> allowed_;  // bodies a key may have
};

TEST_F(LocalDiskFaults, SurviveTheFailureOfAnyFileSystemCall) {
  for (bool dies : {false, true}) {
    for (uint64_t call = 1;; ++call) {
      SCOPED_TRACE((dies ? "all calls from " : "call ") + std::to_string(call));
      engine_ = kv_memory::MakeMemoryEngine();
      ASSERT_TRUE(files_.RemoveTree("/data/objects"));
      Restart();
      ASSERT_TRUE(store_->CreateBucket("bucket", "111122223333"));
      acknowledged_.clear();
      allowed_.clear();
      uint64_t before = files_.calls();
      files_.FailCall(call, dies);
      RunScript();
      files_.FailCall(0);
      uint64_t made = files_.calls() - before;
      if (dies) files_.Crash();
      Restart();
      ExpectSound();
      if (HasFatalFailure()) return;
      if (call > made) break;
    }
  }
}

TEST_F(LocalDiskFaults, KeepAcknowledgedBodiesThroughAPowerCut) {
  RunScript();
  files_.Crash();
  Restart();
  EXPECT_THAT(acknowledged_, SizeIs(4));
  ExpectSound();
}

TEST_F(LocalDiskFaults, AFullDiskRefusesThePutAndLeavesNothing) {
  ASSERT_TRUE(Put("old", Bytes(1000)));
  files_.SetSpace(1500);
  auto put = Put("new", Bytes(1000));
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().reason, base::kNoSpace);
  EXPECT_FALSE(Put("old", Bytes(2000)));
  EXPECT_EQ(Get("old"), Bytes(1000));
  EXPECT_THAT(files_.Files(), SizeIs(1));
  EXPECT_TRUE(Put("small", "inline bodies need no file"));
  files_.SetSpace(std::nullopt);
  EXPECT_TRUE(Put("new", Bytes(1000)));
}

TEST_F(LocalDiskFaults, ABodyOutlivesACommitOfUnknownOutcome) {
  for (auto fault : {FailingEngine::Fault::kBeforeCommit, FailingEngine::Fault::kAfterCommit}) {
    FailingEngine failing(*engine_);
    auto store = OpenLocalDisk(failing, files_, clock_, options_);
    ASSERT_TRUE(store);
    failing.fault = fault;
    base::StringSource source(std::string_view("0123456789"));
    std::string bytes = Bytes(1000, fault == FailingEngine::Fault::kAfterCommit ? 'x' : 'y');
    base::StringSource body(bytes);
    EXPECT_FALSE((*store)->Put("bucket", "k", body, {}));
    store->reset();
    Restart();
    if (fault == FailingEngine::Fault::kAfterCommit) {
      EXPECT_EQ(Get("k"), bytes);
    } else {
      EXPECT_EQ(store_->Head("bucket", "k").error().reason, reason::kNoSuchKey);
      EXPECT_THAT(files_.Files(), IsEmpty());
    }
  }
}

TEST_F(LocalDiskFaults, TheSweepSparesWhatIsWrittenMeanwhile) {
  options_.sweep_in_background = true;
  for (int round = 0; round < 20; ++round) {
    {  // an orphan for the sweep
      auto file = files_.CreateFile("/data/objects/0" + std::to_string(round % 10) + "/" +
                                    std::string(30, 'e'));
      ASSERT_TRUE(file);
    }
    Restart();
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 2; ++writer) {
      writers.emplace_back([this, writer] {
        for (int i = 0; i < 20; ++i) {
          EXPECT_TRUE(Put(std::to_string(writer) + "/" + std::to_string(i), Bytes(100)));
        }
      });
    }
    for (auto& writer : writers) writer.join();
  }
  options_.sweep_in_background = false;
  Restart();
  EXPECT_THAT(files_.Files(), SizeIs(40));
  auto list = store_->List("bucket", {});
  ASSERT_TRUE(list);
  for (const auto& object : list->objects) {
    EXPECT_EQ(Get(object.key), Bytes(100));
  }
}

TEST_F(LocalDiskFaults, SayWhenABodyFileIsDamaged) {
  ASSERT_TRUE(Put("k", Bytes(1000)));
  ASSERT_TRUE(files_.Truncate(files_.Files()[0], 10));
  auto opened = store_->Open("bucket", "k", {});
  ASSERT_TRUE(opened);
  EXPECT_EQ(base::ReadAll(*opened->body, 1 << 20).error().kind, base::ErrorKind::kCorruption);
  PutOptions in_clear{.sse_algorithm = ""};
  ASSERT_TRUE(Put("k", Bytes(1000), in_clear));
  // The body that was replaced still stands while its reader is open.
  for (const std::string& file : files_.Files()) ASSERT_TRUE(files_.Truncate(file, 10));
  opened = store_->Open("bucket", "k", {});
  ASSERT_TRUE(opened);
  EXPECT_EQ(base::ReadAll(*opened->body, 1 << 20).error().kind, base::ErrorKind::kCorruption);
}

}  // namespace
}  // namespace dray::objects
