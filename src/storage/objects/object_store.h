// SPDX-License-Identifier: Apache-2.0
// Buckets and objects, without any notion of who asks: storage/buckets authorises and then calls
// this. Implementations: objects/local_disk (index in kv, bodies in files); later remote endpoints.
// Thread-safe. Object keys are any 1 to 1024 bytes of valid UTF-8.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "storage/objects/access_settings.h"

namespace dray::objects {

namespace reason {
inline constexpr std::string_view kNoSuchBucket = "no_such_bucket";
inline constexpr std::string_view kNoSuchKey = "no_such_key";
inline constexpr std::string_view kNoSuchUpload = "no_such_upload";
inline constexpr std::string_view kNoSuchBucketPolicy = "no_such_bucket_policy";
inline constexpr std::string_view kBucketExists = "bucket_exists";  // another account's
inline constexpr std::string_view kBucketOwnedByYou = "bucket_owned_by_you";
inline constexpr std::string_view kBucketNotEmpty = "bucket_not_empty";
inline constexpr std::string_view kInvalidBucketName = "invalid_bucket_name";
inline constexpr std::string_view kKeyTooLong = "key_too_long";
inline constexpr std::string_view kInvalidKey = "invalid_key";  // empty, or not UTF-8
inline constexpr std::string_view kBadDigest = "bad_digest";    // Content-MD5 or checksum differs
inline constexpr std::string_view kInvalidDigest = "invalid_digest";
inline constexpr std::string_view kIncompleteBody = "incomplete_body";
inline constexpr std::string_view kInvalidPart = "invalid_part";
inline constexpr std::string_view kInvalidPartOrder = "invalid_part_order";
inline constexpr std::string_view kEntityTooSmall = "entity_too_small";
inline constexpr std::string_view kEntityTooLarge = "entity_too_large";
inline constexpr std::string_view kInvalidRange = "invalid_range";
inline constexpr std::string_view kPreconditionFailed = "precondition_failed";
}  // namespace reason

struct BucketInfo {
  std::string name;
  std::string owner_account;
  std::string region;
  int64_t created_at_micros = 0;
  BucketSettings settings;
};

enum class ChecksumAlgorithm { kNone, kCrc32, kCrc32c, kCrc64Nvme, kSha1, kSha256 };

struct ObjectInfo {
  std::string key;
  uint64_t size_bytes = 0;
  std::string etag;  // without quotes; multipart: hex of md5-of-md5s + "-" + parts
  int64_t last_modified_micros = 0;
  std::string content_type;
  // Content-Encoding, Cache-Control, Content-Disposition, Content-Language, Expires and
  // x-amz-meta-*, names in lower case.
  std::map<std::string, std::string> headers;
  ChecksumAlgorithm checksum_algorithm = ChecksumAlgorithm::kNone;
  std::string checksum_base64;  // "...-N" for composite checksums of multipart uploads
  std::string checksum_type;    // "FULL_OBJECT" or "COMPOSITE"
  std::string sse_algorithm;    // "AES256"; empty: the body is stored as it is
  // The account that owns it (or "anonymous"), as long as the bucket's ownership setting lets
  // others own objects; empty: the bucket's.
  std::string owner_account = {};
  std::optional<Acl> acl = {};  // absent: FULL_CONTROL for the owner and nothing else
};

struct PutOptions {
  std::string content_type = {};
  std::map<std::string, std::string> headers = {};
  std::optional<std::string> content_md5 = {};                      // 16 raw bytes that must match
  ChecksumAlgorithm checksum_algorithm = ChecksumAlgorithm::kNone;  // computed and stored
  // Must match. One that is known only at the end (a trailer) is asked for after the last byte.
  std::optional<std::string> expected_checksum_base64 = {};
  std::function<std::optional<std::string>()> expected_checksum_at_end = {};
  std::optional<uint64_t> size_bytes = {};       // fewer bytes are kIncompleteBody
  bool only_if_absent = false;                   // If-None-Match: *
  std::optional<std::string> only_if_etag = {};  // If-Match, without quotes
  std::string sse_algorithm = "AES256";          // or empty: no encryption at rest
  std::string owner_account = {};                // see ObjectInfo
  std::optional<Acl> acl = {};
  // CreateUpload only: how the checksum of the whole is made ("FULL_OBJECT", "COMPOSITE"; empty =
  // the algorithm's default), and who started the upload (principal ARN).
  std::string checksum_type = {};
  std::string initiator = {};
};

struct ByteRange {
  uint64_t first = 0;
  uint64_t last = UINT64_MAX;                 // inclusive
  std::optional<uint64_t> suffix_bytes = {};  // the last so many bytes, in place of the two above
};

// The bytes that a range means in an object of that size; kInvalidRange when there are none.
struct Extent {
  uint64_t first_byte = 0, length = 0;
};
base::Result<Extent> ResolveRange(const ByteRange& range, uint64_t size_bytes);

struct OpenedObject {
  ObjectInfo info;
  uint64_t first_byte = 0, length = 0;     // what `body` gives
  std::unique_ptr<base::ByteSource> body;  // stays readable when the object is replaced or deleted
};

struct ListRequest {
  std::string prefix = {};
  std::string delimiter = {};
  std::string start_after = {};  // exclusive, also for common prefixes
  size_t count_max = 1000;
};
struct ListResult {
  std::vector<ObjectInfo> objects;
  std::vector<std::string> common_prefixes;
  bool is_truncated = false;
  std::string next_start_after;
  std::string owner_account;  // of the bucket
};

struct PartInfo {
  uint32_t number = 0;
  std::string etag;
  uint64_t size_bytes = 0;
  ChecksumAlgorithm checksum_algorithm = ChecksumAlgorithm::kNone;
  std::string checksum_base64;
  int64_t last_modified_micros = 0;
};
struct CompletePart {
  uint32_t number = 0;
  std::string etag = {};
  std::string checksum_base64 = {};  // or empty
};
struct UploadInfo {
  std::string key;
  std::string upload_id;
  int64_t started_at_micros = 0;
  std::string initiator;  // principal ARN
  ChecksumAlgorithm checksum_algorithm = ChecksumAlgorithm::kNone;
  std::string checksum_type;
  std::string owner_account = {};  // of the object to be; see ObjectInfo
  std::optional<Acl> acl = {};
};
struct CompleteOptions {
  bool only_if_absent = false;
  std::optional<std::string> only_if_etag = {};
  std::optional<std::string> expected_checksum_base64 = {};  // of the whole object
  std::optional<std::string> expected_checksum_type = {};
  std::optional<uint64_t> expected_size_bytes = {};
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  virtual base::Status CreateBucket(std::string_view bucket, std::string_view owner_account,
                                    const BucketSettings& settings = {}) = 0;
  virtual base::Status DeleteBucket(std::string_view bucket) = 0;
  virtual base::Result<BucketInfo> GetBucket(std::string_view bucket) = 0;
  virtual base::Result<std::vector<BucketInfo>> ListBuckets(std::string_view owner_account) = 0;
  // Reads the settings, lets `change` change them and stores them, while no other change of a
  // bucket and no write to one can take place. An error of `change` changes nothing and is the
  // result.
  virtual base::Status ChangeBucket(std::string_view bucket,
                                    const std::function<base::Status(BucketSettings&)>& change) = 0;
  // The settings of an account, for all of its buckets; nullopt: none.
  virtual base::Result<std::optional<PublicAccessBlock>> GetAccountBlock(
      std::string_view account) = 0;
  virtual base::Status SetAccountBlock(std::string_view account,
                                       std::optional<PublicAccessBlock> block) = 0;

