// SPDX-License-Identifier: Apache-2.0
// Acceptance and descriptions of imports.
#include <algorithm>
#include <map>

#include "base/random.h"
#include "format/compression/compression.h"
#include "format/export_layout/export_layout.h"
#include "format/item_format/item_format.h"
#include "transfer/import_table/accepted_import.h"
#include "transfer/import_table/checkpoint.h"
#include "transfer/import_table/import_job.h"
#include "transfer/import_table/import_records.h"
#include "transfer/import_table/import_table.h"
#include "transfer/import_table/reader_options.h"
#include "transfer/jobs/record_json.h"

namespace dray::import_table {
namespace {

constexpr std::string_view kType = "import";

class ImportsOverJobs final : public Imports {
 public:
  ImportsOverJobs(table::Tables& tables, buckets::Buckets& buckets, jobs::Jobs& jobs,
                  table::ServiceClock& clock, kv::Engine& engine, std::string region,
                  Options options)
      : tables_(tables),
        jobs_(jobs),
        clock_(clock),
        engine_(engine),
        region_(std::move(region)),
        options_(std::move(options)),
        budget_(options_.source_bytes_max),
        context_{tables, buckets, engine, clock, budget_, options_} {
    jobs_.RegisterRunner(
        std::string(kType),
        [this](jobs::Progress& progress) -> base::Result<jobs::Outcome> {
          ASSIGN_OR_RETURN(const Kind* kind, KindOf(progress.record()));
          return kind != nullptr ? kind->run(progress) : RunImport(context_, progress);
        },
        [this](const jobs::Record& record) -> base::Status {
          ASSIGN_OR_RETURN(const Kind* kind, KindOf(record));
          if (kind != nullptr && kind->forget) RETURN_IF_ERROR(kind->forget(record));
          ImportRecords records(engine_, record.arn);
          RETURN_IF_ERROR(records.RemoveObjects());
          return records.RemoveErrors();
        });
  }

  base::Result<ImportDescription> Start(const access::Caller& caller,
                                        const ImportRequest& request) override;
  base::Result<std::optional<ImportDescription>> Describe(std::string_view import_arn) override;
  base::Result<std::vector<ImportDescription>> List(std::string_view account,
                                                    std::string_view table_arn,
                                                    std::string_view start_after,
                                                    size_t count_max) override;
  base::Result<ErrorLogPage> ReadErrorLog(std::string_view import_arn,
                                          const ErrorLogQuery& query) override {
    return ImportRecords(engine_, import_arn).ReadErrors(query);
  }
  void AddKind(std::string name, Kind kind) override {
    kinds_.emplace(std::move(name), std::move(kind));
  }
  base::Status CheckQuota(std::string_view account) override;

 private:
  std::string TableArn(std::string_view account, std::string_view name) const {
    return "arn:aws:dynamodb:" + region_ + ":" + std::string(account) + ":table/" +
           std::string(name);
  }
  base::Status CheckName(const access::Caller& caller, const std::string& name);
  // nullptr: an import into a new table.
  base::Result<const Kind*> KindOf(const jobs::Record& record) const;
  base::Result<ImportDescription> SameOrConflict(const jobs::Record& record,
                                                 const ImportRequest& request);
  base::Result<ImportDescription> Render(jobs::Record record, bool is_live = true);

