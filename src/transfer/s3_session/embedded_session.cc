// SPDX-License-Identifier: Apache-2.0
#include "transfer/s3_session/embedded_session.h"

namespace dray::s3_session {
namespace {

buckets::RequestContext ContextOf(const access::Caller& caller,
                                  const std::optional<std::string>& owner) {
  buckets::RequestContext context;
  context.caller = caller.Via(kService);
  context.expected_bucket_owner = owner.value_or(caller.account());
  return context;
}

}  // namespace

EmbeddedSession::EmbeddedSession(buckets::Buckets& buckets, const access::Caller& caller,
                                 std::string bucket, const std::optional<std::string>& owner)
    : buckets_(buckets), context_(ContextOf(caller, owner)), bucket_(std::move(bucket)) {}

template <class Call>
auto EmbeddedSession::Do(std::string_view action, std::string_view key, Call call) {
  std::string denied_detail;
  buckets::RequestContext context = context_;
  // As S3SseAlgorithm has it; on AWS the parts of an upload have the key of its start too.
  if (action == "s3:PutObject") context.extra.Set("s3:x-amz-server-side-encryption", "AES256");
  context.denied_detail = &denied_detail;
  auto result = call(context);
  if (!result) Remember(action, key, result.error(), denied_detail);
  return result;
}

void EmbeddedSession::Remember(std::string_view action, std::string_view key,
                               const base::Error& error, const std::string& denied_detail) {
  std::string text = std::string(action) + " on arn:aws:s3:::" + bucket_;
  if (!key.empty()) text.append(1, '/').append(key);
  text += " for " + context_.caller.principal.arn + " through " + std::string(kService) + ": " +
          error.message;
  if (!denied_detail.empty()) text += ". " + denied_detail;
  notes_.Note(std::move(text));
}

base::Status EmbeddedSession::PutObject(std::string_view key, std::string_view bytes,
                                        const objects::PutOptions& options) {
  base::StringSource body(bytes);
  objects::PutOptions sized = options;
  sized.size_bytes = bytes.size();
  RETURN_IF_ERROR(Do("s3:PutObject", key, [&](const buckets::RequestContext& context) {
    return buckets_.PutObject(context, bucket_, key, body, sized);
  }));
  return base::Ok();
}

base::Result<std::string> EmbeddedSession::CreateUpload(std::string_view key,
                                                        const objects::PutOptions& options) {
  return Do("s3:PutObject", key, [&](const buckets::RequestContext& context) {
    return buckets_.CreateMultipartUpload(context, bucket_, key, options);
  });
}

base::Result<objects::PartInfo> EmbeddedSession::UploadPart(std::string_view key,
                                                            std::string_view upload_id,
                                                            uint32_t number,
                                                            std::string_view bytes) {
  base::StringSource body(bytes);
  objects::PutOptions options;
  options.size_bytes = bytes.size();
  return Do("s3:PutObject", key, [&](const buckets::RequestContext& context) {
    return buckets_.UploadPart(context, bucket_, key, upload_id, number, body, options);
  });
}

base::Result<objects::ObjectInfo> EmbeddedSession::CompleteUpload(
    std::string_view key, std::string_view upload_id,
    const std::vector<objects::CompletePart>& parts) {
  return Do("s3:PutObject", key, [&](const buckets::RequestContext& context) {
    return buckets_.CompleteMultipartUpload(context, bucket_, key, upload_id, parts);
  });
}

base::Status EmbeddedSession::AbortUpload(std::string_view key, std::string_view upload_id) {
  base::Status aborted = buckets_.AbortMultipartUpload(context_, bucket_, key, upload_id);
  if (!aborted && aborted.error().reason != objects::reason::kNoSuchUpload) {
    notes_.NoteLeft(bucket_, key, upload_id, aborted.error().message);
  }
  return aborted;
}

base::Result<std::vector<objects::UploadInfo>> EmbeddedSession::ListUploads(
    std::string_view prefix) {
  return buckets_.ListMultipartUploads(context_, bucket_, prefix);
}

base::Result<objects::ListResult> EmbeddedSession::List(const objects::ListRequest& request) {
  return Do("s3:ListBucket", {}, [&](const buckets::RequestContext& context) {
    return buckets_.ListObjects(context, bucket_, request);
  });
}

base::Result<objects::OpenedObject> EmbeddedSession::Open(std::string_view key) {
  return Do("s3:GetObject", key, [&](const buckets::RequestContext& context) {
    return buckets_.GetObject(context, bucket_, key, std::nullopt);
  });
}

jobs::Failure EmbeddedSession::Explain(const base::Error& error) {
  jobs::Failure failure;
  if (error.reason == objects::reason::kNoSuchBucket) {
    failure.code = "S3NoSuchBucket";
    failure.message = WithS3Suffix("The specified bucket does not exist", 404, "NoSuchBucket");
  } else if (error.kind == base::ErrorKind::kAccessDenied) {
    failure.code = "S3AccessDenied";
    failure.message = WithS3Suffix(error.message, 403, "AccessDenied");
  } else {
    failure.code = "UNKNOWN";
    failure.message = jobs::FailureMessageOf(error);
  }
  failure.detail = notes_.DetailOr(error.message);
  return failure;
}

}  // namespace dray::s3_session
