// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_into/copy_of.h"

#include "base/bytes.h"
#include "transfer/import_table/accepted_import.h"
#include "transfer/jobs/record_json.h"

namespace dray::import_into {
namespace {

using MaybeCopy = base::Result<std::optional<Copy>>;

constexpr size_t kPage = 100;
constexpr size_t kSummaryBytesMax = 1 << 20;
constexpr std::string_view kDataFolder = "data/";

struct Source {
  std::string bucket;
  std::optional<std::string> owner;
  std::string prefix;
};

// The export whose data folder the prefix is; nullopt when there is none to be read there.
MaybeCopy CopyOfFullExport(const Source& source, const Reading& reading) {
  std::string prefix = source.prefix;
  if (prefix.ends_with("/data")) prefix += '/';
  if (!prefix.ends_with(kDataFolder)) return std::optional<Copy>();
  prefix.resize(prefix.size() - kDataFolder.size());
  auto session =
      s3_session::OpenSession(reading.context.buckets, reading.context.options.remote_targets,
                              reading.caller, source.bucket, source.owner, reading.progress);
  const std::string key = prefix + "manifest-summary.json";
  auto opened = session->Open(key);
  if (!opened) {
    if (opened.error().kind == base::ErrorKind::kUnavailable) return opened.error();
    return std::optional<Copy>();
  }
  auto text = base::ReadAll(*opened->body, kSummaryBytesMax);
  if (!text) return std::optional<Copy>();
  auto summary = export_layout::ParseSummary(*text);
  if (!summary || summary->increment) return std::optional<Copy>();
  return std::optional(Copy{summary->export_time_micros, summary->table_arn, false,
                            "imported from the full export " + source.bucket + "/" + key});
}

struct Told {
  bool is_answer = false;  // the search ends here, also when `copy` is not known
  std::optional<Copy> copy;
};

base::Result<Told> AskNewTable(const jobs::Record& record, const Reading& reading) {
  ASSIGN_OR_RETURN(auto accepted,
                   import_table::ParseAccepted(record.request_json,
                                               reading.context.options.secret_key, record.arn));
  if (accepted.request.table.table_id != reading.accepted.table_id) return Told();
  Told told{true, {}};
  ASSIGN_OR_RETURN(told.copy,
                   CopyOfFullExport({accepted.request.s3_bucket, accepted.request.s3_bucket_owner,
                                     accepted.request.s3_key_prefix.value_or("")},
                                    reading));
  if (told.copy) told.copy->is_transformed = accepted.request.transforms != nullptr;
  return told;
}

base::Result<Told> AskInto(const jobs::Record& record, const Reading& reading) {
  ASSIGN_OR_RETURN(auto accepted, ParseAccepted(record.request_json,
                                                reading.context.options.secret_key, record.arn));
  const IntoRequest& request = accepted.request;
  if (accepted.table_id != reading.accepted.table_id || request.is_dry_run) return Told();
  if (request.kind == Kind::kIncrementals) {
    ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(record.progress_json));
    if (!checkpoint.at_micros) return Told();
    return Told{true, Copy{*checkpoint.at_micros, checkpoint.source_table_arn, false,
                           "left so by " + record.arn}};
  }
  // Further items, unless they are those of a full export.
  ASSIGN_OR_RETURN(auto copy, CopyOfFullExport({request.s3_bucket, request.s3_bucket_owner,
                                                request.s3_key_prefix.value_or("")},
                                               reading));
  if (copy) copy->is_transformed = request.transforms != nullptr;
  return Told{copy.has_value(), std::move(copy)};
}

}  // namespace

MaybeCopy CopyOf(const Reading& reading) {
  if (reading.accepted.request.from_micros) {
    return std::optional(Copy{*reading.accepted.request.from_micros, {}, false, "From says so"});
  }
  const jobs::Record& own = reading.progress.record();
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(auto page,
                     reading.context.jobs.List(own.account, own.type, own.table_arn, after, kPage));
    for (const jobs::Record& record : page) {
      if (record.arn == own.arn) continue;
      ASSIGN_OR_RETURN(auto members, jobs::RecordJson::Parse(record.request_json));
      ASSIGN_OR_RETURN(Told told, members.OptionalString("kind") == kKindName
                                      ? AskInto(record, reading)
                                      : AskNewTable(record, reading));
      if (told.is_answer) return std::move(told.copy);
    }
    if (page.size() < kPage) return std::optional<Copy>();
    after = page.back().arn;
  }
}

}  // namespace dray::import_into
