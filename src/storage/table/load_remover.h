// SPDX-License-Identifier: Apache-2.0
// Removes the folders of ended bulk loads in the background: a file system takes a good tenth of a
// second to free a gigabyte, and no job needs to wait for that.
#pragma once

#include <string>
#include <thread>
#include <vector>

#include "base/file_system.h"
#include "base/mutex.h"
#include "base/result.h"

namespace dray::table {

class LoadRemover {
 public:
  // `folder`: of all loads; it need not exist.
  LoadRemover(base::FileSystem& files, std::string folder)
      : files_(files), folder_(std::move(folder)) {}
  // Waits for the folder that is being removed; those behind it are left for the next process.
  ~LoadRemover();
  LoadRemover(const LoadRemover&) = delete;
  LoadRemover& operator=(const LoadRemover&) = delete;

  // Removes what an earlier process had left.
  base::Status Resume();
  // Once it returns the load's folder is gone by this name, also after a crash of the process; its
  // files go later. Fine when there is none. Thread-safe.
  base::Status Remove(const std::string& load_folder);

 private:
  void RemoveLater(std::string path);
  void RemoveAll();

  base::FileSystem& files_;
  const std::string folder_;
  base::Mutex mutex_;
  base::CondVar wake_;
  std::vector<std::string> paths_ GUARDED_BY(mutex_);
  std::thread thread_ GUARDED_BY(mutex_);  // started when it is first needed
  bool is_stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace dray::table
