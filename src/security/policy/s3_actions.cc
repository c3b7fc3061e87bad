// SPDX-License-Identifier: Apache-2.0
#include "security/policy/s3_actions.h"

#include <algorithm>
#include <array>

namespace dray::policy {

namespace {

constexpr auto kBucket = S3ResourceKind::kBucket;
constexpr auto kObject = S3ResourceKind::kObject;

constexpr auto kActions = std::to_array<S3Action>({
    {"AbortMultipartUpload", kObject},
    {"BypassGovernanceRetention", kObject},
    {"CreateBucket", kBucket},
    {"CreateBucketMetadataTableConfiguration", kBucket},
    {"DeleteBucket", kBucket},
    {"DeleteBucketMetadataTableConfiguration", kBucket},
    {"DeleteBucketPolicy", kBucket},
    {"DeleteBucketWebsite", kBucket},
    {"DeleteObject", kObject},
    {"DeleteObjectTagging", kObject},
    {"DeleteObjectVersion", kObject},
    {"DeleteObjectVersionTagging", kObject},
    {"GetAccelerateConfiguration", kBucket},
    {"GetAnalyticsConfiguration", kBucket},
    {"GetBucketAcl", kBucket},
    {"GetBucketCORS", kBucket},
    {"GetBucketLocation", kBucket},
    {"GetBucketLogging", kBucket},
    {"GetBucketMetadataTableConfiguration", kBucket},
    {"GetBucketNotification", kBucket},
    {"GetBucketObjectLockConfiguration", kBucket},
    {"GetBucketOwnershipControls", kBucket},
    {"GetBucketPolicy", kBucket},
    {"GetBucketPolicyStatus", kBucket},
    {"GetBucketPublicAccessBlock", kBucket},
    {"GetBucketRequestPayment", kBucket},
    {"GetBucketTagging", kBucket},
    {"GetBucketVersioning", kBucket},
    {"GetBucketWebsite", kBucket},
    {"GetEncryptionConfiguration", kBucket},
    {"GetIntelligentTieringConfiguration", kBucket},
    {"GetInventoryConfiguration", kBucket},
    {"GetLifecycleConfiguration", kBucket},
    {"GetMetricsConfiguration", kBucket},
    {"GetObject", kObject},
    {"GetObjectAcl", kObject},
    {"GetObjectAttributes", kObject},
    {"GetObjectLegalHold", kObject},
    {"GetObjectRetention", kObject},
    {"GetObjectTagging", kObject},
    {"GetObjectTorrent", kObject},
    {"GetObjectVersion", kObject},
    {"GetObjectVersionAcl", kObject},
    {"GetObjectVersionAttributes", kObject},
    {"GetObjectVersionForReplication", kObject},
    {"GetObjectVersionTagging", kObject},
    {"GetObjectVersionTorrent", kObject},
    {"GetReplicationConfiguration", kBucket},
    {"InitiateReplication", kObject},
    {"ListBucket", kBucket},
    {"ListBucketMultipartUploads", kBucket},
    {"ListBucketVersions", kBucket},
    {"ListMultipartUploadParts", kObject},
    {"ObjectOwnerOverrideToBucketOwner", kObject},
    {"PutAccelerateConfiguration", kBucket},
    {"PutAnalyticsConfiguration", kBucket},
    {"PutBucketAcl", kBucket},
    {"PutBucketCORS", kBucket},
    {"PutBucketLogging", kBucket},
    {"PutBucketNotification", kBucket},
    {"PutBucketObjectLockConfiguration", kBucket},
    {"PutBucketOwnershipControls", kBucket},
    {"PutBucketPolicy", kBucket},
    {"PutBucketPublicAccessBlock", kBucket},
    {"PutBucketRequestPayment", kBucket},
    {"PutBucketTagging", kBucket},
    {"PutBucketVersioning", kBucket},
    {"PutBucketWebsite", kBucket},
    {"PutEncryptionConfiguration", kBucket},
    {"PutIntelligentTieringConfiguration", kBucket},
    {"PutInventoryConfiguration", kBucket},
    {"PutLifecycleConfiguration", kBucket},
    {"PutMetricsConfiguration", kBucket},
    {"PutObject", kObject},
    {"PutObjectAcl", kObject},
    {"PutObjectLegalHold", kObject},
    {"PutObjectRetention", kObject},
    {"PutObjectTagging", kObject},
    {"PutObjectVersionAcl", kObject},
    {"PutObjectVersionTagging", kObject},
    {"PutReplicationConfiguration", kBucket},
    {"ReplicateDelete", kObject},
    {"ReplicateObject", kObject},
    {"ReplicateTags", kObject},
    {"RestoreObject", kObject},
});

// Every signed request of S3 carries these.
constexpr auto kKeysOfEveryAction = std::to_array<std::string_view>({
    "s3:accesspointnetworkorigin",
    "s3:authtype",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:resourceaccount",
    "s3:signatureage",
    "s3:signatureversion",
    "s3:tlsversion",
    "s3:x-amz-content-sha256",
});

// A key that ends in '/' or '*' names a family.
struct KeyRow {
  std::string_view key;
  std::string_view actions;  // names between blanks
};

constexpr auto kKeysOfSomeActions = std::to_array<KeyRow>({
    {"s3:delimiter", " ListBucket ListBucketVersions "},
    {"s3:existingobjecttag/",
     " DeleteObjectTagging DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes "
     "GetObjectTagging GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes "
     "GetObjectVersionTagging PutObjectAcl PutObjectTagging PutObjectVersionAcl "
     "PutObjectVersionTagging "},
    {"s3:if-match", " PutObject DeleteObject "},
    {"s3:if-none-match", " PutObject "},
    {"s3:inventoryaccessibleoptionalfields", " PutInventoryConfiguration "},
    {"s3:locationconstraint", " CreateBucket "},
    {"s3:max-keys", " ListBucket ListBucketVersions "},
    {"s3:object-lock-legal-hold", " PutObject PutObjectLegalHold ReplicateObject "},
    {"s3:object-lock-mode", " PutObject PutObjectRetention ReplicateObject "},
    {"s3:object-lock-remaining-retention-days", " PutObject PutObjectRetention ReplicateObject "},
    {"s3:object-lock-retain-until-date", " PutObject PutObjectRetention ReplicateObject "},
    {"s3:objectcreationoperation", " PutObject "},
    {"s3:prefix", " ListBucket ListBucketVersions "},
    {"s3:requestobjecttag/",
     " PutObject PutObjectTagging PutObjectVersionTagging ReplicateTags ReplicateObject "},
    {"s3:requestobjecttagkeys",
     " PutObject PutObjectTagging PutObjectVersionTagging ReplicateTags ReplicateObject "},
    {"s3:versionid",
     " DeleteObjectVersion DeleteObjectVersionTagging GetObjectVersion GetObjectVersionAcl "
     "GetObjectVersionAttributes GetObjectVersionTagging GetObjectVersionTorrent "
     "PutObjectVersionAcl PutObjectVersionTagging "},
    {"s3:x-amz-acl", " CreateBucket PutBucketAcl PutObject PutObjectAcl PutObjectVersionAcl "},
    {"s3:x-amz-copy-source", " PutObject "},
    {"s3:x-amz-grant-full-control",
     " CreateBucket PutBucketAcl PutObject PutObjectAcl PutObjectVersionAcl "},
    {"s3:x-amz-grant-read",
     " CreateBucket PutBucketAcl PutObject PutObjectAcl PutObjectVersionAcl "},
    {"s3:x-amz-grant-read-acp",
     " CreateBucket PutBucketAcl PutObject PutObjectAcl PutObjectVersionAcl "},
    {"s3:x-amz-grant-write",
     " CreateBucket PutBucketAcl PutObject PutObjectAcl PutObjectVersionAcl "},
    {"s3:x-amz-grant-write-acp",
     " CreateBucket PutBucketAcl PutObject PutObjectAcl PutObjectVersionAcl "},
    {"s3:x-amz-metadata-directive", " PutObject "},
    {"s3:x-amz-object-ownership", " CreateBucket PutBucketOwnershipControls "},
    {"s3:x-amz-server-side-encryption", " PutObject "},
    {"s3:x-amz-server-side-encryption-aws-kms-key-id", " PutObject "},
    {"s3:x-amz-server-side-encryption-customer-algorithm", " PutObject "},
    {"s3:x-amz-storage-class", " PutObject "},
    {"s3:x-amz-website-redirect-location", " PutObject "},
});

const KeyRow* FindKeyRow(std::string_view key) {
  for (const KeyRow& row : kKeysOfSomeActions)
    if (row.key == key || (row.key.back() == '/' && key.starts_with(row.key) && key != row.key))
      return &row;
  return nullptr;
}

bool IsOfEveryAction(std::string_view key) {
  return std::find(kKeysOfEveryAction.begin(), kKeysOfEveryAction.end(), key) !=
         kKeysOfEveryAction.end();
}

}  // namespace

std::span<const S3Action> S3Actions() { return kActions; }

bool IsS3ConditionKey(std::string_view lower_case_key) {
  return IsOfEveryAction(lower_case_key) || FindKeyRow(lower_case_key) != nullptr;
}

bool S3ActionHasKey(std::string_view action_name, std::string_view lower_case_key) {
  if (IsOfEveryAction(lower_case_key)) return true;
  const KeyRow* row = FindKeyRow(lower_case_key);
  if (!row) return false;
  // Whole words: " PutObject " is not found in "PutObjectAcl".
  std::string_view rest = row->actions;
  for (size_t at = rest.find(action_name); at != std::string_view::npos;
       at = rest.find(action_name, at + 1))
    if (rest[at - 1] == ' ' && rest[at + action_name.size()] == ' ') return true;
  return false;
}

}  // namespace dray::policy
