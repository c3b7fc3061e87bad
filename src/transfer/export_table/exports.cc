// SPDX-License-Identifier: Apache-2.0
// Acceptance and descriptions of exports.
#include <algorithm>

#include "base/random.h"
#include "base/text_encoding.h"
#include "format/export_layout/export_layout.h"
#include "transfer/export_table/accepted_export.h"
#include "transfer/export_table/checkpoint.h"
#include "transfer/export_table/export_job.h"
#include "transfer/export_table/export_table.h"
#include "transfer/jobs/record_json.h"

namespace dray::export_table {
namespace {

constexpr std::string_view kType = "export";

base::Error InvalidTime(std::string message) {
  return base::Error{base::ErrorKind::kInvalidArgument, std::move(message), reason::kInvalidTime};
}

base::Error TableNotFound(const ExportRequest& request) {
  return base::Error{base::ErrorKind::kNotFound, "Table not found: " + request.table_arn,
                     reason::kTableNotFound};
}

constexpr int64_t kPeriodMicrosMin = 15 * 60 * base::kMicrosPerSecond;
constexpr int64_t kPeriodMicrosMax = base::kMicrosPerDay;

// 2024-11-15T12:30:00Z
std::string WholeSeconds(int64_t micros) {
  std::string text = base::FormatIso8601Millis(micros);
  text.resize(text.rfind('.'));
  return text + "Z";
}

// AWS's checks of a period that need no history, in AWS's order. The times in its texts are those
// of the request.
base::Status CheckPeriod(const Period& period, int64_t table_created_micros, int64_t now_micros) {
  if (period.from_micros < table_created_micros) {
    return InvalidTime(
        "Incremental export period from time cannot be less than the table creation time : " +
        WholeSeconds(period.from_micros));
  }
  const int64_t length = period.to_micros - period.from_micros;
  if (length < kPeriodMicrosMin) {
    return InvalidTime(
        "Difference between export period from time and export period to time is less than 15 "
        "minutes");
  }
  if (period.to_micros > now_micros) {
    return InvalidTime(
        "Incremental export period to time cannot be greater than the current time : " +
        WholeSeconds(period.to_micros));
  }
  if (length > kPeriodMicrosMax) {
    return InvalidTime(
        "Difference between export period from time and export period to time is greater than 24 "
        "hours");
  }
  return base::Ok();
}

base::Error TooMany(std::string message) {
  return base::Error{base::ErrorKind::kLimitExceeded, std::move(message), reason::kTooMany};
}

class ExportsOverJobs final : public Exports {
 public:
  ExportsOverJobs(table::Tables& tables, buckets::Buckets& buckets, jobs::Jobs& jobs,
                  table::ServiceClock& clock, std::string region, Options options)
      : tables_(tables),
        jobs_(jobs),
        clock_(clock),
        region_(std::move(region)),
        options_(options),
        context_{tables, buckets, clock, options_} {}

  base::Status Register();
  base::Result<ExportDescription> Start(const access::Caller& caller,
                                        const ExportRequest& request) override;
  base::Result<std::optional<ExportDescription>> Describe(std::string_view export_arn) override;
  base::Result<std::vector<ExportDescription>> List(std::string_view account,
                                                    std::string_view table_arn,
                                                    std::string_view start_after,
                                                    size_t count_max) override;

 private:
  std::string TableArn(std::string_view account, std::string_view name) const {
    return "arn:aws:dynamodb:" + region_ + ":" + std::string(account) + ":table/" +
           std::string(name);
  }
  base::Result<std::optional<ExportDescription>> FindByToken(const access::Caller& caller,
                                                             const ExportRequest& request);
  base::Result<ExportDescription> SameOrConflict(const jobs::Record& record,
                                                 const ExportRequest& request);
  base::Status CheckSource(const table::TableRef& table, std::string_view account,
                           const AcceptedExport& accepted);
  base::Status CheckTime(const table::Tables::Window& window, int64_t time);
  base::Status CheckQuota(std::string_view account, const AcceptedExport& accepted);
  base::Result<ExportDescription> Render(jobs::Record record);

