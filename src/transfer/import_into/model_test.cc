// SPDX-License-Identifier: Apache-2.0
// Random writes to a live table, a full export and incremental ones between cuts: a table imported
// from the full one and brought on must be the live table at every cut, also when the server dies
// at any step; undoing the links gives back every state before. DRAY_TEST_SEED makes a run again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "format/dynamodb_json/dynamodb_json.h"
#include "testing/transfer_server/transfer_server.h"
#include "transfer/export_table/export_table.h"
#include "transfer/import_into/import_into.h"

namespace dray::import_into {
namespace {

using import_table::ImportDescription;
using testing::Gzip;
using testing::kSource;
using testing::RootOf;

constexpr const char* kBucket = "bucket";
constexpr const char* kLiveArn = "arn:aws:dynamodb:us-east-1:111122223333:table/live";
constexpr int64_t kMinute = 60 * base::kMicrosPerSecond;

class IntoModelTest : public ::testing::Test {
 protected:
  IntoModelTest()
      : server_([this](testing::TransferServer& server) { Wire(server); },
                [this] {
                  into_.reset();
                  imports_.reset();
                  exports_.reset();
                }) {
    const char* given = std::getenv("DRAY_TEST_SEED");
    seed_ = given != nullptr ? std::strtoul(given, nullptr, 10) : std::random_device()();
    random_.seed(seed_);
    std::printf("DRAY_TEST_SEED=%lu\n", static_cast<unsigned long>(seed_));
    server_.MakeBucket(kSource, kBucket);
    server_.MakeTable(kSource, "live");
    EXPECT_TRUE(server_.tables().EnableRecovery(Live(), 35));
  }

  void Wire(testing::TransferServer& server) {
    const std::string key(32, 'k');
    export_table::Options exports;
    exports.data_file_bytes = 4 << 10;
    exports.threads = 2;
    exports_ = *export_table::Exports::Make(server.tables(), server.buckets(), server.jobs(),
                                            server.clock(), testing::kRegion, exports);
    import_table::Options imports;
    imports.threads = 2;
    imports.secret_key = key;
    imports_ =
        *import_table::Imports::Make(server.tables(), server.buckets(), server.jobs(),
                                     server.clock(), server.engine(), testing::kRegion, imports);
    Options into;
    into.threads = 2;
    into.batch_records_max = 4;
    into.secret_key = key;
    into_ = *IntoImports::Make(*imports_, server.tables(), server.buckets(), server.jobs(),
                               server.clock(), server.engine(), testing::kRegion, into);
  }

  table::TableRef Live() { return Table("live"); }
  table::TableRef Table(const std::string& name) { return *server_.tables().Find(kSource, name); }
  std::vector<std::string> Items(const std::string& name) { return server_.Items(Table(name)); }
  int Pick(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }
  void Wait(int64_t micros) {
    server_.wall().Move(micros);
    server_.clock().StepToWall();
  }

