// SPDX-License-Identifier: Apache-2.0
#include "storage/objects/local_disk/store.h"

#include <algorithm>
#include <functional>

#include "base/check.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text_encoding.h"
#include "storage/objects/checksum.h"
#include "storage/objects/local_disk/body_reader.h"

namespace dray::objects {
namespace {

base::Error NoSuchKey() {
  return base::Error{base::ErrorKind::kNotFound, "The specified key does not exist.",
                     reason::kNoSuchKey};
}

}  // namespace

base::Error NoSuchBucket() {
  return base::Error{base::ErrorKind::kNotFound, "The specified bucket does not exist",
                     reason::kNoSuchBucket};
}

base::Status CheckSseAlgorithm(std::string_view algorithm) {
  if (algorithm.empty() || algorithm == "AES256") return base::Ok();
  return base::Error{base::ErrorKind::kInvalidArgument,
                     "encryption of objects with " + std::string(algorithm) + " is not supported"};
}

std::vector<FileId> FilesOf(const std::vector<Segment>& body) {
  std::vector<FileId> ids;
  for (const Segment& segment : body) {
    if (!segment.file.empty()) ids.push_back(segment.file);
  }
  return ids;
}

void DeleteFileKeys(const std::vector<FileId>& ids, kv::Batch& batch) {
  for (const FileId& id : ids) batch.deletes.push_back(FileKey(id));
}

base::Result<std::unique_ptr<ObjectStore>> OpenLocalDisk(kv::Engine& engine,
                                                         base::FileSystem& files,
                                                         const base::Clock& clock,
                                                         LocalDiskOptions options) {
  if (!engine.capabilities().exclusive_writer) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "the embedded object store needs an engine that only this process writes"};
  }
  bool sweep_in_background = options.sweep_in_background;
  ASSIGN_OR_RETURN(auto keys, BodyKeys::Open(engine, std::move(options.key)));
  ASSIGN_OR_RETURN(auto bodies, BodyFiles::Open(files, options.folder, options.sync));
  auto store = std::make_unique<LocalDiskStore>(engine, std::move(bodies), std::move(keys), clock,
                                                std::move(options));
  if (sweep_in_background) {
    store->SweepInBackground();
  } else {
    RETURN_IF_ERROR(store->SweepNow());
  }
  return std::unique_ptr<ObjectStore>(std::move(store));
}

LocalDiskStore::LocalDiskStore(kv::Engine& engine, std::unique_ptr<BodyFiles> files, BodyKeys keys,
                               const base::Clock& clock, LocalDiskOptions options)
    : engine_(engine),
      files_(std::move(files)),
      keys_(std::move(keys)),
      clock_(clock),
      options_(std::move(options)) {}

LocalDiskStore::~LocalDiskStore() {
  is_stopping_ = true;
  if (sweeper_.joinable()) sweeper_.join();
}

base::Status LocalDiskStore::SweepNow() {
  ASSIGN_OR_RETURN(size_t removed, files_->Sweep(engine_, is_stopping_));
  if (removed > 0) {
    base::log::Info("removed object bodies that an earlier run left behind",
                    {{"files", static_cast<uint64_t>(removed)}});
  }
  return base::Ok();
}

void LocalDiskStore::SweepInBackground() {
  sweeper_ = std::thread([this] {
    if (auto status = SweepNow(); !status) {
      base::log::Warning("the sweep of object bodies stopped; the next start tries again",
                         {{"error", status.error().message}});
    }
  });
}

std::mutex& LocalDiskStore::KeyLatch(std::string_view index_key) {
  return key_latches_[std::hash<std::string_view>()(index_key) % key_latches_.size()];
}

std::mutex& LocalDiskStore::UploadLatch(std::string_view raw_id) {
  return upload_latches_[std::hash<std::string_view>()(raw_id) % upload_latches_.size()];
}

base::Status LocalDiskStore::Commit(const kv::Batch& batch, BodyFiles::NewFile* body_file) {
  auto outcome = engine_.Commit(kv::kSystemPartition, batch);
  if (!outcome) {
    if (body_file != nullptr) body_file->Abandon();  // the commit may still have taken place
    return std::move(outcome).error();
  }
  CHECK(*outcome == kv::CommitOutcome::kCommitted);  // no guards: the latches do their work
  if (body_file != nullptr) body_file->Keep();
  return base::Ok();
}

