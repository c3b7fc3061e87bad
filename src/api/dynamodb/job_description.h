// SPDX-License-Identifier: Apache-2.0
// Exports and imports as the wire shows them.
#pragma once

#include <string>
#include <string_view>

#include "transfer/export_table/export_table.h"
#include "transfer/import_table/import_table.h"

namespace dray::dynamodb {

std::string_view StatusOf(const jobs::Record& record);
// The full reason quotes the bucket's policy: that is for the bucket's own account, not for one
// that merely writes into it (it gets AWS's text; the owner finds the rest in the server's log).
bool SeesFailureDetail(const access::Caller& asker, const jobs::Record& record,
                       const std::optional<std::string>& bucket_owner);

// {"ExportDescription":{...}}. `sees_detail`: the asker is of the job's account.
void AppendExport(const export_table::ExportDescription& description, bool sees_detail,
                  std::string& out);
// One element of ExportSummaries.
void AppendExportSummary(const export_table::ExportDescription& description, std::string& out);

// {"ImportTableDescription":{...}}
void AppendImport(const import_table::ImportDescription& description, bool sees_detail,
                  std::string& out);
// One element of ImportSummaryList.
void AppendImportSummary(const import_table::ImportDescription& description, std::string& out);

}  // namespace dray::dynamodb
