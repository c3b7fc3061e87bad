// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/job_description.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/page_token.h"
#include "api/dynamodb/shape.h"

namespace dray::dynamodb {

namespace {

constexpr int64_t kDefaultPage = 10;  // measured on AWS

constexpr Member kMembers[] = {
    {.name = "TableArn", .type = MemberType::kString, .min = 1, .max = 1024},
    {.name = "PageSize", .type = MemberType::kInteger, .min = 1, .max = 25},
    {.name = "NextToken",
     .type = MemberType::kString,
     .min = 112,
     .max = 1024,
     .pattern = &kPageTokenPattern},
};
constexpr Shape kShape{"ListImportsInput", kMembers};

class ListImports final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller& caller,
                       std::string& out) override {
    // One more than the page tells whether there are more.
    ASSIGN_OR_RETURN(
        std::vector<import_table::ImportDescription> found,
        services.imports.List(caller.account(), table_arn, start_after, count_max + 1));
    bool has_more = found.size() > count_max;
    if (has_more) found.pop_back();
    out += "{\"ImportSummaryList\":[";
    for (size_t i = 0; i < found.size(); ++i) {
      if (i > 0) out += ',';
      AppendImportSummary(found[i], out);
    }
    out += ']';
    if (has_more) out += ",\"NextToken\":\"" + MakePageToken(found.back().record.arn) + "\"";
    out += '}';
    return base::Ok();
  }

  std::string table_arn;
  std::string start_after;
  size_t count_max = kDefaultPage;
};

}  // namespace

ParsedCall ParseListImports(const Input& input) {
  const JsonView& body = input.body;
  RETURN_IF_ERROR(CheckShape(body, kShape));
  auto call = std::make_unique<ListImports>();
  call->count_max = static_cast<size_t>(OptionalInt(body, "PageSize").value_or(kDefaultPage));
  if (auto arn = body.Find("TableArn")) {
    ASSIGN_OR_RETURN(TableName table, ParseExportTableArn(arn->string(), input.caller.account()));
    call->table_arn = TableArn(input.region, table.account, table.name);
  }
  if (auto token = body.Find("NextToken")) {
    std::optional<std::string> start = ReadPageToken(token->string());
    if (!start) {
      return ValidationError("Invalid Request: Provided nextToken is invalid: " +
                             std::string(token->string()));
    }
    call->start_after = *std::move(start);
  }
  call->resources = {{input.caller.account(), "*"}};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
