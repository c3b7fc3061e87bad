// SPDX-License-Identifier: Apache-2.0
// The default encryption of a bucket: there is one, AES256, as on AWS since 2023 for buckets that
// ask for nothing else. It cannot be turned off there either.
#include "api/s3/error_mapping.h"
#include "api/s3/operations/operations.h"
#include "format/xml/xml.h"

namespace dray::s3 {
namespace {

constexpr size_t kBodyBytesMax = 64 << 10;

base::Error NotImplemented(std::string_view what) {
  return base::Error{base::ErrorKind::kInvalidArgument,
                     std::string(what) + " as default encryption of a bucket is not implemented.",
                     reason::kNotImplemented};
}

// Accepts what says AES256 and nothing else.
base::Status CheckRule(const xml::Element& rule) {
  const xml::Element* settings = nullptr;
  for (const xml::Element& child : rule.children) {
    if (child.name == "ApplyServerSideEncryptionByDefault") {
      settings = &child;
    } else if (child.name == "BucketKeyEnabled") {
      if (child.text == "true") return NotImplemented("BucketKeyEnabled");
    } else {
      return NotImplemented(child.name);
    }
  }
  if (settings == nullptr) return MalformedXml();
  const std::string_view algorithm = settings->TextOf("SSEAlgorithm");
  if (algorithm.starts_with("aws:")) return NotImplemented(algorithm);
  if (algorithm != "AES256") return MalformedXml();
  if (settings->Find("KMSMasterKeyID") != nullptr) {
    return InvalidArgument(
        "a KMSMasterKeyID is not applicable if the default sse algorithm is not "
        "aws:kms or aws:kms:dsse");
  }
  return base::Ok();
}

}  // namespace

base::Status GetBucketEncryption(Call& call) {
  RETURN_IF_ERROR(call.buckets().GetBucketEncryption(call.Context(), call.bucket()));
  std::string out;
  xml::Writer writer(out);
  writer.Start("ServerSideEncryptionConfiguration", kXmlns)
      .Start("Rule")
      .Start("ApplyServerSideEncryptionByDefault")
      .Leaf("SSEAlgorithm", "AES256")
      .End()
      .Leaf("BucketKeyEnabled", "false")
      .End()
      .End();
  return call.SendXml(out);
}

base::Status PutBucketEncryption(Call& call) {
  ASSIGN_OR_RETURN(std::string body, call.WholeBody(kBodyBytesMax));
  RETURN_IF_ERROR(call.buckets().PutBucketEncryption(call.Context(), call.bucket()));
  auto parsed = xml::Parse(body);
  if (!parsed || parsed->name != "ServerSideEncryptionConfiguration" ||
      parsed->children.size() != 1 || parsed->children.front().name != "Rule") {
    return MalformedXml();
  }
  RETURN_IF_ERROR(CheckRule(parsed->children.front()));
  return call.SendEmpty(200);
}

// Back to the default, which is all there is.
base::Status DeleteBucketEncryption(Call& call) {
  RETURN_IF_ERROR(call.buckets().PutBucketEncryption(call.Context(), call.bucket()));
  return call.SendEmpty(204);
}

}  // namespace dray::s3