  // Writes of every kind: puts anew, the same again, deletes, of what is there and what is not.
  void WriteAtRandom(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string key = std::to_string(Pick(60));
      if (Pick(4) != 0) {
        server_.Put(Live(), R"({"pk":{"S":")" + key + R"("},"v":{"N":")" + std::to_string(Pick(3)) +
                                R"("},"s":{"SS":["é","b"]}})");
        continue;
      }
      item::ItemBuilder builder;
      builder.StartItem();
      ASSERT_TRUE(builder.Name("pk"));
      builder.String(key);
      const item::ItemView view(builder.Finish());
      const auto schema = server_.tables().Describe(Live()).key_schema;
      ASSERT_TRUE(
          server_.tables().WriteBatch(Live(), {{*item::KeyOfItem(schema, view), std::nullopt, 0}}));
    }
  }

  export_table::ExportDescription Export(std::optional<export_table::IncrementRequest> increment) {
    export_table::ExportRequest request;
    request.table_arn = kLiveArn;
    request.table_name = "live";
    request.s3_bucket = kBucket;
    request.s3_prefix = "p";
    if (Pick(2) == 0) request.export_format = "ION";
    if (increment) request.export_type = "INCREMENTAL_EXPORT";
    request.increment = std::move(increment);
    auto started = exports_->Start(RootOf(kSource), request);
    EXPECT_TRUE(started) << started.error().message;
    EXPECT_EQ(server_.WaitForEnd(started->record.arn).state, jobs::State::kCompleted);
    return **exports_->Describe(started->record.arn);
  }

  void ImportFull(const std::string& name) {
    import_table::ImportRequest request;
    request.client_token = "full-" + name;
    request.s3_bucket = kBucket;
    request.s3_key_prefix =
        full_.manifest_key.substr(0, full_.manifest_key.rfind('/') + 1) + "data/";
    request.input_format = full_.request.export_format.value_or("DYNAMODB_JSON");
    request.input_compression_type = "GZIP";
    request.table.name = name;
    request.table.key_schema.hash = {{"pk", item::Type::kString}};
    request.table_creation_parameters_json = "{}";
    auto started = imports_->Start(RootOf(kSource), request);
    ASSERT_TRUE(started) << started.error().message;
    const jobs::Record record = server_.WaitForEnd(started->record.arn);
    ASSERT_EQ(record.state, jobs::State::kCompleted) << record.failure_detail;
    ASSERT_EQ(Items(name), states_[0]);
  }

  IntoRequest Links(const std::string& name, size_t first, size_t last, bool is_undo = false) {
    IntoRequest request;
    request.kind = Kind::kIncrementals;
    request.client_token = "links-" + std::to_string(++tokens_);
    request.account = kSource;
    request.table_name = name;
    request.s3_bucket = kBucket;
    request.manifests.assign(manifests_.begin() + static_cast<std::ptrdiff_t>(first),
                             manifests_.begin() + static_cast<std::ptrdiff_t>(last));
    std::shuffle(request.manifests.begin(), request.manifests.end(), random_);
    request.is_undo = is_undo;
    return request;
  }
  std::string Start(const IntoRequest& request) {
    auto started = into_->Start(RootOf(kSource), request);
    EXPECT_TRUE(started) << started.error().message;
    return started ? started->record.arn : "";
  }
  ImportDescription Ended(const std::string& arn) {
    server_.WaitForEnd(arn);
    ImportDescription done = **imports_->Describe(arn);
    EXPECT_EQ(done.processed_items,
              done.imported_items + done.errors + done.filtered_items + done.into->skipped);
    return done;
  }
  void Complete(const IntoRequest& request) {
    const ImportDescription done = Ended(Start(request));
    ASSERT_EQ(done.record.state, jobs::State::kCompleted) << done.record.failure_detail;
  }

  void MakeChain(size_t links, int writes) {
    WriteAtRandom(writes);
    Wait(kMinute);
    full_ = Export(std::nullopt);
    states_ = {Items("live")};
    int64_t at = full_.export_time_micros / 1000 * 1000;
    for (size_t i = 0; i < links; ++i) {
      WriteAtRandom(Pick(writes));
      states_.push_back(Items("live"));
      Wait(20 * kMinute);
      const int64_t end = (*server_.clock().Issue() - kMinute) / 1000 * 1000;
      manifests_.push_back(
          Export(export_table::IncrementRequest{at, end, "NEW_AND_OLD_IMAGES"}).manifest_key);
      at = end;
    }
  }

  unsigned long seed_ = 0;
  std::mt19937 random_;
  std::unique_ptr<export_table::Exports> exports_;
  std::unique_ptr<import_table::Imports> imports_;
  std::unique_ptr<IntoImports> into_;
  testing::TransferServer server_;
  export_table::ExportDescription full_;
  std::vector<std::string> manifests_;
  std::vector<std::vector<std::string>> states_;  // of the live table, at each cut
  int tokens_ = 0;
};

TEST_F(IntoModelTest, AChainOntoACopyIsTheLiveTableAtEveryCutAndBack) {
  MakeChain(8, 80);
  for (int round = 0; round < 6; ++round) {
    const std::string name = "copy" + std::to_string(round);
    ImportFull(name);
    size_t at = 0;
    for (int step = 0; step < 12; ++step) {
      if (at > 0 && (at == manifests_.size() || Pick(3) == 0)) {
        Complete(Links(name, at - 1, at, /*is_undo=*/true));
        --at;
      } else {
        const size_t to = at + 1 +
                          static_cast<size_t>(
                              Pick(static_cast<int>(std::min<size_t>(3, manifests_.size() - at))));
        Complete(Links(name, at, to));
        at = to;
      }
      ASSERT_EQ(Items(name), states_[at]) << "seed " << seed_ << ", round " << round;
    }
  }
}

