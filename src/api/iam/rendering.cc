// SPDX-License-Identifier: Apache-2.0
#include "api/iam/rendering.h"

#include "base/text_encoding.h"

namespace dray::iam {

void WriteDate(std::string_view name, int64_t micros, xml::Writer& out) {
  out.Leaf(name, base::FormatIso8601Seconds(micros));
}

void WriteDocument(std::string_view name, std::string_view json, xml::Writer& out) {
  out.Leaf(name, base::PercentEncode(json, false));
}

void WriteTags(const std::map<std::string, std::string>& tags, xml::Writer& out) {
  if (tags.empty()) return;
  out.Start("Tags");
  for (const auto& [key, value] : tags)
    out.Start("member").Leaf("Key", key).Leaf("Value", value).End();
  out.End();
}

void WriteIdentity(const Identity& identity, bool in_list, xml::Writer& out) {
  const bool is_user = identity.kind == Kind::kUser;
  out.Leaf("Path", identity.path);
  out.Leaf(is_user ? "UserName" : "RoleName", identity.name);
  out.Leaf(is_user ? "UserId" : "RoleId", identity.id);
  out.Leaf("Arn", identity.Arn());
  WriteDate("CreateDate", identity.created_at_micros, out);
  if (!is_user) {
    WriteDocument("AssumeRolePolicyDocument", identity.trust_policy, out);
    if (!identity.description.empty()) out.Leaf("Description", identity.description);
    out.Leaf("MaxSessionDuration", std::to_string(identity.session_seconds_max));
  }
  if (in_list) return;
  if (!identity.boundary_arn.empty()) {
    out.Start("PermissionsBoundary").Leaf("PermissionsBoundaryType", "Policy");
    out.Leaf("PermissionsBoundaryArn", identity.boundary_arn).End();
  }
  WriteTags(identity.tags, out);
}

}  // namespace dray::iam
