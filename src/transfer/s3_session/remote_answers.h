// SPDX-License-Identifier: Apache-2.0
// What an S3 endpoint answers, read with suspicion: it may be any server. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/aws/client.h"
#include "storage/objects/object_store.h"

namespace dray::s3_session {

// As the embedded store says it, so that the pipelines see no difference: reasons kNoSuchBucket,
// kNoSuchKey, kNoSuchUpload; kAccessDenied with access::reason::kDenied; anything else kIo. The
// message is S3's, with its suffix.
base::Error ErrorOfRefusal(const aws::ServiceError& refused, const http_client::Response& response);

// Without quotes.
std::string EtagOf(std::string_view quoted);

// Of CreateMultipartUpload: the id.
base::Result<std::string> ReadUploadId(std::string_view body);

struct UploadsPage {
  std::vector<objects::UploadInfo> uploads;
  bool is_truncated = false;
  std::string next_key, next_upload;
};
// Names are percent-encoded: encoding-type=url was asked for.
base::Result<UploadsPage> ReadUploads(std::string_view body);
base::Result<objects::ListResult> ReadObjects(std::string_view body);

// Of CompleteMultipartUpload: the ETag.
base::Result<std::string> ReadCompletion(std::string_view body);

std::string RenderParts(const std::vector<objects::CompletePart>& parts);
// Of an upload whose parts have these MD5s as ETags: the MD5 of the MD5s, "-", their number.
std::string EtagOfParts(const std::vector<objects::CompletePart>& parts);

}  // namespace dray::s3_session
