// SPDX-License-Identifier: Apache-2.0
// Headers that say something about an object: those of requests into PutOptions, and ObjectInfo
// into those of responses.
#pragma once

#include <string>
#include <string_view>

#include "api/s3/call.h"
#include "base/result.h"
#include "storage/objects/object_store.h"

namespace dray::s3 {

// Refuses by name what the request asks for and nobody here does: encryption with keys of the
// client or of KMS, tags, object lock, storage classes.
base::Status RefuseUnsupportedHeaders(const Call& call);

// Content-MD5 and x-amz-checksum-*, as header or trailer. The options refer to the call's body:
// they are to be used while the call lives.
base::Status TakeChecksums(const Call& call, objects::PutOptions& options);
// The above, and Content-Type, Content-Encoding, ..., x-amz-meta-*, encryption, conditions.
base::Result<objects::PutOptions> TakePutOptions(const Call& call);
// If-Match and If-None-Match of writes.
base::Status TakeWriteConditions(const Call& call, bool& only_if_absent,
                                 std::optional<std::string>& only_if_etag);

// What GetObject and HeadObject say about an object; the checksum when `with_checksum`.
Headers DescribeObject(const objects::ObjectInfo& info, bool with_checksum);
// x-amz-server-side-encryption: ...; nothing for an object that is stored in clear.
void AddEncryption(std::string_view sse_algorithm, Headers& headers);
// x-amz-checksum-crc32: ..., x-amz-checksum-type: ...
void AddChecksum(objects::ChecksumAlgorithm algorithm, std::string_view base64,
                 std::string_view type, Headers& headers);
// An ETag as it comes in headers and bodies, without its quotes.
std::string_view Unquoted(std::string_view etag);
// "ChecksumCRC32": the name of an algorithm's element in XML.
std::string ChecksumElement(objects::ChecksumAlgorithm algorithm);

}  // namespace dray::s3
