// SPDX-License-Identifier: Apache-2.0
#include "api/s3/acl_documents.h"

#include <algorithm>

#include "api/s3/error_mapping.h"
#include "base/text_encoding.h"
#include "format/xml/xml.h"

namespace dray::s3 {
namespace {

using objects::Grant;
using objects::Permission;

constexpr size_t kBodyBytesMax = 64 * 1024;
constexpr size_t kGrantsMax = 100;  // of an ACL, as on AWS
constexpr size_t kCanonicalIdBytes = 64;

struct PermissionName {
  Permission permission;
  std::string_view name;
  std::string_view header;
};
constexpr PermissionName kPermissions[] = {
    {Permission::kFullControl, "FULL_CONTROL", "x-amz-grant-full-control"},
    {Permission::kRead, "READ", "x-amz-grant-read"},
    {Permission::kReadAcp, "READ_ACP", "x-amz-grant-read-acp"},
    {Permission::kWrite, "WRITE", "x-amz-grant-write"},
    {Permission::kWriteAcp, "WRITE_ACP", "x-amz-grant-write-acp"},
};

struct GroupName {
  Grant::Grantee group;
  std::string_view uri;
};
constexpr GroupName kGroups[] = {
    {Grant::Grantee::kAllUsers, "http://acs.amazonaws.com/groups/global/AllUsers"},
    {Grant::Grantee::kAuthenticatedUsers,
     "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"},
    {Grant::Grantee::kLogDelivery, "http://acs.amazonaws.com/groups/s3/LogDelivery"},
};

base::Error MalformedAcl(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message), reason::kMalformedAcl};
}
base::Error MalformedAcl() {
  return MalformedAcl(
      "The XML you provided was not well-formed or did not validate against our published schema");
}

base::Result<Grant> GrantToUser(std::string_view id, Permission permission) {
  const bool is_hex = id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (id.size() != kCanonicalIdBytes || !is_hex) return InvalidArgument("Invalid id");
  return Grant{Grant::Grantee::kCanonicalUser, std::string(id), permission};
}

base::Result<Grant> GrantToGroup(std::string_view uri, Permission permission) {
  for (const GroupName& row : kGroups) {
    if (row.uri == uri) return Grant{row.group, "", permission};
  }
  return InvalidArgument("Invalid group uri");
}

base::Error NoEmail() {
  return {base::ErrorKind::kInvalidArgument,
          "Grants to e-mail addresses are not implemented: name the canonical id.",
          reason::kNotImplemented};
}

base::Result<Grant> ParseGrant(const xml::Element& element) {
  const xml::Element* grantee = element.Find("Grantee");
  if (element.name != "Grant" || grantee == nullptr) return MalformedAcl();
  const auto* row = std::find_if(
      std::begin(kPermissions), std::end(kPermissions),
      [&](const PermissionName& name) { return name.name == element.TextOf("Permission"); });
  if (row == std::end(kPermissions)) return MalformedAcl();
  if (const auto* id = grantee->Find("ID")) return GrantToUser(id->text, row->permission);
  if (const auto* uri = grantee->Find("URI")) return GrantToGroup(uri->text, row->permission);
  if (grantee->Find("EmailAddress") != nullptr) return NoEmail();
  return MalformedAcl();
}

}  // namespace

