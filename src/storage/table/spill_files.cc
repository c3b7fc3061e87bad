// SPDX-License-Identifier: Apache-2.0
#include "storage/table/spill_files.h"

#include <charconv>
#include <cstring>

namespace dray::table {
namespace {

constexpr std::string_view kCheckpointVersion = "1";
constexpr size_t kExtentHeaderBytes = 8;  // bucket, length of the records: 4 bytes each

base::Error Damaged(std::string message) {
  return base::Error{base::ErrorKind::kCorruption, std::move(message), {}};
}

// "1 LENGTH LENGTH LENGTH LENGTH"
bool ParseLengths(std::string_view text, std::array<uint64_t, SpillFiles::kLanes>& lengths) {
  if (!text.starts_with(kCheckpointVersion)) return false;
  text.remove_prefix(kCheckpointVersion.size());
  for (uint64_t& length : lengths) {
    if (!text.starts_with(' ')) return false;
    text.remove_prefix(1);
    auto parsed = std::from_chars(text.data(), text.data() + text.size(), length);
    if (parsed.ec != std::errc()) return false;
    text.remove_prefix(static_cast<size_t>(parsed.ptr - text.data()));
  }
  return text.empty();
}

// Reads exactly `bytes` or fails.
base::Status ReadFully(base::ReadableFile& file, const std::string& path, uint64_t offset,
                       char* out, size_t bytes) {
  while (bytes > 0) {
    ASSIGN_OR_RETURN(size_t got, file.ReadAt(offset, out, bytes));
    if (got == 0) return Damaged(path + " is shorter than what was written to it");
    offset += got;
    out += got;
    bytes -= got;
  }
  return base::Ok();
}

}  // namespace

SpillFiles::SpillFiles(base::FileSystem& files, std::string folder)
    : files_(files), folder_(std::move(folder)) {
  for (unsigned i = 0; i < kLanes; ++i) lanes_[i].path = folder_ + "/spill" + std::to_string(i);
}

base::Result<std::unique_ptr<SpillFiles>> SpillFiles::Create(base::FileSystem& files,
                                                             std::string folder) {
  RETURN_IF_ERROR(files.CreateFolders(folder));
  return std::unique_ptr<SpillFiles>(new SpillFiles(files, std::move(folder)));
}

base::Result<std::unique_ptr<SpillFiles>> SpillFiles::Resume(
    base::FileSystem& files, std::string folder, std::string_view checkpoint,
    std::vector<std::vector<Extent>>& extents_of_bucket) {
  std::array<uint64_t, kLanes> lengths;
  if (!ParseLengths(checkpoint, lengths)) {
    return Damaged("The checkpoint of a bulk load is not one: " + std::string(checkpoint));
  }
  ASSIGN_OR_RETURN(auto spill, Create(files, std::move(folder)));
  for (unsigned i = 0; i < kLanes; ++i) {
    Lane& lane = spill->lanes_[i];
    base::MutexLock lock(lane.mutex);
    if (lengths[i] == 0) {
      if (files.Exists(lane.path)) RETURN_IF_ERROR(files.RemoveFile(lane.path));
      continue;
    }
    ASSIGN_OR_RETURN(lane.reader, files.OpenFile(lane.path));
    ASSIGN_OR_RETURN(uint64_t size, lane.reader->SizeBytes());
    if (size < lengths[i]) return Damaged(lane.path + " is shorter than its checkpoint says");
    RETURN_IF_ERROR(files.Truncate(lane.path, lengths[i]));
    lane.length = lengths[i];
    for (uint64_t at = 0; at < lane.length;) {
      uint32_t header[2];
      if (lane.length - at < kExtentHeaderBytes) return Damaged(lane.path + " is cut off");
      RETURN_IF_ERROR(ReadFully(*lane.reader, lane.path, at, reinterpret_cast<char*>(header),
                                kExtentHeaderBytes));
      at += kExtentHeaderBytes;
      if (header[0] >= extents_of_bucket.size() || header[0] % kLanes != i ||
          header[1] > lane.length - at) {
        return Damaged(lane.path + " is damaged before byte " + std::to_string(at));
      }
      extents_of_bucket[header[0]].push_back({at, header[1]});
      at += header[1];
    }
  }
  return spill;
}

base::Result<SpillFiles::Extent> SpillFiles::Append(uint32_t bucket,
                                                    const std::vector<std::string_view>& pieces) {
  Lane& lane = LaneOf(lanes_, bucket);
  base::MutexLock lock(lane.mutex);
  if (lane.is_broken) {
    return base::Error{base::ErrorKind::kIo, lane.path + " could not be written before", {}};
  }
  lane.is_broken = true;  // until all of it went well
  if (lane.writer == nullptr) {
    ASSIGN_OR_RETURN(lane.writer, files_.AppendFile(lane.path));
  }
  size_t bytes = 0;
  for (std::string_view piece : pieces) bytes += piece.size();
  Extent extent{lane.length + kExtentHeaderBytes, static_cast<uint32_t>(bytes)};
  const uint32_t header[2] = {bucket, extent.bytes};
  RETURN_IF_ERROR(lane.writer->Append({reinterpret_cast<const char*>(header), kExtentHeaderBytes}));
  for (std::string_view piece : pieces) RETURN_IF_ERROR(lane.writer->Append(piece));
  lane.length += kExtentHeaderBytes + bytes;
  lane.is_broken = false;
  return extent;
}

base::Status SpillFiles::Read(uint32_t bucket, const Extent& extent, char* out) {
  Lane& lane = LaneOf(lanes_, bucket);
  base::ReadableFile* reader = nullptr;
  {
    base::MutexLock lock(lane.mutex);
    if (lane.reader == nullptr) {
      ASSIGN_OR_RETURN(lane.reader, files_.OpenFile(lane.path));
    }
    reader = lane.reader.get();  // stays open as long as this object lives; ReadAt needs no lock
  }
  return ReadFully(*reader, lane.path, extent.offset, out, extent.bytes);
}

base::Result<std::string> SpillFiles::Checkpoint() {
  std::string checkpoint(kCheckpointVersion);
  for (Lane& lane : lanes_) {
    base::MutexLock lock(lane.mutex);
    if (lane.is_broken) {
      return base::Error{base::ErrorKind::kIo, lane.path + " could not be written before", {}};
    }
    if (lane.writer != nullptr) RETURN_IF_ERROR(lane.writer->Sync());
    checkpoint.append(1, ' ').append(std::to_string(lane.length));
  }
  RETURN_IF_ERROR(files_.SyncFolder(folder_));
  return checkpoint;
}

}  // namespace dray::table
