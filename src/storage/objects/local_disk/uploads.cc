// SPDX-License-Identifier: Apache-2.0
// Multipart uploads. Parts are bodies of their own; completing an upload moves their segments into
// the object's record, so that no byte is copied.
#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"
#include "base/random.h"
#include "base/text_encoding.h"
#include "hash/hash.h"
#include "storage/objects/checksum.h"
#include "storage/objects/local_disk/store.h"

namespace dray::objects {
namespace {

constexpr uint32_t kPartNumberMax = 10'000;
constexpr uint64_t kPartBytesMin = 5ull << 20;

base::Error NoSuchUpload() {
  return base::Error{base::ErrorKind::kNotFound,
                     "The specified upload does not exist. The upload ID may be invalid, or the "
                     "upload may have been aborted or completed.",
                     reason::kNoSuchUpload};
}

base::Error Invalid(std::string message, std::string_view why) {
  return base::Error{base::ErrorKind::kInvalidArgument, std::move(message), why};
}

// The stored parts that `wanted` names, in its order, with S3's checks.
base::Result<std::vector<PartRecord>> SelectParts(std::vector<PartRecord> stored,
                                                  const std::vector<CompletePart>& wanted) {
  if (wanted.empty()) {
    return Invalid("You must specify at least one part", reason::kInvalidPart);
  }
  for (size_t i = 1; i < wanted.size(); ++i) {
    if (wanted[i].number > wanted[i - 1].number) continue;
    return Invalid(
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
        reason::kInvalidPartOrder);
  }
  std::vector<PartRecord> selected;
  auto at = stored.begin();
  for (const CompletePart& part : wanted) {
    at = std::find_if(at, stored.end(),
                      [&](const PartRecord& p) { return p.info.number >= part.number; });
    bool is_there =
        at != stored.end() && at->info.number == part.number && at->info.etag == part.etag &&
        (part.checksum_base64.empty() || at->info.checksum_base64 == part.checksum_base64);
    if (!is_there) {
      return Invalid(
          "One or more of the specified parts could not be found.  The part may not have been "
          "uploaded, or the specified entity tag may not match the part's entity tag.",
          reason::kInvalidPart);
    }
    selected.push_back(std::move(*at));
    ++at;
  }
  for (size_t i = 0; i + 1 < selected.size(); ++i) {  // the last one may be small
    if (selected[i].info.size_bytes >= kPartBytesMin) continue;
    return Invalid("Your proposed upload is smaller than the minimum allowed size",
                   reason::kEntityTooSmall);
  }
  return selected;
}

std::string RawChecksum(const PartInfo& part) {
  std::optional<std::string> raw = base::Base64Decode(part.checksum_base64);
  CHECK(raw.has_value());  // written by us
  return *raw;
}

std::string ChecksumOfParts(ChecksumAlgorithm algorithm, std::string_view type,
                            const std::vector<PartRecord>& parts) {
  if (type == kFullObject) {
    std::vector<PartChecksum> checksums;
    for (const PartRecord& part : parts) {
      checksums.push_back({RawChecksum(part.info), part.info.size_bytes});
    }
    return base::Base64Encode(CombineCrcs(algorithm, checksums));
  }
  Checksum checksum(algorithm);
  for (const PartRecord& part : parts) checksum.Update(RawChecksum(part.info));
  return base::Base64Encode(checksum.Finish()) + "-" + std::to_string(parts.size());
}

base::Result<std::string> TypeOfChecksum(const PutOptions& options) {
  if (options.checksum_type.empty()) {
    return std::string(DefaultChecksumType(options.checksum_algorithm));
  }
  bool is_sha = options.checksum_algorithm == ChecksumAlgorithm::kSha1 ||
                options.checksum_algorithm == ChecksumAlgorithm::kSha256;
  bool fits = options.checksum_type == kFullObject
                  ? !is_sha && options.checksum_algorithm != ChecksumAlgorithm::kNone
                  : options.checksum_type == kComposite &&
                        options.checksum_algorithm != ChecksumAlgorithm::kNone &&
                        options.checksum_algorithm != ChecksumAlgorithm::kCrc64Nvme;
  if (fits) return options.checksum_type;
  return Invalid("The " + options.checksum_type + " checksum type cannot be used with the " +
                     std::string(ChecksumName(options.checksum_algorithm)) + " checksum algorithm.",
                 {});
}

// The record of the whole object, but for its time.
base::Result<ObjectRecord> Assemble(const UploadRecord& upload, std::vector<PartRecord> parts,
                                    const CompleteOptions& options) {
  ObjectRecord record;
  ObjectInfo& info = record.info;
  info.key = upload.info.key;
  info.content_type = upload.content_type;
  info.headers = upload.headers;
  info.sse_algorithm = upload.sse_algorithm;
  info.owner_account = upload.info.owner_account;
  info.acl = upload.info.acl;
  info.checksum_algorithm = upload.info.checksum_algorithm;
  info.checksum_type = upload.info.checksum_type;
  std::string digests;
  for (const PartRecord& part : parts) {
    info.size_bytes += part.info.size_bytes;
    digests += base::HexDecode(part.info.etag).value_or("");
  }
  info.etag = base::HexEncode(hash::Md5(digests)) + "-" + std::to_string(parts.size());
  if (info.checksum_algorithm != ChecksumAlgorithm::kNone) {
    info.checksum_base64 = ChecksumOfParts(info.checksum_algorithm, info.checksum_type, parts);
  }
  if (options.expected_size_bytes && *options.expected_size_bytes != info.size_bytes) {
    return Invalid("The provided x-amz-mp-object-size header does not match the object's size.",
                   {});
  }
  if (options.expected_checksum_type && *options.expected_checksum_type != info.checksum_type) {
    return Invalid("The upload was created with the checksum type " +
                       (info.checksum_type.empty() ? "null" : info.checksum_type) +
                       ", the request to complete it says " + *options.expected_checksum_type + ".",
                   {});
  }
  if (options.expected_checksum_base64 &&
      *options.expected_checksum_base64 != info.checksum_base64) {
    return Invalid("The checksum you specified did not match the calculated checksum.",
                   reason::kBadDigest);
  }
  for (PartRecord& part : parts) {
    std::move(part.body.begin(), part.body.end(), std::back_inserter(record.body));
  }
  // Parts that were stored before bodies were sealed stay as they are.
  for (const Segment& segment : record.body) {
    if (segment.wrapped_key.empty()) info.sse_algorithm.clear();
  }
  return record;
}

}  // namespace

base::Result<std::string> LocalDiskStore::CreateUpload(std::string_view bucket,
                                                       std::string_view key,
                                                       const PutOptions& options) {
  RETURN_IF_ERROR(CheckKey(key));
  RETURN_IF_ERROR(CheckSseAlgorithm(options.sse_algorithm));
  ASSIGN_OR_RETURN(BucketRecord found, FindBucket(bucket));
  UploadRecord record;
  ASSIGN_OR_RETURN(record.info.checksum_type, TypeOfChecksum(options));
  record.bucket_number = found.number;
  record.info.key = std::string(key);
  record.info.started_at_micros = clock_.NowMicros();
  record.info.initiator = options.initiator;
  record.info.checksum_algorithm = options.checksum_algorithm;
  record.content_type = options.content_type;
  record.headers = options.headers;
  record.sse_algorithm = options.sse_algorithm;
  record.info.owner_account = options.owner_account;
  record.info.acl = options.acl;
  std::string raw_id = base::RandomBytes(kFileIdBytes);
  kv::Batch batch;
  batch.puts.emplace_back(UploadKey(raw_id), Encode(record));
  batch.puts.emplace_back(UploadListKey(found.number, key, raw_id), std::string(kPresent));
  std::shared_lock lock(buckets_mutex_);
  RETURN_IF_ERROR(RequireSameBucket(bucket, found.number));
  RETURN_IF_ERROR(Commit(batch));
  return base::HexEncode(raw_id);
}

base::Result<LocalDiskStore::FoundUpload> LocalDiskStore::FindUpload(std::string_view bucket,
                                                                     std::string_view key,
                                                                     std::string_view upload_id) {
  ASSIGN_OR_RETURN(BucketRecord found, FindBucket(bucket));
  std::optional<std::string> raw_id = base::HexDecode(upload_id);
  if (!raw_id || raw_id->size() != kFileIdBytes) return NoSuchUpload();
  ASSIGN_OR_RETURN(auto value, engine_.Get(kv::kSystemPartition, UploadKey(*raw_id)));
  if (!value) return NoSuchUpload();
  ASSIGN_OR_RETURN(UploadRecord record, DecodeUpload(*value));
  if (record.bucket_number != found.number || record.info.key != key) return NoSuchUpload();
  record.info.upload_id = std::string(upload_id);
  return FoundUpload{*std::move(raw_id), std::move(record)};
}

base::Result<PartInfo> LocalDiskStore::PutPart(std::string_view bucket, std::string_view key,
                                               std::string_view upload_id, uint32_t number,
                                               base::ByteSource& body, const PutOptions& options) {
  if (number < 1 || number > kPartNumberMax) {
    return Invalid("Part number must be an integer between 1 and 10000, inclusive", {});
  }
  ASSIGN_OR_RETURN(FoundUpload upload, FindUpload(bucket, key, upload_id));
  PutOptions part_options = options;
  ChecksumAlgorithm algorithm = upload.record.info.checksum_algorithm;
  if (options.checksum_algorithm == ChecksumAlgorithm::kNone) {
    part_options.checksum_algorithm = algorithm;
  } else if (algorithm != ChecksumAlgorithm::kNone && algorithm != options.checksum_algorithm) {
    return Invalid("Checksum Type mismatch occurred, expected checksum Type: " +
                       base::ToLower(ChecksumName(algorithm)) + ", actual checksum Type: " +
                       base::ToLower(ChecksumName(options.checksum_algorithm)),
                   {});
  }
  part_options.sse_algorithm = upload.record.sse_algorithm;
  ASSIGN_OR_RETURN(ReceivedBody received,
                   ReceiveBody(TargetOf(upload.record.bucket_number, key), body, part_options));
  PartRecord record;
  record.info.number = number;
  record.info.etag = base::HexEncode(received.md5);
  record.info.size_bytes = received.size_bytes;
  record.info.checksum_algorithm = part_options.checksum_algorithm;
  record.info.checksum_base64 = received.checksum_base64;
  record.body = std::move(received.segments);

  std::vector<FileId> unlinked;
  {
    std::shared_lock lock(buckets_mutex_);
    std::lock_guard latch(UploadLatch(upload.raw_id));
    ASSIGN_OR_RETURN(FoundUpload still, FindUpload(bucket, key, upload_id));
    record.info.last_modified_micros = clock_.NowMicros();
    kv::Batch batch;
    std::string part_key = PartKey(still.raw_id, number);
    ASSIGN_OR_RETURN(auto old, engine_.Get(kv::kSystemPartition, part_key));
    if (old) {
      ASSIGN_OR_RETURN(PartRecord replaced, DecodePart(*old));
      unlinked = FilesOf(replaced.body);
      DeleteFileKeys(unlinked, batch);
    }
    for (const FileId& id : FilesOf(record.body)) {
      batch.puts.emplace_back(FileKey(id), std::string(kPresent));
    }
    batch.puts.emplace_back(std::move(part_key), Encode(record));
    RETURN_IF_ERROR(Commit(batch, received.file.get()));
  }
  files_->Remove(unlinked);
  return std::move(record.info);
}

base::Result<std::vector<PartRecord>> LocalDiskStore::ReadParts(std::string_view raw_upload_id) {
  std::vector<PartRecord> parts;
  std::string from = PartPrefix(raw_upload_id);
  std::string to = kv::PrefixEnd(from);
  kv::Page page;
  do {
    RETURN_IF_ERROR(engine_.ReadRange(kv::kSystemPartition, from, to, kv::Direction::kForward,
                                      kv::ReadLimits{}, page));
    for (size_t i = 0; i < page.size(); ++i) {
      ASSIGN_OR_RETURN(PartRecord part, DecodePart(page.value(i)));
      parts.push_back(std::move(part));
    }
    if (page.size() > 0) from = std::string(page.key(page.size() - 1)) + '\0';
  } while (!page.is_last());
  return parts;
}

base::Status LocalDiskStore::RemoveUpload(std::string_view raw_id, const UploadRecord& upload,
                                          kv::Batch& batch, std::vector<FileId>& unlinked) {
  ASSIGN_OR_RETURN(std::vector<PartRecord> parts, ReadParts(raw_id));
  for (const PartRecord& part : parts) {
    batch.deletes.push_back(PartKey(raw_id, part.info.number));
    std::vector<FileId> ids = FilesOf(part.body);
    unlinked.insert(unlinked.end(), ids.begin(), ids.end());
  }
  batch.deletes.push_back(UploadKey(raw_id));
  batch.deletes.push_back(UploadListKey(upload.bucket_number, upload.info.key, raw_id));
  return base::Ok();
}

base::Result<ObjectInfo> LocalDiskStore::CompleteUpload(std::string_view bucket,
                                                        std::string_view key,
                                                        std::string_view upload_id,
                                                        const std::vector<CompletePart>& parts,
                                                        const CompleteOptions& options) {
  std::vector<FileId> unlinked;
  ObjectRecord record;
  {
    std::shared_lock lock(buckets_mutex_);
    ASSIGN_OR_RETURN(FoundUpload early, FindUpload(bucket, key, upload_id));
    std::lock_guard upload_latch(UploadLatch(early.raw_id));
    ASSIGN_OR_RETURN(FoundUpload upload, FindUpload(bucket, key, upload_id));
    ASSIGN_OR_RETURN(std::vector<PartRecord> stored, ReadParts(upload.raw_id));
    ASSIGN_OR_RETURN(std::vector<PartRecord> selected, SelectParts(std::move(stored), parts));
    ASSIGN_OR_RETURN(record, Assemble(upload.record, std::move(selected), options));

    kv::Batch batch;
    RETURN_IF_ERROR(RemoveUpload(upload.raw_id, upload.record, batch, unlinked));
    std::vector<FileId> used = FilesOf(record.body);  // they change hands
    std::sort(used.begin(), used.end());
    std::erase_if(unlinked, [&](const FileId& id) {
      return std::binary_search(used.begin(), used.end(), id);
    });
    DeleteFileKeys(unlinked, batch);

    std::lock_guard key_latch(KeyLatch(ObjectIndexKey(upload.record.bucket_number, key)));
    record.info.last_modified_micros = clock_.NowMicros();
    RETURN_IF_ERROR(CommitObject(upload.record.bucket_number, record,
                                 {options.only_if_absent, options.only_if_etag}, std::move(batch),
                                 nullptr, unlinked));
  }
  files_->Remove(unlinked);
  return std::move(record.info);
}

base::Status LocalDiskStore::AbortUpload(std::string_view bucket, std::string_view key,
                                         std::string_view upload_id) {
  std::vector<FileId> unlinked;
  {
    std::shared_lock lock(buckets_mutex_);
    ASSIGN_OR_RETURN(FoundUpload early, FindUpload(bucket, key, upload_id));
    std::lock_guard latch(UploadLatch(early.raw_id));
    ASSIGN_OR_RETURN(FoundUpload upload, FindUpload(bucket, key, upload_id));
    kv::Batch batch;
    RETURN_IF_ERROR(RemoveUpload(upload.raw_id, upload.record, batch, unlinked));
    DeleteFileKeys(unlinked, batch);
    RETURN_IF_ERROR(Commit(batch));
  }
  files_->Remove(unlinked);
  return base::Ok();
}

// Caller holds buckets_mutex_ exclusively.
base::Status LocalDiskStore::RemoveUploadsOfBucket(uint64_t bucket_number) {
  std::string from = UploadListPrefix(bucket_number);
  std::string to = kv::PrefixEnd(from);
  kv::Page page;
  do {
    RETURN_IF_ERROR(engine_.ReadRange(kv::kSystemPartition, from, to, kv::Direction::kForward,
                                      kv::ReadLimits{}, page));
    for (size_t i = 0; i < page.size(); ++i) {
      std::string raw_id(UploadOfListKey(page.key(i)));
      ASSIGN_OR_RETURN(auto value, engine_.Get(kv::kSystemPartition, UploadKey(raw_id)));
      if (!value) continue;
      ASSIGN_OR_RETURN(UploadRecord upload, DecodeUpload(*value));
      kv::Batch batch;
      std::vector<FileId> unlinked;
      RETURN_IF_ERROR(RemoveUpload(raw_id, upload, batch, unlinked));
      DeleteFileKeys(unlinked, batch);
      RETURN_IF_ERROR(Commit(batch));
      files_->Remove(unlinked);
    }
    if (page.size() > 0) from = std::string(page.key(page.size() - 1)) + '\0';
  } while (!page.is_last());
  return base::Ok();
}

base::Result<UploadInfo> LocalDiskStore::GetUpload(std::string_view bucket, std::string_view key,
                                                   std::string_view upload_id) {
  ASSIGN_OR_RETURN(FoundUpload upload, FindUpload(bucket, key, upload_id));
  return std::move(upload.record.info);
}

base::Result<std::vector<PartInfo>> LocalDiskStore::ListParts(std::string_view bucket,
                                                              std::string_view key,
                                                              std::string_view upload_id) {
  ASSIGN_OR_RETURN(FoundUpload upload, FindUpload(bucket, key, upload_id));
  ASSIGN_OR_RETURN(std::vector<PartRecord> records, ReadParts(upload.raw_id));
  std::vector<PartInfo> parts;
  parts.reserve(records.size());
  for (PartRecord& record : records) parts.push_back(std::move(record.info));
  return parts;
}

base::Result<std::vector<UploadInfo>> LocalDiskStore::ListUploads(std::string_view bucket,
                                                                  std::string_view prefix) {
  ASSIGN_OR_RETURN(BucketRecord found, FindBucket(bucket));
  std::vector<UploadInfo> uploads;
  std::string from = UploadListPrefix(found.number);
  std::string to = kv::PrefixEnd(from);
  kv::Page page;
  do {
    RETURN_IF_ERROR(engine_.ReadRange(kv::kSystemPartition, from, to, kv::Direction::kForward,
                                      kv::ReadLimits{}, page));
    for (size_t i = 0; i < page.size(); ++i) {
      std::string raw_id(UploadOfListKey(page.key(i)));
      ASSIGN_OR_RETURN(auto value, engine_.Get(kv::kSystemPartition, UploadKey(raw_id)));
      if (!value) continue;  // ended meanwhile
      ASSIGN_OR_RETURN(UploadRecord record, DecodeUpload(*value));
      if (!record.info.key.starts_with(prefix)) continue;
      record.info.upload_id = base::HexEncode(raw_id);
      uploads.push_back(std::move(record.info));
    }
    if (page.size() > 0) from = std::string(page.key(page.size() - 1)) + '\0';
  } while (!page.is_last());
  // Uploads of one key: the oldest first.
  std::stable_sort(uploads.begin(), uploads.end(), [](const UploadInfo& a, const UploadInfo& b) {
    return std::tie(a.key, a.started_at_micros) < std::tie(b.key, b.started_at_micros);
  });
  return uploads;
}

}  // namespace dray::objects
