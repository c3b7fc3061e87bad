// SPDX-License-Identifier: Apache-2.0
// Durable jobs: accepted once, advanced by workers, resumed after a crash, never lost: an accepted
// job ends COMPLETED or FAILED (decision 7). What a job does is its Runner's matter. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "storage/kv/engine.h"
#include "storage/table/service_clock.h"
#include "transfer/jobs/failure.h"

namespace dray::jobs {

namespace reason {
inline constexpr std::string_view kCancelled = "job_cancelled";  // what a cancelled runner returns
inline constexpr std::string_view kNotFound = "job_not_found";
inline constexpr std::string_view kNotInProgress = "job_not_in_progress";  // too late to cancel
}  // namespace reason

enum class State { kInProgress, kCompleted, kFailed };

struct Record {
  std::string arn;   // the job's ExportArn or ImportArn: its key
  std::string type;  // "export" or "import"
  std::string account;
  std::string table_arn;
  State state = State::kInProgress;
  int64_t start_time_micros = 0;
  int64_t end_time_micros = 0;  // 0 while in progress
  std::string client_token;
  std::string failure_code;  // AWS's, when failed
  std::string failure_message;
  std::string failure_detail;  // ours: the full reason, for those who may see it
  std::string request_json;    // what was asked, fixed at acceptance
  std::string caller_json;     // access::Serialize
  std::string progress_json;   // the runner's checkpoint: small, replaced as a whole
};

// What a job tells of itself: phases, retries, how it ended. For people; bounded.
struct LogLine {
  int64_t time_micros = 0;
  std::string text;
  bool operator==(const LogLine&) const = default;
};
struct JobLog {
  std::vector<LogLine> lines;  // the first ones and the newest
  uint64_t left_out = 0;       // between them
};

// Handed to a running job. Thread-safe; checkpoints replace one another in the order of the calls.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual const Record& record() const = 0;
  // Durable when it returns.
  virtual base::Status Checkpoint(std::string progress_json) = 0;
  // True once the server stops: return kUnavailable soon; the job is resumed at the next start.
  virtual bool is_stopping() const = 0;
  // An error that the runner has to return soon: kUnavailable once the server stops, kCancelled
  // with reason::kCancelled once somebody cancelled the job, also before a restart. The runner
  // undoes what it can first.
  virtual base::Status MayGoOn() const = 0;
  // Before the step that makes the job's result visible: fails with reason::kCancelled when the job
  // was cancelled; afterwards it cannot be any more, not even between a crash and its next run.
  virtual base::Status CloseToCancel() = 0;
  // Live numbers for Describe, not durable: small JSON.
  virtual void Publish(std::string live_json) = 0;
  // A line of the job's own log. Best effort: a job does not fail because of it.
  virtual void Log(std::string text) = 0;
};

// One log line as a job enters a phase of its work, in the server's log and in the job's: operators
// see where it stands, kill tests where to strike.
void LogPhase(Progress& progress, std::string_view phase);

struct Outcome {
  std::optional<Failure> failure;   // none: the job is COMPLETED
  std::string final_progress_json;  // replaces progress_json
};

// What a client is told of an error that ends a job: a full disk without the server's paths, which
// stay in the detail; anything else in its own words.
std::string FailureMessageOf(const base::Error& error);

// Runs one job from its last checkpoint to its end. An error (not an Outcome) means the job could
// not go on: kUnavailable at shutdown leaves it to the next start; kUnavailable otherwise is tried
// again after a pause, `attempts_max` times without a new checkpoint; reason::kCancelled ends it as
// FAILED with the code Cancelled; anything else fails the job as UNKNOWN.
using Runner = std::function<base::Result<Outcome>(Progress& progress)>;

// Removes what a job has left beside its record: called before the record is removed, perhaps
// twice.
using Forgetter = std::function<base::Status(const Record& record)>;

struct Options {
  unsigned workers = 2;  // jobs that run at once
  // Niceness of jobs' threads, those that a job starts included: who answers requests goes first.
  int niceness = 0;
  unsigned attempts_max = 10;
  int64_t retry_pause_ms = 1000;  // doubled with each attempt, at most a minute
  // A token counts from its job's acceptance on for this long, and while the job runs; afterwards
  // the same token makes a new job. AWS: 8 hours.
  int64_t token_valid_micros = 8 * 3600 * base::kMicrosPerSecond;
  // A record stays for this long after its job's end. AWS: 90 days.
  int64_t kept_micros = 90 * base::kMicrosPerDay;
};

class Jobs {
 public:
  static base::Result<std::unique_ptr<Jobs>> Open(kv::Engine& engine, table::ServiceClock& clock,
                                                  Options options);
  virtual ~Jobs() = default;  // Stop()
  virtual void RegisterRunner(std::string type, Runner runner, Forgetter forget = {}) = 0;
  // Every unfinished record, before Start: their pins are restored from these.
  virtual base::Result<std::vector<Record>> Unfinished() = 0;
  virtual void Start() = 0;
  // Asks running jobs to stop and waits for them. Accept and the readers go on working.
  virtual void Stop() = 0;

  // Stores the record (arn, type, ... filled by the caller) and queues it. `client_token`
  // non-empty: also stores the token in the same commit; when the same account+type+token exists
  // already nothing is stored and the existing record is returned with `is_new` false.
  struct Accepted {
    Record record;
    bool is_new = true;
  };
  virtual base::Result<Accepted> Accept(Record record) = 0;
  virtual base::Result<std::optional<Record>> Find(std::string_view arn) = 0;
  virtual base::Result<std::optional<Record>> FindByToken(std::string_view account,
                                                          std::string_view type,
                                                          std::string_view client_token) = 0;
  // The job will end FAILED with the code Cancelled, in the name of `by`; one that waits for a
  // worker runs next, to undo what it did before. Durable when it returns; a second call changes
  // nothing. reason::kNotFound, kNotInProgress.
  virtual base::Status Cancel(std::string_view arn, std::string_view by) = 0;
  // Removes the records of jobs that ended long enough ago, with their checkpoints, logs and
  // tokens. Cheap when there are none.
  virtual base::Status ForgetOld() = 0;
  // Empty for a job that nobody knows.
  virtual base::Result<JobLog> Log(std::string_view arn) = 0;
  // What the running job published last, or empty.
  virtual std::string Live(std::string_view arn) = 0;
  // Newest first, of one account and type; `table_arn` empty = all. Goes on behind `start_after`
  // (an arn; kInvalidArgument when there is no such job of the account and type).
  virtual base::Result<std::vector<Record>> List(std::string_view account, std::string_view type,
                                                 std::string_view table_arn,
                                                 std::string_view start_after,
                                                 size_t count_max) = 0;
};

}  // namespace dray::jobs
