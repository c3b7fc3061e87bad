// SPDX-License-Identifier: Apache-2.0
// Tags of users and roles; policies see them as aws:PrincipalTag/KEY.
#include <algorithm>

#include "api/iam/parameter_rules.h"
#include "api/iam/rendering.h"
#include "base/text_encoding.h"

namespace dray::iam {

namespace {

constexpr size_t kTagsMax = 50;

// Keys differ in more than their case.
void EraseTag(std::map<std::string, std::string>& tags, const std::string& key) {
  std::erase_if(tags, [&](const auto& tag) { return base::EqualsIgnoreCase(tag.first, key); });
}

template <Kind kind>
base::Status Tag(query::Call& call, query::Parameters& in, xml::Writer&, Services& services) {
  const std::string name = RequiredName(kind, in);
  const auto tags = TagsOf(in);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(RequireOn(call, services, kind, name, TagContext(tags)));
  RETURN_IF_ERROR(services.identities.Update(
      kind, call.account(), name, [&](Identity& identity) -> base::Status {
        for (const auto& [key, value] : tags) {
          EraseTag(identity.tags, key);
          identity.tags[key] = value;
        }
        if (identity.tags.size() <= kTagsMax) return base::Ok();
        return OverQuota("The number of tags has reached the maximum limit.");
      }));
  return base::Ok();
}

template <Kind kind>
base::Status Untag(query::Call& call, query::Parameters& in, xml::Writer&, Services& services) {
  const std::string name = RequiredName(kind, in);
  const auto keys = in.Texts("TagKeys", kTagKey);
  RETURN_IF_ERROR(in.Check());
  policy::Context extra;
  if (!keys.empty()) extra.SetMany("aws:TagKeys", keys);
  RETURN_IF_ERROR(RequireOn(call, services, kind, name, std::move(extra)));
  RETURN_IF_ERROR(services.identities.Update(kind, call.account(), name, [&](Identity& identity) {
    for (const std::string& key : keys) EraseTag(identity.tags, key);
    return base::Ok();
  }));
  return base::Ok();
}

// All are one page: there are at most fifty.
template <Kind kind>
base::Status ListTags(query::Call& call, query::Parameters& in, xml::Writer& out,
                      Services& services) {
  const std::string name = RequiredName(kind, in);
  in.Number("MaxItems", 1, 1000);
  RETURN_IF_ERROR(in.Check());
  RETURN_IF_ERROR(RequireOn(call, services, kind, name));
  ASSIGN_OR_RETURN(Identity identity, services.identities.Get(kind, call.account(), name));
  if (identity.tags.empty()) out.Start("Tags").End();
  WriteTags(identity.tags, out);
  WriteListEnd(true, "", out);
  return base::Ok();
}

}  // namespace

void AddTagOperations(std::vector<Operation>& table) {
  table.insert(table.end(), {{"TagUser", Tag<Kind::kUser>, false},
                             {"UntagUser", Untag<Kind::kUser>, false},
                             {"ListUserTags", ListTags<Kind::kUser>},
                             {"TagRole", Tag<Kind::kRole>, false},
                             {"UntagRole", Untag<Kind::kRole>, false},
                             {"ListRoleTags", ListTags<Kind::kRole>}});
}

}  // namespace dray::iam
