// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/job_description.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/page_token.h"
#include "api/dynamodb/shape.h"

namespace dray::dynamodb {

namespace {

using export_table::ExportDescription;

constexpr int64_t kDefaultPage = 10;  // measured on AWS

constexpr Member kMembers[] = {
    {.name = "TableArn", .type = MemberType::kString, .min = 1, .max = 1024},
    {.name = "MaxResults", .type = MemberType::kInteger, .min = 1, .max = 25},
    {.name = "NextToken", .type = MemberType::kString},
};
constexpr Shape kShape{"ListExportsInput", kMembers};

class ListExports final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller& caller,
                       std::string& out) override {
    std::vector<ExportDescription> found;
    bool has_more = false;
    if (table_arn.empty()) {
      // One more than the page tells whether there are more.
      ASSIGN_OR_RETURN(found,
                       services.exports.List(caller.account(), "", start_after, count_max + 1));
      has_more = found.size() > count_max;
      if (has_more) found.pop_back();
    } else {
      RETURN_IF_ERROR(ListOfTable(services, caller, found, has_more));
    }
    out += "{\"ExportSummaries\":[";
    for (size_t i = 0; i < found.size(); ++i) {
      if (i > 0) out += ',';
      AppendExportSummary(found[i], out);
    }
    out += ']';
    if (has_more) out += ",\"NextToken\":\"" + MakePageToken(found.back().record.arn) + "\"";
    out += '}';
    return base::Ok();
  }

  std::string table_arn;  // or empty
  std::string table_name;
  std::string start_after;
  size_t count_max = kDefaultPage;

 private:
  // Of the table that has the name now: a deleted or re-created one lists nothing of before.
  base::Status ListOfTable(Services& services, const access::Caller& caller,
                           std::vector<ExportDescription>& found, bool& has_more) {
    base::Result<table::TableRef> table = services.tables.Find(caller.account(), table_name);
    if (!table) {
      if (table.error().reason == table::reason::kTableNotFound) return base::Ok();
      return table.error();
    }
    std::string table_id = services.tables.Describe(*table).table_id;
    std::string from = start_after;
    for (;;) {
      ASSIGN_OR_RETURN(std::vector<ExportDescription> page,
                       services.exports.List(caller.account(), table_arn, from, count_max + 1));
      for (ExportDescription& description : page) {
        from = description.record.arn;
        if (description.table_id != table_id) continue;
        has_more = found.size() == count_max;
        if (has_more) return base::Ok();
        found.push_back(std::move(description));
      }
      if (page.size() <= count_max) return base::Ok();
    }
  }
};

}  // namespace

ParsedCall ParseListExports(const Input& input) {
  const JsonView& body = input.body;
  RETURN_IF_ERROR(CheckShape(body, kShape));
  auto call = std::make_unique<ListExports>();
  call->count_max = static_cast<size_t>(OptionalInt(body, "MaxResults").value_or(kDefaultPage));
  if (auto arn = body.Find("TableArn")) {
    ASSIGN_OR_RETURN(TableName table, ParseExportTableArn(arn->string(), input.caller.account()));
    call->table_name = table.name;
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
