// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "api/dynamodb/condition_keys.h"
#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_change.h"
#include "api/dynamodb/table_shapes.h"
#include "api/dynamodb/tags.h"

namespace dray::dynamodb {

namespace {

constexpr Member kMembers[] = {
    {.name = "ResourceArn",
     .type = MemberType::kString,
     .required = true,
     .missing_text = "Invalid TableArn"},
    {.name = "Tags", .type = MemberType::kStructures, .required = true, .shape = &kTagShape},
};
constexpr Shape kShape{"TagResourceInput", kMembers};

class TagResource final : public Call {
 public:
  void AddConditionKeys(size_t, policy::Context& context) const override {
    SetRequestTags(tags, context);
  }

  base::Status Execute(Services& services, const access::Caller&, std::string&) override {
    ASSIGN_OR_RETURN(TaggedTable tagged, OpenTagged(resources.front(), services.region));
    // To this operation a table that is being loaded is not there yet (contract section 4.4).
    if (tagged.descriptor.status == table::TableStatus::kCreating) {
      return base::Error{base::ErrorKind::kNotFound,
                         "Requested resource not found: ResourceArn: " +
                             table.resource().Arn(services.region) + " not found",
                         reason::kResourceNotFound};
    }
    RETURN_IF_ERROR(CheckChangeable(tagged.descriptor));
    return services.tables.Update(tagged.ref,
                                  [&](table::TableDescriptor& descriptor) -> base::Status {
                                    for (const auto& tag : tags) Set(tag, descriptor.tags);
                                    if (descriptor.tags.size() > kTagsMax) return TooManyTags();
                                    return base::Ok();
                                  });
  }

  TableName table;
  TagList tags;

 private:
  static void Set(const TagList::value_type& tag, TagList& all) {
    auto same = std::find_if(all.begin(), all.end(),
                             [&](const auto& other) { return other.first == tag.first; });
    if (same != all.end()) {
      same->second = tag.second;
    } else {
      all.push_back(tag);
    }
  }
};

}  // namespace

ParsedCall ParseTagResource(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<TagResource>();
  ASSIGN_OR_RETURN(call->table, ParseTaggedArn(input));
  JsonView tags = *input.body.Find("Tags");
  if (tags.size() == 0) return ValidationError("Atleast one Tag needs to be provided as Input.");
  ASSIGN_OR_RETURN(call->tags, ReadTags(tags));
  call->resources = {call->table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