TEST_F(IntoModelTest, AKillAtEveryStepOfAChainChangesNothingOfItsEnd) {
  MakeChain(2, 50);
  std::optional<ImportDescription> calm;
  int kills = 0;
  for (uint64_t step = 1;; ++step) {
    const std::string name = "copy" + std::to_string(step);
    ImportFull(name);
    for (bool is_undo : {false, true}) {
      server_.jobs().Stop();
      const std::string arn = Start(is_undo ? Links(name, 1, 2, true) : Links(name, 0, 2));
      server_.Restart();
      server_.engine().CrashAt(step);
      const bool has_crashed = server_.WaitForCrashOrEnd(arn);
      server_.Restart();
      const ImportDescription done = Ended(arn);
      ASSERT_EQ(done.record.state, jobs::State::kCompleted) << done.record.failure_detail;
      ASSERT_EQ(Items(name), states_[is_undo ? 1 : 2]) << "seed " << seed_ << ", step " << step;
      kills += has_crashed ? 1 : 0;
      if (is_undo) continue;
      if (!calm) calm = done;
      // Counted as if nothing had happened.
      EXPECT_EQ(done.into->inserted, calm->into->inserted) << "seed " << seed_ << ", " << step;
      EXPECT_EQ(done.into->updated, calm->into->updated);
      EXPECT_EQ(done.into->deleted, calm->into->deleted);
      EXPECT_EQ(done.into->unchanged, calm->into->unchanged);
      if (!has_crashed) {
        EXPECT_GT(kills, 10);
        return;
      }
    }
  }
}

TEST_F(IntoModelTest, AKillAtEveryStepOfAnImportCountsEveryRecordOnce) {
  // Three objects with keys in common, and a table that holds some of them.
  for (int object = 0; object < 3; ++object) {
    std::string text;
    for (int i = object * 8; i < object * 8 + 12; ++i) {
      text += R"({"Item":{"pk":{"S":")" + std::to_string(i) +
              R"("},"v":{"S":"record"}}})"
              "\n";
    }
    text += "{\"Item\":{}}\n";
    server_.PutObject(kBucket, "source/" + std::to_string(object), Gzip(text));
  }
  for (Mode mode : {Mode::kInsert, Mode::kReplace, Mode::kMerge}) {
    std::optional<ImportDescription> calm;
    std::vector<std::string> items;
    int kills = 0;
    for (uint64_t step = 1;; ++step) {
      const std::string name =
          "into" + std::to_string(static_cast<int>(mode)) + "-" + std::to_string(step);
      const auto table = server_.MakeTable(kSource, name);
      for (int i = 0; i < 28; i += 5) {
        server_.Put(table, R"({"pk":{"S":")" + std::to_string(i) + R"("},"w":{"S":"table"}})");
      }
      IntoRequest request;
      request.client_token = "into-" + name;
      request.account = kSource;
      request.table_name = name;
      request.s3_bucket = kBucket;
      request.s3_key_prefix = "source/";
      request.input_format = "DYNAMODB_JSON";
      request.input_compression_type = "GZIP";
      request.mode = mode;
      server_.jobs().Stop();
      const std::string arn = Start(request);
      server_.Restart();
      server_.engine().CrashAt(step);
      const bool has_crashed = server_.WaitForCrashOrEnd(arn);
      server_.Restart();
      const ImportDescription done = Ended(arn);
      EXPECT_EQ(done.record.failure_code, "ItemValidationError") << done.record.failure_detail;
      EXPECT_EQ(done.processed_items, 39u);
      EXPECT_EQ(done.errors, 3u);
      EXPECT_EQ(imports_->ReadErrorLog(arn, {})->lines.size(), 3u);
      if (!calm) {
        calm = done;
        items = Items(name);
      }
      ASSERT_EQ(Items(name), items) << step;
      // Which of two records with one key comes first is up to the threads; how many insert is not.
      EXPECT_EQ(done.into->inserted, calm->into->inserted)
          << static_cast<int>(mode) << ", " << step;
      EXPECT_EQ(done.imported_items + done.into->skipped, 36u);
      if (mode == Mode::kInsert) {
        EXPECT_EQ(done.into->skipped, 36 - calm->into->inserted);
      }
      if (!has_crashed) break;
      ++kills;
    }
    EXPECT_GT(kills, 10);
  }
}

}  // namespace
}  // namespace dray::import_into
