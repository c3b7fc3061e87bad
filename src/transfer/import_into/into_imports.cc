// SPDX-License-Identifier: Apache-2.0
// Acceptance and descriptions of imports into existing tables.
#include <algorithm>

#include "base/mutex.h"
#include "base/random.h"
#include "format/compression/compression.h"
#include "format/export_layout/export_layout.h"
#include "format/item_format/item_format.h"
#include "transfer/import_into/accepted_into.h"
#include "transfer/import_into/checkpoint.h"
#include "transfer/import_into/import_into.h"
#include "transfer/import_into/into_job.h"
#include "transfer/import_into/position.h"

namespace dray::import_into {
namespace {

using import_table::ImportDescription;

constexpr std::string_view kType = "import";

std::string ModeName(const IntoRequest& request) {
  if (request.kind == Kind::kIncrementals) return request.is_undo ? "UNDO" : "APPLY";
  constexpr std::string_view kNames[] = {"INSERT", "REPLACE", "MERGE"};
  return std::string(kNames[static_cast<size_t>(request.mode)]);
}

class IntoImportsOverJobs final : public IntoImports {
 public:
  IntoImportsOverJobs(import_table::Imports& imports, table::Tables& tables,
                      buckets::Buckets& buckets, jobs::Jobs& jobs, table::ServiceClock& clock,
                      kv::Engine& engine, std::string region, Options options)
      : imports_(imports),
        tables_(tables),
        jobs_(jobs),
        clock_(clock),
        region_(std::move(region)),
        options_(std::move(options)),
        context_{tables, buckets, jobs, clock, engine, options_} {
    imports_.AddKind(std::string(kKindName),
                     {[this](jobs::Progress& progress) { return RunInto(context_, progress); },
                      [this](const jobs::Record& record) {
                        return Positions(context_.engine, record.arn).Remove();
                      },
                      [this](const jobs::Record& record, ImportDescription& description) {
                        return Describe(record, description);
                      }});
  }

  base::Result<ImportDescription> Start(const access::Caller& caller,
                                        const IntoRequest& request) override;

 private:
  base::Status CheckFormat(const IntoRequest& request) const;
  base::Status CheckOthers(const IntoRequest& request, const std::string& table_arn);
  base::Result<ImportDescription> SameOrConflict(const jobs::Record& record,
                                                 const IntoRequest& request);
  base::Status Describe(const jobs::Record& record, ImportDescription& description);

