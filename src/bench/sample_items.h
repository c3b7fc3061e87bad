// SPDX-License-Identifier: Apache-2.0
// Items of about 700 bytes of DynamoDB JSON, the same for the same number, and their texts.
#pragma once

#include <cstdint>
#include <string>

namespace dray::bench {

std::string KeyOf(uint64_t number);
// {"Item":{...}} and a newline: attributes of all kinds, nested too.
void AppendLine(uint64_t number, std::string& out);

// Items that CSV can hold, of strings alone, of about as many bytes: kCsvHeader, then a row each;
// and the same item as a line.
inline constexpr const char* kCsvHeader = "pk,price,stock,active,city,street,zip,remark,text\n";
void AppendCsvRow(uint64_t number, std::string& out);
void AppendFlatLine(uint64_t number, std::string& out);

}  // namespace dray::bench
