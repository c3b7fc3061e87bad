// SPDX-License-Identifier: Apache-2.0
// dray_bench [GIGABYTES] [FOLDER]: imports and exports of that much DynamoDB JSON (items of 700
// bytes), and of the same items as Ion, in this process, on the embedded engines with production
// options, beside the limit measured in the same run.
// dray_bench --write GIGABYTES FOLDER: only the objects to import, as files.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/log.h"
#include "base/random.h"
#include "bench/limit.h"
#include "bench/sample_items.h"
#include "format/compression/gzip.h"
#include "format/item_format/item_format.h"
#include "storage/kv/rocksdb/rocksdb_engine.h"
#include "storage/objects/local_disk/local_disk.h"
#include "transfer/export_table/export_table.h"
#include "transfer/import_table/import_table.h"

namespace dray::bench {
namespace {

constexpr const char* kAccount = "111122223333";
constexpr const char* kBucket = "bench";
constexpr uint64_t kObjects = 8;
constexpr uint64_t kLimitItems = 200'000;

template <class T>
T Must(base::Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "dray_bench: %s\n", result.error().message.c_str());
  std::exit(1);
}

// Peak resident memory since the last call, in MB.
double TakePeakMegabytes() {
  std::ifstream status("/proc/self/status");
  double megabytes = 0;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) megabytes = std::atof(line.c_str() + 6) / 1024;
  }
  std::ofstream("/proc/self/clear_refs") << "5";
  return megabytes;
}

// In a process of its own, so that its memory is not counted.
Limit MeasureLimitApart(const std::string& folder) {
  int ends[2];
  if (::pipe(ends) != 0) std::exit(1);
  const pid_t child = ::fork();
  if (child == 0) {
    const Limit limit = Must(MeasureLimit(folder, kLimitItems));
    std::_Exit(::write(ends[1], &limit, sizeof(limit)) == sizeof(limit) ? 0 : 1);
  }
  Limit limit;
  int status = 0;
  const bool is_read = child > 0 && ::waitpid(child, &status, 0) == child && status == 0 &&
                       ::read(ends[0], &limit, sizeof(limit)) == sizeof(limit);
  ::close(ends[0]);
  ::close(ends[1]);
  if (is_read) return limit;
  std::fprintf(stderr, "dray_bench: the limit could not be measured\n");
  std::exit(1);
}

// Of this process, all threads, since the last call: tells the cost also on a busy machine.
double TakeCpuSeconds() {
  static double last = 0;
  rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
  const double now = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                     static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  return now - std::exchange(last, now);
}

// Compressed lines of every kObjects-th item, made while they are read.
class ObjectSource final : public base::ByteSource {
 public:
  ObjectSource(uint64_t object, uint64_t items,
               item_format::Format format = item_format::Format::kDynamoDbJson)
      : next_(object), items_(items), format_(format) {
    gzip_ = compression::MakeGzipSink(sink_);
  }
  base::Result<size_t> Read(char* out, size_t capacity) override {
    while (at_ == bytes_.size() && !is_closed_) {
      bytes_.clear();
      at_ = 0;
      text_.clear();
      while (next_ < items_ && text_.size() < (1 << 20)) {
        AppendLine(next_, text_);
        next_ += kObjects;
      }
      if (format_ != item_format::Format::kDynamoDbJson) RETURN_IF_ERROR(Convert());
      RETURN_IF_ERROR(gzip_->Write(text_));
      text_bytes_ += text_.size();
      if (next_ >= items_) {
        RETURN_IF_ERROR(gzip_->Close());
        is_closed_ = true;
      }
    }
    const size_t count = std::min(capacity, bytes_.size() - at_);
    bytes_.copy(out, count, at_);
    at_ += count;
    return count;
  }
  uint64_t text_bytes() const { return text_bytes_; }

 private:
  // The lines, into the other format.
  base::Status Convert() {
    std::string converted;
    base::StringSource json(text_);
    base::StringSink sink(converted);
    auto reader = item_format::MakeItemReader(item_format::Format::kDynamoDbJson, json);
    auto writer =
        item_format::MakeItemWriter(format_, {.hash = {{"pk", item::Type::kString}}}, sink);
    while (true) {
      ASSIGN_OR_RETURN(codec::Record record, reader->Next());
      if (record.outcome == codec::Record::Outcome::kEnd) break;
      RETURN_IF_ERROR(writer->Write(item::ItemView(record.item)));
    }
    RETURN_IF_ERROR(writer->Finish());
    text_ = std::move(converted);
    return base::Ok();
  }

