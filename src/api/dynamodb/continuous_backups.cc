// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/continuous_backups.h"

#include <algorithm>

#include "api/dynamodb/wire_time.h"
#include "format/json/json.h"

namespace dray::dynamodb {

base::Status AppendContinuousBackups(Services& services, const table::TableRef& table,
                                     std::string& out) {
  table::Recovery recovery = services.tables.Describe(table).recovery;
  json::Writer writer(out);
  writer.StartObject().Name("ContinuousBackupsDescription").StartObject();
  // Of continuous backups themselves, which AWS turns on for every table.
  writer.Name("ContinuousBackupsStatus").String("ENABLED");
  writer.Name("PointInTimeRecoveryDescription").StartObject();
  writer.Name("PointInTimeRecoveryStatus").String(recovery.is_enabled ? "ENABLED" : "DISABLED");
  if (recovery.is_enabled) {
    ASSIGN_OR_RETURN(table::Tables::Window window, services.tables.RestorableWindow(table));
    writer.Name("RecoveryPeriodInDays").Int(recovery.period_days);
    // Whole seconds inside the window: clients send them back as times to export, cut to seconds.
    int64_t earliest = ToWireSecondsUp(window.earliest_micros);
    writer.Name("EarliestRestorableDateTime").EpochSeconds(earliest);
    writer.Name("LatestRestorableDateTime")
        .EpochSeconds(std::max(earliest, ToWireMillis(window.latest_micros)));
  }
  writer.EndObject().EndObject().EndObject();
  return base::Ok();
}

}  // namespace dray::dynamodb
