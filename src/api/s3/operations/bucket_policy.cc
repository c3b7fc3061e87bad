// SPDX-License-Identifier: Apache-2.0
#include "api/s3/operations/operations.h"
#include "base/text_encoding.h"
#include "format/xml/xml.h"

namespace dray::s3 {
namespace {

// More than a policy may have, so that the answer is S3's MalformedPolicy and not ours.
constexpr size_t kBodyBytesMax = 1 << 20;

}  // namespace

base::Status GetBucketPolicy(Call& call) {
  ASSIGN_OR_RETURN(std::string policy,
                   call.buckets().GetBucketPolicy(call.Context(), call.bucket()));
  return call.Send(200, {{"Content-Type", "application/json"}}, policy);
}

base::Status PutBucketPolicy(Call& call) {
  ASSIGN_OR_RETURN(std::string policy, call.WholeBody(kBodyBytesMax));
  const bool confirms_lockout = base::EqualsIgnoreCase(
      call.Header("x-amz-confirm-remove-self-bucket-access").value_or(""), "true");
  RETURN_IF_ERROR(
      call.buckets().PutBucketPolicy(call.Context(), call.bucket(), policy, confirms_lockout));
  return call.SendEmpty(204);
}

base::Status DeleteBucketPolicy(Call& call) {
  RETURN_IF_ERROR(call.buckets().DeleteBucketPolicy(call.Context(), call.bucket()));
  return call.SendEmpty(204);
}

base::Status GetBucketPolicyStatus(Call& call) {
  ASSIGN_OR_RETURN(bool is_public,
                   call.buckets().IsBucketPolicyPublic(call.Context(), call.bucket()));
  std::string out;
  xml::Writer writer(out);
  writer.Start("PolicyStatus", kXmlns).Leaf("IsPublic", is_public ? "true" : "false").End();
  return call.SendXml(out);
}

}  // namespace dray::s3
