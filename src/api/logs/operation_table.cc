// SPDX-License-Identifier: Apache-2.0
#include "api/logs/operation.h"

namespace dray::logs {

namespace {

constexpr Operation kOperations[] = {
    {"DescribeLogGroups", "logs:DescribeLogGroups", ParseDescribeLogGroups},
    {"DescribeLogStreams", "logs:DescribeLogStreams", ParseDescribeLogStreams},
    {"FilterLogEvents", "logs:FilterLogEvents", ParseFilterLogEvents},
    {"GetLogEvents", "logs:GetLogEvents", ParseGetLogEvents},
};

}  // namespace

std::span<const Operation> Operations() { return kOperations; }

const Operation* FindOperation(std::string_view name) {
  for (const Operation& operation : kOperations) {
    if (operation.name == name) return &operation;
  }
  return nullptr;
}

}  // namespace dray::logs
