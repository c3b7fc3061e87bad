// SPDX-License-Identifier: Apache-2.0
#include "api/iam/caller_user.h"
#include "api/iam/parameter_rules.h"
#include "api/iam/rendering.h"

namespace dray::iam {

namespace {

std::string_view StatusOf(const identities::AccessKey& key) {
  return key.is_active ? "Active" : "Inactive";
}

// Reads UserName, checks everything read so far, and asks for permission.
base::Result<std::string> AllowedUser(query::Call& call, query::Parameters& in,
                                      Services& services) {
  auto given = in.Text("UserName", kUserName);
  RETURN_IF_ERROR(in.Check());
  ASSIGN_OR_RETURN(std::string name, NameOrCaller(call, std::move(given)));
  RETURN_IF_ERROR(RequireOn(call, services, Kind::kUser, name));
  return name;
}

base::Status CreateAccessKey(query::Call& call, query::Parameters& in, xml::Writer& out,
                             Services& services) {
  ASSIGN_OR_RETURN(const std::string name, AllowedUser(call, in, services));
  ASSIGN_OR_RETURN(auto made, services.identities.CreateAccessKey(call.account(), name));
  out.Start("AccessKey").Leaf("UserName", name).Leaf("AccessKeyId", made.key.access_key);
  out.Leaf("Status", StatusOf(made.key)).Leaf("SecretAccessKey", made.secret);
  WriteDate("CreateDate", made.key.created_at_micros, out);
  out.End();
  return base::Ok();
}

base::Status ListAccessKeys(query::Call& call, query::Parameters& in, xml::Writer& out,
                            Services& services) {
  // A user has at most two keys: one page.
  in.Number("MaxItems", 1, 1000);
  ASSIGN_OR_RETURN(const std::string name, AllowedUser(call, in, services));
  ASSIGN_OR_RETURN(auto keys, services.identities.AccessKeysOf(call.account(), name));
  out.Start("AccessKeyMetadata");
  for (const identities::AccessKey& key : keys) {
    out.Start("member").Leaf("UserName", name).Leaf("AccessKeyId", key.access_key);
    out.Leaf("Status", StatusOf(key));
    WriteDate("CreateDate", key.created_at_micros, out);
    out.End();
  }
  out.End();
  WriteListEnd(true, "", out);
  return base::Ok();
}

base::Status UpdateAccessKey(query::Call& call, query::Parameters& in, xml::Writer&,
                             Services& services) {
  const std::string access_key = in.RequiredText("AccessKeyId", kAccessKeyId);
  const std::string status = in.RequiredText("Status", {});
  if (status != "Active" && status != "Inactive")
    in.Fault("Status", status, "Member must satisfy enum value set: [Active, Inactive]");
  ASSIGN_OR_RETURN(const std::string name, AllowedUser(call, in, services));
  return services.identities.SetAccessKeyActive(call.account(), name, access_key,
                                                status == "Active");
}

base::Status DeleteAccessKey(query::Call& call, query::Parameters& in, xml::Writer&,
                             Services& services) {
  const std::string access_key = in.RequiredText("AccessKeyId", kAccessKeyId);
  ASSIGN_OR_RETURN(const std::string name, AllowedUser(call, in, services));
  return services.identities.DeleteAccessKey(call.account(), name, access_key);
}

}  // namespace

void AddAccessKeyOperations(std::vector<Operation>& table) {
  table.insert(table.end(), {{"CreateAccessKey", CreateAccessKey},
                             {"ListAccessKeys", ListAccessKeys},
                             {"UpdateAccessKey", UpdateAccessKey, false},
                             {"DeleteAccessKey", DeleteAccessKey, false}});
}

}  // namespace dray::iam
