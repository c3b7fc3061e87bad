// SPDX-License-Identifier: Apache-2.0
// Any bytes as an AccessControlPolicy and as a list of grants; what is read is written and read
// again.
#include "api/s3/acl_documents.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dray;  // NOLINT(google-build-using-namespace)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto acl = s3::ParseAcl(text)) {
    CHECK(acl->canned.empty());
    auto again = s3::ParseAcl(s3::RenderAcl({*acl->owner_id, acl->grants}));
    CHECK(again.has_value());
    CHECK(again->grants == acl->grants);
  }
  objects::Acl grants;
  if (s3::AddGrants(text, objects::Permission::kRead, grants)) {
    for (const objects::Grant& grant : grants) {
      CHECK((grant.grantee == objects::Grant::Grantee::kCanonicalUser) ==
            !grant.canonical_id.empty());
    }
  }
  return 0;
}
