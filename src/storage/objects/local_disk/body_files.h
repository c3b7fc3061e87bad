// SPDX-License-Identifier: Apache-2.0
// The body files: DIR/objects/ab/cdef..., 32 hex digits of a random id. A file is in flight from
// before its creation until the index commit that refers to it; pinned while a reader needs it. The
// sweep removes files that are neither in flight nor in the index. Thread-safe.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "base/mutex.h"
#include "base/result.h"
#include "storage/kv/engine.h"
#include "storage/objects/local_disk/records.h"

namespace dray::objects {

class BodyFiles {
 public:
  // Makes the folders.
  static base::Result<std::unique_ptr<BodyFiles>> Open(base::FileSystem& files, std::string folder,
                                                       bool sync);

  // A body on its way in. Destroyed without Keep or Abandon, it leaves no file.
  class NewFile {
   public:
    NewFile(BodyFiles& owner, FileId id, std::unique_ptr<base::WritableFile> file);
    ~NewFile();
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    base::Status Append(std::string_view bytes) { return file_->Append(bytes); }
    base::Status Finish();  // durable afterwards
    const FileId& id() const { return id_; }
    void Keep();  // the index refers to it now
    // It is unknown whether the index refers to it: left alone until the next start.
    void Abandon() { is_settled_ = true; }

   private:
    BodyFiles& owner_;
    FileId id_;
    std::unique_ptr<base::WritableFile> file_;
    bool is_settled_ = false;
  };
  base::Result<std::unique_ptr<NewFile>> Create();

  // Keeps files readable although they are removed meanwhile.
  class Pin {
   public:
    Pin(BodyFiles& owner, std::vector<FileId> ids);
    ~Pin();
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;

   private:
    BodyFiles& owner_;
    std::vector<FileId> ids_;
  };
  base::Result<std::unique_ptr<base::ReadableFile>> OpenForRead(const FileId& id);

  // Unlinks what the index no longer refers to: now, or when the last pin goes. A failure is logged
  // and leaves the file to the next sweep.
  void Remove(const std::vector<FileId>& ids);

  // Removes the files that `engine`'s index does not know. Returns how many, early when `stop`.
  base::Result<size_t> Sweep(kv::Engine& engine, const std::atomic<bool>& stop);

 private:
  BodyFiles(base::FileSystem& files, std::string folder, bool sync)
      : files_(files), folder_(std::move(folder)), sync_(sync) {}
  std::string FolderOf(const FileId& id) const;
  std::string PathOf(const FileId& id) const;
  void Unlink(const FileId& id);
  void Unpin(const std::vector<FileId>& ids);
  base::Result<std::vector<FileId>> SettledFiles(unsigned first_byte);

  base::FileSystem& files_;
  const std::string folder_;
  const bool sync_;
  base::Mutex mutex_;
  std::set<FileId> in_flight_ GUARDED_BY(mutex_);
  std::map<FileId, size_t> pins_ GUARDED_BY(mutex_);
  std::set<FileId> doomed_ GUARDED_BY(mutex_);  // removed, but still pinned
};

}  // namespace dray::objects