// ---- objects ----

BodyTarget LocalDiskStore::TargetOf(uint64_t bucket_number, std::string_view key) {
  return {*files_, options_.inline_bytes_max, keys_, ObjectIndexKey(bucket_number, key)};
}

base::Result<std::optional<ObjectRecord>> LocalDiskStore::FindObject(uint64_t bucket_number,
                                                                     std::string_view key) {
  ASSIGN_OR_RETURN(auto value,
                   engine_.Get(kv::kSystemPartition, ObjectIndexKey(bucket_number, key)));
  if (!value) return std::optional<ObjectRecord>();
  ASSIGN_OR_RETURN(ObjectRecord record, DecodeObject(key, *value));
  return std::optional<ObjectRecord>(std::move(record));
}

base::Status LocalDiskStore::CommitObject(uint64_t bucket_number, const ObjectRecord& record,
                                          const Precondition& precondition, kv::Batch batch,
                                          BodyFiles::NewFile* body_file,
                                          std::vector<FileId>& unlinked) {
  ASSIGN_OR_RETURN(auto old, FindObject(bucket_number, record.info.key));
  if (precondition.only_if_etag && !old) return NoSuchKey();
  if ((precondition.only_if_absent && old) ||
      (precondition.only_if_etag && old->info.etag != *precondition.only_if_etag)) {
    return base::Error{base::ErrorKind::kInUse,
                       "At least one of the pre-conditions you specified did not hold",
                       reason::kPreconditionFailed};
  }
  if (old) {
    std::vector<FileId> replaced = FilesOf(old->body);
    DeleteFileKeys(replaced, batch);
    unlinked.insert(unlinked.end(), replaced.begin(), replaced.end());
  }
  for (const FileId& id : FilesOf(record.body)) {
    batch.puts.emplace_back(FileKey(id), std::string(kPresent));
  }
  batch.puts.emplace_back(ObjectIndexKey(bucket_number, record.info.key), Encode(record));
  return Commit(batch, body_file);
}

base::Result<ObjectInfo> LocalDiskStore::Put(std::string_view bucket, std::string_view key,
                                             base::ByteSource& body, const PutOptions& options) {
  RETURN_IF_ERROR(CheckKey(key));
  RETURN_IF_ERROR(CheckSseAlgorithm(options.sse_algorithm));
  ASSIGN_OR_RETURN(BucketRecord found, FindBucket(bucket));
  ASSIGN_OR_RETURN(ReceivedBody received, ReceiveBody(TargetOf(found.number, key), body, options));
  ObjectRecord record;
  record.info.key = std::string(key);
  record.info.size_bytes = received.size_bytes;
  record.info.etag = base::HexEncode(received.md5);
  record.info.content_type = options.content_type;
  record.info.headers = options.headers;
  record.info.checksum_algorithm = options.checksum_algorithm;
  record.info.checksum_base64 = received.checksum_base64;
  if (options.checksum_algorithm != ChecksumAlgorithm::kNone) {
    record.info.checksum_type = kFullObject;
  }
  record.info.sse_algorithm = options.sse_algorithm;
  record.info.owner_account = options.owner_account;
  record.info.acl = options.acl;
  record.body = std::move(received.segments);

  std::vector<FileId> unlinked;
  {
    std::shared_lock lock(buckets_mutex_);
    RETURN_IF_ERROR(RequireSameBucket(bucket, found.number));
    std::lock_guard latch(KeyLatch(ObjectIndexKey(found.number, key)));
    record.info.last_modified_micros = clock_.NowMicros();
    RETURN_IF_ERROR(CommitObject(found.number, record,
                                 {options.only_if_absent, options.only_if_etag}, {},
                                 received.file.get(), unlinked));
  }
  files_->Remove(unlinked);
  return std::move(record.info);
}