base::Status AddGrants(std::string_view list, Permission permission, objects::Acl& grants) {
  while (!list.empty()) {
    size_t comma = std::min(list.find(','), list.size());
    std::string_view one = base::TrimSpace(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    size_t equals = one.find('=');
    if (equals == std::string_view::npos) return InvalidArgument("Argument format not recognized");
    std::string type = base::ToLower(base::TrimSpace(one.substr(0, equals)));
    std::string_view value = base::TrimSpace(one.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    if (type == "emailaddress") return NoEmail();
    if (type != "id" && type != "uri") return InvalidArgument("Argument format not recognized");
    ASSIGN_OR_RETURN(Grant grant, type == "id" ? GrantToUser(value, permission)
                                               : GrantToGroup(value, permission));
    grants.push_back(std::move(grant));
  }
  return base::Ok();
}

base::Result<std::optional<buckets::RequestedAcl>> TakeAclHeaders(const Call& call) {
  buckets::RequestedAcl acl;
  bool has_grants = false;
  for (const PermissionName& row : kPermissions) {
    auto list = call.Header(row.header);
    if (!list) continue;
    has_grants = true;
    RETURN_IF_ERROR(AddGrants(*list, row.permission, acl.grants));
  }
  auto canned = call.Header("x-amz-acl");
  if (canned && has_grants) {
    return InvalidRequest("Specifying both Canned ACLs and Header Grants is not allowed");
  }
  if (!canned && !has_grants) return std::optional<buckets::RequestedAcl>();
  if (canned) {
    if (canned->empty()) return InvalidArgument("The canned ACL \"\" is not valid.");
    acl.canned = std::string(*canned);
  }
  if (acl.grants.size() > kGrantsMax) return MalformedAcl("An ACL has at most 100 grants.");
  return std::optional<buckets::RequestedAcl>(std::move(acl));
}

base::Result<buckets::RequestedAcl> ParseAcl(std::string_view text) {
  auto parsed = xml::Parse(text);
  if (!parsed || parsed->name != "AccessControlPolicy") return MalformedAcl();
  const xml::Element* owner = parsed->Find("Owner");
  const xml::Element* list = parsed->Find("AccessControlList");
  if (owner == nullptr || list == nullptr) return MalformedAcl();
  buckets::RequestedAcl acl;
  acl.owner_id = std::string(owner->TextOf("ID"));
  for (const xml::Element& child : list->children) {
    ASSIGN_OR_RETURN(Grant grant, ParseGrant(child));
    acl.grants.push_back(std::move(grant));
  }
  if (acl.grants.size() > kGrantsMax) return MalformedAcl("An ACL has at most 100 grants.");
  return acl;
}

base::Result<buckets::RequestedAcl> TakeAcl(Call& call) {
  ASSIGN_OR_RETURN(std::string body, call.WholeBody(kBodyBytesMax));
  ASSIGN_OR_RETURN(auto from_headers, TakeAclHeaders(call));
  if (from_headers && !body.empty()) {
    return base::Error{base::ErrorKind::kInvalidArgument, "This request does not support content",
                       reason::kUnexpectedContent};
  }
  if (from_headers) return *std::move(from_headers);
  if (!body.empty()) return ParseAcl(body);
  return base::Error{base::ErrorKind::kInvalidArgument,
                     "Your request was missing a required header: x-amz-acl, x-amz-grant-* or an "
                     "AccessControlPolicy in the body",
                     reason::kMissingAcl};
}

std::string RenderAcl(const buckets::AccessControl& control) {
  constexpr std::string_view kXsi = "http://www.w3.org/2001/XMLSchema-instance";
  std::string out;
  xml::Writer writer(out);
  writer.Start("AccessControlPolicy", kXmlns)
      .Start("Owner")
      .Leaf("ID", control.owner_id)
      .End()
      .Start("AccessControlList");
  for (const Grant& grant : control.grants) {
    const bool is_user = grant.grantee == Grant::Grantee::kCanonicalUser;
    writer.Start("Grant").StartWith(
        "Grantee", {{"xmlns:xsi", kXsi}, {"xsi:type", is_user ? "CanonicalUser" : "Group"}});
    if (is_user) writer.Leaf("ID", grant.canonical_id);
    for (const GroupName& row : kGroups) {
      if (row.group == grant.grantee) writer.Leaf("URI", row.uri);
    }
    writer.End();
    for (const PermissionName& row : kPermissions) {
      if (row.permission == grant.permission) writer.Leaf("Permission", row.name);
    }
    writer.End();
  }
  writer.End().End();
  return out;
}

}  // namespace dray::s3
