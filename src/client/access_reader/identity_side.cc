// SPDX-License-Identifier: Apache-2.0
// The caller and what IAM knows of it.
#include "base/text_encoding.h"
#include "client/access_reader/query_call.h"
#include "client/access_reader/sides.h"
#include "security/policy/arn_pattern.h"
#include "security/policy/principal.h"

namespace dray::access_reader {

namespace {

using doctor::NamedPolicy;
using doctor::Side;

std::string Refused(std::string_view action, const aws::ServiceError& error) {
  return std::string(action) + ": " + error.Text();
}

class IdentityReader {
 public:
  IdentityReader(remote_jobs::Session& session, const Given& given, doctor::Facts& facts)
      : session_(session), given_(given), facts_(facts) {}

  base::Status Read() {
    const bool is_told = !facts_.caller_arn.empty();
    if (!is_told) {
      ASSIGN_OR_RETURN(Caller caller, ReadCaller(session_, session_.tables_client()));
      facts_.caller_arn = caller.arn;
    }
    auto principal = policy::PrincipalOfArn(facts_.caller_arn);
    if (!principal) return base::Ok();  // Check says what is wrong with it
    if (principal->type == policy::Principal::Type::kRoot) return base::Ok();
    if (principal->type == policy::Principal::Type::kUser) {
      RETURN_IF_ERROR(ReadEntity("User", NameOf(facts_.caller_arn)));
    } else if (principal->type == policy::Principal::Type::kAssumedRole) {
      RETURN_IF_ERROR(ReadEntity("Role", NameOf(policy::RoleArnOf(*principal))));
      if (!is_told && facts_.session_policies.empty())
        AddUnread(facts_, std::nullopt, "the policies that this session was made with",
                  "Nothing tells them: give them with --session-policy if there are any.");
    }
    return base::Ok();
  }

 private:
  static std::string NameOf(const std::string& arn) { return arn.substr(arn.rfind('/') + 1); }

  // nullopt: refused, which was said.
  base::Result<std::optional<xml::Element>> Ask(const std::string& action,
                                                const Parameters& parameters, Side side,
                                                const std::string& what) {
    auto answer = Query(session_, session_.tables_client(), QueryService::kIam, action, parameters);
    if (!answer) {
      if (answer.error().kind == base::ErrorKind::kCancelled) return answer.error();
      AddUnread(facts_, side, what, action + ": " + answer.error().message);
      return std::optional<xml::Element>();
    }
    if (answer->refused) {
      AddUnread(facts_, side, what, Refused(action, *answer->refused));
      return std::optional<xml::Element>();
    }
    return std::optional<xml::Element>(std::move(answer->result));
  }

  // Every page's elements of <List><member>; nullopt: refused, which was said.
  base::Result<std::optional<std::vector<xml::Element>>> AskAll(const std::string& action,
                                                                Parameters parameters,
                                                                const std::string& list,
                                                                const std::string& what) {
    std::vector<xml::Element> all;
    while (true) {
      ASSIGN_OR_RETURN(auto page, Ask(action, parameters, Side::kIdentity, what));
      if (!page) return std::optional<std::vector<xml::Element>>();
      if (const xml::Element* members = page->Find(list))
        for (const xml::Element& member : members->children) all.push_back(member);
      if (page->TextOf("IsTruncated") != "true") break;
      if (parameters.back().first == "Marker") parameters.pop_back();
      parameters.emplace_back("Marker", page->TextOf("Marker"));
    }
    return std::optional(std::move(all));
  }

  base::Status ReadEntity(const std::string& kind, const std::string& name) {
    const std::string what = (kind == "User" ? "the user " : "the role ") + name;
    ASSIGN_OR_RETURN(auto found, Ask("Get" + kind, {{kind + "Name", name}}, Side::kBoundary,
                                     "whether " + what + " has a permissions boundary"));
    if (found) {
      if (const xml::Element* entity = found->Find(kind)) RETURN_IF_ERROR(TakeEntity(*entity));
    } else if (given_.has_boundary) {
      facts_.unread.pop_back();  // it was given
    }
    if (given_.has_identity_policies) return base::Ok();
    RETURN_IF_ERROR(ReadPolicies(kind, name, ""));
    return kind == "User" ? ReadGroups(name) : base::Ok();
  }

