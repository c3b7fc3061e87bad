// SPDX-License-Identifier: Apache-2.0
// A file system in memory that misbehaves on command. Crash() is a power cut: a name survives only
// if its folder was synced after the name was made, bytes only if the file was synced after them.
// Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/mutex.h"

namespace dray::testing {

class FaultyFileSystem final : public base::FileSystem {
 public:
  FaultyFileSystem();
  ~FaultyFileSystem() override;

  // The n-th of the following calls that change something (1 = the next one) fails with kIo, and
  // with `and_all_after` every one behind it. 0 disarms.
  void FailCall(uint64_t n, bool and_all_after = false);
  // Appends fail with kNoSpace when the files would hold more than that in all; nullopt disarms.
  void SetSpace(std::optional<uint64_t> bytes);
  // Files that are open afterwards still answer, as those of a dead process would not: drop them.
  void Crash();

  uint64_t calls() const;            // that changed something, since the start
  std::vector<std::string> Files();  // paths of all files, sorted

  base::Result<std::unique_ptr<base::WritableFile>> CreateFile(const std::string& path) override;
  base::Result<std::unique_ptr<base::WritableFile>> AppendFile(const std::string& path,
                                                               base::Caching caching) override;
  base::Result<std::unique_ptr<base::ReadableFile>> OpenFile(const std::string& path,
                                                             base::Caching caching) override;
  base::Status Rename(const std::string& from, const std::string& to) override;
  base::Status Truncate(const std::string& path, uint64_t size_bytes) override;
  base::Status RemoveFile(const std::string& path) override;
  base::Status RemoveTree(const std::string& path) override;
  base::Status CreateFolders(const std::string& path) override;
  base::Status SyncFolder(const std::string& path) override;
  base::Result<std::vector<std::string>> ListFolder(const std::string& path) override;
  bool Exists(const std::string& path) override;

 private:
  struct Node;  // a file's bytes; stays while a name or an open file refers to it
  class Writer;
  class Reader;
  using Names = std::map<std::string, std::shared_ptr<Node>>;  // null: a folder

  base::Status CountCall(const std::string& what) REQUIRES(mutex_);
  base::Result<std::shared_ptr<Node>> FindFile(const std::string& path) REQUIRES(mutex_);
  uint64_t UsedBytes() const REQUIRES(mutex_);

  mutable base::Mutex mutex_;
  Names names_ GUARDED_BY(mutex_);          // as processes see them, by full path
  Names durable_names_ GUARDED_BY(mutex_);  // as a crash leaves them
  uint64_t calls_ GUARDED_BY(mutex_) = 0;
  uint64_t failing_call_ GUARDED_BY(mutex_) = 0;
  bool fails_all_after_ GUARDED_BY(mutex_) = false;
  std::optional<uint64_t> space_bytes_ GUARDED_BY(mutex_);
};

}  // namespace dray::testing
