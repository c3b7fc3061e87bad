// SPDX-License-Identifier: Apache-2.0
#include "app/server/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <map>
#include <system_error>

#include "base/log.h"

namespace dray::server {

namespace {

// 2: the change logs lie in a column family of their own, which older versions cannot open.
constexpr int kFormatVersion = 2;
constexpr std::string_view kDefaultRegion = "us-east-1";
constexpr std::string_view kFirstLine = "dray-data-format ";

base::Error Io(const std::string& path, int error_number) {
  return {base::ErrorKind::kIo, path + ": " + std::generic_category().message(error_number)};
}
base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message)};
}

// "name value" lines.
std::map<std::string, std::string> ParseLines(std::string_view text) {
  std::map<std::string, std::string> lines;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    size_t space = line.find(' ');
    if (space != std::string_view::npos) {
      lines.emplace(line.substr(0, space), line.substr(space + 1));
    }
  }
  return lines;
}

bool IsRegion(std::string_view region) {
  return !region.empty() && region.size() <= 64 &&
         region.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

}  // namespace

DataFolder::DataFolder(base::FileSystem& files, DataFolderOptions options)
    : files_(files),
      options_(std::move(options)),
      path_(options_.path),
      content_path_(options_.in_memory ? path_ + "/in-memory" : path_),
      region_(options_.region.value_or(std::string(kDefaultRegion))) {}

base::Result<std::unique_ptr<DataFolder>> DataFolder::Open(base::FileSystem& files,
                                                           DataFolderOptions options) {
  if (options.region && !IsRegion(*options.region)) {
    return Invalid("'" + *options.region + "' is not the name of a region");
  }
  std::unique_ptr<DataFolder> folder(new DataFolder(files, std::move(options)));
  if (!folder->options_.create && !files.Exists(folder->path_ + "/FORMAT")) {
    return base::Error{base::ErrorKind::kNotFound, folder->path_ + " is not a data folder of Dray"};
  }
  // Secrets live here: others have no business inside.
  size_t slash = folder->path_.rfind('/');
  if (slash != std::string::npos && slash > 0) {
    RETURN_IF_ERROR(files.CreateFolders(folder->path_.substr(0, slash)));
  }
  if (mkdir(folder->path_.c_str(), 0700) != 0 && errno != EEXIST) return Io(folder->path_, errno);
  RETURN_IF_ERROR(folder->Lock());
  RETURN_IF_ERROR(folder->CheckFormat());
  if (folder->options_.in_memory) RETURN_IF_ERROR(folder->PrepareMemory());
  return folder;
}

DataFolder::~DataFolder() {
  if (options_.in_memory && lock_ >= 0) {
    for (const std::string& path : {content_path_, credentials_path()}) {
      auto removed = files_.RemoveTree(path);
      if (!removed) base::log::Warning("left behind", {{"path", path}});
    }
  }
  if (lock_ >= 0) close(lock_);  // which unlocks
}

base::Status DataFolder::Lock() {
  std::string path = path_ + "/LOCK";
  int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return Io(path, errno);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    int error_number = errno;
    char owner[32] = {};
    ssize_t count = pread(fd, owner, sizeof owner - 1, 0);
    close(fd);
    if (error_number != EWOULDBLOCK) return Io(path, error_number);
    std::string pid(owner, static_cast<size_t>(std::max<ssize_t>(count, 0)));
    while (!pid.empty() && pid.back() == '\n') pid.pop_back();
    return base::Error{base::ErrorKind::kInUse,
                       path_ + " is in use by another dray" +
                           (pid.empty() ? std::string() : ", process " + pid) +
                           ". A data folder has one server at a time.",
                       reason::kFolderInUse};
  }
  lock_ = fd;
  std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(fd, 0) != 0 || pwrite(fd, pid.data(), pid.size(), 0) < 0) return Io(path, errno);
  return base::Ok();
}

base::Status DataFolder::CheckFormat() {
  std::string path = path_ + "/FORMAT";
  if (!files_.Exists(path)) {
    if (options_.in_memory) return base::Ok();
    if (files_.Exists(engine_path())) {
      return Invalid(path_ +
                     " holds data but no FORMAT file. Restore the file from a backup; it "
                     "tells the version, region and kind of the data.");
    }
    return WriteFormat(options_.dev);
  }
  if (options_.in_memory) {
    return Invalid(path_ + " holds stored data. Give --in-memory another --data folder.");
  }
  ASSIGN_OR_RETURN(std::string text, base::ReadFile(files_, path, 64 * 1024));
  auto lines = ParseLines(text);
  int version = 0;
  if (text.starts_with(kFirstLine)) {
    std::from_chars(text.data() + kFirstLine.size(), text.data() + text.size(), version);
  }
  if (version < 1 || lines["region"].empty()) {
    return base::Error{base::ErrorKind::kCorruption, path + " is damaged"};
  }
  if (version > kFormatVersion) {
    return Invalid(path_ + " was written by a newer Dray (data format " + std::to_string(version) +
                   "; this is dray " DRAY_VERSION ", which knows formats up to " +
                   std::to_string(kFormatVersion) +
                   "). Start that version or a newer one on it, or restore a backup that was made "
                   "with this one. Nothing was changed.");
  }
  if (options_.region && *options_.region != lines["region"]) {
    return Invalid(path_ + " belongs to the region " + lines["region"] +
                   ", which cannot change. Leave --region away, or give another --data folder.");
  }
  region_ = lines["region"];
  bool is_dev_data = lines["kind"] == "dev";
  if (is_dev_data && !options_.dev && options_.create) {
    return Invalid(path_ +
                   " holds data of --dev, written without checked signatures. Start with "
                   "--dev, or give another --data folder.");
  }
  if (!is_dev_data && options_.dev) {
    return Invalid(path_ +
                   " holds data of a server that checks signatures; --dev would open it to "
                   "everybody on this machine. Give --dev another --data folder.");
  }
  // The engine does the work at every start that finds some left.
  if (version < kFormatVersion) return WriteFormat(is_dev_data);
  return base::Ok();
}

base::Status DataFolder::WriteFormat(bool is_dev) {
  std::string text = std::string(kFirstLine) + std::to_string(kFormatVersion) + "\nregion " +
                     region_ + "\nkind " + (is_dev ? "dev" : "signed") + "\n";
  return base::ReplaceFile(files_, path_ + "/FORMAT", text);
}

base::Status DataFolder::PrepareMemory() {
  RETURN_IF_ERROR(files_.RemoveTree(content_path_));  // of one that was killed
  RETURN_IF_ERROR(files_.RemoveTree(credentials_path()));
  return files_.CreateFolders(content_path_);
}

base::Status DataFolder::Empty() {
  for (const std::string& path :
       {engine_path(), objects_path(), loads_path(), credentials_path()}) {
    RETURN_IF_ERROR(files_.RemoveTree(path));
  }
  return base::Ok();
}

}  // namespace dray::server
