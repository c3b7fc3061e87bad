// SPDX-License-Identifier: Apache-2.0
#include "api/s3/operation_table.h"

#include "api/s3/operations/operations.h"

namespace dray::s3 {
namespace {

constexpr Level kService = Level::kService;
constexpr Level kBucket = Level::kBucket;
constexpr Level kObject = Level::kObject;

// Rows with a parameter stand before those without, which take whatever is left.
// clang-format off
constexpr Operation kOperations[] = {
    {"ListBuckets", "GET", kService, "", "", ListBuckets},

    // buckets
    {"GetBucketLocation", "GET", kBucket, "location", "", GetBucketLocation},
    {"GetBucketPolicy", "GET", kBucket, "policy", "", GetBucketPolicy},
    {"PutBucketPolicy", "PUT", kBucket, "policy", "", PutBucketPolicy},
    {"DeleteBucketPolicy", "DELETE", kBucket, "policy", "", DeleteBucketPolicy},
    {"GetBucketEncryption", "GET", kBucket, "encryption", "", GetBucketEncryption},
    {"PutBucketEncryption", "PUT", kBucket, "encryption", "", PutBucketEncryption},
    {"DeleteBucketEncryption", "DELETE", kBucket, "encryption", "", DeleteBucketEncryption},
    {"ListMultipartUploads", "GET", kBucket, "uploads", "", ListMultipartUploads},
    {"DeleteObjects", "POST", kBucket, "delete", "", DeleteObjects},

    {"GetBucketAbac", "GET", kBucket, "abac", "", nullptr},
    {"PutBucketAbac", "PUT", kBucket, "abac", "", nullptr},
    {"GetBucketAccelerateConfiguration", "GET", kBucket, "accelerate", "", nullptr},
    {"PutBucketAccelerateConfiguration", "PUT", kBucket, "accelerate", "", nullptr},
    {"GetBucketAcl", "GET", kBucket, "acl", "", nullptr},
    {"PutBucketAcl", "PUT", kBucket, "acl", "", nullptr},
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
    {"GetBucketOwnershipControls", "GET", kBucket, "ownershipControls", "", nullptr},
    {"PutBucketOwnershipControls", "PUT", kBucket, "ownershipControls", "", nullptr},
    {"DeleteBucketOwnershipControls", "DELETE", kBucket, "ownershipControls", "", nullptr},
    {"GetBucketPolicyStatus", "GET", kBucket, "policyStatus", "", nullptr},
    {"GetPublicAccessBlock", "GET", kBucket, "publicAccessBlock", "", nullptr},
    {"PutPublicAccessBlock", "PUT", kBucket, "publicAccessBlock", "", nullptr},
    {"DeletePublicAccessBlock", "DELETE", kBucket, "publicAccessBlock", "", nullptr},
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

    {"GetObjectAcl", "GET", kObject, "acl", "", nullptr},
    {"PutObjectAcl", "PUT", kObject, "acl", "", nullptr},
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
};
// clang-format on

}  // namespace

std::span<const Operation> Operations() { return kOperations; }

const Operation* FindOperation(const http::RequestHead& head, const Address& address,
                               const Query& query) {
  Level level = address.bucket.empty() ? kService : address.key.empty() ? kBucket : kObject;
  for (const Operation& operation : kOperations) {
    if (operation.level == level && operation.method == head.method &&
        (operation.query.empty() || query.Has(operation.query)) &&
        (operation.header.empty() || head.HasHeader(operation.header))) {
      return &operation;
    }
  }
  return nullptr;
}

}  // namespace dray::s3
