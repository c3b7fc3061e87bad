// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/tags.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

constexpr Member kMembers[] = {
    {.name = "ResourceArn",
     .type = MemberType::kString,
     .required = true,
     .missing_text = "Invalid TableArn"},
    {.name = "NextToken", .type = MemberType::kString},
};
constexpr Shape kShape{"ListTagsOfResourceInput", kMembers};

// All the tags that a table may have are one page.
class ListTagsOfResource final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(TaggedTable tagged, OpenTagged(resources.front(), services.region));
    json::Writer writer(out);
    writer.StartObject().Name("Tags").StartArray();
    for (const auto& [key, value] : tagged.descriptor.tags) {
      writer.StartObject();
      writer.Name("Key").String(key);
      writer.Name("Value").String(value);
      writer.EndObject();
    }
    writer.EndArray().EndObject();
    return base::Ok();
  }

  TableName table;
};

}  // namespace

ParsedCall ParseListTagsOfResource(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<ListTagsOfResource>();
  ASSIGN_OR_RETURN(call->table, ParseTaggedArn(input));
  if (input.body.Find("NextToken")) return InvalidParameter("NextToken is none of this resource's");
  call->resources = {call->table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
