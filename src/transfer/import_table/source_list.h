// SPDX-License-Identifier: Apache-2.0
// The objects that an import reads, and what it says of those that it cannot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "transfer/import_table/import_records.h"
#include "transfer/jobs/jobs.h"
#include "transfer/s3_session/s3_session.h"

namespace dray::import_table {

inline constexpr std::string_view kObjectOverwritten =
    "The S3 object could not be imported because it was overwritten.";
inline constexpr std::string_view kObjectGone = "The specified key does not exist.";

// What an import says of an object that could not be read to its end, when that is a defect of the
// object like text that does not parse: cut or corrupt compression, and one that has changed or
// gone since its first bytes were read. nullopt: the failure is the source's.
std::optional<std::string> DefectOf(const base::Error& failure);
// The second of these two.
bool HasChanged(const base::Error& failure);

struct SourceList {
  uint64_t object_count = 0;
  uint64_t source_bytes = 0;
  std::string manifest_key;  // the first manifest of an export among them, or empty
};
// Lists what is under the prefix into `records`. kLimitExceeded beyond `objects_max`.
base::Result<SourceList> ListSource(s3_session::S3Session& session, const std::string& prefix,
                                    uint64_t objects_max, ImportRecords& records,
                                    jobs::Progress& progress);
// Listing may be allowed and reading not: found out before anything is made or written.
base::Status ProbeReading(s3_session::S3Session& session, ImportRecords& records);

// How an import ends that refused `errors` of the `processed` records. `manifest_key` as in
// SourceList: the wrong prefix is then named.
jobs::Failure SomeItemsFailed(const std::string& manifest_key, uint64_t errors, uint64_t processed);

}  // namespace dray::import_table
