// SPDX-License-Identifier: Apache-2.0
// Threads take the parts of all files in their order, so that one large file keeps all of them
// busy, too. Who takes a file's first part begins its upload; who finishes its last one, completes
// it. The calling thread shows the progress and the retries of the others.
#include "client/remote_import/uploader.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <thread>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/mutex.h"
#include "base/text_encoding.h"
#include "hash/hash.h"

namespace dray::remote_import {

namespace {

constexpr uint64_t kPartsMax = 9'000;  // S3 takes 10,000
constexpr uint64_t kMegabyte = 1 << 20;
constexpr int64_t kShowPauseMs = 200;

struct Upload {
  explicit Upload(const StagedFile& staged) : file(staged) {}
  const StagedFile& file;
  uint64_t part_bytes = 0;
  uint32_t part_count = 1;
  bool may_be_there = false;  // an object of that name and size is
  std::string etag_there;

  base::Mutex mutex;
  bool has_begun GUARDED_BY(mutex) = false;
  bool is_there GUARDED_BY(mutex) = false;
  std::string upload_id GUARDED_BY(mutex);
  std::vector<std::string> part_etags GUARDED_BY(mutex);
  uint32_t parts_done GUARDED_BY(mutex) = 0;
};

base::Result<std::string> ReadPart(const StagedFile& file, uint64_t offset, uint64_t count) {
  ASSIGN_OR_RETURN(auto opened,
                   base::PosixFileSystem().OpenFile(file.path, base::Caching::kCached));
  std::string bytes(count, '\0');
  size_t filled = 0;
  while (filled < count) {
    ASSIGN_OR_RETURN(size_t read, opened->ReadAt(offset + filled, &bytes[filled], count - filled));
    if (read == 0) {
      return base::Error{
          base::ErrorKind::kInvalidArgument, file.path + " became shorter while it was read", {}};
    }
    filled += read;
  }
  return bytes;
}

class Uploads {
 public:
  Uploads(remote_jobs::Session& session, const StagingOptions& options,
          const std::vector<StagedFile>& files, const std::vector<Entry>& there)
      : session_(session), options_(options) {
    std::map<std::string, const Entry*> by_key;
    for (const Entry& entry : there) by_key[entry.key] = &entry;
    for (const StagedFile& file : files) {
      auto upload = std::make_unique<Upload>(file);
      upload->part_bytes = PartBytesOf(file.size_bytes, options.part_bytes);
      upload->part_count = static_cast<uint32_t>(
          std::max<uint64_t>(1, (file.size_bytes + upload->part_bytes - 1) / upload->part_bytes));
      auto found = by_key.find(file.key);
      if (found != by_key.end() && found->second->size_bytes == file.size_bytes) {
        upload->may_be_there = true;
        upload->etag_there = found->second->etag;
      }
      bytes_total_ += file.size_bytes;
      uploads_.push_back(std::move(upload));
    }
  }

  base::Result<Staging::Sent> Run() {
    const unsigned count = std::max(1u, options_.threads);
    {
      base::MutexLock lock(mutex_);
      threads_left_ = count;
    }
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < count; ++i) threads.emplace_back([this] { Work(); });
    Watch();
    for (std::thread& thread : threads) thread.join();
    base::MutexLock lock(mutex_);
    if (error_) return *error_;
    sent_.files = uploads_.size();
    sent_.bytes = bytes_total_;
    return sent_;
  }

 private:
  struct Task {
    Upload* upload = nullptr;
    uint32_t part = 0;  // from 0
  };

  void Work() {
    auto connection = session_.ConnectToBucket([this](const std::string& line) {
      base::MutexLock lock(mutex_);
      warnings_.push_back(line);
    });
    Bucket bucket(*connection.client, session_.bucket_endpoint(), options_.bucket,
                  options_.bucket_owner);
    while (true) {
      Task task = Next();
      if (task.upload == nullptr) break;
      base::Status done = Do(bucket, task);
      if (done) continue;
      base::MutexLock lock(mutex_);
      if (!error_) error_ = done.error();
    }
    base::MutexLock lock(mutex_);
    --threads_left_;
    changed_.NotifyAll();
  }

  Task Next() {
    base::MutexLock lock(mutex_);
    if (error_ || session_.interruption().is_now()) {
      if (!error_) error_ = base::Error{base::ErrorKind::kCancelled, "interrupted", {}};
      return {};
    }
    if (next_upload_ == uploads_.size()) return {};
    Task task{uploads_[next_upload_].get(), next_part_};
    if (++next_part_ == task.upload->part_count) {
      next_part_ = 0;
      ++next_upload_;
    }
    return task;
  }

