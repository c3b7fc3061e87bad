// SPDX-License-Identifier: Apache-2.0
// A whole import from outside: look at the place, plan the table, verify, stage, start, watch,
// clean up, settings.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/remote_import/export_chain.h"
#include "client/remote_import/import_request.h"
#include "client/remote_import/staging.h"
#include "client/remote_import/table_plan.h"
#include "client/remote_import/transforms.h"
#include "client/remote_jobs/ending.h"
#include "client/remote_jobs/job_watch.h"
#include "client/remote_jobs/session.h"
#include "transfer/verify_export/verify_export.h"

namespace dray::remote_import {

struct ImportPlan {
  std::string place;  // s3://BUCKET[/PREFIX], or a path
  std::string table;  // its name
  // INSERT, REPLACE or MERGE into a table that is there; APPLY or UNDO of incremental exports, see
  // incrementals_run.h; empty: a new one.
  std::string mode;
  std::optional<std::string> bucket_owner;
  InputFormat input;  // format empty: not said
  bool is_token_given = false;
  std::string client_token;

  std::optional<int64_t> from_micros;  // APPLY: what the table is a copy of; else the server knows
  std::string full_export;  // APPLY: ID of the one that a new table begins with; or empty
  bool is_forced = false;   // UNDO: also what was changed since
  bool has_incrementals() const { return mode == "APPLY" || mode == "UNDO"; }
  bool says_table() const;  // a schema or flags of the table that is made

  std::string schema;  // a path or s3://...; empty: the one beside the export, if there is one
  bool reads_schema = true;
  TableFlags table_flags;
  TransformPlan transforms;

  bool verifies = true;
  bool applies_settings = true;
  bool waits = true;
  bool cancels_when_interrupted = false;
  bool is_dry_run = false;

  std::string staging;  // s3://...; empty: a bucket of the command's own. For a path only
  bool keeps_staging = false;
};

struct ImportResult {
  remote_jobs::Ending ending = remote_jobs::Ending::kDone;
  std::string source;           // what is imported: s3://... or a path
  uint64_t source_objects = 0;  // as far as it was looked at
  std::optional<verify_export::Report> verified;
  std::string schema;                 // where it was found
  std::vector<std::string> left_out;  // what is not carried over
  std::vector<Setting> settings;      // that are to be applied
  std::vector<std::string> applied;   // what of them
  Operation operation;                // that imports
  std::string request;                // of it, once it is complete
  std::optional<Staging::Sent> staged;
  std::string staging_left;             // s3://..., when objects stay there
  std::optional<remote_jobs::Job> job;  // as it was seen last
  // Of APPLY and UNDO.
  std::unique_ptr<ImportResult> full;  // of the full export, where a table was made of it first
  Chain chain;
  std::vector<std::string> errors;  // the first records that are no items, and why
  std::string error;                // what went wrong, in lines; not displayed yet
};

using ReadFile = std::function<base::Result<std::string>(const std::string& path)>;  // a schema

ImportResult RunImport(remote_jobs::Session& session, const ImportPlan& plan,
                       const ReadFile& read_file);

}  // namespace dray::remote_import
