// SPDX-License-Identifier: Apache-2.0
// The operations, one file each beside this. Each authorises through buckets::Buckets, answers, or
// returns the error that the dispatcher renders.
#pragma once

#include "api/s3/call.h"
#include "base/result.h"

namespace dray::s3 {

base::Status ListBuckets(Call& call);

base::Status CreateBucket(Call& call);
base::Status HeadBucket(Call& call);
base::Status DeleteBucket(Call& call);
base::Status GetBucketLocation(Call& call);
base::Status GetBucketPolicy(Call& call);
base::Status PutBucketPolicy(Call& call);
base::Status DeleteBucketPolicy(Call& call);
base::Status GetBucketPolicyStatus(Call& call);
base::Status GetPublicAccessBlock(Call& call);
base::Status PutPublicAccessBlock(Call& call);
base::Status DeletePublicAccessBlock(Call& call);
base::Status GetBucketOwnershipControls(Call& call);
base::Status PutBucketOwnershipControls(Call& call);
base::Status DeleteBucketOwnershipControls(Call& call);
base::Status GetBucketAcl(Call& call);
base::Status PutBucketAcl(Call& call);
base::Status GetBucketEncryption(Call& call);
base::Status PutBucketEncryption(Call& call);
base::Status DeleteBucketEncryption(Call& call);
base::Status ListObjects(Call& call);
base::Status ListObjectsV2(Call& call);
base::Status ListMultipartUploads(Call& call);
base::Status DeleteObjects(Call& call);

base::Status PutObject(Call& call);
base::Status GetObject(Call& call);
base::Status HeadObject(Call& call);
base::Status DeleteObject(Call& call);
base::Status CreateMultipartUpload(Call& call);
base::Status UploadPart(Call& call);
base::Status CompleteMultipartUpload(Call& call);
base::Status AbortMultipartUpload(Call& call);
base::Status ListParts(Call& call);
base::Status GetObjectAcl(Call& call);
base::Status PutObjectAcl(Call& call);

base::Status GetAccountPublicAccessBlock(Call& call);
base::Status PutAccountPublicAccessBlock(Call& call);
base::Status DeleteAccountPublicAccessBlock(Call& call);

}  // namespace dray::s3
