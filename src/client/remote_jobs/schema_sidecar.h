// SPDX-License-Identifier: Apache-2.0
// What an export does not hold: the table's definition and settings, as a JSON document beside it.
// docs/formats/schema-sidecar.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/remote_jobs/session.h"

namespace dray::remote_jobs {

struct TableSettings {
  json::Object table;         // DescribeTable's
  json::Object time_to_live;  // DescribeTimeToLive's
  json::Object recovery;      // DescribeContinuousBackups'
  json::Array tags;
  std::vector<std::string> missing;  // what could not be read, and why
};

base::Result<json::Object> DescribeTable(Session& session, const std::string& table);
// The rest around it. Only an interrupt or an endpoint that is gone is an error.
base::Result<TableSettings> ReadSettings(Session& session, json::Object table);

// A request of CreateTable that makes the same table.
std::string RenderDefinition(const TableSettings& settings);

struct SidecarSource {
  std::string export_arn;
  std::string export_manifest;  // key
  int64_t taken_at_micros = 0;
};
std::string RenderSidecar(const TableSettings& settings, const SidecarSource& source);

// {P}DraySchema/{ExportId}.json: beside AWSDynamoDB/, not in it.
std::string SidecarKey(std::string_view s3_prefix, std::string_view export_arn);

}  // namespace dray::remote_jobs