  table::Tables& tables_;
  jobs::Jobs& jobs_;
  table::ServiceClock& clock_;
  kv::Engine& engine_;
  const std::string region_;
  const Options options_;
  SourceBudget budget_;
  const ImportJobContext context_;
  std::map<std::string, Kind, std::less<>> kinds_;  // does not change once the jobs run
};

base::Result<const Kind*> ImportsOverJobs::KindOf(const jobs::Record& record) const {
  ASSIGN_OR_RETURN(auto members, jobs::RecordJson::Parse(record.request_json));
  auto name = members.OptionalString("kind");
  if (!name) return nullptr;
  auto kind = kinds_.find(*name);
  if (kind != kinds_.end()) return &kind->second;
  return base::Error{
      base::ErrorKind::kCorruption, "The record names an unknown kind of import", {}};
}

base::Result<ImportDescription> ImportsOverJobs::Start(const access::Caller& caller,
                                                       const ImportRequest& request) {
  if (!item_format::FormatFromName(request.input_format) ||
      !compression::CompressionFromName(request.input_compression_type)) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "Imports of " + request.input_format + " with compression " +
                           request.input_compression_type + " are not supported",
                       {}};
  }
  RETURN_IF_ERROR(ReaderOptionsOf(request));
  if (request.transforms) RETURN_IF_ERROR(request.transforms->CheckKeys(request.table.key_schema));
  RETURN_IF_ERROR(CheckName(caller, request.table.name));
  ASSIGN_OR_RETURN(auto earlier, jobs_.FindByToken(caller.account(), kType, request.client_token));
  if (earlier) return SameOrConflict(*earlier, request);
  RETURN_IF_ERROR(CheckQuota(caller.account()));

  ASSIGN_OR_RETURN(int64_t now, clock_.Issue());
  AcceptedImport accepted{request};
  accepted.request.table.account = caller.account();
  accepted.request.table.table_id = base::RandomUuid();
  if (!accepted.request.s3_bucket_owner) accepted.request.s3_bucket_owner = caller.account();

  jobs::Record record;
  record.type = kType;
  record.account = caller.account();
  record.table_arn = TableArn(caller.account(), request.table.name);
  record.start_time_micros = now;
  record.arn = record.table_arn + "/import/" + export_layout::MakeExportId(now, base::RandomHex(8));
  record.client_token = request.client_token;
  record.request_json = RenderAccepted(accepted, options_.secret_key, record.arn);
  record.caller_json = access::Serialize(caller);
  ASSIGN_OR_RETURN(auto stored, jobs_.Accept(std::move(record)));
  // Another request with the token came first.
  if (!stored.is_new) return SameOrConflict(stored.record, request);
  // The first answer has no ProcessedSizeBytes, even when a worker is at it already.
  return Render(std::move(stored.record), /*is_live=*/false);
}

// While another import is filling a table of this name the request is accepted, as on AWS; it will
// fail with TableAlreadyExists.
base::Status ImportsOverJobs::CheckName(const access::Caller& caller, const std::string& name) {
  auto table = tables_.Find(caller.account(), name);
  if (!table) {
    if (table.error().kind != base::ErrorKind::kNotFound) return table.error();
    return base::Ok();
  }
  if (tables_.Describe(*table).status == table::TableStatus::kCreating) return base::Ok();
  return base::Error{base::ErrorKind::kInUse, "Table already exists: " + name,
                     reason::kTableExists};
}

base::Status ImportsOverJobs::CheckQuota(std::string_view account) {
  ASSIGN_OR_RETURN(auto unfinished, jobs_.Unfinished());
  const auto running =
      std::count_if(unfinished.begin(), unfinished.end(), [&](const jobs::Record& record) {
        return record.type == kType && record.account == account;
      });
  if (static_cast<size_t>(running) < options_.concurrent_max) return base::Ok();
  return base::Error{base::ErrorKind::kLimitExceeded,
                     "Too many imports are in progress: at most " +
                         std::to_string(options_.concurrent_max) + " may run at the same time",
                     reason::kTooMany};
}

// Only the table's name is compared.
base::Result<ImportDescription> ImportsOverJobs::SameOrConflict(const jobs::Record& record,
                                                                const ImportRequest& request) {
  ASSIGN_OR_RETURN(auto description, Render(record));
  if (!description.into && description.request.table.name == request.table.name) {
    return description;
  }
  return base::Error{base::ErrorKind::kInUse,
                     "Import conflict: Duplicate request detected with conflicting parameters",
                     reason::kTokenConflict};
}

