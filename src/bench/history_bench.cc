// SPDX-License-Identifier: Apache-2.0
// history_bench [GIGABYTES] [FOLDER]: what history costs an export of now. A loaded table of that
// much DynamoDB JSON with recovery on is exported, then all of its items are written again 10 and
// 50 times over in random order, and it is exported again; each figure beside that without history,
// on the same table in the same run, from the last write on and once the engine has settled.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include "bench/rig.h"
#include "bench/sample_items.h"
#include "format/dynamodb_json/dynamodb_json.h"

namespace dray::bench {
namespace {

constexpr int kRounds = 5;

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

class Bench {
 public:
  Bench(double gigabytes, const std::string& folder)
      : items_(static_cast<uint64_t>(gigabytes * 1e9 / 705)),
        rig_(folder, /*sync_commits=*/false) {}

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
    table_ = Must(rig_.tables().Create(spec, /*load_later=*/true));
    auto loader = Must(rig_.tables().StartBulkLoad(table_, "bench"));
    for (uint64_t i = 0; i < items_; ++i) {
      const SampleItem item(i);
      Must(loader->Add(item.key, item.encoded, item.size_bytes, i));
    }
    Must(loader->Finish([](double) { return base::Ok(); }));
    Must(rig_.tables().Activate(table_));
    Must(rig_.tables().EnableRecovery(table_, 35));
  }

  void Write(uint64_t count) {
    const unsigned threads = std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::thread> writers;
    for (unsigned t = 0; t < threads; ++t) {
      writers.emplace_back([&, t] {
        std::mt19937_64 random(count * threads + t);
        for (uint64_t i = t; i < count; i += threads) {
          const SampleItem item(random() % items_);
          auto put = rig_.tables().Mutate(table_, item.key, [&](const table::StoredItem*) {
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
    Cost least;
    for (int i = 0; i < kRounds; ++i) {
      const double cpu_started = CpuSeconds();
      least.seconds = std::min(least.seconds, rig_.Export("bench", "DYNAMODB_JSON"));
      least.cpu_seconds = std::min(least.cpu_seconds, CpuSeconds() - cpu_started);
    }
    return least;
  }

  const uint64_t items_;
  Rig rig_;
  table::TableRef table_;
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
  dray::bench::Bench(gigabytes, folder).Run();
  return 0;
}
