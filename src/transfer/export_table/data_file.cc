// SPDX-License-Identifier: Apache-2.0
#include "transfer/export_table/data_file.h"

#include "base/text_encoding.h"
#include "format/compression/gzip.h"
#include "hash/hash.h"

namespace dray::export_table {
namespace {

constexpr uint64_t kItemsPerTick = 256;

class CountingSink final : public base::ByteSink {
 public:
  explicit CountingSink(base::ByteSink& under) : under_(under) {}
  base::Status Write(std::string_view bytes) override {
    bytes_ += bytes.size();
    return under_.Write(bytes);
  }
  base::Status Close() override { return under_.Close(); }
  uint64_t bytes() const { return bytes_; }

 private:
  base::ByteSink& under_;
  uint64_t bytes_ = 0;
};

class HashingSink final : public base::ByteSink {
 public:
  explicit HashingSink(base::ByteSink& under) : under_(under), md5_(hash::Algorithm::kMd5) {}
  base::Status Write(std::string_view bytes) override {
    md5_.Update(bytes);
    return under_.Write(bytes);
  }
  base::Status Close() override { return under_.Close(); }
  std::string FinishMd5() { return md5_.Finish(); }

 private:
  base::ByteSink& under_;
  hash::Digest md5_;
};

}  // namespace

base::Result<WrittenFile> WriteDataFile(RangeRecords& records, item_format::Format format,
                                        const item::KeySchema& keys, uint64_t text_bytes_max,
                                        MultipartUpload& upload, const Tick& tick) {
  HashingSink hashing(upload);
  CountingSink compressed(hashing);
  auto gzip = compression::MakeGzipSink(compressed);
  CountingSink text(*gzip);
  auto writer = item_format::MakeItemWriter(format, keys, text);
  WrittenFile file;
  const uint64_t image_bytes_before = records.image_bytes();
  uint64_t items_ticked = 0, bytes_ticked = 0;
  auto report = [&]() -> base::Status {
    RETURN_IF_ERROR(tick(file.item_count - items_ticked, compressed.bytes() - bytes_ticked));
    items_ticked = file.item_count;
    bytes_ticked = compressed.bytes();
    return base::Ok();
  };
  // The writer hands over text in blocks, so that the limit is kept to within one block.
  while (text.bytes() < text_bytes_max) {
    ASSIGN_OR_RETURN(const bool has_more, records.HasMore());
    if (!has_more) break;
    RETURN_IF_ERROR(records.WriteNext(*writer));
    if (++file.item_count % kItemsPerTick == 0) RETURN_IF_ERROR(report());
  }
  RETURN_IF_ERROR(writer->Finish());
  RETURN_IF_ERROR(gzip->Close());
  RETURN_IF_ERROR(upload.Close());
  RETURN_IF_ERROR(report());
  file.image_bytes = records.image_bytes() - image_bytes_before;
  file.compressed_bytes = compressed.bytes();
  file.md5_base64 = base::Base64Encode(hashing.FinishMd5());
  return file;
}

}  // namespace dray::export_table