  table::Tables& tables_;
  jobs::Jobs& jobs_;
  table::ServiceClock& clock_;
  const std::string region_;
  const Options options_;
  const ExportJobContext context_;
};

base::Status ExportsOverJobs::Register() {
  jobs_.RegisterRunner(std::string(kType),
                       [this](jobs::Progress& progress) { return RunExport(context_, progress); });
  ASSIGN_OR_RETURN(auto unfinished, jobs_.Unfinished());
  for (const jobs::Record& record : unfinished) {
    if (record.type != kType) continue;
    ASSIGN_OR_RETURN(AcceptedExport accepted, ParseAccepted(record.request_json));
    tables_.Pin(accepted.table_number, record.arn, PinnedFrom(accepted));
  }
  return base::Ok();
}

base::Result<ExportDescription> ExportsOverJobs::Start(const access::Caller& caller,
                                                       const ExportRequest& request) {
  auto table = tables_.Find(caller.account(), request.table_name);
  if (!table) {
    if (table.error().kind != base::ErrorKind::kNotFound) return table.error();
    return TableNotFound(request);
  }
  ASSIGN_OR_RETURN(auto earlier, FindByToken(caller, request));
  if (earlier) return *std::move(earlier);
  const table::TableDescriptor descriptor = tables_.Describe(*table);
  ASSIGN_OR_RETURN(int64_t now, clock_.Issue());
  AcceptedExport accepted;
  if (request.increment) {
    accepted.period = PeriodOf(*request.increment, now);
    RETURN_IF_ERROR(CheckPeriod(*accepted.period, descriptor.created_at_micros, now));
  }
  accepted.request = request;
  accepted.table_number = descriptor.number;
  accepted.table_id = descriptor.table_id;
  accepted.export_time_micros = request.export_time_micros.value_or(now);
  const table::TableMetrics metrics = tables_.Metrics(*table);
  accepted.billed_size_bytes = metrics.size_bytes;
  accepted.item_count_hint = metrics.item_count;

  jobs::Record record;
  record.type = kType;
  record.account = caller.account();
  record.table_arn = TableArn(caller.account(), request.table_name);
  record.start_time_micros = now;
  record.arn = record.table_arn + "/export/" + export_layout::MakeExportId(now, base::RandomHex(8));
  record.client_token = request.client_token.value_or(base::RandomUuid());
  record.request_json = RenderAccepted(accepted);
  record.caller_json = access::Serialize(caller);
  const std::string arn = record.arn;
  // Pinned before the checks and before the record exists: what they find in the window stays, also
  // when recovery is turned off, its period shortened or the table deleted in this very moment.
  tables_.Pin(accepted.table_number, arn, PinnedFrom(accepted));
  if (auto checked = CheckSource(*table, caller.account(), accepted); !checked) {
    tables_.Unpin(accepted.table_number, arn);
    return std::move(checked).error();
  }
  auto stored = jobs_.Accept(std::move(record));
  if (!stored || !stored->is_new) tables_.Unpin(accepted.table_number, arn);
  if (!stored) return std::move(stored).error();
  // Another request with the token came first.
  if (!stored->is_new) return SameOrConflict(stored->record, request);
  return Render(std::move(stored->record));
}

base::Result<std::optional<ExportDescription>> ExportsOverJobs::FindByToken(
    const access::Caller& caller, const ExportRequest& request) {
  if (!request.client_token) return std::optional<ExportDescription>();
  ASSIGN_OR_RETURN(auto record, jobs_.FindByToken(caller.account(), kType, *request.client_token));
  if (!record) return std::optional<ExportDescription>();
  ASSIGN_OR_RETURN(auto description, SameOrConflict(*record, request));
  return std::optional<ExportDescription>(std::move(description));
}

base::Result<ExportDescription> ExportsOverJobs::SameOrConflict(const jobs::Record& record,
                                                                const ExportRequest& request) {
  ASSIGN_OR_RETURN(AcceptedExport accepted, ParseAccepted(record.request_json));
  if (AskForTheSame(accepted.request, request)) return Render(record);
  return base::Error{base::ErrorKind::kInUse,
                     "Export conflict: Duplicate request detected with conflicting parameters",
                     reason::kTokenConflict};
}

base::Status ExportsOverJobs::CheckSource(const table::TableRef& table, std::string_view account,
                                          const AcceptedExport& accepted) {
  const ExportRequest& request = accepted.request;
  auto window = tables_.RestorableWindow(table);
  if (!window) {
    base::Error error = std::move(window).error();
    if (error.reason == table::reason::kRecoveryOff) {
      return base::Error{
          base::ErrorKind::kUnavailable,
          "Point in time recovery is not enabled for table '" + request.table_name + "'",
          reason::kRecoveryOff};
    }
    if (error.kind == base::ErrorKind::kNotFound) return TableNotFound(request);
    return error;
  }
  if (!accepted.period) {
    RETURN_IF_ERROR(CheckTime(*window, accepted.export_time_micros));
  } else if (accepted.period->from_micros < window->earliest_micros) {
    return InvalidTime("Incremental export start time outside PITR window");
  }
  return CheckQuota(account, accepted);
}

base::Status ExportsOverJobs::CheckTime(const table::Tables::Window& window, int64_t time) {
  if (time > clock_.NowMicros()) return InvalidTime("Export Time is invalid");
  if (time >= window.earliest_micros) return base::Ok();
  // Requests have whole seconds: the second in which recording began is half covered.
  const int64_t first_second =
      window.earliest_micros - window.earliest_micros % base::kMicrosPerSecond;
  if (time >= first_second) {
    return InvalidTime("Point in Time Recovery is not available for specified export time");
  }
  return InvalidTime("Export Time is invalid");
}

// Full and incremental exports are counted apart, as on AWS.
base::Status ExportsOverJobs::CheckQuota(std::string_view account, const AcceptedExport& accepted) {
  ASSIGN_OR_RETURN(auto unfinished, jobs_.Unfinished());
  size_t running = 0;
  uint64_t size_bytes = accepted.billed_size_bytes;
  for (const jobs::Record& record : unfinished) {
    if (record.type != kType || record.account != account) continue;
    ASSIGN_OR_RETURN(AcceptedExport other, ParseAccepted(record.request_json));
    if (other.period.has_value() != accepted.period.has_value()) continue;
    ++running;
    size_bytes += other.billed_size_bytes;
  }
  if (running >= options_.concurrent_max) {
    return TooMany("Too many exports are in progress: at most " +
                   std::to_string(options_.concurrent_max) + " may run at the same time");
  }
  // One alone may be larger.
  if (running > 0 && size_bytes > options_.concurrent_bytes_max) {
    return TooMany(
        "Too much is being exported: the tables of exports in progress may have at most " +
        std::to_string(options_.concurrent_bytes_max) + " bytes");
  }
  return base::Ok();
}

base::Result<ExportDescription> ExportsOverJobs::Render(jobs::Record record) {
  ExportDescription description;
  ASSIGN_OR_RETURN(AcceptedExport accepted, ParseAccepted(record.request_json));
  ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(record.progress_json));
  const uint64_t billed_size_bytes = BilledBytes(accepted, checkpoint);
  description.client_token = record.client_token;
  description.table_id = accepted.table_id;
  description.export_time_micros = accepted.export_time_micros;
  description.manifest_key = checkpoint.manifest_key;
  description.item_count = checkpoint.item_count;
  description.compressed_bytes = checkpoint.compressed_bytes;
  description.period = std::move(accepted.period);
  description.billed_size_bytes = billed_size_bytes;
  description.request = std::move(accepted.request);
  if (record.state == jobs::State::kCompleted) {
    description.share_done = 1;
  } else if (std::string live = jobs_.Live(record.arn); !live.empty()) {
    ASSIGN_OR_RETURN(auto numbers, jobs::RecordJson::Parse(live));
    ASSIGN_OR_RETURN(description.item_count, numbers.Count("items"));
    ASSIGN_OR_RETURN(description.compressed_bytes, numbers.Count("bytes"));
    description.share_done = numbers.DoubleOr("share", 0);
  }
  description.record = std::move(record);
  return description;
}

base::Result<std::optional<ExportDescription>> ExportsOverJobs::Describe(
    std::string_view export_arn) {
  ASSIGN_OR_RETURN(auto record, jobs_.Find(export_arn));
  if (!record || record->type != kType) return std::optional<ExportDescription>();
  ASSIGN_OR_RETURN(auto description, Render(*std::move(record)));
  return std::optional<ExportDescription>(std::move(description));
}

base::Result<std::vector<ExportDescription>> ExportsOverJobs::List(std::string_view account,
                                                                   std::string_view table_arn,
                                                                   std::string_view start_after,
                                                                   size_t count_max) {
  // As on AWS, the exports of a table that was deleted, and perhaps made again, are not listed by
  // its ARN any more. The region part of the ARN is not looked at.
  std::string canonical_arn, table_id;
  if (!table_arn.empty()) {
    const std::string_view name = table_arn.substr(table_arn.rfind('/') + 1);
    auto table = tables_.Find(account, name);
    if (!table) {
      if (table.error().kind != base::ErrorKind::kNotFound) return table.error();
      return std::vector<ExportDescription>();
    }
    table_id = tables_.Describe(*table).table_id;
    canonical_arn = TableArn(account, name);
  }
  std::vector<ExportDescription> descriptions;
  std::string after(start_after);
  while (descriptions.size() < count_max) {
    ASSIGN_OR_RETURN(auto records, jobs_.List(account, kType, canonical_arn, after,
                                              count_max - descriptions.size()));
    if (records.empty()) break;
    after = records.back().arn;
    for (jobs::Record& record : records) {
      ASSIGN_OR_RETURN(auto description, Render(std::move(record)));
      if (!table_id.empty() && description.table_id != table_id) continue;
      descriptions.push_back(std::move(description));
    }
  }
  return descriptions;
}

}  // namespace

base::Result<std::unique_ptr<Exports>> Exports::Make(table::Tables& tables,
                                                     buckets::Buckets& buckets, jobs::Jobs& jobs,
                                                     table::ServiceClock& clock, std::string region,
                                                     Options options) {
  auto exports =
      std::make_unique<ExportsOverJobs>(tables, buckets, jobs, clock, std::move(region), options);
  RETURN_IF_ERROR(exports->Register());
  return std::unique_ptr<Exports>(std::move(exports));
}

}  // namespace dray::export_table
