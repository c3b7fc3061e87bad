// SPDX-License-Identifier: Apache-2.0
#include "api/s3/operations/operations.h"
#include "api/s3/ownership.h"
#include "base/text_encoding.h"
#include "format/xml/xml.h"

namespace dray::s3 {
namespace {

using objects::ObjectOwnership;

constexpr size_t kBodyBytesMax = 64 * 1024;

struct Name {
  ObjectOwnership ownership;
  std::string_view name;
};
constexpr Name kNames[] = {
    {ObjectOwnership::kBucketOwnerEnforced, "BucketOwnerEnforced"},
    {ObjectOwnership::kBucketOwnerPreferred, "BucketOwnerPreferred"},
    {ObjectOwnership::kObjectWriter, "ObjectWriter"},
};

}  // namespace

std::string_view OwnershipName(ObjectOwnership ownership) {
  for (const Name& row : kNames) {
    if (row.ownership == ownership) return row.name;
  }
  return {};
}

std::optional<ObjectOwnership> OwnershipByName(std::string_view name) {
  for (const Name& row : kNames) {
    if (row.name == name) return row.ownership;
  }
  return std::nullopt;
}

base::Status GetBucketOwnershipControls(Call& call) {
  ASSIGN_OR_RETURN(auto ownership, call.buckets().GetOwnership(call.Context(), call.bucket()));
  std::string out;
  xml::Writer writer(out);
  writer.Start("OwnershipControls", kXmlns)
      .Start("Rule")
      .Leaf("ObjectOwnership", OwnershipName(ownership))
      .End()
      .End();
  return call.SendXml(out);
}

base::Status PutBucketOwnershipControls(Call& call) {
  ASSIGN_OR_RETURN(std::string body, call.WholeBody(kBodyBytesMax));
  auto parsed = xml::Parse(body);
  if (!parsed || parsed->name != "OwnershipControls" || parsed->children.size() != 1 ||
      parsed->children.front().name != "Rule") {
    return MalformedXml();
  }
  auto ownership =
      OwnershipByName(base::TrimSpace(parsed->children.front().TextOf("ObjectOwnership")));
  if (!ownership) return MalformedXml();
  RETURN_IF_ERROR(call.buckets().SetOwnership(call.Context(), call.bucket(), ownership));
  return call.SendEmpty(200);
}

base::Status DeleteBucketOwnershipControls(Call& call) {
  RETURN_IF_ERROR(call.buckets().SetOwnership(call.Context(), call.bucket(), std::nullopt));
  return call.SendEmpty(204);
}

}  // namespace dray::s3
