// SPDX-License-Identifier: Apache-2.0
// The embedded object store behind local_disk.h. Its parts: store.cc (buckets, objects), uploads.cc
// (multipart), listing.cc.
//
// Locks, in this order: `buckets_mutex_` shared for every commit under a bucket and exclusive for
// changes of buckets, so that no object appears in a bucket that is gone; one of the upload
// latches; one of the key latches. The latter two are striped and held over read and commit.
// Readers take none.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "storage/objects/local_disk/body_files.h"
#include "storage/objects/local_disk/body_keys.h"
#include "storage/objects/local_disk/local_disk.h"
#include "storage/objects/local_disk/receive_body.h"
#include "storage/objects/local_disk/records.h"

namespace dray::objects {

class LocalDiskStore final : public ObjectStore {
 public:
  LocalDiskStore(kv::Engine& engine, std::unique_ptr<BodyFiles> files, BodyKeys keys,
                 const base::Clock& clock, LocalDiskOptions options);
  ~LocalDiskStore() override;
  base::Status SweepNow();
  void SweepInBackground();

  base::Status CreateBucket(std::string_view bucket, std::string_view owner_account,
                            const BucketSettings& settings) override;
  base::Status DeleteBucket(std::string_view bucket) override;
  base::Result<BucketInfo> GetBucket(std::string_view bucket) override;
  base::Result<std::vector<BucketInfo>> ListBuckets(std::string_view owner_account) override;
  base::Status ChangeBucket(std::string_view bucket,
                            const std::function<base::Status(BucketSettings&)>& change) override;
  base::Result<std::optional<PublicAccessBlock>> GetAccountBlock(std::string_view account) override;
  base::Status SetAccountBlock(std::string_view account,
                               std::optional<PublicAccessBlock> block) override;

  base::Result<ObjectInfo> Put(std::string_view bucket, std::string_view key,
                               base::ByteSource& body, const PutOptions& options) override;
  base::Result<OpenedObject> Open(std::string_view bucket, std::string_view key,
                                  std::optional<ByteRange> range) override;
  base::Result<ObjectInfo> Head(std::string_view bucket, std::string_view key) override;
  base::Status Delete(std::string_view bucket, std::string_view key) override;
  base::Status SetAcl(std::string_view bucket, const ObjectInfo& seen,
                      std::optional<Acl> acl) override;
  base::Result<ListResult> List(std::string_view bucket, const ListRequest& request) override;

  base::Result<std::string> CreateUpload(std::string_view bucket, std::string_view key,
                                         const PutOptions& options) override;
  base::Result<PartInfo> PutPart(std::string_view bucket, std::string_view key,
                                 std::string_view upload_id, uint32_t number,
                                 base::ByteSource& body, const PutOptions& options) override;
  base::Result<ObjectInfo> CompleteUpload(std::string_view bucket, std::string_view key,
                                          std::string_view upload_id,
                                          const std::vector<CompletePart>& parts,
                                          const CompleteOptions& options) override;
  base::Status AbortUpload(std::string_view bucket, std::string_view key,
                           std::string_view upload_id) override;
  base::Result<UploadInfo> GetUpload(std::string_view bucket, std::string_view key,
                                     std::string_view upload_id) override;
  base::Result<std::vector<PartInfo>> ListParts(std::string_view bucket, std::string_view key,
                                                std::string_view upload_id) override;
  base::Result<std::vector<UploadInfo>> ListUploads(std::string_view bucket,
                                                    std::string_view prefix) override;

 private:
  struct FoundUpload {
    std::string raw_id;  // 16 bytes
    UploadRecord record;
  };
  // When a commit replaces or creates an object only under a condition.
  struct Precondition {
    bool only_if_absent = false;
    std::optional<std::string> only_if_etag;
  };

  base::Result<BucketRecord> FindBucket(std::string_view bucket);
  // Still the bucket that the request began with? The caller holds buckets_mutex_.
  base::Status RequireSameBucket(std::string_view bucket, uint64_t number);
  base::Result<std::optional<ObjectRecord>> FindObject(uint64_t bucket_number,
                                                       std::string_view key);
  // Puts `record` in the place of what is there, with the changes that `batch` already holds. The
  // files of the replaced body are appended to `unlinked`. Caller holds the key's latch.
  base::Status CommitObject(uint64_t bucket_number, const ObjectRecord& record,
                            const Precondition& precondition, kv::Batch batch,
                            BodyFiles::NewFile* body_file, std::vector<FileId>& unlinked);
  BodyTarget TargetOf(uint64_t bucket_number, std::string_view key);
  // `body_file` (or null) is what the batch begins to refer to: kept, or abandoned on failure.
  base::Status Commit(const kv::Batch& batch, BodyFiles::NewFile* body_file = nullptr);
  std::mutex& KeyLatch(std::string_view index_key);
  std::mutex& UploadLatch(std::string_view raw_id);

  base::Result<FoundUpload> FindUpload(std::string_view bucket, std::string_view key,
                                       std::string_view upload_id);
  base::Result<std::vector<PartRecord>> ReadParts(std::string_view raw_upload_id);
  // Deletes the upload's records in `batch`, and its parts; the files of the parts are appended to
  // `unlinked`.
  base::Status RemoveUpload(std::string_view raw_id, const UploadRecord& upload, kv::Batch& batch,
                            std::vector<FileId>& unlinked);
  base::Status RemoveUploadsOfBucket(uint64_t bucket_number);

  kv::Engine& engine_;
  std::unique_ptr<BodyFiles> files_;
  const BodyKeys keys_;
  const base::Clock& clock_;
  const LocalDiskOptions options_;
  std::shared_mutex buckets_mutex_;
  std::array<std::mutex, 256> key_latches_;
  std::array<std::mutex, 64> upload_latches_;
  std::atomic<bool> is_stopping_{false};
  std::thread sweeper_;
};

// Helpers of the parts.
base::Error NoSuchBucket();
// "AES256", or nothing for a body that is stored as it is.
base::Status CheckSseAlgorithm(std::string_view algorithm);
std::vector<FileId> FilesOf(const std::vector<Segment>& body);
// Deletes the index entries of these files.
void DeleteFileKeys(const std::vector<FileId>& ids, kv::Batch& batch);

}  // namespace dray::objects
