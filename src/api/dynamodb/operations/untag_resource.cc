// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "api/dynamodb/condition_keys.h"
#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_change.h"
#include "api/dynamodb/tags.h"

namespace dray::dynamodb {

namespace {

constexpr Member kMembers[] = {
    {.name = "ResourceArn",
     .type = MemberType::kString,
     .required = true,
     .missing_text = "Invalid TableArn"},
    {.name = "TagKeys", .type = MemberType::kStrings, .required = true},
};
constexpr Shape kShape{"UntagResourceInput", kMembers};

class UntagResource final : public Call {
 public:
  void AddConditionKeys(size_t, policy::Context& context) const override {
    SetTagKeys(keys, context);
  }

  base::Status Execute(Services& services, const access::Caller&, std::string&) override {
    ASSIGN_OR_RETURN(TaggedTable tagged, OpenTagged(resources.front(), services.region));
    RETURN_IF_ERROR(CheckChangeable(tagged.descriptor));
    return services.tables.Update(
        tagged.ref, [&](table::TableDescriptor& descriptor) -> base::Status {
          std::erase_if(descriptor.tags, [&](const auto& tag) {
            return std::find(keys.begin(), keys.end(), tag.first) != keys.end();
          });
          return base::Ok();
        });
  }

  TableName table;
  std::vector<std::string> keys;
};

}  // namespace

ParsedCall ParseUntagResource(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<UntagResource>();
  ASSIGN_OR_RETURN(call->table, ParseTaggedArn(input));
  JsonView keys = *input.body.Find("TagKeys");
  if (keys.size() == 0)
    return ValidationError("Atleast one Tag Key needs to be provided as Input.");
  if (keys.size() > kTagsMax) return TooManyTags();
  base::Status read = keys.ForEachElement([&](JsonView key) -> base::Status {
    RETURN_IF_ERROR(CheckTagKey(key.string()));
    call->keys.emplace_back(key.string());
    return base::Ok();
  });
  if (!read) return read.error();
  call->resources = {call->table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