  base::Status Do(Bucket& bucket, const Task& task) {
    Upload& upload = *task.upload;
    const StagedFile& file = upload.file;
    ASSIGN_OR_RETURN(const bool is_there, Begin(bucket, upload));
    const uint64_t offset = task.part * upload.part_bytes;
    const uint64_t count = std::min(upload.part_bytes, file.size_bytes - offset);
    if (!is_there) {
      ASSIGN_OR_RETURN(std::string bytes, ReadPart(file, offset, count));
      if (upload.part_count == 1) {
        RETURN_IF_ERROR(bucket.Put(file.key, std::move(bytes)));
      } else {
        RETURN_IF_ERROR(SendPart(bucket, upload, task.part, std::move(bytes)));
      }
    }
    bytes_done_ += count;
    return base::Ok();
  }

  // Whether the object is there already. Once a file; whoever else comes waits for it.
  base::Result<bool> Begin(Bucket& bucket, Upload& upload) {
    base::MutexLock lock(upload.mutex);
    if (upload.has_begun) return upload.is_there;
    if (upload.may_be_there) {
      ASSIGN_OR_RETURN(std::string etag, EtagOfFile(upload));
      upload.is_there = etag == upload.etag_there;
    }
    if (upload.is_there) {
      base::MutexLock sent_lock(mutex_);
      ++sent_.files_there;
    } else if (upload.part_count > 1) {
      ASSIGN_OR_RETURN(upload.upload_id, bucket.CreateUpload(upload.file.key));
      upload.part_etags.resize(upload.part_count);
    }
    upload.has_begun = true;
    return upload.is_there;
  }

  base::Status SendPart(Bucket& bucket, Upload& upload, uint32_t part, std::string bytes) {
    std::string upload_id;
    {
      base::MutexLock lock(upload.mutex);
      upload_id = upload.upload_id;
    }
    ASSIGN_OR_RETURN(std::string etag,
                     bucket.UploadPart(upload.file.key, upload_id, part + 1, std::move(bytes)));
    std::vector<std::string> etags;
    {
      base::MutexLock lock(upload.mutex);
      upload.part_etags[part] = std::move(etag);
      if (++upload.parts_done < upload.part_count) return base::Ok();
      etags = upload.part_etags;
    }
    return bucket.CompleteUpload(upload.file.key, upload_id, etags);
  }

  // What S3 gives the file when it is sent as it would be now.
  base::Result<std::string> EtagOfFile(const Upload& upload) {
    std::string digests;
    for (uint32_t part = 0; part < upload.part_count; ++part) {
      RETURN_IF_ERROR(session_.Sleep(0));
      const uint64_t offset = part * upload.part_bytes;
      const uint64_t count = std::min(upload.part_bytes, upload.file.size_bytes - offset);
      ASSIGN_OR_RETURN(std::string bytes, ReadPart(upload.file, offset, count));
      digests += hash::Md5(bytes);
    }
    if (upload.part_count == 1) return base::HexEncode(digests);
    return base::HexEncode(hash::Md5(digests)) + "-" + std::to_string(upload.part_count);
  }

  // Until all threads are done.
  void Watch() {
    while (true) {
      std::deque<std::string> warnings;
      bool is_done = false;
      {
        base::MutexLock lock(mutex_);
        if (threads_left_ > 0) changed_.WaitFor(mutex_, kShowPauseMs);
        warnings.swap(warnings_);
        is_done = threads_left_ == 0;
      }
      for (const std::string& line : warnings) session_.display().Warn(line);
      remote_jobs::Display::Progress progress;
      progress.doing = "uploading";
      progress.bytes = bytes_done_.load();
      if (bytes_total_ > 0) {
        progress.share = static_cast<double>(*progress.bytes) / static_cast<double>(bytes_total_);
      }
      session_.display().Show(progress);
      if (is_done) return;
    }
  }

  remote_jobs::Session& session_;
  const StagingOptions& options_;
  std::vector<std::unique_ptr<Upload>> uploads_;
  uint64_t bytes_total_ = 0;
  std::atomic<uint64_t> bytes_done_{0};

  base::Mutex mutex_;
  base::CondVar changed_;
  size_t next_upload_ GUARDED_BY(mutex_) = 0;
  uint32_t next_part_ GUARDED_BY(mutex_) = 0;
  unsigned threads_left_ GUARDED_BY(mutex_) = 0;
  std::optional<base::Error> error_ GUARDED_BY(mutex_);
  std::deque<std::string> warnings_ GUARDED_BY(mutex_);
  Staging::Sent sent_ GUARDED_BY(mutex_);
};

}  // namespace

uint64_t PartBytesOf(uint64_t size_bytes, uint64_t part_bytes) {
  const uint64_t least = (size_bytes + kPartsMax - 1) / kPartsMax;
  if (least <= part_bytes) return part_bytes;
  return (least + kMegabyte - 1) / kMegabyte * kMegabyte;
}

base::Result<Staging::Sent> UploadFiles(remote_jobs::Session& session,
                                        const StagingOptions& options,
                                        const std::vector<StagedFile>& files,
                                        const std::vector<Entry>& there) {
  return Uploads(session, options, files, there).Run();
}

}  // namespace dray::remote_import
