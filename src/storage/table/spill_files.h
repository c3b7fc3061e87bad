// SPDX-License-Identifier: Apache-2.0
// Where a bulk load puts what does not fit into memory: a few append-only files of extents, each of
// the records of one bucket; docs/formats/bulk-load.md. Few files, because a checkpoint syncs each
// of them, and a sync costs the same for one byte as for many. They bypass the page cache
// (base::Caching::kDirect): each byte is written once and read once. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/mutex.h"
#include "base/result.h"

namespace dray::table {

class SpillFiles {
 public:
  static constexpr unsigned kLanes = 4;
  struct Extent {
    uint64_t offset = 0;  // of the header; a multiple of base::kDirectBlockBytes
    uint32_t bytes = 0;   // of the records
  };

  // Makes the folder, which is empty or absent.
  static base::Result<std::unique_ptr<SpillFiles>> Create(base::FileSystem& files,
                                                          std::string folder);
  // Cuts the files back to a checkpoint and finds their extents again: one list a bucket.
  static base::Result<std::unique_ptr<SpillFiles>> Resume(
      base::FileSystem& files, std::string folder, std::string_view checkpoint,
      std::vector<std::vector<Extent>>& extents_of_bucket);

  // Appends one extent made of `pieces`, which together are shorter than 2^32 bytes. After an error
  // nothing more can be appended.
  base::Result<Extent> Append(uint32_t bucket, const std::vector<std::string_view>& pieces);
  // Reads the extent's records to `out`.
  base::Status Read(uint32_t bucket, const Extent& extent, char* out);
  // Makes everything appended so far durable; ASCII, for Resume.
  base::Result<std::string> Checkpoint();

  const std::string& folder() const { return folder_; }
  base::FileSystem& files() { return files_; }

 private:
  struct Lane {
    std::string path;
    base::Mutex mutex;
    std::unique_ptr<base::AlignedBuffer> buffer GUARDED_BY(mutex);
    std::unique_ptr<base::WritableFile> writer GUARDED_BY(mutex);
    std::unique_ptr<base::ReadableFile> reader GUARDED_BY(mutex);
    uint64_t length GUARDED_BY(mutex) = 0;
    bool is_broken GUARDED_BY(mutex) = false;
  };

  SpillFiles(base::FileSystem& files, std::string folder);
  static base::Status FindExtents(Lane& lane, unsigned index,
                                  std::vector<std::vector<Extent>>& extents_of_bucket)
      REQUIRES(lane.mutex);
  static Lane& LaneOf(std::array<Lane, kLanes>& lanes, uint32_t bucket) {
    return lanes[bucket % kLanes];
  }

  base::FileSystem& files_;
  const std::string folder_;
  std::array<Lane, kLanes> lanes_;
};

}  // namespace dray::table