  uint64_t next_;
  const uint64_t items_;
  const item_format::Format format_;
  std::string text_, bytes_;
  base::StringSink sink_{bytes_};
  std::unique_ptr<base::ByteSink> gzip_;
  size_t at_ = 0;
  bool is_closed_ = false;
  uint64_t text_bytes_ = 0;
};

int WriteObjects(double gigabytes, const std::string& folder) {
  const auto items = static_cast<uint64_t>(gigabytes * 1e9 / 705);
  std::vector<char> buffer(1 << 20);
  for (uint64_t object = 0; object < kObjects; ++object) {
    auto file = Must(
        base::PosixFileSystem().CreateFile(folder + "/" + std::to_string(object) + ".json.gz"));
    ObjectSource source(object, items);
    while (const size_t count = Must(source.Read(buffer.data(), buffer.size()))) {
      Must(file->Append({buffer.data(), count}));
    }
    Must(file->Close());
  }
  std::printf("%llu items\n", static_cast<unsigned long long>(items));
  return 0;
}

double WaitForEnd(jobs::Jobs& jobs, const std::string& arn, int64_t started) {
  while (true) {
    auto record = Must(jobs.Find(arn));
    if (record->state != jobs::State::kInProgress) {
      if (record->state == jobs::State::kFailed) {
        std::fprintf(stderr, "dray_bench: %s\n", record->failure_detail.c_str());
        std::exit(1);
      }
      return static_cast<double>(base::SteadyMicros() - started) / 1e6;
    }
    ::usleep(5000);
  }
}

void Print(const char* what, double seconds, uint64_t items, uint64_t text_bytes, double limit,
           unsigned cores) {
  const double per_second = static_cast<double>(items) / seconds;
  const double cpu = TakeCpuSeconds();
  std::printf(
      "%s: %.2f s, %.0f items/s, %.1f MB/s, %.0f%% of the limit (%.0f items/s); %.2f s of CPU "
      "(%.0f%% of the limit if all cores were ours), peak %.0f MB\n",
      what, seconds, per_second, static_cast<double>(text_bytes) / seconds / 1e6,
      100 * per_second / limit, limit, cpu,
      100 * (static_cast<double>(items) / cpu * cores) / limit, TakePeakMegabytes());
}

