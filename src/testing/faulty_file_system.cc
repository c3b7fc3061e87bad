// SPDX-License-Identifier: Apache-2.0
#include "testing/faulty_file_system.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

namespace dray::testing {
namespace {

using base::Error;
using base::ErrorKind;

std::string_view ParentOf(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

Error NotFound(const std::string& path) {
  return Error{ErrorKind::kNotFound, "cannot open " + path + ": no such file or folder"};
}

// What the kernel would refuse of a direct file.
base::Status CheckAligned(base::Caching caching, const char* data, uint64_t offset, size_t bytes) {
  const bool is_good = reinterpret_cast<uintptr_t>(data) % base::kDirectBlockBytes == 0 &&
                       offset % base::kDirectBlockBytes == 0 &&
                       bytes % base::kDirectBlockBytes == 0;
  if (caching == base::Caching::kCached || is_good) return base::Ok();
  return Error{ErrorKind::kInternal, "a direct file was given bytes that are not aligned"};
}

}  // namespace

struct FaultyFileSystem::Node {
  std::string bytes;
  std::string synced_bytes;
};

class FaultyFileSystem::Writer final : public base::WritableFile {
 public:
  Writer(FaultyFileSystem& owner, std::shared_ptr<Node> node, std::string path,
         base::Caching caching)
      : owner_(owner), node_(std::move(node)), path_(std::move(path)), caching_(caching) {}
  base::Status Append(std::string_view bytes) override {
    base::MutexLock lock(owner_.mutex_);
    RETURN_IF_ERROR(CheckAligned(caching_, bytes.data(), node_->bytes.size(), bytes.size()));
    RETURN_IF_ERROR(owner_.CountCall("write " + path_));
    if (owner_.space_bytes_ && owner_.UsedBytes() + bytes.size() > *owner_.space_bytes_) {
      // As a real disk does: a part of the bytes arrives.
      uint64_t used = std::min(owner_.UsedBytes(), *owner_.space_bytes_);
      node_->bytes.append(bytes.substr(0, *owner_.space_bytes_ - used));
      return Error{ErrorKind::kIo, "cannot write " + path_ + ": no space left on device",
                   base::kNoSpace};
    }
    node_->bytes.append(bytes);
    return base::Ok();
  }
  base::Status Sync() override {
    base::MutexLock lock(owner_.mutex_);
    RETURN_IF_ERROR(owner_.CountCall("sync " + path_));
    node_->synced_bytes = node_->bytes;
    return base::Ok();
  }
  base::Status Close() override {
    base::MutexLock lock(owner_.mutex_);
    return owner_.CountCall("close " + path_);
  }

 private:
  FaultyFileSystem& owner_;
  std::shared_ptr<Node> node_;  // shared with the names, as an inode is
  std::string path_;
  const base::Caching caching_;
};

class FaultyFileSystem::Reader final : public base::ReadableFile {
 public:
  Reader(FaultyFileSystem& owner, std::shared_ptr<Node> node, base::Caching caching)
      : owner_(owner), node_(std::move(node)), caching_(caching) {}
  base::Result<size_t> ReadAt(uint64_t offset, char* out, size_t capacity) override {
    base::MutexLock lock(owner_.mutex_);
    RETURN_IF_ERROR(CheckAligned(caching_, out, offset, capacity));
    if (offset >= node_->bytes.size()) return size_t{0};
    size_t count = std::min<size_t>(capacity, node_->bytes.size() - offset);
    std::memcpy(out, node_->bytes.data() + offset, count);
    return count;
  }
  base::Result<uint64_t> SizeBytes() const override {
    base::MutexLock lock(owner_.mutex_);
    return uint64_t{node_->bytes.size()};
  }

