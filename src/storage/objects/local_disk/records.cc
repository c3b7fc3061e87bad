// SPDX-License-Identifier: Apache-2.0
#include "storage/objects/local_disk/records.h"

#include <utility>

#include "base/big_endian.h"
#include "base/varint.h"
#include "security/encryption/sealed_body.h"
#include "storage/objects/local_disk/body_keys.h"

namespace dray::objects {
namespace {

constexpr char kVersion = 1;
constexpr char kSealedVersion = 2;       // of records with bodies: segments may be sealed
constexpr char kOwnedVersion = 3;        // of objects with an owner or an ACL of their own
constexpr char kOwnedUploadVersion = 2;  // of uploads that will be such objects
constexpr char kSettingsVersion = 2;     // of buckets: more settings than the policy
constexpr char kInlineSegment = 0;
constexpr char kFileSegment = 1;
constexpr char kSealedInlineSegment = 2;
constexpr char kSealedFileSegment = 3;
constexpr uint64_t kSegmentBytesMax = 1ull << 60;
constexpr char kGranteesEnd = static_cast<char>(Grant::Grantee::kLogDelivery) + 1;
constexpr char kPermissionsEnd = static_cast<char>(Permission::kFullControl) + 1;
constexpr char kOwnershipsEnd = static_cast<char>(ObjectOwnership::kObjectWriter) + 1;
constexpr char kNoBlock = 16;  // one more than four bits can say

void AppendText(std::string_view text, std::string& out) {
  base::AppendVarint(text.size(), out);
  out.append(text);
}

void AppendHeaders(const std::map<std::string, std::string>& headers, std::string& out) {
  base::AppendVarint(headers.size(), out);
  for (const auto& [name, value] : headers) {
    AppendText(name, out);
    AppendText(value, out);
  }
}

void AppendBody(const std::vector<Segment>& body, std::string& out) {
  base::AppendVarint(body.size(), out);
  for (const Segment& segment : body) {
    const bool is_sealed = !segment.wrapped_key.empty();
    if (segment.file.empty()) {
      out.push_back(is_sealed ? kSealedInlineSegment : kInlineSegment);
      if (is_sealed) base::AppendVarint(segment.size_bytes, out);
      AppendText(segment.bytes, out);
    } else {
      out.push_back(is_sealed ? kSealedFileSegment : kFileSegment);
      out.append(segment.file);
      base::AppendVarint(segment.size_bytes, out);
    }
    out.append(segment.wrapped_key);
  }
}

// Of objects and uploads: whether they say anything about who owns them and who may reach them.
template <class Info>
bool HasAccess(const Info& info) {
  return !info.owner_account.empty() || info.acl;
}

void AppendAcl(const std::optional<Acl>& acl, std::string& out) {
  base::AppendVarint(acl ? acl->size() + 1 : 0, out);
  if (!acl) return;
  for (const Grant& grant : *acl) {
    out.push_back(static_cast<char>(grant.grantee));
    out.push_back(static_cast<char>(grant.permission));
    AppendText(grant.canonical_id, out);
  }
}

char BitsOf(const PublicAccessBlock& block) {
  return static_cast<char>((block.block_public_acls ? 1 : 0) | (block.ignore_public_acls ? 2 : 0) |
                           (block.block_public_policy ? 4 : 0) |
                           (block.restrict_public_buckets ? 8 : 0));
}

PublicAccessBlock BlockOf(char bits) {
  return {.block_public_acls = (bits & 1) != 0,
          .ignore_public_acls = (bits & 2) != 0,
          .block_public_policy = (bits & 4) != 0,
          .restrict_public_buckets = (bits & 8) != 0};
}

// Takes fields off the front; after the first that does not fit, all further ones are empty and
// `is_good` stays false.
class Reader {
 public:
  explicit Reader(std::string_view bytes, char newest = kVersion) : rest_(bytes) {
    is_good_ = !rest_.empty() && rest_.front() >= kVersion && rest_.front() <= newest;
    if (!is_good_) return;
    version_ = rest_.front();
    rest_.remove_prefix(1);
  }
  uint64_t Number() {
    uint64_t value = 0;
    if (is_good_ && !base::TakeVarint(rest_, value)) is_good_ = false;
    return is_good_ ? value : 0;
  }
  std::string_view Raw(uint64_t size) {
    if (!is_good_ || size > rest_.size()) {
      is_good_ = false;
      return {};
    }
    std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }
  std::string Text() { return std::string(Raw(Number())); }
  ChecksumAlgorithm Algorithm() {
    uint64_t value = Number();
    if (value > static_cast<uint64_t>(ChecksumAlgorithm::kSha256)) is_good_ = false;
    return is_good_ ? static_cast<ChecksumAlgorithm>(value) : ChecksumAlgorithm::kNone;
  }
  std::map<std::string, std::string> Headers() {
    std::map<std::string, std::string> headers;
    for (uint64_t count = Number(); is_good_ && count > 0; --count) {
      std::string name = Text();
      headers[std::move(name)] = Text();
    }
    return headers;
  }
  std::vector<Segment> Body() {
    std::vector<Segment> body;
    for (uint64_t count = Number(); is_good_ && count > 0; --count) {
      Segment segment;
      std::string_view kind = Raw(1);
      if (!is_good_) break;
      const bool is_sealed = kind[0] == kSealedInlineSegment || kind[0] == kSealedFileSegment;
      if (is_sealed && version_ < kSealedVersion) is_good_ = false;
      if (kind[0] == kInlineSegment) {
        segment.bytes = Text();
        segment.size_bytes = segment.bytes.size();
      } else if (kind[0] == kSealedInlineSegment) {
        segment.size_bytes = Number();
        segment.bytes = Text();
        if (segment.size_bytes > segment.bytes.size() ||
            encryption::SealedBytes(segment.size_bytes) != segment.bytes.size()) {
          is_good_ = false;
        }
      } else if (kind[0] == kFileSegment || kind[0] == kSealedFileSegment) {
        segment.file = std::string(Raw(kFileIdBytes));
        segment.size_bytes = Number();
      } else {
        is_good_ = false;
      }
      // Keeps the arithmetic of chunks within 64 bits; no body comes near it.
      if (segment.size_bytes > kSegmentBytesMax) is_good_ = false;
      if (is_sealed) segment.wrapped_key = std::string(Raw(kWrappedKeyBytes));
      body.push_back(std::move(segment));
    }
    return body;
  }
  // One byte below `end`.
  char Byte(char end) {
    std::string_view byte = Raw(1);
    if (is_good_ && (byte[0] < 0 || byte[0] >= end)) is_good_ = false;
    return is_good_ ? byte[0] : '\0';
  }
  std::optional<Acl> TakeAcl() {
    uint64_t count = Number();
    if (count == 0) return std::nullopt;
    Acl acl;
    for (--count; is_good_ && count > 0; --count) {
      Grant grant;
      grant.grantee = static_cast<Grant::Grantee>(Byte(kGranteesEnd));
      grant.permission = static_cast<Permission>(Byte(kPermissionsEnd));
      grant.canonical_id = Text();
      acl.push_back(std::move(grant));
    }
    return acl;
  }
  char version() const { return version_; }
  bool is_good() const { return is_good_; }
  bool is_at_end() const { return is_good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  char version_ = kVersion;
  bool is_good_;
};

base::Error Damaged(std::string_view what) {
  return base::Error{base::ErrorKind::kCorruption,
                     "the object index holds a damaged " + std::string(what) + " record"};
}

void AppendInfo(const ObjectInfo& info, std::string& out) {
  base::AppendVarint(info.size_bytes, out);
  AppendText(info.etag, out);
  base::AppendVarint(base::ZigZag(info.last_modified_micros), out);
  AppendText(info.content_type, out);
  AppendHeaders(info.headers, out);
  base::AppendVarint(static_cast<uint64_t>(info.checksum_algorithm), out);
  AppendText(info.checksum_base64, out);
  AppendText(info.checksum_type, out);
  AppendText(info.sse_algorithm, out);
  if (!HasAccess(info)) return;
  AppendText(info.owner_account, out);
  AppendAcl(info.acl, out);
}

ObjectInfo TakeInfo(std::string_view key, Reader& reader) {
  ObjectInfo info;
  info.key = std::string(key);
  info.size_bytes = reader.Number();
  info.etag = reader.Text();
  info.last_modified_micros = base::UnZigZag(reader.Number());
  info.content_type = reader.Text();
  info.headers = reader.Headers();
  info.checksum_algorithm = reader.Algorithm();
  info.checksum_base64 = reader.Text();
  info.checksum_type = reader.Text();
  info.sse_algorithm = reader.Text();
  if (reader.version() < kSealedVersion) info.sse_algorithm.clear();
  if (reader.version() < kOwnedVersion) return info;
  info.owner_account = reader.Text();
  info.acl = reader.TakeAcl();
  return info;
}

}  // namespace

std::string Encode(const BucketRecord& record) {
  std::string out(1, kSettingsVersion);
  base::AppendBigEndian64(record.number, out);
  AppendText(record.owner_account, out);
  AppendText(record.region, out);
  base::AppendVarint(base::ZigZag(record.created_at_micros), out);
  const BucketSettings& settings = record.settings;
  AppendText(settings.policy_json.value_or(""), out);
  out.push_back(settings.public_access_block ? BitsOf(*settings.public_access_block) : kNoBlock);
  out.push_back(settings.ownership ? static_cast<char>(*settings.ownership) : kOwnershipsEnd);
  AppendAcl(settings.acl, out);
  return out;
}

base::Result<BucketRecord> DecodeBucket(std::string_view value) {
  Reader reader(value, kSettingsVersion);
  BucketRecord record;
  std::string_view number = reader.Raw(8);
  if (!reader.is_good()) return Damaged("bucket");
  record.number = base::ReadBigEndian64(number);
  record.owner_account = reader.Text();
  record.region = reader.Text();
  record.created_at_micros = base::UnZigZag(reader.Number());
  if (std::string policy = reader.Text(); !policy.empty()) {
    record.settings.policy_json = std::move(policy);
  }
  if (reader.version() == kSettingsVersion) {
    char block = reader.Byte(kNoBlock + 1);
    if (block != kNoBlock) record.settings.public_access_block = BlockOf(block);
    char ownership = reader.Byte(kOwnershipsEnd + 1);
    record.settings.ownership.reset();
    if (ownership != kOwnershipsEnd) {
      record.settings.ownership = static_cast<ObjectOwnership>(ownership);
    }
    record.settings.acl = reader.TakeAcl();
  }
  if (!reader.is_at_end()) return Damaged("bucket");
  return record;
}

std::string Encode(const PublicAccessBlock& block) {
  return std::string(1, kVersion) + BitsOf(block);
}

base::Result<PublicAccessBlock> DecodeAccountBlock(std::string_view value) {
  Reader reader(value);
  char bits = reader.Byte(kNoBlock);
  if (!reader.is_at_end()) return Damaged("account");
  return BlockOf(bits);
}

std::string Encode(const ObjectRecord& record) {
  std::string out(1, HasAccess(record.info) ? kOwnedVersion : kSealedVersion);
  AppendInfo(record.info, out);
  AppendBody(record.body, out);
  return out;
}

base::Result<ObjectRecord> DecodeObject(std::string_view key, std::string_view value) {
  Reader reader(value, kOwnedVersion);
  ObjectRecord record;
  record.info = TakeInfo(key, reader);
  record.body = reader.Body();
  if (!reader.is_at_end()) return Damaged("object");
  return record;
}

base::Result<ObjectInfo> DecodeObjectInfo(std::string_view key, std::string_view value) {
  Reader reader(value, kOwnedVersion);
  ObjectInfo info = TakeInfo(key, reader);
  if (!reader.is_good()) return Damaged("object");
  return info;
}

std::string Encode(const UploadRecord& record) {
  const bool has_access = HasAccess(record.info);
  std::string out(1, has_access ? kOwnedUploadVersion : kVersion);
  base::AppendBigEndian64(record.bucket_number, out);
  AppendText(record.info.key, out);
  base::AppendVarint(base::ZigZag(record.info.started_at_micros), out);
  AppendText(record.info.initiator, out);
  base::AppendVarint(static_cast<uint64_t>(record.info.checksum_algorithm), out);
  AppendText(record.info.checksum_type, out);
  AppendText(record.content_type, out);
  AppendHeaders(record.headers, out);
  AppendText(record.sse_algorithm, out);
  if (!has_access) return out;
  AppendText(record.info.owner_account, out);
  AppendAcl(record.info.acl, out);
  return out;
}

base::Result<UploadRecord> DecodeUpload(std::string_view value) {
  Reader reader(value, kOwnedUploadVersion);
  UploadRecord record;
  std::string_view number = reader.Raw(8);
  if (!reader.is_good()) return Damaged("upload");
  record.bucket_number = base::ReadBigEndian64(number);
  record.info.key = reader.Text();
  record.info.started_at_micros = base::UnZigZag(reader.Number());
  record.info.initiator = reader.Text();
  record.info.checksum_algorithm = reader.Algorithm();
  record.info.checksum_type = reader.Text();
  record.content_type = reader.Text();
  record.headers = reader.Headers();
  record.sse_algorithm = reader.Text();
  if (reader.version() == kOwnedUploadVersion) {
    record.info.owner_account = reader.Text();
    record.info.acl = reader.TakeAcl();
  }
  if (!reader.is_at_end()) return Damaged("upload");
  return record;
}

std::string Encode(const PartRecord& record) {
  std::string out(1, kSealedVersion);
  base::AppendVarint(record.info.number, out);
  AppendText(record.info.etag, out);
  base::AppendVarint(record.info.size_bytes, out);
  base::AppendVarint(static_cast<uint64_t>(record.info.checksum_algorithm), out);
  AppendText(record.info.checksum_base64, out);
  base::AppendVarint(base::ZigZag(record.info.last_modified_micros), out);
  AppendBody(record.body, out);
  return out;
}

base::Result<PartRecord> DecodePart(std::string_view value) {
  Reader reader(value, kSealedVersion);
  PartRecord record;
  record.info.number = static_cast<uint32_t>(reader.Number());
  record.info.etag = reader.Text();
  record.info.size_bytes = reader.Number();
  record.info.checksum_algorithm = reader.Algorithm();
  record.info.checksum_base64 = reader.Text();
  record.info.last_modified_micros = base::UnZigZag(reader.Number());
  record.body = reader.Body();
  if (!reader.is_at_end()) return Damaged("part");
  return record;
}

std::string EncodeKeyCheck(std::string_view box) { return std::string(1, kVersion).append(box); }

base::Result<std::string> DecodeKeyCheck(std::string_view value) {
  if (value.empty() || value.front() != kVersion) return Damaged("key check");
  return std::string(value.substr(1));
}

// ---- keys ----

std::string BucketKey(std::string_view bucket) { return std::string(kBucketPrefix).append(bucket); }

std::string AccountBlockKey(std::string_view account) { return std::string("oa").append(account); }

std::string ObjectPrefix(uint64_t bucket_number) {
  std::string out = "ok";
  base::AppendBigEndian64(bucket_number, out);
  return out;
}

std::string ObjectIndexKey(uint64_t bucket_number, std::string_view key) {
  return ObjectPrefix(bucket_number).append(key);
}

std::string FilePrefix(std::string_view first_bytes) {
  return std::string("of").append(first_bytes);
}
std::string FileKey(const FileId& file) { return FilePrefix(file); }
FileId FileOfKey(std::string_view file_key) { return FileId(file_key.substr(2)); }

std::string UploadKey(std::string_view upload) { return std::string("uu").append(upload); }

std::string UploadListPrefix(uint64_t bucket_number) {
  std::string out = "ul";
  base::AppendBigEndian64(bucket_number, out);
  return out;
}

// Object keys may hold NUL bytes: 00 becomes 00 ff, and 00 01 ends the key, so that the order is
// that of the keys.
std::string UploadListKey(uint64_t bucket_number, std::string_view key, std::string_view upload) {
  std::string out = UploadListPrefix(bucket_number);
  for (char c : key) {
    out.push_back(c);
    if (c == '\0') out.push_back('\xff');
  }
  out.push_back('\0');
  out.push_back('\x01');
  out.append(upload);
  return out;
}

std::string_view UploadOfListKey(std::string_view list_key) {
  return list_key.substr(list_key.size() - kFileIdBytes);
}

std::string PartPrefix(std::string_view upload) { return std::string("up").append(upload); }

std::string PartKey(std::string_view upload, uint32_t number) {
  std::string out = PartPrefix(upload);
  base::AppendBigEndian16(static_cast<uint16_t>(number), out);
  return out;
}

}  // namespace dray::objects
