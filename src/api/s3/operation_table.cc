// SPDX-License-Identifier: Apache-2.0
#include "api/s3/operation_table.h"

#include "api/s3/operations/operations.h"

namespace dray::s3 {
namespace {

constexpr Level kService = Level::kService;
constexpr Level kBucket = Level::kBucket;
constexpr Level kObject = Level::kObject;
constexpr Level kAccount = Level::kAccount;
constexpr std::string_view kBlockPath = "configuration/publicAccessBlock";

Level LevelOf(const Address& address) {
  if (address.account) return kAccount;
  if (address.bucket.empty()) return kService;
  return address.key.empty() ? kBucket : kObject;
}

bool IsAt(const Operation& operation, const Address& address, const Query& query) {
  if (operation.level == kAccount) return operation.query == address.key;
  return operation.query.empty() || query.Has(operation.query);
}

// Rows with a parameter stand before those without, which take whatever is left.
// clang-format off
constexpr Operation kOperations[] = {
    {"ListBuckets", "GET", kService, "", "", ListBuckets},

    // buckets
    {"GetBucketLocation", "GET", kBucket, "location", "", GetBucketLocation},
    {"GetBucketPolicy", "GET", kBucket, "policy", "", GetBucketPolicy},
    {"PutBucketPolicy", "PUT", kBucket, "policy", "", PutBucketPolicy},
    {"DeleteBucketPolicy", "DELETE", kBucket, "policy", "", DeleteBucketPolicy},
    {"GetBucketAcl", "GET", kBucket, "acl", "", GetBucketAcl},
    {"PutBucketAcl", "PUT", kBucket, "acl", "", PutBucketAcl},
    {"GetBucketOwnershipControls", "GET", kBucket, "ownershipControls", "", GetBucketOwnershipControls},
    {"PutBucketOwnershipControls", "PUT", kBucket, "ownershipControls", "", PutBucketOwnershipControls},
    {"DeleteBucketOwnershipControls", "DELETE", kBucket, "ownershipControls", "", DeleteBucketOwnershipControls},
    {"GetBucketPolicyStatus", "GET", kBucket, "policyStatus", "", GetBucketPolicyStatus},
    {"GetPublicAccessBlock", "GET", kBucket, "publicAccessBlock", "", GetPublicAccessBlock},
    {"PutPublicAccessBlock", "PUT", kBucket, "publicAccessBlock", "", PutPublicAccessBlock},
    {"DeletePublicAccessBlock", "DELETE", kBucket, "publicAccessBlock", "", DeletePublicAccessBlock},
    {"GetBucketEncryption", "GET", kBucket, "encryption", "", GetBucketEncryption},
    {"PutBucketEncryption", "PUT", kBucket, "encryption", "", PutBucketEncryption},
    {"DeleteBucketEncryption", "DELETE", kBucket, "encryption", "", DeleteBucketEncryption},
    {"ListMultipartUploads", "GET", kBucket, "uploads", "", ListMultipartUploads},
    {"DeleteObjects", "POST", kBucket, "delete", "", DeleteObjects},

    {"GetBucketAbac", "GET", kBucket, "abac", "", nullptr},
    {"PutBucketAbac", "PUT", kBucket, "abac", "", nullptr},
    {"GetBucketAccelerateConfiguration", "GET", kBucket, "accelerate", "", nullptr},
    {"PutBucketAccelerateConfiguration", "PUT", kBucket, "accelerate", "", nullptr},
    {"GetBucketAnalyticsConfiguration", "GET", kBucket, "analytics", "", nullptr},
    {"PutBucketAnalyticsConfiguration", "PUT", kBucket, "analytics", "", nullptr},
    {"DeleteBucketAnalyticsConfiguration", "DELETE", kBucket, "analytics", "", nullptr},
    {"GetBucketCors", "GET", kBucket, "cors", "", nullptr},
    {"PutBucketCors", "PUT", kBucket, "cors", "", nullptr},
    {"DeleteBucketCors", "DELETE", kBucket, "cors", "", nullptr},
    {"GetBucketIntelligentTieringConfiguration", "GET", kBucket, "intelligent-tiering", "", nullptr},
    {"PutBucketIntelligentTieringConfiguration", "PUT", kBucket, "intelligent-tiering", "", nullptr},
    {"DeleteBucketIntelligentTieringConfiguration", "DELETE", kBucket, "intelligent-tiering", "", nullptr},
    {"GetBucketInventoryConfiguration", "GET", kBucket, "inventory", "", nullptr},
    {"PutBucketInventoryConfiguration", "PUT", kBucket, "inventory", "", nullptr},
    {"DeleteBucketInventoryConfiguration", "DELETE", kBucket, "inventory", "", nullptr},
    {"GetBucketLifecycleConfiguration", "GET", kBucket, "lifecycle", "", nullptr},
    {"PutBucketLifecycleConfiguration", "PUT", kBucket, "lifecycle", "", nullptr},
    {"DeleteBucketLifecycle", "DELETE", kBucket, "lifecycle", "", nullptr},
    {"GetBucketLogging", "GET", kBucket, "logging", "", nullptr},
    {"PutBucketLogging", "PUT", kBucket, "logging", "", nullptr},
    {"GetBucketMetadataConfiguration", "GET", kBucket, "metadataConfiguration", "", nullptr},
    {"CreateBucketMetadataConfiguration", "POST", kBucket, "metadataConfiguration", "", nullptr},
    {"DeleteBucketMetadataConfiguration", "DELETE", kBucket, "metadataConfiguration", "", nullptr},
    {"GetBucketMetadataTableConfiguration", "GET", kBucket, "metadataTable", "", nullptr},
    {"CreateBucketMetadataTableConfiguration", "POST", kBucket, "metadataTable", "", nullptr},
    {"DeleteBucketMetadataTableConfiguration", "DELETE", kBucket, "metadataTable", "", nullptr},
    {"UpdateBucketMetadataInventoryTableConfiguration", "PUT", kBucket, "metadataInventoryTable", "", nullptr},
    {"UpdateBucketMetadataJournalTableConfiguration", "PUT", kBucket, "metadataJournalTable", "", nullptr},
    {"GetBucketMetricsConfiguration", "GET", kBucket, "metrics", "", nullptr},
    {"PutBucketMetricsConfiguration", "PUT", kBucket, "metrics", "", nullptr},
    {"DeleteBucketMetricsConfiguration", "DELETE", kBucket, "metrics", "", nullptr},
    {"GetBucketNotificationConfiguration", "GET", kBucket, "notification", "", nullptr},
    {"PutBucketNotificationConfiguration", "PUT", kBucket, "notification", "", nullptr},
    {"GetObjectLockConfiguration", "GET", kBucket, "object-lock", "", nullptr},
    {"PutObjectLockConfiguration", "PUT", kBucket, "object-lock", "", nullptr},
    {"GetBucketReplication", "GET", kBucket, "replication", "", nullptr},
    {"PutBucketReplication", "PUT", kBucket, "replication", "", nullptr},
    {"DeleteBucketReplication", "DELETE", kBucket, "replication", "", nullptr},
    {"GetBucketRequestPayment", "GET", kBucket, "requestPayment", "", nullptr},
    {"PutBucketRequestPayment", "PUT", kBucket, "requestPayment", "", nullptr},
    {"CreateSession", "GET", kBucket, "session", "", nullptr},
    {"GetBucketTagging", "GET", kBucket, "tagging", "", nullptr},
    {"PutBucketTagging", "PUT", kBucket, "tagging", "", nullptr},
    {"DeleteBucketTagging", "DELETE", kBucket, "tagging", "", nullptr},
    {"GetBucketVersioning", "GET", kBucket, "versioning", "", nullptr},
    {"PutBucketVersioning", "PUT", kBucket, "versioning", "", nullptr},
    {"ListObjectVersions", "GET", kBucket, "versions", "", nullptr},
    {"GetBucketWebsite", "GET", kBucket, "website", "", nullptr},
    {"PutBucketWebsite", "PUT", kBucket, "website", "", nullptr},
    {"DeleteBucketWebsite", "DELETE", kBucket, "website", "", nullptr},

    {"ListObjectsV2", "GET", kBucket, "list-type", "", ListObjectsV2},
    {"ListObjects", "GET", kBucket, "", "", ListObjects},
    {"CreateBucket", "PUT", kBucket, "", "", CreateBucket},
    {"HeadBucket", "HEAD", kBucket, "", "", HeadBucket},
    {"DeleteBucket", "DELETE", kBucket, "", "", DeleteBucket},
    {"PostObject", "POST", kBucket, "", "", nullptr},

    // objects
    {"UploadPartCopy", "PUT", kObject, "uploadId", "x-amz-copy-source", nullptr},
    {"UploadPart", "PUT", kObject, "uploadId", "", UploadPart},
    {"ListParts", "GET", kObject, "uploadId", "", ListParts},
    {"CompleteMultipartUpload", "POST", kObject, "uploadId", "", CompleteMultipartUpload},
    {"AbortMultipartUpload", "DELETE", kObject, "uploadId", "", AbortMultipartUpload},
    {"CreateMultipartUpload", "POST", kObject, "uploads", "", CreateMultipartUpload},

    {"GetObjectAcl", "GET", kObject, "acl", "", GetObjectAcl},
    {"PutObjectAcl", "PUT", kObject, "acl", "", PutObjectAcl},

    {"GetObjectAttributes", "GET", kObject, "attributes", "", nullptr},
    {"UpdateObjectEncryption", "PUT", kObject, "encryption", "", nullptr},
    {"GetObjectLegalHold", "GET", kObject, "legal-hold", "", nullptr},
    {"PutObjectLegalHold", "PUT", kObject, "legal-hold", "", nullptr},
    {"RenameObject", "PUT", kObject, "renameObject", "", nullptr},
    {"RestoreObject", "POST", kObject, "restore", "", nullptr},
    {"GetObjectRetention", "GET", kObject, "retention", "", nullptr},
    {"PutObjectRetention", "PUT", kObject, "retention", "", nullptr},
    {"SelectObjectContent", "POST", kObject, "select", "", nullptr},
    {"GetObjectTagging", "GET", kObject, "tagging", "", nullptr},
    {"PutObjectTagging", "PUT", kObject, "tagging", "", nullptr},
    {"DeleteObjectTagging", "DELETE", kObject, "tagging", "", nullptr},
    {"GetObjectTorrent", "GET", kObject, "torrent", "", nullptr},

    {"CopyObject", "PUT", kObject, "", "x-amz-copy-source", nullptr},
    {"PutObject", "PUT", kObject, "", "", PutObject},
    {"GetObject", "GET", kObject, "", "", GetObject},
    {"HeadObject", "HEAD", kObject, "", "", HeadObject},
    {"DeleteObject", "DELETE", kObject, "", "", DeleteObject},

    // S3 Control
    {"GetAccountPublicAccessBlock", "GET", kAccount, kBlockPath, "", GetAccountPublicAccessBlock},
    {"PutAccountPublicAccessBlock", "PUT", kAccount, kBlockPath, "", PutAccountPublicAccessBlock},
    {"DeleteAccountPublicAccessBlock", "DELETE", kAccount, kBlockPath, "", DeleteAccountPublicAccessBlock},
};
// clang-format on

}  // namespace

std::span<const Operation> Operations() { return kOperations; }

const Operation* FindOperation(const http::RequestHead& head, const Address& address,
                               const Query& query) {
  Level level = LevelOf(address);
  for (const Operation& operation : kOperations) {
    if (operation.level == level && operation.method == head.method &&
        IsAt(operation, address, query) &&
        (operation.header.empty() || head.HasHeader(operation.header))) {
      return &operation;
    }
  }
  return nullptr;
}

}  // namespace dray::s3
