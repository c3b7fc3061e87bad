// SPDX-License-Identifier: Apache-2.0
// Managed policies and their versions. Attachments: attachments.cc.
#include <algorithm>
#include <charconv>

#include "api/iam/parameter_rules.h"
#include "api/iam/rendering.h"
#include "storage/identities/aws_managed.h"

namespace dray::iam {

namespace {

using identities::ManagedPolicy;
using identities::PolicyVersion;

constexpr size_t kPolicySizeMax = 6144;  // AWS's quota, without white space
constexpr size_t kVersionsMax = 5;

std::string VersionId(int64_t number) { return "v" + std::to_string(number); }

// "v12" -> 12; 0 when it is none.
int64_t VersionNumber(std::string_view id) {
  int64_t number = 0;
  if (!id.starts_with('v')) return 0;
  auto [end, error] = std::from_chars(id.data() + 1, id.data() + id.size(), number);
  return error == std::errc() && end == id.data() + id.size() ? number : 0;
}

base::Error NoSuchVersion(const std::string& arn, const std::string& id) {
  return {base::ErrorKind::kNotFound,
          "Policy " + arn + " version " + id + " does not exist or is not attachable.",
          identities::reason::kNoSuchEntity};
}

base::Status CheckManaged(const std::string& document) {
  RETURN_IF_ERROR(CheckDocument(document, policy::DocumentKind::kIdentity));
  if (CountedSize(document) <= kPolicySizeMax) return base::Ok();
  return OverQuota("Cannot exceed quota for PolicySize: 6144");
}

void WritePolicy(const ManagedPolicy& policy, const identities::PolicyUses& uses,
                 xml::Writer& out) {
  out.Leaf("PolicyName", policy.name).Leaf("PolicyId", policy.id).Leaf("Arn", policy.Arn());
  out.Leaf("Path", policy.path).Leaf("DefaultVersionId", VersionId(policy.default_version));
  out.Leaf("AttachmentCount", std::to_string(uses.attachments));
  out.Leaf("PermissionsBoundaryUsageCount", std::to_string(uses.boundaries));
  out.Leaf("IsAttachable", "true");
  if (!policy.description.empty()) out.Leaf("Description", policy.description);
  WriteDate("CreateDate", policy.created_at_micros, out);
  WriteDate("UpdateDate", policy.updated_at_micros, out);
}

void WriteVersion(const ManagedPolicy& policy, const PolicyVersion& version, bool with_document,
                  xml::Writer& out) {
  if (with_document) WriteDocument("Document", version.document, out);
  out.Leaf("VersionId", VersionId(version.number));
  out.Leaf("IsDefaultVersion", version.number == policy.default_version ? "true" : "false");
  WriteDate("CreateDate", version.created_at_micros, out);
}

base::Status CreatePolicy(query::Call& call, query::Parameters& in, xml::Writer& out,
                          Services& services) {
  ManagedPolicy policy;
  policy.account = call.account();
  policy.name = in.RequiredText("PolicyName", kPolicyName);
  policy.path = in.Text("Path", kPath).value_or("/");
  policy.description = in.Text("Description", kDescription).value_or("");
  policy.tags = TagsOf(in);
  policy.versions.push_back({1, 0, in.RequiredText("PolicyDocument", kDocument)});
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(call.RequireAllowed(policy.Arn(), TagContext(policy.tags)));
  RETURN_IF_ERROR(CheckManaged(policy.versions.front().document));
  ASSIGN_OR_RETURN(policy, services.identities.CreatePolicy(std::move(policy)));
  out.Start("Policy");
  WritePolicy(policy, {}, out);
  WriteTags(policy.tags, out);
  out.End();
  return base::Ok();
}

base::Status GetPolicy(query::Call& call, query::Parameters& in, xml::Writer& out,
                       Services& services) {
  const std::string arn = in.RequiredText("PolicyArn", kArn);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(call.RequireAllowed(arn));
  ASSIGN_OR_RETURN(ManagedPolicy policy, services.identities.GetPolicy(call.account(), arn));
  ASSIGN_OR_RETURN(auto uses, services.identities.UsesOfPolicies(call.account()));
  out.Start("Policy");
  WritePolicy(policy, uses[arn], out);
  WriteTags(policy.tags, out);
  out.End();
  return base::Ok();
}

// AWS's own come first, on the first page: they are few.
base::Status ListPolicies(query::Call& call, query::Parameters& in, xml::Writer& out,
                          Services& services) {
  identities::ListQuery query = ReadListQuery(call, in);
  const std::string scope = in.Text("Scope", {}).value_or("All");
  if (scope != "All" && scope != "AWS" && scope != "Local")
    in.Fault("Scope", scope, "Member must satisfy enum value set: [All, AWS, Local]");
  const bool only_attached = in.Flag("OnlyAttached").value_or(false);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(call.RequireAllowed("arn:aws:iam::" + call.account() + ":policy/"));
  ASSIGN_OR_RETURN(auto uses, services.identities.UsesOfPolicies(call.account()));
  auto write = [&](const ManagedPolicy& policy) {
    const identities::PolicyUses of = uses[policy.Arn()];
    if (only_attached && of.attachments == 0) return;
    out.Start("member");
    WritePolicy(policy, of, out);
    out.End();
  };
  out.Start("Policies");
  if (scope != "Local" && query.after.empty() && query.path_prefix == "/")
    for (const ManagedPolicy& policy : identities::AwsManagedPolicies()) write(policy);
  identities::Listing<ManagedPolicy> own;
  if (scope != "AWS") {
    ASSIGN_OR_RETURN(own, services.identities.ListPolicies(query));
    for (const ManagedPolicy& policy : own.entries) write(policy);
  }
  out.End();
  WriteListEnd(own.is_last, own.is_last ? "" : own.entries.back().name, out);
  return base::Ok();
}

base::Status DeletePolicy(query::Call& call, query::Parameters& in, xml::Writer&,
                          Services& services) {
  const std::string arn = in.RequiredText("PolicyArn", kArn);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(call.RequireAllowed(arn));
  return services.identities.DeletePolicy(call.account(), arn);
}

base::Status CreatePolicyVersion(query::Call& call, query::Parameters& in, xml::Writer& out,
                                 Services& services) {
  const std::string arn = in.RequiredText("PolicyArn", kArn);
  const std::string document = in.RequiredText("PolicyDocument", kDocument);
  const bool is_default = in.Flag("SetAsDefault").value_or(false);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(call.RequireAllowed(arn));
  RETURN_IF_ERROR(CheckManaged(document));
  const int64_t now = services.clock.NowMicros();
  ASSIGN_OR_RETURN(
      ManagedPolicy policy,
      services.identities.UpdatePolicy(
          call.account(), arn, [&](ManagedPolicy& changed) -> base::Status {
            if (changed.versions.size() >= kVersionsMax)
              return OverQuota(
                  "A managed policy can have up to 5 versions. Before you create a new version, "
                  "you must delete an existing version.");
            changed.versions.push_back({++changed.last_version, now, document});
            if (is_default) changed.default_version = changed.last_version;
            return base::Ok();
          }));
  out.Start("PolicyVersion");
  WriteVersion(policy, policy.versions.back(), false, out);
  out.End();
  return base::Ok();
}

base::Status GetPolicyVersion(query::Call& call, query::Parameters& in, xml::Writer& out,
                              Services& services) {
  const std::string arn = in.RequiredText("PolicyArn", kArn);
  const std::string id = in.RequiredText("VersionId", {});
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(call.RequireAllowed(arn));
  ASSIGN_OR_RETURN(ManagedPolicy policy, services.identities.GetPolicy(call.account(), arn));
  const PolicyVersion* version = policy.FindVersion(VersionNumber(id));
  if (version == nullptr) return NoSuchVersion(arn, id);
  out.Start("PolicyVersion");
  WriteVersion(policy, *version, true, out);
  out.End();
  return base::Ok();
}

// At most five: one page, newest first.
base::Status ListPolicyVersions(query::Call& call, query::Parameters& in, xml::Writer& out,
                                Services& services) {
  const std::string arn = in.RequiredText("PolicyArn", kArn);
  in.Number("MaxItems", 1, 1000);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(call.RequireAllowed(arn));
  ASSIGN_OR_RETURN(ManagedPolicy policy, services.identities.GetPolicy(call.account(), arn));
  out.Start("Versions");
  for (auto version = policy.versions.rbegin(); version != policy.versions.rend(); ++version) {
    out.Start("member");
    WriteVersion(policy, *version, false, out);
    out.End();
  }
  out.End();
  WriteListEnd(true, "", out);
  return base::Ok();
}

base::Status SetDefaultPolicyVersion(query::Call& call, query::Parameters& in, xml::Writer&,
                                     Services& services) {
  const std::string arn = in.RequiredText("PolicyArn", kArn);
  const std::string id = in.RequiredText("VersionId", {});
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(call.RequireAllowed(arn));
  RETURN_IF_ERROR(services.identities.UpdatePolicy(
      call.account(), arn, [&](ManagedPolicy& policy) -> base::Status {
        if (policy.FindVersion(VersionNumber(id)) == nullptr) return NoSuchVersion(arn, id);
        policy.default_version = VersionNumber(id);
        return base::Ok();
      }));
  return base::Ok();
}

base::Status DeletePolicyVersion(query::Call& call, query::Parameters& in, xml::Writer&,
                                 Services& services) {
  const std::string arn = in.RequiredText("PolicyArn", kArn);
  const std::string id = in.RequiredText("VersionId", {});
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(call.RequireAllowed(arn));
  RETURN_IF_ERROR(services.identities.UpdatePolicy(
      call.account(), arn, [&](ManagedPolicy& policy) -> base::Status {
        const int64_t number = VersionNumber(id);
        if (policy.FindVersion(number) == nullptr) return NoSuchVersion(arn, id);
        if (number == policy.default_version)
          return base::Error{base::ErrorKind::kInUse,
                             "Cannot delete the default version of a policy.",
                             identities::reason::kDeleteConflict};
        std::erase_if(policy.versions,
                      [&](const PolicyVersion& version) { return version.number == number; });
        return base::Ok();
      }));
  return base::Ok();
}

}  // namespace

void AddManagedPolicyOperations(std::vector<Operation>& table) {
  table.insert(table.end(), {{"CreatePolicy", CreatePolicy},
                             {"GetPolicy", GetPolicy},
                             {"ListPolicies", ListPolicies},
                             {"DeletePolicy", DeletePolicy, false},
                             {"CreatePolicyVersion", CreatePolicyVersion},
                             {"GetPolicyVersion", GetPolicyVersion},
                             {"ListPolicyVersions", ListPolicyVersions},
                             {"SetDefaultPolicyVersion", SetDefaultPolicyVersion, false},
                             {"DeletePolicyVersion", DeletePolicyVersion, false}});
}

}  // namespace dray::iam
