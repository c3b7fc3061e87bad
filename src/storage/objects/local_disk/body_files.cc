// SPDX-License-Identifier: Apache-2.0
#include "storage/objects/local_disk/body_files.h"

#include <algorithm>
#include <optional>

#include "base/log.h"
#include "base/random.h"
#include "base/text_encoding.h"

namespace dray::objects {
namespace {

constexpr unsigned kFolders = 256;

std::string FolderName(unsigned first_byte) {
  return base::HexEncode(std::string(1, static_cast<char>(first_byte)));
}

}  // namespace

base::Result<std::unique_ptr<BodyFiles>> BodyFiles::Open(base::FileSystem& files,
                                                         std::string folder, bool sync) {
  bool is_new = false;
  for (unsigned byte = 0; byte < kFolders; ++byte) {
    std::string path = folder + "/" + FolderName(byte);
    if (files.Exists(path)) continue;
    RETURN_IF_ERROR(files.CreateFolders(path));
    is_new = true;
  }
  if (is_new) {
    RETURN_IF_ERROR(files.SyncFolder(folder));
    size_t slash = folder.rfind('/');
    if (slash != std::string::npos && slash > 0) {
      RETURN_IF_ERROR(files.SyncFolder(folder.substr(0, slash)));
    }
  }
  return std::unique_ptr<BodyFiles>(new BodyFiles(files, std::move(folder), sync));
}

std::string BodyFiles::FolderOf(const FileId& id) const {
  return folder_ + "/" + base::HexEncode(std::string_view(id).substr(0, 1));
}

std::string BodyFiles::PathOf(const FileId& id) const {
  return FolderOf(id) + "/" + base::HexEncode(std::string_view(id).substr(1));
}

base::Result<std::unique_ptr<BodyFiles::NewFile>> BodyFiles::Create() {
  FileId id = base::RandomBytes(kFileIdBytes);
  {
    base::MutexLock lock(mutex_);
    in_flight_.insert(id);
  }
  auto file = files_.CreateFile(PathOf(id));
  if (!file) {
    base::MutexLock lock(mutex_);
    in_flight_.erase(id);
    return std::move(file).error();
  }
  return std::make_unique<NewFile>(*this, std::move(id), *std::move(file));
}

BodyFiles::NewFile::NewFile(BodyFiles& owner, FileId id, std::unique_ptr<base::WritableFile> file)
    : owner_(owner), id_(std::move(id)), file_(std::move(file)) {}

BodyFiles::NewFile::~NewFile() {
  if (is_settled_) return;
  file_.reset();
  owner_.Unlink(id_);
  base::MutexLock lock(owner_.mutex_);
  owner_.in_flight_.erase(id_);
}

base::Status BodyFiles::NewFile::Finish() {
  if (owner_.sync_) RETURN_IF_ERROR(file_->Sync());
  RETURN_IF_ERROR(file_->Close());
  if (owner_.sync_) RETURN_IF_ERROR(owner_.files_.SyncFolder(owner_.FolderOf(id_)));
  return base::Ok();
}

void BodyFiles::NewFile::Keep() {
  is_settled_ = true;
  base::MutexLock lock(owner_.mutex_);
  owner_.in_flight_.erase(id_);
}

BodyFiles::Pin::Pin(BodyFiles& owner, std::vector<FileId> ids)
    : owner_(owner), ids_(std::move(ids)) {
  base::MutexLock lock(owner_.mutex_);
  for (const FileId& id : ids_) ++owner_.pins_[id];
}

BodyFiles::Pin::~Pin() { owner_.Unpin(ids_); }

void BodyFiles::Unpin(const std::vector<FileId>& ids) {
  std::vector<FileId> free;
  {
    base::MutexLock lock(mutex_);
    for (const FileId& id : ids) {
      auto pin = pins_.find(id);
      if (--pin->second > 0) continue;
      pins_.erase(pin);
      if (doomed_.erase(id) > 0) free.push_back(id);
    }
  }
  for (const FileId& id : free) Unlink(id);
}

base::Result<std::unique_ptr<base::ReadableFile>> BodyFiles::OpenForRead(const FileId& id) {
  return files_.OpenFile(PathOf(id), base::Caching::kCached);
}

void BodyFiles::Unlink(const FileId& id) {
  auto status = files_.RemoveFile(PathOf(id));
  if (status || status.error().kind == base::ErrorKind::kNotFound) return;
  base::log::Warning("an object's body file could not be removed; the next start tries again",
                     {{"error", status.error().message}});
}

void BodyFiles::Remove(const std::vector<FileId>& ids) {
  std::vector<FileId> free;
  {
    base::MutexLock lock(mutex_);
    for (const FileId& id : ids) {
      if (pins_.contains(id)) {
        doomed_.insert(id);
      } else {
        free.push_back(id);
      }
    }
  }
  for (const FileId& id : free) Unlink(id);
}

// The files of one folder that were not in flight after they were listed, sorted.
base::Result<std::vector<FileId>> BodyFiles::SettledFiles(unsigned first_byte) {
  std::string folder = folder_ + "/" + FolderName(first_byte);
  ASSIGN_OR_RETURN(std::vector<std::string> names, files_.ListFolder(folder));
  std::vector<FileId> ids;
  for (const std::string& name : names) {
    std::optional<std::string> rest = base::HexDecode(name);
    if (!rest || rest->size() != kFileIdBytes - 1) {
      base::log::Warning("a file that is no object body lies among them",
                         {{"path", folder + "/" + name}});
      continue;
    }
    ids.push_back(static_cast<char>(first_byte) + *rest);
  }
  std::sort(ids.begin(), ids.end());
  base::MutexLock lock(mutex_);
  std::erase_if(ids, [this](const FileId& id) REQUIRES(mutex_) { return in_flight_.contains(id); });
  return ids;
}

// Safe against writes that go on: a file is looked up in the index after it was seen on disk and
// after it was seen not to be in flight, so its commit, if there is one, lies behind.
base::Result<size_t> BodyFiles::Sweep(kv::Engine& engine, const std::atomic<bool>& stop) {
  size_t removed = 0;
  for (unsigned byte = 0; byte < kFolders && !stop; ++byte) {
    ASSIGN_OR_RETURN(std::vector<FileId> files, SettledFiles(byte));
    if (files.empty()) continue;
    std::string from = FilePrefix(std::string(1, static_cast<char>(byte)));
    std::string to = kv::PrefixEnd(from);
    std::vector<FileId> orphans;
    auto file = files.begin();
    kv::Page page;
    do {  // both sides are sorted: one merge
      RETURN_IF_ERROR(engine.ReadRange(kv::kSystemPartition, from, to, kv::Direction::kForward,
                                       kv::ReadLimits{}, page));
      for (size_t i = 0; i < page.size(); ++i) {
        FileId known = FileOfKey(page.key(i));
        for (; file != files.end() && *file < known; ++file) orphans.push_back(*file);
        if (file != files.end() && *file == known) ++file;
      }
      if (page.size() > 0) from = std::string(page.key(page.size() - 1)) + '\0';
    } while (!page.is_last() && !stop);
    if (stop) break;
    orphans.insert(orphans.end(), file, files.end());
    Remove(orphans);
    removed += orphans.size();
  }
  return removed;
}

}  // namespace dray::objects
