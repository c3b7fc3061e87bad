// SPDX-License-Identifier: Apache-2.0
// ImportTable: acceptance and the pipeline that a job worker runs: list -> object -> decompress ->
// codec reader -> check -> bulk loader -> the table becomes ACTIVE. Reads as the caller through
// buckets::Buckets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "security/access/access.h"
#include "storage/buckets/buckets.h"
#include "storage/table/table.h"
#include "transfer/jobs/jobs.h"
#include "transfer/transform/transform.h"

namespace dray::s3_session {
class RemoteTargets;
}

namespace dray::import_table {

namespace reason {
inline constexpr std::string_view kTokenConflict =
    "import_token_conflict";                                             // ImportConflictException
inline constexpr std::string_view kTableExists = "import_table_exists";  // ResourceInUseException
inline constexpr std::string_view kTooMany = "import_too_many";          // LimitExceededException
}  // namespace reason

struct ImportRequest {
  std::string client_token;
  std::string s3_bucket;
  std::optional<std::string> s3_bucket_owner;
  std::optional<std::string> s3_key_prefix;
  std::string input_format;                                 // DYNAMODB_JSON, ION, CSV
  std::string input_compression_type = "NONE";              // NONE, GZIP, ZSTD
  std::string input_format_options_json;                    // verbatim, or empty
  table::TableDescriptor table;                             // from TableCreationParameters
  std::string table_creation_parameters_json;               // verbatim, for descriptions
  std::shared_ptr<const transform::Transforms> transforms;  // null: none
};

// What imports into existing tables (import_into) tell besides.
struct IntoDescription {
  std::string mode;  // INSERT, REPLACE, MERGE; APPLY, UNDO of incrementals
  bool is_dry_run = false, is_forced = false;
  std::vector<std::string> manifests;  // of incrementals
  std::optional<int64_t> from_micros;  // as sent
  std::optional<int64_t> at_micros;  // what the table is a copy as of, by the incrementals applied
  uint64_t inserted = 0, updated = 0, unchanged = 0, deleted = 0, skipped = 0;
};

struct ImportDescription {
  jobs::Record record;
  ImportRequest request;
  std::string table_id;
  std::string log_group_arn;
  uint64_t processed_items = 0, imported_items = 0, errors = 0;  // live while it runs
  uint64_t filtered_items = 0;                                   // by the transforms
  std::optional<uint64_t> processed_bytes;                       // uncompressed
  double share_done = 0;
  std::optional<IntoDescription> into;
};

// One line of an import's error log (contract section 4.7).
struct LoggedError {
  int64_t time_micros = 0;  // when it was logged; never changes
  std::string position;     // in the log: 24 bytes, ordered as the lines are
  std::string json;
};
// Which lines are wanted: those behind `after` and before `before` (positions; empty: no bound), at
// start_micros or later and before end_micros.
struct ErrorLogQuery {
  std::string after, before;
  std::optional<int64_t> start_micros, end_micros;
  bool newest_first = false;
  size_t count_max = 1000;
  size_t bytes_max = 1 << 20;  // about; at least one line is given
};
struct ErrorLogPage {
  std::vector<LoggedError> lines;
  bool is_last = true;  // nothing more matches
};

struct Options {
  unsigned threads = 0;  // 0 = cores
  uint64_t objects_max = 50'000;
  size_t concurrent_max = 50;  // of an account
  // Of the sources of an account's imports in progress together, as they are stored.
  uint64_t source_bytes_max = 15'000'000'000'000;
  uint64_t checkpoint_bytes = 1ull << 30;  // uncompressed bytes of finished objects per checkpoint
  std::string secret_key = {};             // 32 bytes: seals the keys of masks in job records
  // Buckets that are elsewhere; null: none. Outlives the jobs.
  const s3_session::RemoteTargets* remote_targets = nullptr;
};

// AWS's quota on source_bytes_max in a region: 15 TB in three of them, 1 TB in the others.
uint64_t SourceBytesMaxOf(std::string_view region);
// Another pipeline behind the same jobs, told by the member "kind" of its records' requests.
struct Kind {
  jobs::Runner run;
  jobs::Forgetter forget;  // besides the objects and the error log
  // Everything of `description` but the record and the log group.
  std::function<base::Status(const jobs::Record& record, ImportDescription& description)> describe;
};

class Imports {
 public:
  static base::Result<std::unique_ptr<Imports>> Make(table::Tables& tables,
                                                     buckets::Buckets& buckets, jobs::Jobs& jobs,
                                                     table::ServiceClock& clock, kv::Engine& engine,
                                                     std::string region, Options options);
  virtual ~Imports() = default;
  virtual base::Result<ImportDescription> Start(const access::Caller& caller,
                                                const ImportRequest& request) = 0;
  virtual base::Result<std::optional<ImportDescription>> Describe(std::string_view import_arn) = 0;
  virtual base::Result<std::vector<ImportDescription>> List(std::string_view account,
                                                            std::string_view table_arn,
                                                            std::string_view start_after,
                                                            size_t count_max) = 0;
  // A page of the error log, ordered by time. Its cost depends on the page, not on the log.
  virtual base::Result<ErrorLogPage> ReadErrorLog(std::string_view import_arn,
                                                  const ErrorLogQuery& query) = 0;

  // For other kinds, before the jobs are started.
  virtual void AddKind(std::string name, Kind kind) = 0;
  // kTooMany when the account has as many imports in progress as it may.
  virtual base::Status CheckQuota(std::string_view account) = 0;
};

}  // namespace dray::import_table
