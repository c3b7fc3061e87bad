// SPDX-License-Identifier: Apache-2.0
// Buckets of the embedded object store, with their settings, and the settings of accounts.
#include <utility>

#include "base/random.h"
#include "storage/objects/local_disk/store.h"

namespace dray::objects {
namespace {

BucketInfo InfoOf(std::string_view name, BucketRecord record) {
  BucketInfo info;
  info.name = std::string(name);
  info.owner_account = std::move(record.owner_account);
  info.region = std::move(record.region);
  info.created_at_micros = record.created_at_micros;
  info.settings = std::move(record.settings);
  return info;
}

}  // namespace

base::Result<BucketRecord> LocalDiskStore::FindBucket(std::string_view bucket) {
  RETURN_IF_ERROR(CheckBucketName(bucket));
  ASSIGN_OR_RETURN(auto value, engine_.Get(kv::kSystemPartition, BucketKey(bucket)));
  if (!value) return NoSuchBucket();
  return DecodeBucket(*value);
}

base::Status LocalDiskStore::RequireSameBucket(std::string_view bucket, uint64_t number) {
  ASSIGN_OR_RETURN(BucketRecord record, FindBucket(bucket));
  if (record.number != number) return NoSuchBucket();
  return base::Ok();
}

base::Status LocalDiskStore::CreateBucket(std::string_view bucket, std::string_view owner_account,
                                          const BucketSettings& settings) {
  RETURN_IF_ERROR(CheckBucketName(bucket));
  std::unique_lock lock(buckets_mutex_);
  auto existing = FindBucket(bucket);
  if (existing && existing->owner_account == owner_account) {
    return base::Error{base::ErrorKind::kAlreadyExists,
                       "Your previous request to create the named bucket succeeded and you already "
                       "own it.",
                       reason::kBucketOwnedByYou};
  }
  if (existing) {
    return base::Error{base::ErrorKind::kAlreadyExists,
                       "The requested bucket name is not available. The bucket namespace is shared "
                       "by all users of the system. Please select a different name and try again.",
                       reason::kBucketExists};
  }
  if (existing.error().reason != reason::kNoSuchBucket) return std::move(existing).error();
  BucketRecord record;
  record.number = base::RandomUint64();
  record.owner_account = std::string(owner_account);
  record.region = options_.region;
  record.created_at_micros = clock_.NowMicros();
  record.settings = settings;
  kv::Batch batch;
  batch.puts.emplace_back(BucketKey(bucket), Encode(record));
  return Commit(batch);
}

base::Status LocalDiskStore::DeleteBucket(std::string_view bucket) {
  std::unique_lock lock(buckets_mutex_);
  ASSIGN_OR_RETURN(BucketRecord record, FindBucket(bucket));
  std::string from = ObjectPrefix(record.number);
  kv::Page page;
  kv::ReadLimits limits;
  limits.entries_max = 1;
  RETURN_IF_ERROR(engine_.ReadRange(kv::kSystemPartition, from, kv::PrefixEnd(from),
                                    kv::Direction::kForward, limits, page));
  if (page.size() > 0) {
    return base::Error{base::ErrorKind::kInUse, "The bucket you tried to delete is not empty",
                       reason::kBucketNotEmpty};
  }
  RETURN_IF_ERROR(RemoveUploadsOfBucket(record.number));
  kv::Batch batch;
  batch.deletes.push_back(BucketKey(bucket));
  return Commit(batch);
}

base::Result<BucketInfo> LocalDiskStore::GetBucket(std::string_view bucket) {
  ASSIGN_OR_RETURN(BucketRecord record, FindBucket(bucket));
  return InfoOf(bucket, std::move(record));
}

base::Result<std::vector<BucketInfo>> LocalDiskStore::ListBuckets(std::string_view owner_account) {
  std::vector<BucketInfo> buckets;
  std::string from(kBucketPrefix);
  std::string to = kv::PrefixEnd(from);
  kv::Page page;
  do {
    RETURN_IF_ERROR(engine_.ReadRange(kv::kSystemPartition, from, to, kv::Direction::kForward,
                                      kv::ReadLimits{}, page));
    for (size_t i = 0; i < page.size(); ++i) {
      ASSIGN_OR_RETURN(BucketRecord record, DecodeBucket(page.value(i)));
      if (record.owner_account != owner_account) continue;
      buckets.push_back(InfoOf(page.key(i).substr(kBucketPrefix.size()), std::move(record)));
    }
    if (page.size() > 0) from = std::string(page.key(page.size() - 1)) + '\0';
  } while (!page.is_last());
  return buckets;
}

base::Status LocalDiskStore::ChangeBucket(
    std::string_view bucket, const std::function<base::Status(BucketSettings&)>& change) {
  std::unique_lock lock(buckets_mutex_);
  ASSIGN_OR_RETURN(BucketRecord record, FindBucket(bucket));
  RETURN_IF_ERROR(change(record.settings));
  kv::Batch batch;
  batch.puts.emplace_back(BucketKey(bucket), Encode(record));
  return Commit(batch);
}

base::Result<std::optional<PublicAccessBlock>> LocalDiskStore::GetAccountBlock(
    std::string_view account) {
  ASSIGN_OR_RETURN(auto value, engine_.Get(kv::kSystemPartition, AccountBlockKey(account)));
  if (!value) return std::optional<PublicAccessBlock>();
  ASSIGN_OR_RETURN(PublicAccessBlock block, DecodeAccountBlock(*value));
  return std::optional<PublicAccessBlock>(block);
}

base::Status LocalDiskStore::SetAccountBlock(std::string_view account,
                                             std::optional<PublicAccessBlock> block) {
  std::unique_lock lock(buckets_mutex_);
  kv::Batch batch;
  if (block) {
    batch.puts.emplace_back(AccountBlockKey(account), Encode(*block));
  } else {
    batch.deletes.push_back(AccountBlockKey(account));
  }
  return Commit(batch);
}

}  // namespace dray::objects
