// SPDX-License-Identifier: Apache-2.0
// ExportTableToPointInTime: acceptance (synchronous checks, durable record) and the pipeline that a
// job worker runs. The pipeline: view or increment -> codec writer -> gzip -> multipart upload, per
// hash range; then the manifests, manifest-summary.json last: the commit point. Writes as the
// caller through buckets::Buckets. It does not know which object store that is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "security/access/access.h"
#include "storage/buckets/buckets.h"
#include "storage/table/table.h"
#include "transfer/jobs/jobs.h"

namespace dray::s3_session {
class RemoteTargets;
}

namespace dray::export_table {

namespace reason {
inline constexpr std::string_view kTokenConflict =
    "export_token_conflict";  // ExportConflictException
inline constexpr std::string_view kRecoveryOff =
    "export_recovery_off";  // PointInTimeRecoveryUnavailableException
inline constexpr std::string_view kInvalidTime =
    "export_invalid_time";  // InvalidExportTimeException
inline constexpr std::string_view kTableNotFound =
    "export_table_not_found";                                    // TableNotFoundException
inline constexpr std::string_view kTooMany = "export_too_many";  // LimitExceededException
}  // namespace reason

// IncrementalExportSpecification.
struct IncrementRequest {
  int64_t from_micros = 0;
  std::optional<int64_t> to_micros;
  std::optional<std::string> view_type;
};

// Typed and shape-checked request; fields as AWS names them. Optionals are as sent.
struct ExportRequest {
  std::string table_arn;
  std::string table_name;  // out of the ARN, same account as the caller
  std::string s3_bucket;
  std::optional<std::string> s3_bucket_owner;
  std::optional<std::string> s3_prefix;
  std::optional<std::string> s3_sse_algorithm;
  std::optional<std::string> export_format;
  std::optional<std::string> export_type;
  std::optional<int64_t> export_time_micros;
  std::optional<IncrementRequest> increment;  // of an incremental export, and only of one
  std::optional<std::string> client_token;
};

// What an incremental export is of: what changed in [from, to).
struct Period {
  int64_t from_micros = 0;
  int64_t to_micros = 0;
  std::string view_type;  // NEW_IMAGE, NEW_AND_OLD_IMAGES
};

// What DescribeExport shows, from the record and, while it runs, its live numbers.
struct ExportDescription {
  jobs::Record record;
  ExportRequest request;
  std::string client_token;
  std::string table_id;
  int64_t export_time_micros = 0;  // of a full export
  std::optional<Period> period;    // of an incremental one
  std::string manifest_key;        // set when COMPLETED
  uint64_t item_count = 0;         // also while running: live
  uint64_t billed_size_bytes = 0;
  uint64_t compressed_bytes = 0;  // live: our own extra member
  double share_done = 0;          // 0 to 1
};

struct Options {
  uint64_t data_file_bytes = 256ull
                             << 20;  // uncompressed text per data file before a new part starts
  unsigned threads = 0;              // 0 = cores
  // Of an account, of full and of incremental exports apart: how many, of how large tables.
  size_t concurrent_max = 300;
  uint64_t concurrent_bytes_max = 100'000'000'000'000;
  // Buckets that are elsewhere; null: none. Outlives the jobs.
  const s3_session::RemoteTargets* remote_targets = nullptr;
};

class Exports {
 public:
  // Registers its runner with `jobs` and re-pins the changes of unfinished exports.
  static base::Result<std::unique_ptr<Exports>> Make(table::Tables& tables,
                                                     buckets::Buckets& buckets, jobs::Jobs& jobs,
                                                     table::ServiceClock& clock, std::string region,
                                                     Options options);
  virtual ~Exports() = default;
  // Contract section 1.4, checks 5 to 10 in their order; the shape checks before are the API's.
  virtual base::Result<ExportDescription> Start(const access::Caller& caller,
                                                const ExportRequest& request) = 0;
  // nullopt: unknown.
  virtual base::Result<std::optional<ExportDescription>> Describe(std::string_view export_arn) = 0;
  virtual base::Result<std::vector<ExportDescription>> List(std::string_view account,
                                                            std::string_view table_arn,
                                                            std::string_view start_after,
                                                            size_t count_max) = 0;
};

}  // namespace dray::export_table