  // The ARN with its path, the boundary, the trust.
  base::Status TakeEntity(const xml::Element& entity) {
    if (facts_.caller_arn.find(":assumed-role/") != std::string::npos)
      facts_.caller_role_arn = entity.TextOf("Arn");
    if (!given_.has_trust_policy && !facts_.assumed_by.empty())
      facts_.trust_policy =
          base::PercentDecode(entity.TextOf("AssumeRolePolicyDocument")).value_or("");
    if (const xml::Element* tags = entity.Find("Tags"))
      for (const xml::Element& tag : tags->children)
        AddContext("aws:PrincipalTag/" + std::string(tag.TextOf("Key")),
                   std::string(tag.TextOf("Value")));
    const xml::Element* boundary = entity.Find("PermissionsBoundary");
    if (!boundary || given_.has_boundary) return base::Ok();
    return ReadManaged(std::string(boundary->TextOf("PermissionsBoundaryArn")), Side::kBoundary, "",
                       facts_.boundaries);
  }

  // What was given counts.
  void AddContext(const std::string& key, std::string value) {
    for (const auto& [known, unused] : facts_.context)
      if (base::EqualsIgnoreCase(known, key)) return;
    facts_.context.emplace_back(key, std::move(value));
  }

  // Inline and attached ones of a user, role or group.
  base::Status ReadPolicies(const std::string& kind, const std::string& name,
                            const std::string& of) {
    const std::string what = "identity policies of " + facts_.caller_arn + of;
    const std::pair<std::string, std::string> entity = {kind + "Name", name};
    ASSIGN_OR_RETURN(auto names, AskAll("List" + kind + "Policies", {entity}, "PolicyNames", what));
    if (names) {
      for (const xml::Element& policy : *names) {
        ASSIGN_OR_RETURN(auto found,
                         Ask("Get" + kind + "Policy", {entity, {"PolicyName", policy.text}},
                             Side::kIdentity, "the inline policy " + policy.text + of));
        if (found)
          facts_.identity_policies.push_back(
              {.json = base::PercentDecode(found->TextOf("PolicyDocument")).value_or(""),
               .name = "\"" + policy.text + "\"" + of});
      }
    }
    ASSIGN_OR_RETURN(auto attached, AskAll("ListAttached" + kind + "Policies", {entity},
                                           "AttachedPolicies", what));
    if (!attached) return base::Ok();
    for (const xml::Element& policy : *attached)
      RETURN_IF_ERROR(ReadManaged(std::string(policy.TextOf("PolicyArn")), Side::kIdentity, of,
                                  facts_.identity_policies));
    return base::Ok();
  }

  base::Status ReadManaged(const std::string& arn, Side side, const std::string& of,
                           std::vector<NamedPolicy>& policies) {
    const std::string what = "the managed policy " + arn;
    ASSIGN_OR_RETURN(auto policy, Ask("GetPolicy", {{"PolicyArn", arn}}, side, what));
    const xml::Element* head = policy ? policy->Find("Policy") : nullptr;
    if (!head) return base::Ok();
    ASSIGN_OR_RETURN(
        auto version,
        Ask("GetPolicyVersion",
            {{"PolicyArn", arn}, {"VersionId", std::string(head->TextOf("DefaultVersionId"))}},
            side, what));
    const xml::Element* document = version ? version->Find("PolicyVersion") : nullptr;
    if (!document) return base::Ok();
    policies.push_back({.json = base::PercentDecode(document->TextOf("Document")).value_or(""),
                        .name = "\"" + NameOf(arn) + "\"" + of});
    return base::Ok();
  }

  base::Status ReadGroups(const std::string& user) {
    auto groups = Query(session_, session_.tables_client(), QueryService::kIam, "ListGroupsForUser",
                        {{"UserName", user}});
    if (groups && groups->refused && IsUnknownOperation(*groups->refused))
      return base::Ok();  // a server without groups
    ASSIGN_OR_RETURN(auto found, AskAll("ListGroupsForUser", {{"UserName", user}}, "Groups",
                                        "the groups of the user " + user));
    if (!found) return base::Ok();
    for (const xml::Element& group : *found) {
      const std::string name(group.TextOf("GroupName"));
      RETURN_IF_ERROR(ReadPolicies("Group", name, " of the group " + name));
    }
    return base::Ok();
  }

  remote_jobs::Session& session_;
  const Given& given_;
  doctor::Facts& facts_;
};

}  // namespace

base::Result<Caller> ReadCaller(remote_jobs::Session& session, aws::Client& client) {
  ASSIGN_OR_RETURN(QueryAnswer answer,
                   Query(session, client, QueryService::kSts, "GetCallerIdentity", {}));
  if (answer.refused)
    return base::Error{base::ErrorKind::kInvalidArgument,
                       Refused("GetCallerIdentity", *answer.refused) +
                           "\n  who asks is not known: name the caller with --caller ARN",
                       {}};
  return Caller{std::string(answer.result.TextOf("Arn")),
                std::string(answer.result.TextOf("Account"))};
}

base::Status ReadIdentitySide(remote_jobs::Session& session, const Given& given,
                              doctor::Facts& facts) {
  return IdentityReader(session, given, facts).Read();
}

}  // namespace dray::access_reader
