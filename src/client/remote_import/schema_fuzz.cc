// SPDX-License-Identifier: Apache-2.0
// Any bytes as the document that tells a table's keys and settings: every request that is made of
// it is JSON.
#include <cstdint>
#include <cstdlib>

#include "client/remote_import/table_plan.h"

namespace import = dray::remote_import;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto schema = import::ParseSchema({reinterpret_cast<const char*>(data), size});
  if (!schema) return 0;
  import::TableFlags provisioned;
  provisioned.billing_mode = "PROVISIONED";
  provisioned.read_capacity = provisioned.write_capacity = 1;
  for (const import::TableFlags& flags : {import::TableFlags(), provisioned}) {
    auto plan = import::PlanTable("table", *schema, flags);
    if (!plan) continue;
    if (!dray::json::Parse(plan->parameters)) abort();
    for (const import::Setting& setting : plan->settings) {
      if (!dray::json::Parse(import::RenderSetting(setting, "table"))) abort();
    }
  }
  return 0;
}