int Run(double gigabytes, const std::string& folder) {
  base::log::Configure(base::log::Level::kWarning, base::log::Format::kText);
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const auto items = static_cast<uint64_t>(gigabytes * 1e9 / 705);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const Limit limit = MeasureLimitApart(folder + "/limit");
  std::printf(
      "limit, microseconds an item in one thread: scan %.2f, DOM walk %.2f, deflate %.2f, "
      "MD5 %.2f, write %.2f | inflate %.2f, sort %.2f, sorted file %.2f\n",
      limit.scan * 1e6, limit.walk * 1e6, limit.deflate * 1e6, limit.md5 * 1e6, limit.write * 1e6,
      limit.inflate * 1e6, limit.sort * 1e6, limit.sorted_file * 1e6);

  base::SystemClock wall;
  auto engine = Must(kv_rocksdb::OpenRocksDbEngine({.folder = folder + "/kv"}));
  auto clock = Must(table::ServiceClock::Open(*engine, wall));
  auto authorizer = access::Authorizer::Make(wall, "us-east-1");
  auto store = Must(objects::OpenLocalDisk(
      *engine, base::PosixFileSystem(), wall,
      {.folder = folder + "/objects", .region = "us-east-1", .key = std::string(32, 'k')}));
  auto buckets = buckets::Buckets::Make(*store, *authorizer);
  table::Options table_options;
  table_options.folder = folder + "/bulk";
  auto tables = Must(table::Tables::Open(*engine, *clock, table_options));
  auto jobs = Must(jobs::Jobs::Open(*engine, *clock, {}));
  auto exports =
      Must(export_table::Exports::Make(*tables, *buckets, *jobs, *clock, "us-east-1", {}));
  auto imports =
      Must(import_table::Imports::Make(*tables, *buckets, *jobs, *clock, *engine, "us-east-1", {}));
  tables->PinsLoaded();
  jobs->Start();

  access::Caller caller;
  caller.principal.type = policy::Principal::Type::kRoot;
  caller.principal.account = kAccount;
  caller.principal.arn = std::string("arn:aws:iam::") + kAccount + ":root";
  Must(store->CreateBucket(kBucket, kAccount));
  uint64_t text_bytes = 0;
  int64_t started = 0;
  double seconds = 0;
  table::TableRef table;
  // The table of the last one is exported. In items per second the limit of each format is that of
  // JSON: its walk stands for the parser of the same items.
  for (item_format::Format format :
       {item_format::Format::kIon, item_format::Format::kDynamoDbJson}) {
    const std::string name(item_format::FormatName(format));
    text_bytes = 0;
    for (uint64_t object = 0; object < kObjects; ++object) {
      ObjectSource source(object, items, format);
      Must(store->Put(kBucket, name + "/" + std::to_string(object) + ".gz", source, {}));
      text_bytes += source.text_bytes();
    }
    TakePeakMegabytes();
    TakeCpuSeconds();
    import_table::ImportRequest import;
    import.client_token = base::RandomUuid();
    import.s3_bucket = kBucket;
    import.s3_key_prefix = name + "/";
    import.input_format = name;
    import.input_compression_type = "GZIP";
    import.table.name = "bench-" + name;
    import.table.key_schema.hash = {{"pk", item::Type::kString}};
    started = base::SteadyMicros();
    const std::string import_arn = Must(imports->Start(caller, import)).record.arn;
    seconds = WaitForEnd(*jobs, import_arn, started);
    Print(("import, " + name).c_str(), seconds, items, text_bytes,
          limit.import_items_per_second(cores), cores);
    if (table != nullptr) Must(tables->Delete(table));
    table = Must(tables->Find(kAccount, import.table.name));
    if (tables->Metrics(table).item_count != items) {
      std::fprintf(stderr, "dray_bench: %llu items were imported, not %llu\n",
                   static_cast<unsigned long long>(tables->Metrics(table).item_count),
                   static_cast<unsigned long long>(items));
      return 1;
    }
  }
  Must(tables->EnableRecovery(table, 35));
  for (const char* format : {"DYNAMODB_JSON", "ION"}) {
    TakePeakMegabytes();
    TakeCpuSeconds();
    export_table::ExportRequest request;
    request.client_token = base::RandomUuid();
    request.table_arn =
        std::string("arn:aws:dynamodb:us-east-1:") + kAccount + ":table/bench-DYNAMODB_JSON";
    request.table_name = "bench-DYNAMODB_JSON";
    request.s3_bucket = kBucket;
    request.export_format = format;
    started = base::SteadyMicros();
    const std::string export_arn = Must(exports->Start(caller, request)).record.arn;
    seconds = WaitForEnd(*jobs, export_arn, started);
    Print((std::string("export, ") + format).c_str(), seconds, items, text_bytes,
          limit.export_items_per_second(cores), cores);
  }
  jobs->Stop();
  exports.reset();
  imports.reset();
  jobs.reset();
  table.reset();
  tables.reset();
  buckets.reset();
  store.reset();
  clock.reset();
  engine.reset();
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace dray::bench

int main(int argc, char** argv) {
  const bool only_writes = argc == 4 && std::string_view(argv[1]) == "--write";
  const int first = only_writes ? 2 : 1;
  const double gigabytes = argc > first ? std::atof(argv[first]) : 1;
  const std::string folder = argc > first + 1
                                 ? argv[first + 1]
                                 : std::filesystem::temp_directory_path().string() + "/dray_bench";
  if (gigabytes <= 0) {
    std::fprintf(stderr, "usage: dray_bench [GIGABYTES] [FOLDER] | --write GIGABYTES FOLDER\n");
    return 2;
  }
  return only_writes ? dray::bench::WriteObjects(gigabytes, folder)
                     : dray::bench::Run(gigabytes, folder);
}
