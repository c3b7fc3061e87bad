// SPDX-License-Identifier: Apache-2.0
// The index records of the embedded object store and their keys: pure encoding
// (docs/formats/objects.md). Every value starts with a version byte; decoding what is not a known
// version or is cut off gives kCorruption.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/objects/object_store.h"

namespace dray::objects {

// 16 random bytes: the name of a body file.
using FileId = std::string;
inline constexpr size_t kFileIdBytes = 16;

// A piece of a body: the bytes themselves, or a whole file.
struct Segment {
  FileId file;        // empty: inline
  std::string bytes;  // inline only
  uint64_t size_bytes = 0;
  // Not empty: file or bytes are a sealed body (security/encryption/sealed_body.h) of `size_bytes`
  // plain ones, and this is its key, wrapped (body_keys.h).
  std::string wrapped_key = {};
};

struct BucketRecord {
  uint64_t number = 0;  // random, never reused: a bucket of the same name is another bucket
  std::string owner_account;
  std::string region;
  int64_t created_at_micros = 0;
  BucketSettings settings;
};

struct ObjectRecord {
  // The key is not part of the value. No `sse_algorithm` for bodies that are not sealed: version 1
  // stored it and sealed nothing.
  ObjectInfo info;
  std::vector<Segment> body;
};

struct UploadRecord {
  uint64_t bucket_number = 0;
  UploadInfo info;  // upload_id is not part of the value
  std::string content_type;
  std::map<std::string, std::string> headers;
  std::string sse_algorithm;
};

struct PartRecord {
  PartInfo info;
  std::vector<Segment> body;
};

std::string Encode(const BucketRecord& record);
std::string Encode(const ObjectRecord& record);
std::string Encode(const UploadRecord& record);
std::string Encode(const PartRecord& record);
base::Result<BucketRecord> DecodeBucket(std::string_view value);
std::string Encode(const PublicAccessBlock& block);  // of an account
base::Result<PublicAccessBlock> DecodeAccountBlock(std::string_view value);
base::Result<ObjectRecord> DecodeObject(std::string_view key, std::string_view value);
base::Result<ObjectInfo> DecodeObjectInfo(std::string_view key, std::string_view value);
base::Result<UploadRecord> DecodeUpload(std::string_view value);
base::Result<PartRecord> DecodePart(std::string_view value);
// What tells whether a key of the store is the right one (body_keys.h).
std::string EncodeKeyCheck(std::string_view box);
base::Result<std::string> DecodeKeyCheck(std::string_view value);

// ---- keys ----

inline constexpr std::string_view kBucketPrefix = "b";
inline constexpr std::string_view kKeyCheckKey = "oc";
std::string BucketKey(std::string_view bucket);
std::string AccountBlockKey(std::string_view account);
std::string ObjectPrefix(uint64_t bucket_number);  // of all objects of a bucket
std::string ObjectIndexKey(uint64_t bucket_number, std::string_view key);
// Present as long as an object or a part refers to the file.
std::string FilePrefix(std::string_view first_bytes);
std::string FileKey(const FileId& file);
FileId FileOfKey(std::string_view file_key);
// `upload` is the raw id, 16 bytes.
std::string UploadKey(std::string_view upload);
std::string UploadListPrefix(uint64_t bucket_number);
std::string UploadListKey(uint64_t bucket_number, std::string_view key, std::string_view upload);
std::string_view UploadOfListKey(std::string_view list_key);
std::string PartPrefix(std::string_view upload);
std::string PartKey(std::string_view upload, uint32_t number);

// What a record says of a presence-only key; engines refuse empty values.
inline constexpr std::string_view kPresent = "\x01";

}  // namespace dray::objects
