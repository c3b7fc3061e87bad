// SPDX-License-Identifier: Apache-2.0
// history_bench [GIGABYTES] [FOLDER]: what history costs an export of now. A loaded table of that
// much DynamoDB JSON with recovery on is exported, then all of its items are written again 10 and
// 50 times over in random order, and it is exported again; each figure beside that without history,
// on the same table in the same run, from the last write on and once the engine has settled.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include "base/log.h"
#include "base/random.h"
#include "bench/sample_items.h"
#include "format/dynamodb_json/dynamodb_json.h"
#include "storage/kv/rocksdb/rocksdb_engine.h"
#include "storage/objects/local_disk/local_disk.h"
#include "transfer/export_table/export_table.h"

namespace dray::bench {
namespace {

constexpr const char* kAccount = "111122223333";
constexpr const char* kBucket = "bench";
constexpr int kRounds = 5;

template <class T>
T Must(base::Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "history_bench: %s\n", result.error().message.c_str());
  std::exit(1);
}
void Must(base::Status status) {
  if (status) return;
  std::fprintf(stderr, "history_bench: %s\n", status.error().message.c_str());
  std::exit(1);
}

// Of this process, all threads.
double CpuSeconds() {
  rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

// The least of some exports: elsewhere the machine may be busy.
struct Cost {
  double seconds = 1e9, cpu_seconds = 1e9;
};

// What the parser makes of a sample line: encoded as the table keeps it.
struct SampleItem {
  item::PrimaryKey key;
  std::string encoded;
  size_t size_bytes = 0;

  explicit SampleItem(uint64_t number) : key{KeyOf(number), ""} {
    std::string line;
    AppendLine(number, line);
    base::StringSource source(line);
    auto reader = dynamodb_json::MakeItemReader(source, {.buffer_bytes = 4096});
    const codec::Record record = Must(reader->Next());
    encoded = record.item;
    size_bytes = record.item_size_bytes;
  }
};

table::Options TableOptions(const std::string& folder) {
  table::Options options;
  options.folder = folder;
  return options;
}

class Bench {
 public:
  Bench(double gigabytes, const std::string& folder)
      : items_(static_cast<uint64_t>(gigabytes * 1e9 / 705)),
        engine_(
            Must(kv_rocksdb::OpenRocksDbEngine({.folder = folder + "/kv", .sync_commits = false}))),
        clock_(Must(table::ServiceClock::Open(*engine_, wall_))),
        authorizer_(access::Authorizer::Make(wall_, "us-east-1")),
        store_(Must(objects::OpenLocalDisk(
            *engine_, base::PosixFileSystem(), wall_,
            {.folder = folder + "/objects", .region = "us-east-1", .key = std::string(32, 'k')}))),
        buckets_(buckets::Buckets::Make(*store_, *authorizer_)),
        tables_(Must(table::Tables::Open(*engine_, *clock_, TableOptions(folder + "/bulk")))),
        jobs_(Must(jobs::Jobs::Open(*engine_, *clock_, {}))),
        exports_(Must(
            export_table::Exports::Make(*tables_, *buckets_, *jobs_, *clock_, "us-east-1", {}))) {
    tables_->PinsLoaded();
    jobs_->Start();
    Must(store_->CreateBucket(kBucket, kAccount));
  }
  ~Bench() { jobs_->Stop(); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  void Run() {
    Load();
    Export();  // warms up
    const Cost without = Export();
    std::printf("%llu items; an export without history: %.3f s, %.3f s of CPU\n",
                static_cast<unsigned long long>(items_), without.seconds, without.cpu_seconds);
    uint64_t written = 0;
    for (const uint64_t times : {10, 50}) {
      const int64_t started = base::SteadyMicros();
      const uint64_t count = times * items_ - written;
      Write(count);
      written += count;
      const double seconds = static_cast<double>(base::SteadyMicros() - started) / 1e6;
      std::printf("history of %llu times the items (%.0f writes/s)\n",
                  static_cast<unsigned long long>(times), static_cast<double>(count) / seconds);
      Print("at once", Export(), without);
      std::this_thread::sleep_for(std::chrono::seconds(10));
      Print("settled", Export(), without);
    }
  }

 private:
  void Load() {
    table::TableDescriptor spec;
    spec.account = kAccount;
    spec.name = "bench";
    spec.key_schema.hash = {{"pk", item::Type::kString}};
    table_ = Must(tables_->Create(spec, /*load_later=*/true));
    auto loader = Must(tables_->StartBulkLoad(table_, "bench"));
    for (uint64_t i = 0; i < items_; ++i) {
      const SampleItem item(i);
      Must(loader->Add(item.key, item.encoded, item.size_bytes, i));
    }
    Must(loader->Finish([](double) { return base::Ok(); }));
    Must(tables_->Activate(table_));
    Must(tables_->EnableRecovery(table_, 35));
  }

  void Write(uint64_t count) {
    const unsigned threads = std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::thread> writers;
    for (unsigned t = 0; t < threads; ++t) {
      writers.emplace_back([&, t] {
        std::mt19937_64 random(count * threads + t);
        for (uint64_t i = t; i < count; i += threads) {
          const SampleItem item(random() % items_);
          auto put = tables_->Mutate(table_, item.key, [&](const table::StoredItem*) {
            return base::Result<table::Decision>(
                {table::Decision::Kind::kPut, item.encoded, item.size_bytes});
          });
          if (!put) Must(base::Status(put.error()));
        }
      });
    }
    for (std::thread& writer : writers) writer.join();
  }

  static void Print(const char* when, const Cost& cost, const Cost& without) {
    std::printf("  %s: %.3f s, %.2fx; %.3f s of CPU, %.2fx\n", when, cost.seconds,
                cost.seconds / without.seconds, cost.cpu_seconds,
                cost.cpu_seconds / without.cpu_seconds);
  }

  Cost Export() {
    access::Caller caller;
    caller.principal.type = policy::Principal::Type::kRoot;
    caller.principal.account = kAccount;
    caller.principal.arn = std::string("arn:aws:iam::") + kAccount + ":root";
    Cost least;
    for (int i = 0; i < kRounds; ++i) {
      export_table::ExportRequest request;
      request.client_token = base::RandomUuid();
      request.table_arn = std::string("arn:aws:dynamodb:us-east-1:") + kAccount + ":table/bench";
      request.table_name = "bench";
      request.s3_bucket = kBucket;
      request.s3_prefix = std::to_string(exported_++);
      request.export_format = "DYNAMODB_JSON";
      const int64_t started = base::SteadyMicros();
      const double cpu_started = CpuSeconds();
      const std::string arn = Must(exports_->Start(caller, request)).record.arn;
      for (auto record = Must(jobs_->Find(arn)); record->state != jobs::State::kCompleted;
           record = Must(jobs_->Find(arn))) {
        if (record->state == jobs::State::kFailed) {
          std::fprintf(stderr, "history_bench: %s\n", record->failure_detail.c_str());
          std::exit(1);
        }
        ::usleep(1000);
      }
      least.seconds =
          std::min(least.seconds, static_cast<double>(base::SteadyMicros() - started) / 1e6);
      least.cpu_seconds = std::min(least.cpu_seconds, CpuSeconds() - cpu_started);
    }
    return least;
  }

  const uint64_t items_;
  base::SystemClock wall_;
  std::unique_ptr<kv::Engine> engine_;
  std::unique_ptr<table::ServiceClock> clock_;
  std::unique_ptr<access::Authorizer> authorizer_;
  std::unique_ptr<objects::ObjectStore> store_;
  std::unique_ptr<buckets::Buckets> buckets_;
  std::unique_ptr<table::Tables> tables_;
  std::unique_ptr<jobs::Jobs> jobs_;
  std::unique_ptr<export_table::Exports> exports_;
  table::TableRef table_;
  uint64_t exported_ = 0;
};

}  // namespace
}  // namespace dray::bench

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const double gigabytes = argc > 1 ? std::atof(argv[1]) : 0.25;
  if (gigabytes <= 0) {
    std::fprintf(stderr, "usage: history_bench [GIGABYTES] [FOLDER]\n");
    return 2;
  }
  const std::string folder =
      argc > 2 ? argv[2] : std::filesystem::temp_directory_path().string() + "/dray_history";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  dray::base::log::Configure(dray::base::log::Level::kWarning, dray::base::log::Format::kText);
  dray::bench::Bench(gigabytes, folder).Run();
  std::filesystem::remove_all(folder);
  return 0;
}
