// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "base/file_system.h"
#include "client/remote_import/place.h"

namespace dray::remote_import {

namespace {

namespace fs = std::filesystem;

base::Error ErrorOf(const std::string& path, const std::error_code& error) {
  return {base::ErrorKind::kIo, "cannot read " + path + ": " + error.message(), {}};
}

class FileSource final : public base::ByteSource {
 public:
  explicit FileSource(std::unique_ptr<base::ReadableFile> file) : file_(std::move(file)) {}
  base::Result<size_t> Read(char* out, size_t capacity) override {
    ASSIGN_OR_RETURN(size_t count, file_->ReadAt(offset_, out, capacity));
    offset_ += count;
    return count;
  }

 private:
  const std::unique_ptr<base::ReadableFile> file_;
  uint64_t offset_ = 0;
};

class FolderPlace final : public Place {
 public:
  base::Result<std::vector<Entry>> List(const std::string& prefix) override {
    const std::string path = Name(prefix);
    std::error_code error;
    std::vector<Entry> entries;
    if (fs::is_regular_file(path, error)) {
      const uint64_t size_bytes = fs::file_size(path, error);
      if (error) return ErrorOf(path, error);
      entries.push_back({prefix, size_bytes});
      return entries;
    }
    if (!fs::exists(path, error) && !error) return entries;
    fs::recursive_directory_iterator at(path, error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
      const bool is_file = at->is_regular_file(error);
      if (error) return ErrorOf(at->path().string(), error);
      if (!is_file) continue;
      const uint64_t size_bytes = at->file_size(error);
      if (error) return ErrorOf(at->path().string(), error);
      entries.push_back({at->path().string().substr(1), size_bytes});
    }
    if (error) return ErrorOf(path, error);
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.key < b.key; });
    return entries;
  }

  base::Result<Opened> Open(const std::string& key) override {
    ASSIGN_OR_RETURN(auto file,
                     base::PosixFileSystem().OpenFile(Name(key), base::Caching::kCached));
    Opened opened;
    opened.body = std::make_unique<FileSource>(std::move(file));
    return opened;
  }
  std::string Name(const std::string& key) const override { return "/" + key; }
};

}  // namespace

std::unique_ptr<Place> OpenFolders() { return std::make_unique<FolderPlace>(); }

base::Result<std::string> KeyOfPath(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error) {
    return base::Error{base::ErrorKind::kNotFound,
                       path + ": " + error.message() +
                           "; a place is s3://BUCKET/PREFIX, or a folder or file of this machine",
                       {}};
  }
  std::string key = real.string().substr(1);
  if (fs::is_directory(real, error) && !key.empty()) key += '/';
  return key;
}

}  // namespace dray::remote_import
