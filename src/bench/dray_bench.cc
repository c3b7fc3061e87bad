// SPDX-License-Identifier: Apache-2.0
// dray_bench [GIGABYTES] [FOLDER]: imports and exports of that much DynamoDB JSON (items of 700
// bytes), and of the same items as Ion; and an import of flat ones as CSV: in this process, on the
// embedded engines with production options, beside the limit measured in the same run.
// dray_bench --write GIGABYTES FOLDER: only the objects to import, as files.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/file_system.h"
#include "bench/limit.h"
#include "bench/rig.h"
#include "bench/sample_items.h"
#include "format/compression/gzip.h"
#include "format/item_format/item_format.h"

namespace dray::bench {
namespace {

constexpr uint64_t kObjects = 8;
constexpr uint64_t kLimitItems = 200'000;

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
Limit MeasureLimitApart(const std::string& folder,
                        void (*append_line)(uint64_t number, std::string& out)) {
  int ends[2];
  if (::pipe(ends) != 0) std::exit(1);
  const pid_t child = ::fork();
  if (child == 0) {
    const Limit limit = Must(MeasureLimit(folder, kLimitItems, append_line));
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

// Since the last call.
double TakeCpuSeconds() {
  static double last = 0;
  const double now = CpuSeconds();
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
      if (format_ == item_format::Format::kCsv && text_bytes_ == 0) text_ = kCsvHeader;
      while (next_ < items_ && text_.size() < (1 << 20)) {
        format_ == item_format::Format::kCsv ? AppendCsvRow(next_, text_)
                                             : AppendLine(next_, text_);
        next_ += kObjects;
      }
      if (format_ == item_format::Format::kIon) RETURN_IF_ERROR(Convert());
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
    auto writer = item_format::MakeItemWriter(
        format_, {.hash = {{"pk", item::Type::kString}}, .range = {}}, sink);
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

void PrintLimit(const char* of, const Limit& limit) {
  std::printf(
      "limit of %s, microseconds an item in one thread: scan %.2f, DOM walk %.2f, deflate %.2f, "
      "MD5 %.2f, write %.2f | inflate %.2f, sort %.2f, sorted file %.2f\n",
      of, limit.scan * 1e6, limit.walk * 1e6, limit.deflate * 1e6, limit.md5 * 1e6,
      limit.write * 1e6, limit.inflate * 1e6, limit.sort * 1e6, limit.sorted_file * 1e6);
}

// Into a table named after the format.
void RunImport(Rig& rig, item_format::Format format, uint64_t items, const Limit& limit,
               unsigned cores) {
  const std::string name(item_format::FormatName(format));
  uint64_t text_bytes = 0;
  for (uint64_t object = 0; object < kObjects; ++object) {
    ObjectSource source(object, items, format);
    Must(rig.store().Put(kBucket, name + "/" + std::to_string(object) + ".gz", source, {}));
    text_bytes += source.text_bytes();
  }
  TakePeakMegabytes();
  TakeCpuSeconds();
  import_table::ImportRequest request;
  request.s3_key_prefix = name + "/";
  request.input_format = name;
  request.input_compression_type = "GZIP";
  request.table.name = name;
  request.table.key_schema.hash = {{"pk", item::Type::kString}};
  const double seconds = rig.Import(std::move(request));
  Print(("import, " + name).c_str(), seconds, items, text_bytes,
        limit.import_items_per_second(cores), cores);
  auto table = Must(rig.tables().Find(kAccount, name));
  const uint64_t count = rig.tables().Metrics(table).item_count;
  if (count != items) {
    Fail(std::to_string(count) + " items were imported, not " + std::to_string(items));
  }
}

int Run(double gigabytes, const std::string& folder) {
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const auto items = static_cast<uint64_t>(gigabytes * 1e9 / 705);
  const Limit limit = MeasureLimitApart(folder + "-limit", AppendLine);
  PrintLimit("the items", limit);
  const Limit flat_limit = MeasureLimitApart(folder + "-limit", AppendFlatLine);
  PrintLimit("flat items", flat_limit);
  Rig rig(folder, /*sync_commits=*/true);
  // In items per second the limit of each format is that of JSON: its walk stands for the parser of
  // the same items.
  RunImport(rig, item_format::Format::kCsv, items, flat_limit, cores);
  Must(rig.tables().Delete(Must(rig.tables().Find(kAccount, "CSV"))));
  RunImport(rig, item_format::Format::kIon, items, limit, cores);
  Must(rig.tables().Delete(Must(rig.tables().Find(kAccount, "ION"))));
  RunImport(rig, item_format::Format::kDynamoDbJson, items, limit, cores);
  Must(rig.tables().EnableRecovery(Must(rig.tables().Find(kAccount, "DYNAMODB_JSON")), 35));
  for (const char* format : {"DYNAMODB_JSON", "ION"}) {
    TakePeakMegabytes();
    TakeCpuSeconds();
    const double seconds = rig.Export("DYNAMODB_JSON", format);
    Print((std::string("export, ") + format).c_str(), seconds, items, items * 705,
          limit.export_items_per_second(cores), cores);
  }
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
