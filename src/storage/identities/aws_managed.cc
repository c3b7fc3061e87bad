// SPDX-License-Identifier: Apache-2.0
#include "storage/identities/aws_managed.h"

#include <vector>

namespace dray::identities {

namespace {

// 2015-02-06T18:39:46Z, when AWS made AdministratorAccess.
constexpr int64_t kCreatedMicros = 1'423'247'986'000'000;

ManagedPolicy Make(std::string_view name, std::string_view id, std::string_view actions) {
  ManagedPolicy policy;
  policy.account = "aws";
  policy.id = id;
  policy.name = name;
  policy.created_at_micros = kCreatedMicros;
  policy.updated_at_micros = kCreatedMicros;
  policy.versions.push_back({1, kCreatedMicros,
                             R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":)" +
                                 std::string(actions) + R"(,"Resource":"*"}]})"});
  return policy;
}

}  // namespace

std::span<const ManagedPolicy> AwsManagedPolicies() {
  static const std::vector<ManagedPolicy> kPolicies = {
      Make("AdministratorAccess", "ANPAIWMBCKSKIEE64ZLYK", R"("*")"),
      Make("AmazonS3FullAccess", "ANPAIFIR6V6BVTRAHWINE", R"(["s3:*","s3-object-lambda:*"])"),
      Make("AmazonS3ReadOnlyAccess", "ANPAIZTJ4DXE7G6AGAE6M",
           R"(["s3:Get*","s3:List*","s3:Describe*","s3-object-lambda:Get*",)"
           R"("s3-object-lambda:List*"])")};
  return kPolicies;
}

const ManagedPolicy* FindAwsManaged(std::string_view policy_arn) {
  for (const ManagedPolicy& policy : AwsManagedPolicies())
    if (policy.Arn() == policy_arn) return &policy;
  return nullptr;
}

}  // namespace dray::identities