  import_table::Imports& imports_;
  table::Tables& tables_;
  jobs::Jobs& jobs_;
  table::ServiceClock& clock_;
  const std::string region_;
  const Options options_;
  const IntoJobContext context_;
  base::Mutex accepting_;  // held from the look at other jobs to the acceptance of the next
};

base::Status IntoImportsOverJobs::CheckFormat(const IntoRequest& request) const {
  if (request.kind == Kind::kIncrementals) return base::Ok();
  if (item_format::FormatFromName(request.input_format) &&
      compression::CompressionFromName(request.input_compression_type)) {
    return base::Ok();
  }
  return base::Error{base::ErrorKind::kInvalidArgument,
                     "Imports of " + request.input_format + " with compression " +
                         request.input_compression_type + " are not supported",
                     {}};
}

// Two chains at once would mix their order.
base::Status IntoImportsOverJobs::CheckOthers(const IntoRequest& request,
                                              const std::string& table_arn) {
  if (request.kind != Kind::kIncrementals || request.is_dry_run) return base::Ok();
  ASSIGN_OR_RETURN(auto unfinished, jobs_.Unfinished());
  for (const jobs::Record& record : unfinished) {
    if (record.type != kType || record.table_arn != table_arn) continue;
    ASSIGN_OR_RETURN(auto described, imports_.Describe(record.arn));
    if (!described || !described->into) continue;
    if (described->into->manifests.empty() || described->into->is_dry_run) continue;
    return base::Error{base::ErrorKind::kInUse,
                       "Other incremental exports are being applied to the table: " + record.arn,
                       table::reason::kTableInUse};
  }
  return base::Ok();
}

base::Result<ImportDescription> IntoImportsOverJobs::Start(const access::Caller& caller,
                                                           const IntoRequest& request) {
  RETURN_IF_ERROR(CheckFormat(request));
  AcceptedInto accepted{request, 0, {}};
  if (!accepted.request.s3_bucket_owner) accepted.request.s3_bucket_owner = caller.account();
  std::sort(accepted.request.manifests.begin(), accepted.request.manifests.end());

  ASSIGN_OR_RETURN(auto earlier, jobs_.FindByToken(caller.account(), kType, request.client_token));
  if (earlier) return SameOrConflict(*earlier, accepted.request);
  ASSIGN_OR_RETURN(auto table, tables_.Find(request.account, request.table_name));
  const auto descriptor = tables_.DescriptorOf(table);
  if (descriptor->status != table::TableStatus::kActive) {
    return base::Error{base::ErrorKind::kInUse, "Table is not ACTIVE: " + request.table_name,
                       table::reason::kTableInUse};
  }
  if (request.transforms) RETURN_IF_ERROR(request.transforms->CheckKeys(descriptor->key_schema));
  RETURN_IF_ERROR(ReaderOptionsOf(request, *descriptor));
  accepted.table_number = descriptor->number;
  accepted.table_id = descriptor->table_id;
  RETURN_IF_ERROR(imports_.CheckQuota(caller.account()));

  jobs::Record record;
  record.type = kType;
  record.account = caller.account();
  record.table_arn =
      "arn:aws:dynamodb:" + region_ + ":" + request.account + ":table/" + request.table_name;
  base::MutexLock lock(accepting_);
  RETURN_IF_ERROR(CheckOthers(request, record.table_arn));
  ASSIGN_OR_RETURN(record.start_time_micros, clock_.Issue());
  record.arn = record.table_arn + "/import/" +
               export_layout::MakeExportId(record.start_time_micros, base::RandomHex(8));
  record.client_token = request.client_token;
  record.request_json = RenderAccepted(accepted, options_.secret_key, record.arn);
  record.caller_json = access::Serialize(caller);
  ASSIGN_OR_RETURN(auto stored, jobs_.Accept(std::move(record)));
  // Another request with the token came first.
  if (!stored.is_new) return SameOrConflict(stored.record, accepted.request);
  ASSIGN_OR_RETURN(auto described, imports_.Describe(stored.record.arn));
  if (described) return *std::move(described);
  return base::Error{base::ErrorKind::kInternal, "The accepted import is not there", {}};
}

base::Result<ImportDescription> IntoImportsOverJobs::SameOrConflict(const jobs::Record& record,
                                                                    const IntoRequest& request) {
  ASSIGN_OR_RETURN(auto described, imports_.Describe(record.arn));
  if (described && described->into) {
    ASSIGN_OR_RETURN(auto accepted,
                     ParseAccepted(record.request_json, options_.secret_key, record.arn));
    if (IsSameRequest(accepted.request, request)) return *std::move(described);
  }
  return base::Error{base::ErrorKind::kInUse,
                     "Import conflict: Duplicate request detected with conflicting parameters",
                     import_table::reason::kTokenConflict};
}

base::Status IntoImportsOverJobs::Describe(const jobs::Record& record,
                                           ImportDescription& description) {
  ASSIGN_OR_RETURN(auto accepted,
                   ParseAccepted(record.request_json, options_.secret_key, record.arn));
  const IntoRequest& request = accepted.request;
  ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(record.progress_json));
  Live live{checkpoint.counters, 0};
  if (record.state == jobs::State::kInProgress) {
    if (const std::string text = jobs_.Live(record.arn); !text.empty()) {
      ASSIGN_OR_RETURN(live, ParseLive(text));
    }
  } else if (record.state == jobs::State::kCompleted) {
    live.share_done = 1;
  }
  description.request.client_token = request.client_token;
  description.request.s3_bucket = request.s3_bucket;
  description.request.s3_bucket_owner = request.s3_bucket_owner;
  description.request.s3_key_prefix = request.s3_key_prefix;
  description.request.input_format = request.input_format;
  description.request.input_compression_type = request.input_compression_type;
  description.request.input_format_options_json = request.input_format_options_json;
  description.request.table.account = request.account;
  description.request.table.name = request.table_name;
  description.request.transforms = request.transforms;
  description.table_id = accepted.table_id;
  const Counters& counters = live.counters;
  description.processed_items = counters.processed;
  description.imported_items = counters.imported();
  description.errors = counters.errors;
  description.filtered_items = counters.filtered;
  if (record.state != jobs::State::kInProgress || counters.bytes > 0) {
    description.processed_bytes = counters.bytes;
  }
  description.share_done = live.share_done;
  import_table::IntoDescription into;
  into.mode = ModeName(request);
  into.is_dry_run = request.is_dry_run;
  into.is_forced = request.is_forced;
  into.manifests = request.manifests;
  into.from_micros = request.from_micros;
  into.at_micros = checkpoint.at_micros;
  into.inserted = counters.inserted;
  into.updated = counters.updated;
  into.unchanged = counters.unchanged;
  into.deleted = counters.deleted;
  into.skipped = counters.skipped;
  description.into = std::move(into);
  return base::Ok();
}

}  // namespace

base::Result<std::unique_ptr<IntoImports>> IntoImports::Make(
    import_table::Imports& imports, table::Tables& tables, buckets::Buckets& buckets,
    jobs::Jobs& jobs, table::ServiceClock& clock, kv::Engine& engine, std::string region,
    Options options) {
  return std::unique_ptr<IntoImports>(std::make_unique<IntoImportsOverJobs>(
      imports, tables, buckets, jobs, clock, engine, std::move(region), std::move(options)));
}

}  // namespace dray::import_into
