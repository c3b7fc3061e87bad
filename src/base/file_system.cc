// SPDX-License-Identifier: Apache-2.0
#include "base/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/random.h"

namespace dray::base {

namespace {

Error FromErrno(int code, std::string_view what, const std::string& path) {
  std::string message = std::string(what) + " " + path + ": " + std::strerror(code);
  switch (code) {
    case ENOENT:
      return {ErrorKind::kNotFound, std::move(message)};
    case EEXIST:
      return {ErrorKind::kAlreadyExists, std::move(message)};
    case ENOSPC:
    case EDQUOT:
      return {ErrorKind::kIo, std::move(message), kNoSpace};
    default:
      return {ErrorKind::kIo, std::move(message)};
  }
}

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~PosixWritableFile() override {
    if (fd_ >= 0) ::close(fd_);
  }
  Status Append(std::string_view bytes) override {
    while (!bytes.empty()) {
      ssize_t count = ::write(fd_, bytes.data(), bytes.size());
      if (count < 0) {
        if (errno == EINTR) continue;
        return FromErrno(errno, "cannot write", path_);
      }
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return Ok();
  }
  Status Sync() override {
    if (::fdatasync(fd_) != 0) return FromErrno(errno, "cannot sync", path_);
    return Ok();
  }
  Status Close() override {
    int fd = fd_;
    fd_ = -1;
    if (::close(fd) != 0) return FromErrno(errno, "cannot close", path_);
    return Ok();
  }

 private:
  int fd_;
  std::string path_;
};

class PosixReadableFile final : public ReadableFile {
 public:
  PosixReadableFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~PosixReadableFile() override { ::close(fd_); }
  Result<size_t> ReadAt(uint64_t offset, char* out, size_t capacity) override {
    for (;;) {
      ssize_t count = ::pread(fd_, out, capacity, static_cast<off_t>(offset));
      if (count >= 0) return static_cast<size_t>(count);
      if (errno != EINTR) return FromErrno(errno, "cannot read", path_);
    }
  }
  Result<uint64_t> SizeBytes() const override {
    struct stat info {};
    if (::fstat(fd_, &info) != 0) return FromErrno(errno, "cannot stat", path_);
    return static_cast<uint64_t>(info.st_size);
  }

 private:
  int fd_;
  std::string path_;
};

class Posix final : public FileSystem {
 public:
  Result<std::unique_ptr<WritableFile>> CreateFile(const std::string& path) override {
    return OpenForWriting(path, O_TRUNC, Caching::kCached);
  }
  Result<std::unique_ptr<WritableFile>> AppendFile(const std::string& path,
                                                   Caching caching) override {
    return OpenForWriting(path, O_APPEND, caching);
  }
  Result<std::unique_ptr<ReadableFile>> OpenFile(const std::string& path,
                                                 Caching caching) override {
    int fd = OpenDescriptor(path, O_RDONLY, caching);
    if (fd < 0) return FromErrno(errno, "cannot open", path);
    return std::unique_ptr<ReadableFile>(std::make_unique<PosixReadableFile>(fd, path));
  }
  Status Rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return FromErrno(errno, "cannot rename to", to);
    return Ok();
  }
  Status Truncate(const std::string& path, uint64_t size_bytes) override {
    if (::truncate(path.c_str(), static_cast<off_t>(size_bytes)) != 0) {
      return FromErrno(errno, "cannot truncate", path);
    }
    return Ok();
  }
  Status RemoveFile(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return FromErrno(errno, "cannot remove", path);
    return Ok();
  }
  Status RemoveTree(const std::string& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) return FromErrno(error.value(), "cannot remove", path);
    return Ok();
  }
  Status CreateFolders(const std::string& path) override {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) return FromErrno(error.value(), "cannot create folder", path);
    return Ok();
  }
  Status SyncFolder(const std::string& path) override {
    int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return FromErrno(errno, "cannot open folder", path);
    int outcome = ::fsync(fd);
    int code = errno;
    ::close(fd);
    if (outcome != 0) return FromErrno(code, "cannot sync folder", path);
    return Ok();
  }
  Result<std::vector<std::string>> ListFolder(const std::string& path) override {
    std::error_code error;
    std::filesystem::directory_iterator entries(path, error);
    if (error) return FromErrno(error.value(), "cannot list", path);
    std::vector<std::string> names;
    for (; entries != std::filesystem::directory_iterator(); entries.increment(error)) {
      names.push_back(entries->path().filename().string());
    }
    if (error) return FromErrno(error.value(), "cannot list", path);
    return names;
  }
  bool Exists(const std::string& path) override {
    std::error_code error;
    return std::filesystem::exists(path, error);
  }

 private:
  static int OpenDescriptor(const std::string& path, int flags, Caching caching) {
    if (caching == Caching::kDirect) {
      int fd = ::open(path.c_str(), flags | O_CLOEXEC | O_DIRECT, 0600);
      if (fd >= 0 || errno != EINVAL) return fd;
    }
    return ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  }
  static Result<std::unique_ptr<WritableFile>> OpenForWriting(const std::string& path, int flag,
                                                              Caching caching) {
    int fd = OpenDescriptor(path, O_WRONLY | O_CREAT | flag, caching);
    if (fd < 0) return FromErrno(errno, "cannot create", path);
    return std::unique_ptr<WritableFile>(std::make_unique<PosixWritableFile>(fd, path));
  }
};

}  // namespace

FileSystem& PosixFileSystem() {
  static Posix files;
  return files;
}

Result<std::string> ReadFile(FileSystem& files, const std::string& path, size_t bytes_max) {
  ASSIGN_OR_RETURN(auto file, files.OpenFile(path, Caching::kCached));
  std::string content;
  char buffer[64 * 1024];
  for (;;) {
    ASSIGN_OR_RETURN(size_t count, file->ReadAt(content.size(), buffer, sizeof buffer));
    if (count == 0) return content;
    if (content.size() + count > bytes_max) {
      return Error{ErrorKind::kLimitExceeded,
                   path + " is longer than " + std::to_string(bytes_max) + " bytes"};
    }
    content.append(buffer, count);
  }
}

Status ReplaceFile(FileSystem& files, const std::string& path, std::string_view content,
                   unsigned mode) {
  std::string temporary = path + ".new-" + RandomHex(8);
  auto write = [&]() -> Status {
    ASSIGN_OR_RETURN(auto file,
                     files.CreateFile(temporary));  // 0600 from the start: may be a secret
    RETURN_IF_ERROR(file->Append(content));
    RETURN_IF_ERROR(file->Sync());
    RETURN_IF_ERROR(file->Close());
    if (mode != 0600 && ::chmod(temporary.c_str(), mode) != 0) {
      return FromErrno(errno, "cannot set the mode of", temporary);
    }
    RETURN_IF_ERROR(files.Rename(temporary, path));
    std::string folder = std::filesystem::path(path).parent_path().string();
    return files.SyncFolder(folder.empty() ? "." : folder);
  };
  Status status = write();
  if (!status && files.Exists(temporary)) {
    Status removed = files.RemoveFile(temporary);  // the first error is the one that matters
    if (!removed) return WithContext(status.error(), removed.error().message);
  }
  return status;
}

}  // namespace dray::base
