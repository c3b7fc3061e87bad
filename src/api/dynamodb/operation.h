// SPDX-License-Identifier: Apache-2.0
// One operation: a parse function that gives a Call, and the Call that does it. The dispatcher puts
// authorisation between the two, so no operation can forget it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/dynamodb/dynamodb.h"
#include "api/dynamodb/json_view.h"
#include "api/dynamodb/resource_name.h"
#include "base/result.h"
#include "model/expression/expression_cache.h"

namespace dray::dynamodb {

// What a parse function sees. It must not look at stored state: nothing is authorised yet.
struct Input {
  JsonView body;
  const access::Caller& caller;
  std::string_view region;
  std::string_view host;  // of the request's Host header
  expression::ExpressionCache& expressions;
};

class Call {
 public:
  virtual ~Call() = default;
  // What the caller must be allowed to use. Never empty. Each is a part of the request: one that
  // says two things about a table names it twice.
  std::vector<Resource> resources;
  // Actions that this request needs on them besides the operation's own.
  std::vector<std::string_view> further_actions;
  // Further actions on further resources.
  struct Need {
    std::string_view action;
    Resource resource;
  };
  std::vector<Need> needs;
  // What policies can ask of the request about resources[part], which may be a table that is not
  // there. Runs before authorisation, and only when a policy asks; it tells the caller nothing.
  virtual void AddConditionKeys(size_t part, policy::Context& context) const;
  // Runs after authorisation. Appends the response body.
  virtual base::Status Execute(Services& services, const access::Caller& caller,
                               std::string& out) = 0;
  // Further members of the error's body when Execute fails: ,"Item":{...}
  std::string error_members;
};

inline void Call::AddConditionKeys(size_t, policy::Context&) const {}

using ParsedCall = base::Result<std::unique_ptr<Call>>;

// operations/<name>.cc, one each.
ParsedCall ParseApplyIncrementals(const Input& input);
ParsedCall ParseBatchGetItem(const Input& input);
ParsedCall ParseBatchWriteItem(const Input& input);
ParsedCall ParseCancelJob(const Input& input);
ParsedCall ParseCreateBackup(const Input& input);
ParsedCall ParseCreateTable(const Input& input);
ParsedCall ParseDeleteBackup(const Input& input);
ParsedCall ParseDeleteItem(const Input& input);
ParsedCall ParseDeleteResourcePolicy(const Input& input);
ParsedCall ParseDeleteTable(const Input& input);
ParsedCall ParseDescribeBackup(const Input& input);
ParsedCall ParseDescribeContinuousBackups(const Input& input);
ParsedCall ParseDescribeEndpoints(const Input& input);
ParsedCall ParseDescribeExport(const Input& input);
ParsedCall ParseDescribeImport(const Input& input);
ParsedCall ParseDescribeJobErrors(const Input& input);
ParsedCall ParseDescribeJobLog(const Input& input);
ParsedCall ParseDescribeLimits(const Input& input);
ParsedCall ParseDescribeTable(const Input& input);
ParsedCall ParseDescribeTimeToLive(const Input& input);
ParsedCall ParseExportTableToPointInTime(const Input& input);
ParsedCall ParseGetItem(const Input& input);
ParsedCall ParseGetResourcePolicy(const Input& input);
ParsedCall ParseImportIntoTable(const Input& input);
ParsedCall ParseImportTable(const Input& input);
ParsedCall ParseListBackups(const Input& input);
ParsedCall ParseListExports(const Input& input);
ParsedCall ParseListImports(const Input& input);
ParsedCall ParseListTables(const Input& input);
ParsedCall ParseListTagsOfResource(const Input& input);
ParsedCall ParseOwnImportTable(const Input& input);
ParsedCall ParsePutItem(const Input& input);
ParsedCall ParsePutResourcePolicy(const Input& input);
ParsedCall ParseQuery(const Input& input);
ParsedCall ParseRestoreTableFromBackup(const Input& input);
ParsedCall ParseRestoreTableToPointInTime(const Input& input);
ParsedCall ParseScan(const Input& input);
ParsedCall ParseTagResource(const Input& input);
ParsedCall ParseUntagResource(const Input& input);
ParsedCall ParseUpdateContinuousBackups(const Input& input);
ParsedCall ParseUpdateItem(const Input& input);
ParsedCall ParseUpdateTable(const Input& input);
ParsedCall ParseUpdateTimeToLive(const Input& input);

}  // namespace dray::dynamodb