// Without a latch: the files are pinned, then the record is read again. If it is still the same, a
// remover that comes later sees the pin.
base::Result<OpenedObject> LocalDiskStore::Open(std::string_view bucket, std::string_view key,
                                                std::optional<ByteRange> range) {
  RETURN_IF_ERROR(CheckKey(key));
  ASSIGN_OR_RETURN(BucketRecord found, FindBucket(bucket));
  std::string index_key = ObjectIndexKey(found.number, key);
  ASSIGN_OR_RETURN(auto value, engine_.Get(kv::kSystemPartition, index_key));
  for (;;) {
    if (!value) return NoSuchKey();
    ASSIGN_OR_RETURN(ObjectRecord record, DecodeObject(key, *value));
    Extent extent{0, record.info.size_bytes};
    if (range) {
      ASSIGN_OR_RETURN(extent, ResolveRange(*range, record.info.size_bytes));
    }
    std::unique_ptr<BodyFiles::Pin> pin;
    if (std::vector<FileId> ids = FilesOf(record.body); !ids.empty()) {
      pin = std::make_unique<BodyFiles::Pin>(*files_, std::move(ids));
      ASSIGN_OR_RETURN(auto again, engine_.Get(kv::kSystemPartition, index_key));
      if (again != value) {
        value = std::move(again);
        continue;
      }
    }
    OpenedObject opened;
    opened.info = std::move(record.info);
    opened.first_byte = extent.first_byte;
    opened.length = extent.length;
    opened.body = std::make_unique<BodyReader>(*files_, keys_, std::move(pin),
                                               StoredBody{index_key, std::move(record.body)},
                                               extent.first_byte, extent.length);
    return opened;
  }
}

base::Result<ObjectInfo> LocalDiskStore::Head(std::string_view bucket, std::string_view key) {
  RETURN_IF_ERROR(CheckKey(key));
  ASSIGN_OR_RETURN(BucketRecord found, FindBucket(bucket));
  ASSIGN_OR_RETURN(auto value,
                   engine_.Get(kv::kSystemPartition, ObjectIndexKey(found.number, key)));
  if (!value) return NoSuchKey();
  return DecodeObjectInfo(key, *value);
}

base::Status LocalDiskStore::Delete(std::string_view bucket, std::string_view key) {
  RETURN_IF_ERROR(CheckKey(key));
  ASSIGN_OR_RETURN(BucketRecord found, FindBucket(bucket));
  std::vector<FileId> unlinked;
  {
    std::shared_lock lock(buckets_mutex_);
    RETURN_IF_ERROR(RequireSameBucket(bucket, found.number));
    std::string index_key = ObjectIndexKey(found.number, key);
    std::lock_guard latch(KeyLatch(index_key));
    ASSIGN_OR_RETURN(auto old, FindObject(found.number, key));
    if (!old) return base::Ok();
    unlinked = FilesOf(old->body);
    kv::Batch batch;
    DeleteFileKeys(unlinked, batch);
    batch.deletes.push_back(std::move(index_key));
    RETURN_IF_ERROR(Commit(batch));
  }
  files_->Remove(unlinked);
  return base::Ok();
}

base::Status LocalDiskStore::SetAcl(std::string_view bucket, const ObjectInfo& seen,
                                    std::optional<Acl> acl) {
  ASSIGN_OR_RETURN(BucketRecord found, FindBucket(bucket));
  std::shared_lock lock(buckets_mutex_);
  RETURN_IF_ERROR(RequireSameBucket(bucket, found.number));
  std::string index_key = ObjectIndexKey(found.number, seen.key);
  std::lock_guard latch(KeyLatch(index_key));
  ASSIGN_OR_RETURN(auto record, FindObject(found.number, seen.key));
  if (!record) return NoSuchKey();
  if (record->info.owner_account != seen.owner_account || record->info.acl != seen.acl) {
    return base::Error{base::ErrorKind::kInUse,
                       "A conflicting conditional operation is currently in progress against this "
                       "resource. Please try again."};
  }
  record->info.acl = std::move(acl);
  kv::Batch batch;
  batch.puts.emplace_back(std::move(index_key), Encode(*record));
  return Commit(batch);
}

}  // namespace dray::objects
