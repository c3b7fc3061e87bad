// SPDX-License-Identifier: Apache-2.0
#include "transfer/s3_session/s3_session.h"

#include "base/random.h"
#include "base/text_encoding.h"

namespace dray::s3_session {
namespace {

buckets::RequestContext ContextOf(const access::Caller& caller,
                                  const std::optional<std::string>& owner) {
  buckets::RequestContext context;
  context.caller = caller.Via(kService);
  context.expected_bucket_owner = owner.value_or(caller.account());
  return context;
}

constexpr size_t kLeftUploadsNamed = 10;

// AWS's FailureMessage ends with the answer's facts. The ids are made up as S3's are.
std::string WithS3Suffix(std::string_view message, int status, std::string_view code) {
  std::string request_id = base::RandomHex(16);
  for (char& c : request_id) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  return std::string(message) + " (Service: Amazon S3; Status Code: " + std::to_string(status) +
         "; Error Code: " + std::string(code) + "; Request ID: " + request_id +
         "; S3 Extended Request ID: " + base::Base64Encode(base::RandomBytes(56)) +
         "; Proxy: null)";
}

}  // namespace

S3Session::S3Session(buckets::Buckets& buckets, const access::Caller& caller, std::string bucket,
                     const std::optional<std::string>& owner)
    : buckets_(buckets), context_(ContextOf(caller, owner)), bucket_(std::move(bucket)) {}

template <class Call>
auto S3Session::Do(std::string_view action, std::string_view key, Call call) {
  std::string denied_detail;
  buckets::RequestContext context = context_;
  // As S3SseAlgorithm has it; on AWS the parts of an upload have the key of its start too.
  if (action == "s3:PutObject") context.extra.Set("s3:x-amz-server-side-encryption", "AES256");
  context.denied_detail = &denied_detail;
  auto result = call(context);
  if (!result) Remember(action, key, result.error(), denied_detail);
  return result;
}

void S3Session::Remember(std::string_view action, std::string_view key, const base::Error& error,
                         const std::string& denied_detail) {
  base::MutexLock lock(mutex_);
  if (!first_failure_.empty()) return;
  first_failure_ = std::string(action) + " on arn:aws:s3:::" + bucket_;
  if (!key.empty()) first_failure_.append(1, '/').append(key);
  first_failure_ += " for " + context_.caller.principal.arn + " through " + std::string(kService) +
                    ": " + error.message;
  if (!denied_detail.empty()) first_failure_ += ". " + denied_detail;
}

base::Status S3Session::PutObject(std::string_view key, std::string_view bytes,
                                  const objects::PutOptions& options) {
  base::StringSource body(bytes);
  objects::PutOptions sized = options;
  sized.size_bytes = bytes.size();
  RETURN_IF_ERROR(Do("s3:PutObject", key, [&](const buckets::RequestContext& context) {
    return buckets_.PutObject(context, bucket_, key, body, sized);
  }));
  return base::Ok();
}

base::Result<std::string> S3Session::CreateUpload(std::string_view key,
                                                  const objects::PutOptions& options) {
  return Do("s3:PutObject", key, [&](const buckets::RequestContext& context) {
    return buckets_.CreateMultipartUpload(context, bucket_, key, options);
  });
}

base::Result<objects::PartInfo> S3Session::UploadPart(std::string_view key,
                                                      std::string_view upload_id, uint32_t number,
                                                      std::string_view bytes) {
  base::StringSource body(bytes);
  objects::PutOptions options;
  options.size_bytes = bytes.size();
  return Do("s3:PutObject", key, [&](const buckets::RequestContext& context) {
    return buckets_.UploadPart(context, bucket_, key, upload_id, number, body, options);
  });
}

base::Result<objects::ObjectInfo> S3Session::CompleteUpload(
    std::string_view key, std::string_view upload_id,
    const std::vector<objects::CompletePart>& parts) {
  return Do("s3:PutObject", key, [&](const buckets::RequestContext& context) {
    return buckets_.CompleteMultipartUpload(context, bucket_, key, upload_id, parts);
  });
}

base::Status S3Session::AbortUpload(std::string_view key, std::string_view upload_id) {
  base::Status aborted = buckets_.AbortMultipartUpload(context_, bucket_, key, upload_id);
  if (!aborted && aborted.error().reason != objects::reason::kNoSuchUpload) {
    base::MutexLock lock(mutex_);
    left_uploads_.push_back("arn:aws:s3:::" + bucket_ + "/" + std::string(key) + " (upload " +
                            std::string(upload_id) + ": " + aborted.error().message + ")");
  }
  return aborted;
}

base::Result<std::vector<objects::UploadInfo>> S3Session::ListUploads(std::string_view prefix) {
  return buckets_.ListMultipartUploads(context_, bucket_, prefix);
}

base::Result<objects::ListResult> S3Session::List(const objects::ListRequest& request) {
  return Do("s3:ListBucket", {}, [&](const buckets::RequestContext& context) {
    return buckets_.ListObjects(context, bucket_, request);
  });
}

base::Result<objects::OpenedObject> S3Session::Open(std::string_view key) {
  return Do("s3:GetObject", key, [&](const buckets::RequestContext& context) {
    return buckets_.GetObject(context, bucket_, key, std::nullopt);
  });
}

Failure S3Session::Explain(const base::Error& error) {
  Failure failure;
  if (error.reason == objects::reason::kNoSuchBucket) {
    failure.code = "S3NoSuchBucket";
    failure.message = WithS3Suffix("The specified bucket does not exist", 404, "NoSuchBucket");
  } else if (error.kind == base::ErrorKind::kAccessDenied) {
    failure.code = "S3AccessDenied";
    failure.message = WithS3Suffix(error.message, 403, "AccessDenied");
  } else {
    failure.code = "UNKNOWN";
    failure.message = error.message;
  }
  base::MutexLock lock(mutex_);
  failure.detail = first_failure_.empty() ? error.message : first_failure_;
  for (size_t i = 0; i < left_uploads_.size(); ++i) {
    if (i == kLeftUploadsNamed) {
      failure.detail += ", and " + std::to_string(left_uploads_.size() - i) + " more";
      break;
    }
    failure.detail +=
        (i == 0 ? ". Parts were left that could not be aborted: " : ", ") + left_uploads_[i];
  }
  return failure;
}

}  // namespace dray::s3_session
