// SPDX-License-Identifier: Apache-2.0
// Items of about 700 bytes of DynamoDB JSON, the same for the same number.
#pragma once

#include <cstdint>
#include <string>

namespace dray::bench {

std::string KeyOf(uint64_t number);
// {"Item":{...}} and a newline.
void AppendLine(uint64_t number, std::string& out);

}  // namespace dray::bench
