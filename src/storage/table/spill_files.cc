// SPDX-License-Identifier: Apache-2.0
#include "storage/table/spill_files.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace dray::table {
namespace {

constexpr std::string_view kCheckpointVersion = "2";
constexpr size_t kExtentHeaderBytes = 8;  // bucket, length of the records: 4 bytes each
constexpr size_t kBufferBytes = 1 << 20;

// Extents begin at blocks.
uint64_t StoredBytes(uint32_t record_bytes) {
  const uint64_t bytes = kExtentHeaderBytes + uint64_t{record_bytes};
  return (bytes + base::kDirectBlockBytes - 1) / base::kDirectBlockBytes * base::kDirectBlockBytes;
}

base::Error Damaged(std::string message) {
  return base::Error{base::ErrorKind::kCorruption, std::move(message), {}};
}

// "2 LENGTH LENGTH LENGTH LENGTH"
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
    ASSIGN_OR_RETURN(lane.reader, files.OpenFile(lane.path, base::Caching::kDirect));
    ASSIGN_OR_RETURN(uint64_t size, lane.reader->SizeBytes());
    if (size < lengths[i]) return Damaged(lane.path + " is shorter than its checkpoint says");
    RETURN_IF_ERROR(files.Truncate(lane.path, lengths[i]));
    lane.length = lengths[i];
    RETURN_IF_ERROR(FindExtents(lane, i, extents_of_bucket));
  }
  return spill;
}

base::Status SpillFiles::FindExtents(Lane& lane, unsigned index,
                                     std::vector<std::vector<Extent>>& extents_of_bucket) {
  base::AlignedBuffer block(base::kDirectBlockBytes);
  for (uint64_t at = 0; at < lane.length;) {
    RETURN_IF_ERROR(ReadFully(*lane.reader, lane.path, at, block.data(), base::kDirectBlockBytes));
    uint32_t header[2];
    std::memcpy(header, block.data(), kExtentHeaderBytes);
    if (header[0] >= extents_of_bucket.size() || header[0] % kLanes != index ||
        StoredBytes(header[1]) > lane.length - at) {
      return Damaged(lane.path + " is damaged behind byte " + std::to_string(at));
    }
    extents_of_bucket[header[0]].push_back({at, header[1]});
    at += StoredBytes(header[1]);
  }
  return base::Ok();
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
    lane.buffer = std::make_unique<base::AlignedBuffer>(kBufferBytes);
    ASSIGN_OR_RETURN(lane.writer, files_.AppendFile(lane.path, base::Caching::kDirect));
  }
  size_t bytes = 0;
  for (std::string_view piece : pieces) bytes += piece.size();
  const Extent extent{lane.length, static_cast<uint32_t>(bytes)};
  const uint32_t header[2] = {bucket, extent.bytes};
  char* const buffer = lane.buffer->data();
  std::memcpy(buffer, header, kExtentHeaderBytes);
  size_t used = kExtentHeaderBytes;
  for (std::string_view piece : pieces) {
    while (!piece.empty()) {
      const size_t part = std::min(piece.size(), kBufferBytes - used);
      piece.copy(buffer + used, part);
      piece.remove_prefix(part);
      used += part;
      if (used < kBufferBytes) continue;
      RETURN_IF_ERROR(lane.writer->Append({buffer, kBufferBytes}));
      used = 0;
    }
  }
  const size_t padding =
      (base::kDirectBlockBytes - used % base::kDirectBlockBytes) % base::kDirectBlockBytes;
  std::memset(buffer + used, 0, padding);
  if (used > 0) RETURN_IF_ERROR(lane.writer->Append({buffer, used + padding}));
  lane.length += StoredBytes(extent.bytes);
  lane.is_broken = false;
  return extent;
}

base::Status SpillFiles::Read(uint32_t bucket, const Extent& extent, char* out) {
  Lane& lane = LaneOf(lanes_, bucket);
  base::ReadableFile* reader = nullptr;
  {
    base::MutexLock lock(lane.mutex);
    if (lane.reader == nullptr) {
      ASSIGN_OR_RETURN(lane.reader, files_.OpenFile(lane.path, base::Caching::kDirect));
    }
    reader = lane.reader.get();  // stays open as long as this object lives; ReadAt needs no lock
  }
  base::AlignedBuffer buffer(kBufferBytes);
  size_t skip = kExtentHeaderBytes, left = extent.bytes;
  for (uint64_t at = 0; at < StoredBytes(extent.bytes);) {
    const size_t part =
        static_cast<size_t>(std::min<uint64_t>(kBufferBytes, StoredBytes(extent.bytes) - at));
    RETURN_IF_ERROR(ReadFully(*reader, lane.path, extent.offset + at, buffer.data(), part));
    const size_t useful = std::min(part - skip, left);
    std::memcpy(out, buffer.data() + skip, useful);
    out += useful;
    left -= useful;
    skip = 0;
    at += part;
  }
  return base::Ok();
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
