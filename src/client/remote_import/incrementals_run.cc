// SPDX-License-Identifier: Apache-2.0
#include "client/remote_import/incrementals_run.h"

#include <utility>

#include "base/text_encoding.h"
#include "client/remote_import/incrementals_plan.h"
#include "client/remote_import/prepared_import.h"

namespace dray::remote_import {

namespace {

using remote_jobs::Ending;

std::string RequestOf(const ImportPlan& plan, const IncrementalsPlan& planned) {
  IncrementalsRequest request;
  request.client_token = plan.client_token;
  request.table_name = plan.table;
  request.bucket = planned.bucket;
  request.bucket_owner = plan.bucket_owner;
  request.manifests = planned.manifests;
  request.from_micros = plan.from_micros;
  // Of a table that was made of staged files the server does not know what they were.
  if (planned.is_local && planned.full) request.from_micros = planned.at_micros;
  request.is_dry_run = plan.is_dry_run;
  request.is_undo = plan.mode == "UNDO";
  request.is_forced = plan.is_forced;
  return RenderIncrementalsRequest(request);
}

// Of the full export: an ordinary import into a new table.
ImportResult RunFull(remote_jobs::Session& session, const ImportPlan& plan,
                     const IncrementalsPlan& planned, const ReadFile& read_file) {
  ImportPlan full = plan;
  full.mode.clear();
  full.place = planned.full_place;
  return RunImport(session, full, read_file);
}

ImportResult RunRequest(remote_jobs::Session& session, const ImportPlan& plan,
                        const IncrementalsPlan& planned) {
  PreparedImport prepared;  // the server verifies the chain before it applies anything
  prepared.source = planned.source;
  prepared.operation = kApplyIncrementals;
  prepared.request = RequestOf(plan, planned);
  prepared.is_local = planned.is_local;
  if (planned.is_local) {
    StagingOptions options;
    options.bucket = planned.bucket;
    options.makes_bucket = true;
    prepared.staging = std::make_unique<Staging>(session, std::move(options), planned.files);
  }
  return RunPrepared(session, plan, std::move(prepared));
}

void Say(remote_jobs::Session& session, const ImportPlan& plan, const IncrementalsPlan& planned) {
  const Chain& chain = planned.chain;
  if (plan.mode == "UNDO") {
    session.display().Note("undoing: " + DescribeRun(chain.links.front()));
    return;
  }
  const std::string at = base::FormatIso8601Millis(planned.at_micros);
  if (chain.links.empty()) {
    session.display().Note((planned.full ? "no incremental export follows the full one of "
                                         : "nothing to apply: the table is as of ") +
                           at);
    return;
  }
  session.display().Note(std::to_string(chain.links.size()) + " incremental exports bring " +
                         plan.table + " from " + at + " to " +
                         base::FormatIso8601Millis(chain.end_micros(planned.at_micros)));
}

// What else is to be said, in lines of its own.
void Add(ImportResult& result, const std::string& text) {
  if (!result.error.empty()) result.error += '\n';
  result.error += text;
}

}  // namespace

ImportResult RunIncrementals(remote_jobs::Session& session, const ImportPlan& given,
                             const ReadFile& read_file) {
  auto planned = PlanIncrementals(session, given);
  if (!planned) return RunPrepared(session, given, std::move(planned).error());
  Say(session, given, *planned);
  ImportPlan plan = given;
  std::unique_ptr<ImportResult> full;
  if (planned->full) {
    full = std::make_unique<ImportResult>(RunFull(session, given, *planned, read_file));
    plan.client_token += "-apply";  // one token for two requests would be a conflict
  }
  const bool goes_on =
      !full || full->ending == Ending::kDone || full->ending == Ending::kUnfinished;
  ImportResult result;
  if (goes_on && !planned->manifests.empty() && !(full && plan.is_dry_run)) {
    result = RunRequest(session, plan, *planned);
  } else {
    result.source = planned->source;
    result.operation = kApplyIncrementals;
    if (!planned->manifests.empty()) result.request = RequestOf(plan, *planned);
  }
  if (planned->later > 0 && result.ending == Ending::kDone && goes_on) {
    result.ending = Ending::kUnfinished;
    Add(result, std::to_string(planned->later) +
                    " later incremental exports do not fit into one request: the same command "
                    "again applies them");
  }
  if (full) {
    if (!goes_on && !planned->manifests.empty()) {
      Add(result,
          "the incremental exports were not applied; once the table is there, the same command "
          "applies them");
    }
    if (!full->error.empty()) {
      result.error = full->error + (result.error.empty() ? "" : "\n") + result.error;
    }
    if (result.ending == Ending::kDone) result.ending = full->ending;
    result.full = std::move(full);
  }
  result.chain = std::move(planned->chain);
  return result;
}

}  // namespace dray::remote_import