base::Result<ImportDescription> ImportsOverJobs::Render(jobs::Record record, bool is_live) {
  ImportDescription description;
  description.log_group_arn =
      "arn:aws:logs:" + region_ + ":" + record.account + ":log-group:/aws-dynamodb/imports:*";
  ASSIGN_OR_RETURN(const Kind* kind, KindOf(record));
  if (kind != nullptr) {
    RETURN_IF_ERROR(kind->describe(record, description));
    description.record = std::move(record);
    return description;
  }
  ASSIGN_OR_RETURN(AcceptedImport accepted,
                   ParseAccepted(record.request_json, options_.secret_key, record.arn));
  ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(record.progress_json));
  description.request = std::move(accepted.request);
  description.table_id = description.request.table.table_id;
  description.processed_items = checkpoint.counters.processed_items;
  description.imported_items = checkpoint.counters.imported_items;
  description.errors = checkpoint.counters.errors;
  description.filtered_items = checkpoint.counters.filtered_items;
  if (record.state != jobs::State::kInProgress || checkpoint.counters.processed_bytes > 0) {
    description.processed_bytes = checkpoint.counters.processed_bytes;
  }
  if (record.state == jobs::State::kCompleted) {
    description.share_done = 1;
  } else if (std::string live = jobs_.Live(record.arn);
             is_live && record.state == jobs::State::kInProgress && !live.empty()) {
    ASSIGN_OR_RETURN(auto numbers, jobs::RecordJson::Parse(live));
    ASSIGN_OR_RETURN(description.processed_items, numbers.Count("processed"));
    ASSIGN_OR_RETURN(description.imported_items, numbers.Count("imported"));
    ASSIGN_OR_RETURN(description.errors, numbers.Count("errors"));
    ASSIGN_OR_RETURN(description.filtered_items, numbers.Count("filtered"));
    ASSIGN_OR_RETURN(description.processed_bytes, numbers.Count("bytes"));
    description.share_done = numbers.DoubleOr("share", 0);
  }
  description.record = std::move(record);
  return description;
}

base::Result<std::optional<ImportDescription>> ImportsOverJobs::Describe(
    std::string_view import_arn) {
  ASSIGN_OR_RETURN(auto record, jobs_.Find(import_arn));
  if (!record || record->type != kType) return std::optional<ImportDescription>();
  ASSIGN_OR_RETURN(auto description, Render(*std::move(record)));
  return std::optional<ImportDescription>(std::move(description));
}

base::Result<std::vector<ImportDescription>> ImportsOverJobs::List(std::string_view account,
                                                                   std::string_view table_arn,
                                                                   std::string_view start_after,
                                                                   size_t count_max) {
  // The region part of the ARN is not looked at.
  std::string canonical_arn;
  if (!table_arn.empty()) {
    canonical_arn = TableArn(account, table_arn.substr(table_arn.rfind('/') + 1));
  }
  ASSIGN_OR_RETURN(auto records, jobs_.List(account, kType, canonical_arn, start_after, count_max));
  std::vector<ImportDescription> descriptions;
  for (jobs::Record& record : records) {
    ASSIGN_OR_RETURN(auto description, Render(std::move(record)));
    descriptions.push_back(std::move(description));
  }
  return descriptions;
}

}  // namespace

uint64_t SourceBytesMaxOf(std::string_view region) {
  const bool is_large = region == "us-east-1" || region == "us-west-2" || region == "eu-west-1";
  return (is_large ? 15 : 1) * uint64_t{1'000'000'000'000};
}

base::Result<std::unique_ptr<Imports>> Imports::Make(table::Tables& tables,
                                                     buckets::Buckets& buckets, jobs::Jobs& jobs,
                                                     table::ServiceClock& clock, kv::Engine& engine,
                                                     std::string region, Options options) {
  return std::unique_ptr<Imports>(std::make_unique<ImportsOverJobs>(
      tables, buckets, jobs, clock, engine, std::move(region), std::move(options)));
}

}  // namespace dray::import_table
