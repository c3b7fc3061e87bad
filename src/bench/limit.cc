// SPDX-License-Identifier: Apache-2.0
#include "bench/limit.h"

#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <openssl/evp.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "base/clock.h"
#include "bench/sample_items.h"

namespace dray::bench {
namespace {

constexpr size_t kBatchBytes = 8 << 20;

base::Error Failed(const std::string& what) {
  return base::Error{base::ErrorKind::kIo, "the limit's step failed: " + what, {}};
}

double SecondsOf(const std::function<void()>& step) {
  const int64_t start = base::SteadyMicros();
  step();
  return static_cast<double>(base::SteadyMicros() - start) / 1e6;
}

// As kv/rocksdb opens its tables.
rocksdb::Options ProductionOptions() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.compression = rocksdb::kLZ4Compression;
  rocksdb::BlockBasedTableOptions table;
  table.block_size = 16 * 1024;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.cache_index_and_filter_blocks = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

uint64_t Walk(simdjson::dom::element element) {
  uint64_t sum = 1;
  if (element.is_object()) {
    for (auto field : simdjson::dom::object(element)) sum += field.key.size() + Walk(field.value);
  } else if (element.is_array()) {
    for (auto child : simdjson::dom::array(element)) sum += Walk(child);
  } else if (element.is_string()) {
    sum += std::string_view(element).size();
  }
  return sum;
}

std::string Deflate(const std::string& text, bool& is_ok) {
  std::vector<uint8_t> level_buffer(ISAL_DEF_LVL1_DEFAULT);
  isal_zstream stream;
  isal_deflate_init(&stream);
  stream.level = 1;
  stream.level_buf = level_buffer.data();
  stream.level_buf_size = static_cast<uint32_t>(level_buffer.size());
  stream.gzip_flag = IGZIP_GZIP;
  stream.end_of_stream = 1;
  std::string out(text.size() + 1024, '\0');
  stream.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uint32_t>(text.size());
  stream.next_out = reinterpret_cast<uint8_t*>(out.data());
  stream.avail_out = static_cast<uint32_t>(out.size());
  is_ok = isal_deflate(&stream) == COMP_OK && stream.avail_in == 0;
  out.resize(stream.total_out);
  return out;
}

bool Inflate(const std::string& bytes, std::string& buffer) {
  inflate_state state;
  isal_inflate_init(&state);
  state.crc_flag = ISAL_GZIP;
  state.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(bytes.data()));
  state.avail_in = static_cast<uint32_t>(bytes.size());
  do {
    state.next_out = reinterpret_cast<uint8_t*>(buffer.data());
    state.avail_out = static_cast<uint32_t>(buffer.size());
    if (isal_inflate(&state) != ISAL_DECOMP_OK) return false;
  } while (state.block_state != ISAL_BLOCK_FINISH);
  return true;
}

}  // namespace

base::Result<Limit> MeasureLimit(const std::string& folder, uint64_t items,
                                 void (*append_line)(uint64_t number, std::string& out)) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::vector<std::string> lines(items), batches(1);
  for (uint64_t i = 0; i < items; ++i) {
    append_line(i, lines[i]);
    if (batches.back().size() > kBatchBytes) batches.emplace_back();
    batches.back() += lines[i];
  }
  std::vector<std::string> keys(items);
  std::mt19937_64 random(1);
  for (uint64_t i = 0; i < items; ++i) {
    const uint64_t hash = random();
    keys[i].assign(reinterpret_cast<const char*>(&hash), 8);
    keys[i] += KeyOf(i);
  }
  const double n = static_cast<double>(items);
  Limit limit;
  bool is_ok = true;

  std::vector<uint32_t> order(items);
  for (uint32_t i = 0; i < items; ++i) order[i] = i;
  limit.sort = SecondsOf([&] {
                 std::sort(order.begin(), order.end(),
                           [&](uint32_t a, uint32_t b) { return keys[a] < keys[b]; });
               }) /
               n;

  const std::string sorted_file = folder + "/sorted.sst";
  limit.sorted_file = SecondsOf([&] {
                        rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), ProductionOptions());
                        is_ok = writer.Open(sorted_file).ok();
                        for (uint32_t i : order)
                          is_ok = is_ok && writer.Put(keys[i], lines[i]).ok();
                        is_ok = is_ok && writer.Finish().ok();
                      }) /
                      n;
  if (!is_ok) return Failed("sorted file");

  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::Open(ProductionOptions(), folder + "/db", &opened).ok()) return Failed("open");
  std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::IngestExternalFileOptions ingest;
  ingest.move_files = true;
  if (!db->IngestExternalFile({sorted_file}, ingest).ok()) return Failed("ingest");
  uint64_t scanned = 0;
  limit.scan = SecondsOf([&] {
                 rocksdb::ReadOptions read;
                 read.readahead_size = 2 << 20;
                 read.fill_cache = false;
                 std::unique_ptr<rocksdb::Iterator> at(db->NewIterator(read));
                 for (at->SeekToFirst(); at->Valid(); at->Next()) scanned += at->value().size() > 0;
               }) /
               n;
  if (scanned != items) return Failed("scan");

  uint64_t walked = 0;
  limit.walk = SecondsOf([&] {
                 simdjson::dom::parser parser;
                 for (const std::string& batch : batches) {
                   simdjson::dom::document_stream documents;
                   is_ok = is_ok && !parser.parse_many(batch, kBatchBytes).get(documents);
                   for (auto document : documents) {
                     simdjson::dom::element element;
                     is_ok = is_ok && !document.get(element);
                     if (is_ok) walked += Walk(element);
                   }
                 }
               }) /
               n;
  if (!is_ok || walked == 0) return Failed("DOM walk");

  std::vector<std::string> compressed;
  limit.deflate = SecondsOf([&] {
                    for (const std::string& batch : batches) {
                      bool is_good = false;
                      compressed.push_back(Deflate(batch, is_good));
                      is_ok = is_ok && is_good;
                    }
                  }) /
                  n;
  if (!is_ok) return Failed("deflate");
  std::string buffer(256 << 10, '\0');
  limit.inflate = SecondsOf([&] {
                    for (const std::string& bytes : compressed)
                      is_ok = is_ok && Inflate(bytes, buffer);
                  }) /
                  n;
  if (!is_ok) return Failed("inflate");
  limit.md5 = SecondsOf([&] {
                unsigned char digest[EVP_MAX_MD_SIZE];
                for (const std::string& bytes : compressed) {
                  is_ok = is_ok && EVP_Digest(bytes.data(), bytes.size(), digest, nullptr,
                                              EVP_md5(), nullptr);
                }
              }) /
              n;
  if (!is_ok) return Failed("MD5");
  limit.write =
      SecondsOf([&] {
        const int fd = ::open((folder + "/out").c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
        for (const std::string& bytes : compressed) {
          is_ok = is_ok &&
                  ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
        }
        is_ok = is_ok && ::fsync(fd) == 0;
        ::close(fd);
      }) /
      n;
  if (!is_ok) return Failed("write");
  db.reset();
  std::filesystem::remove_all(folder);
  return limit;
}

}  // namespace dray::bench
