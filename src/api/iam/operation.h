// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "api/iam/iam.h"
#include "api/query/query.h"

namespace dray::iam {

using Run = base::Status (*)(query::Call& call, query::Parameters& in, xml::Writer& out,
                             Services& services);
struct Operation {
  std::string_view name;
  Run run;
  bool has_result = true;
};

// One of each in operations/.
void AddUserOperations(std::vector<Operation>& table);
void AddRoleOperations(std::vector<Operation>& table);
void AddAccessKeyOperations(std::vector<Operation>& table);
void AddInlinePolicyOperations(std::vector<Operation>& table);
void AddManagedPolicyOperations(std::vector<Operation>& table);
void AddAttachmentOperations(std::vector<Operation>& table);
void AddTagOperations(std::vector<Operation>& table);
void AddSimulationOperations(std::vector<Operation>& table);

}  // namespace dray::iam