 private:
  FaultyFileSystem& owner_;
  std::shared_ptr<Node> node_;
  const base::Caching caching_;
};

FaultyFileSystem::FaultyFileSystem() = default;
FaultyFileSystem::~FaultyFileSystem() = default;

void FaultyFileSystem::FailCall(uint64_t n, bool and_all_after) {
  base::MutexLock lock(mutex_);
  failing_call_ = n == 0 ? 0 : calls_ + n;
  fails_all_after_ = and_all_after;
}

void FaultyFileSystem::SetSpace(std::optional<uint64_t> bytes) {
  base::MutexLock lock(mutex_);
  space_bytes_ = bytes;
}

void FaultyFileSystem::Crash() {
  base::MutexLock lock(mutex_);
  names_ = durable_names_;
  for (auto& [path, node] : names_) {
    if (node) node->bytes = node->synced_bytes;
  }
}

uint64_t FaultyFileSystem::calls() const {
  base::MutexLock lock(mutex_);
  return calls_;
}

std::vector<std::string> FaultyFileSystem::Files() {
  base::MutexLock lock(mutex_);
  std::vector<std::string> paths;
  for (const auto& [path, node] : names_) {
    if (node) paths.push_back(path);
  }
  return paths;
}

base::Status FaultyFileSystem::CountCall(const std::string& what) {
  ++calls_;
  bool fails = failing_call_ != 0 &&
               (calls_ == failing_call_ || (fails_all_after_ && calls_ > failing_call_));
  if (!fails) return base::Ok();
  return Error{ErrorKind::kIo, "cannot " + what + ": input/output error (injected)"};
}

uint64_t FaultyFileSystem::UsedBytes() const {
  uint64_t bytes = 0;
  for (const auto& [path, node] : names_) {
    if (node) bytes += node->bytes.size();
  }
  return bytes;
}

base::Result<std::shared_ptr<FaultyFileSystem::Node>> FaultyFileSystem::FindFile(
    const std::string& path) {
  auto found = names_.find(path);
  if (found == names_.end() || !found->second) return NotFound(path);
  return found->second;
}

base::Result<std::unique_ptr<base::WritableFile>> FaultyFileSystem::CreateFile(
    const std::string& path) {
  base::MutexLock lock(mutex_);
  RETURN_IF_ERROR(CountCall("create " + path));
  if (!names_.contains(std::string(ParentOf(path)))) return NotFound(path);
  auto& node = names_[path];
  if (!node) node = std::make_shared<Node>();
  node->bytes.clear();
  return std::unique_ptr<base::WritableFile>(
      std::make_unique<Writer>(*this, node, path, base::Caching::kCached));
}

base::Result<std::unique_ptr<base::WritableFile>> FaultyFileSystem::AppendFile(
    const std::string& path, base::Caching caching) {
  base::MutexLock lock(mutex_);
  RETURN_IF_ERROR(CountCall("open " + path));
  if (!names_.contains(std::string(ParentOf(path)))) return NotFound(path);
  auto& node = names_[path];
  if (!node) node = std::make_shared<Node>();
  return std::unique_ptr<base::WritableFile>(std::make_unique<Writer>(*this, node, path, caching));
}

base::Result<std::unique_ptr<base::ReadableFile>> FaultyFileSystem::OpenFile(
    const std::string& path, base::Caching caching) {
  base::MutexLock lock(mutex_);
  ASSIGN_OR_RETURN(auto node, FindFile(path));
  return std::unique_ptr<base::ReadableFile>(
      std::make_unique<Reader>(*this, std::move(node), caching));
}

base::Status FaultyFileSystem::Rename(const std::string& from, const std::string& to) {
  base::MutexLock lock(mutex_);
  RETURN_IF_ERROR(CountCall("rename " + from));
  ASSIGN_OR_RETURN(auto node, FindFile(from));
  names_[to] = std::move(node);
  names_.erase(from);
  return base::Ok();
}

base::Status FaultyFileSystem::Truncate(const std::string& path, uint64_t size_bytes) {
  base::MutexLock lock(mutex_);
  RETURN_IF_ERROR(CountCall("truncate " + path));
  ASSIGN_OR_RETURN(auto node, FindFile(path));
  node->bytes.resize(size_bytes);
  return base::Ok();
}

base::Status FaultyFileSystem::RemoveFile(const std::string& path) {
  base::MutexLock lock(mutex_);
  RETURN_IF_ERROR(CountCall("remove " + path));
  RETURN_IF_ERROR(FindFile(path));
  names_.erase(path);
  return base::Ok();
}

base::Status FaultyFileSystem::RemoveTree(const std::string& path) {
  base::MutexLock lock(mutex_);
  RETURN_IF_ERROR(CountCall("remove " + path));
  std::erase_if(names_, [&](const auto& entry) {
    return entry.first == path || entry.first.starts_with(path + "/");
  });
  return base::Ok();
}

base::Status FaultyFileSystem::CreateFolders(const std::string& path) {
  base::MutexLock lock(mutex_);
  RETURN_IF_ERROR(CountCall("create " + path));
  for (size_t at = 0; at != std::string::npos;) {
    at = path.find('/', at + 1);
    auto [entry, is_new] = names_.try_emplace(path.substr(0, at));
    if (!is_new && entry->second) {
      return Error{ErrorKind::kAlreadyExists, "cannot create " + path + ": a file is in the way"};
    }
  }
  names_.try_emplace("");  // the root
  return base::Ok();
}

base::Status FaultyFileSystem::SyncFolder(const std::string& path) {
  base::MutexLock lock(mutex_);
  RETURN_IF_ERROR(CountCall("sync " + path));
  // Exactly the names of this folder become what they are now; the folder itself must have a name.
  std::erase_if(durable_names_, [&](const auto& entry) REQUIRES(mutex_) {
    return ParentOf(entry.first) == path && !names_.contains(entry.first);
  });
  durable_names_.try_emplace(path);
  for (const auto& [name, node] : names_) {
    if (name != path && ParentOf(name) == path) durable_names_[name] = node;
  }
  return base::Ok();
}

base::Result<std::vector<std::string>> FaultyFileSystem::ListFolder(const std::string& path) {
  base::MutexLock lock(mutex_);
  if (!names_.contains(path)) return NotFound(path);
  std::vector<std::string> found;
  for (const auto& [name, node] : names_) {
    if (name != path && ParentOf(name) == path) found.push_back(name.substr(path.size() + 1));
  }
  return found;
}

bool FaultyFileSystem::Exists(const std::string& path) {
  base::MutexLock lock(mutex_);
  return names_.contains(path);
}

}  // namespace dray::testing
