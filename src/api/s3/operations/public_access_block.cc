// SPDX-License-Identifier: Apache-2.0
// Block Public Access of buckets and, in the S3 Control API, of accounts: the same document.
#include "api/s3/operations/operations.h"
#include "base/text_encoding.h"
#include "format/xml/xml.h"
#include "security/policy/principal.h"

namespace dray::s3 {
namespace {

using objects::PublicAccessBlock;

constexpr size_t kBodyBytesMax = 64 * 1024;
constexpr std::string_view kDocument = "PublicAccessBlockConfiguration";
constexpr std::string_view kControlXmlns = "http://awss3control.amazonaws.com/doc/2018-08-20/";

struct Setting {
  std::string_view name;
  bool PublicAccessBlock::*value;
};
constexpr Setting kSettings[] = {
    {"BlockPublicAcls", &PublicAccessBlock::block_public_acls},
    {"IgnorePublicAcls", &PublicAccessBlock::ignore_public_acls},
    {"BlockPublicPolicy", &PublicAccessBlock::block_public_policy},
    {"RestrictPublicBuckets", &PublicAccessBlock::restrict_public_buckets},
};

// A setting that is not named is off.
base::Result<PublicAccessBlock> Take(Call& call) {
  ASSIGN_OR_RETURN(std::string body, call.WholeBody(kBodyBytesMax));
  auto parsed = xml::Parse(body);
  if (!parsed || parsed->name != kDocument) return MalformedXml();
  PublicAccessBlock block;
  for (const xml::Element& child : parsed->children) {
    const Setting* found = nullptr;
    for (const Setting& setting : kSettings) {
      if (setting.name == child.name) found = &setting;
    }
    std::string_view text = base::TrimSpace(child.text);
    const bool is_true = base::EqualsIgnoreCase(text, "true");
    if (found == nullptr || (!is_true && !base::EqualsIgnoreCase(text, "false"))) {
      return MalformedXml();
    }
    block.*(found->value) = is_true;
  }
  return block;
}

std::string Render(const PublicAccessBlock& block, std::string_view xmlns) {
  std::string out;
  xml::Writer writer(out);
  writer.Start(kDocument, xmlns);
  for (const Setting& setting : kSettings) {
    writer.Leaf(setting.name, block.*(setting.value) ? "true" : "false");
  }
  writer.End();
  return out;
}

base::Status CheckAccount(const Call& call) {
  if (policy::IsAccountId(call.account())) return base::Ok();
  return InvalidRequest("x-amz-account-id must be an account id of 12 digits.");
}

}  // namespace

base::Status GetPublicAccessBlock(Call& call) {
  ASSIGN_OR_RETURN(auto block, call.buckets().GetPublicAccessBlock(call.Context(), call.bucket()));
  return call.SendXml(Render(block, kXmlns));
}

base::Status PutPublicAccessBlock(Call& call) {
  ASSIGN_OR_RETURN(PublicAccessBlock block, Take(call));
  RETURN_IF_ERROR(call.buckets().SetPublicAccessBlock(call.Context(), call.bucket(), block));
  return call.SendEmpty(200);
}

base::Status DeletePublicAccessBlock(Call& call) {
  RETURN_IF_ERROR(call.buckets().SetPublicAccessBlock(call.Context(), call.bucket(), std::nullopt));
  return call.SendEmpty(204);
}

base::Status GetAccountPublicAccessBlock(Call& call) {
  RETURN_IF_ERROR(CheckAccount(call));
  ASSIGN_OR_RETURN(auto block, call.buckets().GetAccountBlock(call.Context(), call.account()));
  return call.SendXml(Render(block, kControlXmlns));
}

base::Status PutAccountPublicAccessBlock(Call& call) {
  RETURN_IF_ERROR(CheckAccount(call));
  ASSIGN_OR_RETURN(PublicAccessBlock block, Take(call));
  RETURN_IF_ERROR(call.buckets().SetAccountBlock(call.Context(), call.account(), block));
  return call.SendEmpty(200);
}

base::Status DeleteAccountPublicAccessBlock(Call& call) {
  RETURN_IF_ERROR(CheckAccount(call));
  RETURN_IF_ERROR(call.buckets().SetAccountBlock(call.Context(), call.account(), std::nullopt));
  return call.SendEmpty(204);
}

}  // namespace dray::s3
