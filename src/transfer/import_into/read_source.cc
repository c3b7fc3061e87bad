// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_into/into_job.h"
#include "transfer/import_table/source_list.h"

namespace dray::import_into {

base::Status ReadSource(const Reading& reading) {
  jobs::LogPhase(reading.progress, "listing");
  ASSIGN_OR_RETURN(auto list,
                   import_table::ListSource(
                       reading.session, reading.accepted.request.s3_key_prefix.value_or(""),
                       reading.context.options.objects_max, reading.records, reading.progress));
  RETURN_IF_ERROR(import_table::ProbeReading(reading.session, reading.records));
  reading.checkpoint.manifest_key = list.manifest_key;
  reading.checkpoint.steps = {
      {{}, 0, 0, 0, list.object_count, reading.accepted.request.input_format}};
  return base::Ok();
}

}  // namespace dray::import_into
