// SPDX-License-Identifier: Apache-2.0
#include "api/iam/caller_user.h"
#include "api/iam/parameter_rules.h"
#include "api/iam/rendering.h"

namespace dray::iam {

namespace {

base::Status CreateUser(query::Call& call, query::Parameters& in, xml::Writer& out,
                        Services& services) {
  Identity user;
  user.kind = Kind::kUser;
  user.account = call.account();
  user.name = RequiredName(Kind::kUser, in);
  user.path = in.Text("Path", kPath).value_or("/");
  user.tags = TagsOf(in);
  user.boundary_arn = in.Text("PermissionsBoundary", kArn).value_or("");
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(call.RequireAllowed(user.Arn(), CreationContext(user)));
  ASSIGN_OR_RETURN(user, services.identities.Create(std::move(user)));
  out.Start("User");
  WriteIdentity(user, false, out);
  out.End();
  return base::Ok();
}

// Of a root user: the account itself.
base::Status WriteRootUser(query::Call& call, Services& services, xml::Writer& out) {
  ASSIGN_OR_RETURN(auto account, services.identities.FindAccount(call.account()));
  const policy::Principal& root = call.caller().principal;
  RETURN_IF_ERROR(call.RequireAllowed(root.arn));
  out.Start("User").Leaf("UserId", root.user_id).Leaf("Arn", root.arn);
  WriteDate("CreateDate", account ? account->created_at_micros : 0, out);
  out.End();
  return base::Ok();
}

base::Status GetUser(query::Call& call, query::Parameters& in, xml::Writer& out,
                     Services& services) {
  auto name = in.Text("UserName", kUserName);
  RETURN_IF_ERROR(in.Check());
  if (!name && call.caller().principal.type == policy::Principal::Type::kRoot)
    return WriteRootUser(call, services, out);
  ASSIGN_OR_RETURN(std::string user_name, NameOrCaller(call, std::move(name)));
  RETURN_IF_ERROR(RequireOn(call, services, Kind::kUser, user_name));
  ASSIGN_OR_RETURN(Identity user, services.identities.Get(Kind::kUser, call.account(), user_name));
  out.Start("User");
  WriteIdentity(user, false, out);
  out.End();
  return base::Ok();
}

base::Status ListUsers(query::Call& call, query::Parameters& in, xml::Writer& out,
                       Services& services) {
  const identities::ListQuery query = ReadListQuery(call, in);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(call.RequireAllowed("arn:aws:iam::" + call.account() + ":user/"));
  ASSIGN_OR_RETURN(auto users, services.identities.List(Kind::kUser, query));
  out.Start("Users");
  for (const Identity& user : users.entries) {
    out.Start("member");
    WriteIdentity(user, true, out);
    out.End();
  }
  out.End();
  WriteListEnd(users.is_last, users.is_last ? "" : users.entries.back().name, out);
  return base::Ok();
}

base::Status UpdateUser(query::Call& call, query::Parameters& in, xml::Writer&,
                        Services& services) {
  const std::string name = RequiredName(Kind::kUser, in);
  auto new_name = in.Text("NewUserName", kUserName);
  auto new_path = in.Text("NewPath", kPath);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(RequireOn(call, services, Kind::kUser, name));
  ASSIGN_OR_RETURN(Identity renamed, services.identities.Get(Kind::kUser, call.account(), name));
  if (new_name) renamed.name = *new_name;
  if (new_path) renamed.path = *new_path;
  RETURN_IF_ERROR(call.RequireAllowed(renamed.Arn()));
  return services.identities.RenameUser(call.account(), name, std::move(new_name),
                                        std::move(new_path));
}

base::Status DeleteUser(query::Call& call, query::Parameters& in, xml::Writer&,
                        Services& services) {
  const std::string name = RequiredName(Kind::kUser, in);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(RequireOn(call, services, Kind::kUser, name));
  return services.identities.Delete(Kind::kUser, call.account(), name);
}

}  // namespace

void AddUserOperations(std::vector<Operation>& table) {
  table.insert(table.end(), {{"CreateUser", CreateUser},
                             {"GetUser", GetUser},
                             {"ListUsers", ListUsers},
                             {"UpdateUser", UpdateUser, false},
                             {"DeleteUser", DeleteUser, false}});
}

}  // namespace dray::iam
