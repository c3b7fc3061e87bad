// SPDX-License-Identifier: Apache-2.0
// The data folder as a whole: who may open it, in which version, for what
// (docs/formats/data-folder.md).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/file_system.h"
#include "base/result.h"

namespace dray::server {

namespace reason {
inline constexpr std::string_view kFolderInUse = "data_folder_in_use";
}  // namespace reason

struct DataFolderOptions {
  std::string path = {};
  bool dev = false;
  bool in_memory = false;
  bool create = true;                      // false: kNotFound when it is not there
  std::optional<std::string> region = {};  // must be the folder's own, once it has one
};

// Holds the lock of the folder while it lives.
class DataFolder {
 public:
  // kInUse (reason kFolderInUse) names the process that has it; kInvalidArgument tells what to do
  // about a newer version, another region or another kind of data.
  static base::Result<std::unique_ptr<DataFolder>> Open(base::FileSystem& files,
                                                        DataFolderOptions options);
  ~DataFolder();
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

  const std::string& region() const { return region_; }
  // Where data goes: the folder itself, or one that is emptied at both ends with --in-memory.
  const std::string& content_path() const { return content_path_; }
  std::string engine_path() const { return content_path_ + "/kv"; }
  std::string objects_path() const { return content_path_ + "/objects"; }
  std::string loads_path() const { return content_path_ + "/loads"; }
  std::string master_key_path() const { return content_path_ + "/keys/master.key"; }
  std::string objects_key_path() const { return content_path_ + "/keys/objects.key"; }
  std::string credentials_path() const { return CredentialsPath(path_); }

  static std::string AdminSocketPath(const std::string& path) { return path + "/admin.sock"; }
  static std::string CredentialsPath(const std::string& path) { return path + "/credentials"; }

  // Empties what the server keeps, for the reset of --dev. Nothing of it is open.
  base::Status Empty();

 private:
  DataFolder(base::FileSystem& files, DataFolderOptions options);
  base::Status Lock();
  base::Status CheckFormat();
  base::Status WriteFormat(bool is_dev);
  base::Status PrepareMemory();

  base::FileSystem& files_;
  const DataFolderOptions options_;
  const std::string path_;
  const std::string content_path_;
  std::string region_;
  int lock_ = -1;
};

}  // namespace dray::server
