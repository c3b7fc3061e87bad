// SPDX-License-Identifier: Apache-2.0
#include "storage/table/load_remover.h"

#include "base/log.h"
#include "base/random.h"

namespace dray::table {
namespace {

constexpr std::string_view kRemoved = "removed-";

}  // namespace

LoadRemover::~LoadRemover() {
  std::thread thread;
  {
    base::MutexLock lock(mutex_);
    is_stopped_ = true;
    wake_.NotifyOne();
    thread = std::move(thread_);
  }
  if (thread.joinable()) thread.join();
}

base::Status LoadRemover::Resume() {
  if (!files_.Exists(folder_)) return base::Ok();
  ASSIGN_OR_RETURN(auto names, files_.ListFolder(folder_));
  for (const std::string& name : names) {
    if (name.starts_with(kRemoved)) RemoveLater(folder_ + "/" + name);
  }
  return base::Ok();
}

base::Status LoadRemover::Remove(const std::string& load_folder) {
  if (!files_.Exists(load_folder)) return base::Ok();
  std::string path = folder_ + "/" + std::string(kRemoved) + base::RandomUuid();
  RETURN_IF_ERROR(files_.Rename(load_folder, path));
  RemoveLater(std::move(path));
  return base::Ok();
}

void LoadRemover::RemoveLater(std::string path) {
  base::MutexLock lock(mutex_);
  paths_.push_back(std::move(path));
  if (!thread_.joinable()) {
    thread_ = std::thread([this] { RemoveAll(); });
  } else {
    wake_.NotifyOne();
  }
}

void LoadRemover::RemoveAll() {
  while (true) {
    std::string path;
    {
      base::MutexLock lock(mutex_);
      while (paths_.empty() && !is_stopped_) wake_.Wait(mutex_);
      if (is_stopped_) return;
      path = std::move(paths_.back());
      paths_.pop_back();
    }
    if (auto removed = files_.RemoveTree(path); !removed) {
      base::log::Warning("cannot remove the files of a bulk load; the next start tries again",
                         {{"path", path}, {"error", removed.error().message}});
    }
  }
}

}  // namespace dray::table