  virtual base::Result<ObjectInfo> Put(std::string_view bucket, std::string_view key,
                                       base::ByteSource& body, const PutOptions& options) = 0;
  virtual base::Result<OpenedObject> Open(std::string_view bucket, std::string_view key,
                                          std::optional<ByteRange> range) = 0;
  virtual base::Result<ObjectInfo> Head(std::string_view bucket, std::string_view key) = 0;
  virtual base::Status Delete(std::string_view bucket, std::string_view key) = 0;  // absent is fine
  // Nothing else of the object changes, its time neither. kInUse when owner or ACL are no longer
  // those of `seen`, which the caller was allowed to change.
  virtual base::Status SetAcl(std::string_view bucket, const ObjectInfo& seen,
                              std::optional<Acl> acl) = 0;
  virtual base::Result<ListResult> List(std::string_view bucket, const ListRequest& request) = 0;

  virtual base::Result<std::string> CreateUpload(std::string_view bucket, std::string_view key,
                                                 const PutOptions& options) = 0;
  virtual base::Result<PartInfo> PutPart(std::string_view bucket, std::string_view key,
                                         std::string_view upload_id, uint32_t number,
                                         base::ByteSource& body, const PutOptions& options) = 0;
  virtual base::Result<ObjectInfo> CompleteUpload(std::string_view bucket, std::string_view key,
                                                  std::string_view upload_id,
                                                  const std::vector<CompletePart>& parts,
                                                  const CompleteOptions& options = {}) = 0;
  virtual base::Status AbortUpload(std::string_view bucket, std::string_view key,
                                   std::string_view upload_id) = 0;
  virtual base::Result<UploadInfo> GetUpload(std::string_view bucket, std::string_view key,
                                             std::string_view upload_id) = 0;
  virtual base::Result<std::vector<PartInfo>> ListParts(std::string_view bucket,
                                                        std::string_view key,
                                                        std::string_view upload_id) = 0;
  virtual base::Result<std::vector<UploadInfo>> ListUploads(std::string_view bucket,
                                                            std::string_view prefix) = 0;
};

// S3's rules for names of general-purpose buckets. kInvalidArgument, reason kInvalidBucketName.
base::Status CheckBucketName(std::string_view name);
// 1 to 1024 bytes of valid UTF-8. kInvalidArgument, reason kInvalidKey or kKeyTooLong.
base::Status CheckKey(std::string_view key);

}  // namespace dray::objects
