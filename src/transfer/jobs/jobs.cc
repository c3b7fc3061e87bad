// SPDX-License-Identifier: Apache-2.0
// A job's life: Accept writes record, list entry, unfinished mark and token in one commit; a worker
// takes it from the queue, the runner checkpoints, and one last commit writes the outcome and takes
// the unfinished mark away. Start queues what carries the mark. One more key tells who cancelled
// the job, or that it is too late for that; whoever writes it first wins.
#include "transfer/jobs/jobs.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <exception>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/file_system.h"
#include "base/log.h"
#include "base/mutex.h"
#include "transfer/jobs/record_encoding.h"

namespace dray::jobs {
namespace {

constexpr int64_t kRetryPauseMaxMs = 60'000;
const std::string kMark(1, '\1');  // the value of keys that say all by being there

Outcome CancelledOutcome(const std::string& by) {
  return Outcome{Failure{"Cancelled", "The job was cancelled by " + by, {}}, {}};
}

Outcome UnknownFailure(const base::Error& error) {
  return Outcome{Failure{"UNKNOWN", FailureMessageOf(error), error.message}, {}};
}

class RunningJob;

class JobsInKv final : public Jobs {
 public:
  JobsInKv(kv::Engine& engine, table::ServiceClock& clock, Options options)
      : engine_(engine), clock_(clock), options_(options) {}
  ~JobsInKv() override { StopWorkers(); }

  void RegisterRunner(std::string type, Runner runner, Forgetter forget) override {
    base::MutexLock lock(mutex_);
    CHECK(workers_.empty());
    forgetters_[type] = std::move(forget);
    runners_[std::move(type)] = std::move(runner);
  }

  base::Result<std::vector<Record>> Unfinished() override;
  void Start() override;
  void Stop() override { StopWorkers(); }
  base::Result<Accepted> Accept(Record record) override;
  base::Result<std::optional<Record>> Find(std::string_view arn) override;
  base::Result<std::optional<Record>> FindByToken(std::string_view account, std::string_view type,
                                                  std::string_view client_token) override;
  base::Status ForgetOld() override;
  base::Status Cancel(std::string_view arn, std::string_view by) override;
  base::Result<JobLog> Log(std::string_view arn) override;
  std::string Live(std::string_view arn) override {
    base::MutexLock lock(mutex_);
    auto found = live_.find(arn);
    return found == live_.end() ? std::string() : found->second;
  }
  base::Result<std::vector<Record>> List(std::string_view account, std::string_view type,
                                         std::string_view table_arn, std::string_view start_after,
                                         size_t count_max) override;

 private:
  friend class RunningJob;

  struct Queued {
    std::string arn;
    unsigned attempts = 0;
  };

  base::Result<std::vector<std::string>> UnfinishedArns();
  base::Status Forget(const Record& record);
  // Absent: nobody cancelled it. Empty: nobody can any more.
  base::Result<std::optional<std::string>> CancelledBy(std::string_view arn);
  base::Status TryToClose(std::string_view arn);
  base::Status AddToLog(const std::string& arn, std::string text, kv::Batch& batch)
      REQUIRES(log_mutex_);
  void NoteInLog(const std::string& arn, std::string text);
  void StopWorkers();
  void Work();
  void RunOne(Queued job);
  base::Result<Outcome> Call(const Runner& runner, RunningJob& running);
  // Of a job that ends by an error.
  Outcome OutcomeOf(const std::string& arn, const base::Error& error);
  base::Status Finish(Record record, Outcome outcome);
  void Retry(Queued job);
  bool IsTokenValid(const Record& record) {
    return record.state == State::kInProgress ||
           clock_.NowMicros() - record.start_time_micros < options_.token_valid_micros;
  }

  kv::Engine& engine_;
  table::ServiceClock& clock_;
  const Options options_;
  std::atomic<bool> is_stopping_{false};

  base::Mutex mutex_;
  base::CondVar wake_;
  std::map<std::string, Runner> runners_ GUARDED_BY(mutex_);
  std::map<std::string, Forgetter> forgetters_ GUARDED_BY(mutex_);
  // No job that has a record still ended before this.
  int64_t first_end_micros_ GUARDED_BY(mutex_) = INT64_MIN;
  std::deque<Queued> queue_ GUARDED_BY(mutex_);
  std::map<std::string, std::string, std::less<>> live_ GUARDED_BY(mutex_);
  std::map<std::string, RunningJob*> running_ GUARDED_BY(mutex_);
  // Since they ran last: their next pause is left out.
  std::set<std::string> cancelled_ GUARDED_BY(mutex_);
  bool is_started_ GUARDED_BY(mutex_) = false;
  base::Mutex log_mutex_;             // over reading and writing a log
  std::vector<std::thread> workers_;  // changed by Start and Stop only
};

class RunningJob final : public Progress {
 public:
  RunningJob(JobsInKv& jobs, Record record) : jobs_(jobs), record_(std::move(record)) {}

  const Record& record() const override { return record_; }
  base::Status Checkpoint(std::string progress_json) override {
    base::MutexLock lock(mutex_);  // keeps the order of the calls
    kv::Batch batch;
    batch.puts.emplace_back(ProgressKey(record_.arn), EncodeProgress(progress_json));
    ASSIGN_OR_RETURN(auto outcome, jobs_.engine_.Commit(kv::kSystemPartition, batch));
    CHECK(outcome == kv::CommitOutcome::kCommitted);
    has_checkpointed_ = true;
    return base::Ok();
  }
  bool is_stopping() const override { return jobs_.is_stopping_.load(std::memory_order_relaxed); }
  base::Status MayGoOn() const override {
    if (is_stopping()) return base::Error{base::ErrorKind::kUnavailable, "The server stops", {}};
    if (!is_cancelled_.load(std::memory_order_relaxed)) return base::Ok();
    return base::Error{base::ErrorKind::kCancelled, "The job was cancelled", reason::kCancelled};
  }
  base::Status CloseToCancel() override { return jobs_.TryToClose(record_.arn); }
  void Publish(std::string live_json) override {
    base::MutexLock lock(jobs_.mutex_);
    jobs_.live_[record_.arn] = std::move(live_json);
  }
  void Log(std::string text) override { jobs_.NoteInLog(record_.arn, std::move(text)); }
  void Cancel() { is_cancelled_ = true; }
  bool has_checkpointed() const { return has_checkpointed_; }

 private:
  JobsInKv& jobs_;
  const Record record_;
  base::Mutex mutex_;
  std::atomic<bool> has_checkpointed_{false};
  std::atomic<bool> is_cancelled_{false};
};

base::Result<std::vector<std::string>> JobsInKv::UnfinishedArns() {
  std::vector<std::string> arns;
  std::string from = UnfinishedPrefix();
  const std::string to = kv::PrefixEnd(from);
  kv::Page page;
  do {
    RETURN_IF_ERROR(engine_.ReadRange(kv::kSystemPartition, from, to, kv::Direction::kForward,
                                      kv::ReadLimits(), page));
    for (size_t i = 0; i < page.size(); ++i) arns.emplace_back(ArnOfUnfinishedKey(page.key(i)));
    if (page.size() > 0) from = std::string(page.key(page.size() - 1)).append(1, '\0');
  } while (!page.is_last());
  return arns;
}

base::Result<std::vector<Record>> JobsInKv::Unfinished() {
  ASSIGN_OR_RETURN(auto arns, UnfinishedArns());
  std::vector<Record> records;
  for (const std::string& arn : arns) {
    ASSIGN_OR_RETURN(auto record, Find(arn));
    if (!record) {
      return base::Error{base::ErrorKind::kCorruption, "The job " + arn + " has no record", {}};
    }
    // It may have ended between the two reads.
    if (record->state == State::kInProgress) records.push_back(*std::move(record));
  }
  return records;
}

void JobsInKv::Start() {
  auto unfinished = Unfinished();
  if (!unfinished) {
    base::log::Error("cannot read the unfinished jobs", {{"error", unfinished.error().message}});
  }
  base::MutexLock lock(mutex_);
  CHECK(!is_started_);
  is_started_ = true;
  is_stopping_ = false;
  if (unfinished) {
    std::sort(unfinished->begin(), unfinished->end(), [](const Record& a, const Record& b) {
      return a.start_time_micros < b.start_time_micros;
    });
    for (Record& record : *unfinished) queue_.push_back({std::move(record.arn), 0});
  }
  for (unsigned i = 0; i < std::max(1u, options_.workers); ++i) {
    workers_.emplace_back([this] {
      // Linux keeps it per thread, and new threads inherit it. Without it jobs only run sooner.
      if (options_.niceness != 0) ::setpriority(PRIO_PROCESS, 0, options_.niceness);
      Work();
    });
  }
}

void JobsInKv::StopWorkers() {
  {
    base::MutexLock lock(mutex_);
    is_stopping_ = true;
    wake_.NotifyAll();
  }
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
  base::MutexLock lock(mutex_);
  queue_.clear();  // the next Start queues what is unfinished
  live_.clear();
  is_started_ = false;
}

base::Result<Jobs::Accepted> JobsInKv::Accept(Record record) {
  CHECK(!record.arn.empty() && !record.type.empty() && !record.account.empty());
  record.state = State::kInProgress;
  record.end_time_micros = 0;
  const std::string token_key = TokenKey(record.account, record.type, record.client_token);
  ASSIGN_OR_RETURN(std::string log, AppendToLog({}, {record.start_time_micros, "accepted"}));
  while (true) {
    kv::Batch batch;
    batch.puts.emplace_back(LogKey(record.arn), log);
    batch.guards.push_back({RecordKey(record.arn), std::nullopt});
    if (!record.client_token.empty()) {
      ASSIGN_OR_RETURN(auto token_owner, engine_.Get(kv::kSystemPartition, token_key));
      if (token_owner) {
        ASSIGN_OR_RETURN(auto existing, Find(*token_owner));
        if (existing && IsTokenValid(*existing)) return Accepted{*std::move(existing), false};
      }
      batch.guards.push_back({token_key, token_owner});
      batch.puts.emplace_back(token_key, record.arn);
    }
    batch.puts.emplace_back(RecordKey(record.arn), EncodeRecord(record));
    batch.puts.emplace_back(ListKey(record), kMark);
    batch.puts.emplace_back(UnfinishedKey(record.arn), kMark);
    if (!record.progress_json.empty()) {
      batch.puts.emplace_back(ProgressKey(record.arn), EncodeProgress(record.progress_json));
    }
    ASSIGN_OR_RETURN(auto outcome, engine_.Commit(kv::kSystemPartition, batch));
    if (outcome == kv::CommitOutcome::kCommitted) break;
    ASSIGN_OR_RETURN(auto same_arn, Find(record.arn));
    if (same_arn) {
      return base::Error{base::ErrorKind::kAlreadyExists,
                         "A job with the ARN " + record.arn + " exists already",
                         {}};
    }
    // Another request with this token came first: look again.
  }
  base::MutexLock lock(mutex_);
  if (is_started_ && !is_stopping_) {
    queue_.push_back({record.arn, 0});
    wake_.NotifyAll();
  }
  return Accepted{std::move(record), true};
}

base::Result<std::optional<Record>> JobsInKv::Find(std::string_view arn) {
  const std::string keys[] = {RecordKey(arn), ProgressKey(arn)};
  ASSIGN_OR_RETURN(auto values, engine_.MultiGet(kv::kSystemPartition, keys));
  if (!values[0]) return std::optional<Record>();
  ASSIGN_OR_RETURN(Record record, DecodeRecord(*values[0]));
  if (values[1]) {
    ASSIGN_OR_RETURN(record.progress_json, DecodeProgress(*values[1]));
  }
  return std::optional<Record>(std::move(record));
}

base::Result<std::optional<Record>> JobsInKv::FindByToken(std::string_view account,
                                                          std::string_view type,
                                                          std::string_view client_token) {
  if (client_token.empty()) return std::optional<Record>();
  ASSIGN_OR_RETURN(auto arn,
                   engine_.Get(kv::kSystemPartition, TokenKey(account, type, client_token)));
  if (!arn) return std::optional<Record>();
  ASSIGN_OR_RETURN(auto record, Find(*arn));
  if (record && !IsTokenValid(*record)) return std::optional<Record>();
  return record;
}

base::Result<std::vector<Record>> JobsInKv::List(std::string_view account, std::string_view type,
                                                 std::string_view table_arn,
                                                 std::string_view start_after, size_t count_max) {
  const std::string prefix = ListPrefix(account, type);
  std::string from = prefix;
  if (!start_after.empty()) {
    ASSIGN_OR_RETURN(auto before, Find(start_after));
    if (!before || before->account != account || before->type != type) {
      return base::Error{base::ErrorKind::kInvalidArgument,
                         "There is no job " + std::string(start_after) + " to go on behind",
                         {}};
    }
    from = ListKey(*before).append(1, '\0');
  }
  std::vector<Record> records;
  const std::string to = kv::PrefixEnd(prefix);
  kv::ReadLimits limits;
  limits.entries_max = 128;
  kv::Page page;
  do {
    RETURN_IF_ERROR(
        engine_.ReadRange(kv::kSystemPartition, from, to, kv::Direction::kForward, limits, page));
    for (size_t i = 0; i < page.size() && records.size() < count_max; ++i) {
      ASSIGN_OR_RETURN(auto arn, ArnOfListKey(page.key(i), prefix));
      ASSIGN_OR_RETURN(auto record, Find(arn));
      if (record && (table_arn.empty() || record->table_arn == table_arn)) {
        records.push_back(*std::move(record));
      }
    }
    if (page.size() > 0) from = std::string(page.key(page.size() - 1)).append(1, '\0');
  } while (!page.is_last() && records.size() < count_max);
  return records;
}

base::Status JobsInKv::ForgetOld() {
  const int64_t now = clock_.NowMicros();
  const int64_t limit = now - options_.kept_micros;
  {
    base::MutexLock lock(mutex_);
    if (limit < first_end_micros_) return base::Ok();
  }
  int64_t first_end = now;  // unfinished jobs end later
  std::string from = RecordPrefix();
  const std::string to = kv::PrefixEnd(from);
  kv::ReadLimits limits;
  limits.entries_max = 128;
  kv::Page page;
  do {
    RETURN_IF_ERROR(
        engine_.ReadRange(kv::kSystemPartition, from, to, kv::Direction::kForward, limits, page));
    for (size_t i = 0; i < page.size(); ++i) {
      ASSIGN_OR_RETURN(Record record, DecodeRecord(page.value(i)));
      if (record.state == State::kInProgress) continue;
      if (record.end_time_micros < limit) {
        RETURN_IF_ERROR(Forget(record));
      } else {
        first_end = std::min(first_end, record.end_time_micros);
      }
    }
    if (page.size() > 0) from = std::string(page.key(page.size() - 1)).append(1, '\0');
  } while (!page.is_last());
  base::MutexLock lock(mutex_);
  first_end_micros_ = first_end;
  return base::Ok();
}

base::Status JobsInKv::Forget(const Record& record) {
  Forgetter forget;
  {
    base::MutexLock lock(mutex_);
    auto found = forgetters_.find(record.type);
    if (found != forgetters_.end()) forget = found->second;
  }
  if (forget) RETURN_IF_ERROR(forget(record));
  while (true) {
    kv::Batch batch;
    batch.deletes = {RecordKey(record.arn), ProgressKey(record.arn), ListKey(record),
                     CancelKey(record.arn), LogKey(record.arn)};
    if (!record.client_token.empty()) {
      // The token may have made a newer job since.
      std::string token_key = TokenKey(record.account, record.type, record.client_token);
      ASSIGN_OR_RETURN(auto owner, engine_.Get(kv::kSystemPartition, token_key));
      batch.guards.push_back({token_key, owner});
      if (owner == record.arn) batch.deletes.push_back(std::move(token_key));
    }
    ASSIGN_OR_RETURN(auto outcome, engine_.Commit(kv::kSystemPartition, batch));
    if (outcome == kv::CommitOutcome::kCommitted) return base::Ok();
  }
}

void JobsInKv::Work() {
  while (true) {
    Queued job;
    {
      base::MutexLock lock(mutex_);
      while (queue_.empty() && !is_stopping_) wake_.Wait(mutex_);
      if (is_stopping_) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    RunOne(std::move(job));
  }
}

void JobsInKv::RunOne(Queued job) {
  auto record = Find(job.arn);
  if (!record || !*record) {
    base::log::Error("cannot read a job's record",
                     {{"job", job.arn}, {"error", record ? "absent" : record.error().message}});
    if (!record) Retry(std::move(job));
    return;
  }
  if ((*record)->state != State::kInProgress) return;
  Runner runner;
  {
    base::MutexLock lock(mutex_);
    auto found = runners_.find((*record)->type);
    if (found != runners_.end()) runner = found->second;
  }
  if (!runner) {  // perhaps of a newer version of Dray, which will go on with it
    base::log::Error("no runner for a job", {{"job", job.arn}, {"type", (*record)->type}});
    return;
  }
  base::log::Info("job runs", {{"job", job.arn}, {"type", (*record)->type}});
  NoteInLog(job.arn, (*record)->progress_json.empty() ? "runs" : "runs, from its last checkpoint");
  RunningJob running(*this, **record);
  base::Result<Outcome> result = Call(runner, running);
  if (!result && result.error().kind == base::ErrorKind::kUnavailable) {
    if (is_stopping_) {
      base::log::Info("job stops, to be resumed", {{"job", job.arn}});
      NoteInLog(job.arn, "stops with the server, to be resumed");
      return;
    }
    if (running.has_checkpointed()) job.attempts = 0;
    if (++job.attempts < options_.attempts_max) {
      base::log::Warning("job will be tried again", {{"job", job.arn},
                                                     {"attempt", uint64_t{job.attempts}},
                                                     {"error", result.error().message}});
      NoteInLog(job.arn, "attempt " + std::to_string(job.attempts) + " of " +
                             std::to_string(options_.attempts_max) +
                             " failed, will be tried again: " + result.error().message);
      Retry(std::move(job));
      return;
    }
  }
  Outcome outcome = result ? *std::move(result) : OutcomeOf(job.arn, result.error());
  base::Status finished = Finish(**std::move(record), std::move(outcome));
  if (!finished) {
    base::log::Error("cannot store a job's outcome",
                     {{"job", job.arn}, {"error", finished.error().message}});
    Retry(std::move(job));
  }
}

Outcome JobsInKv::OutcomeOf(const std::string& arn, const base::Error& error) {
  auto by = CancelledBy(arn);
  if (!by || !*by || (*by)->empty()) return UnknownFailure(error);
  Outcome outcome = CancelledOutcome(**by);
  if (error.reason != reason::kCancelled) {
    outcome.failure->detail = "What it did could not be undone: " + error.message;
  }
  return outcome;
}

base::Result<Outcome> JobsInKv::Call(const Runner& runner, RunningJob& running) {
  const std::string& arn = running.record().arn;
  {
    base::MutexLock lock(mutex_);
    running_[arn] = &running;
  }
  // After that: who cancels meanwhile finds the job running.
  auto cancelled_by = CancelledBy(arn);
  if (cancelled_by && *cancelled_by && !(*cancelled_by)->empty()) running.Cancel();
  base::Result<Outcome> result = base::Error{};
  // The top of a thread: what a library still throws must not end the server.
  try {
    result = runner(running);
  } catch (const std::exception& exception) {
    result = base::Error{base::ErrorKind::kInternal, exception.what(), {}};
  }
  base::MutexLock lock(mutex_);
  running_.erase(arn);
  return result;
}

base::Result<std::optional<std::string>> JobsInKv::CancelledBy(std::string_view arn) {
  ASSIGN_OR_RETURN(auto bytes, engine_.Get(kv::kSystemPartition, CancelKey(arn)));
  if (!bytes) return std::optional<std::string>();
  ASSIGN_OR_RETURN(std::string by, DecodeCancel(*bytes));
  return std::optional<std::string>(std::move(by));
}

base::Status JobsInKv::TryToClose(std::string_view arn) {
  kv::Batch batch;
  batch.guards.push_back({CancelKey(arn), std::nullopt});
  batch.puts.emplace_back(CancelKey(arn), EncodeCancel({}));
  ASSIGN_OR_RETURN(auto outcome, engine_.Commit(kv::kSystemPartition, batch));
  if (outcome == kv::CommitOutcome::kCommitted) return base::Ok();
  ASSIGN_OR_RETURN(auto by, CancelledBy(arn));
  if (by && by->empty()) return base::Ok();  // an earlier run did it
  return base::Error{base::ErrorKind::kCancelled, "The job was cancelled", reason::kCancelled};
}

base::Status JobsInKv::Cancel(std::string_view arn, std::string_view by) {
  ASSIGN_OR_RETURN(auto record, Find(arn));
  if (!record) {
    return base::Error{base::ErrorKind::kNotFound, "There is no job " + std::string(arn),
                       reason::kNotFound};
  }
  if (record->state != State::kInProgress) {
    return base::Error{base::ErrorKind::kInUse,
                       std::string("The job has ended already: it is ") +
                           (record->state == State::kCompleted ? "COMPLETED" : "FAILED"),
                       reason::kNotInProgress};
  }
  kv::Batch batch;
  batch.guards.push_back({CancelKey(arn), std::nullopt});
  batch.guards.push_back({UnfinishedKey(arn), kMark});
  batch.puts.emplace_back(CancelKey(arn), EncodeCancel(by));
  ASSIGN_OR_RETURN(auto outcome, engine_.Commit(kv::kSystemPartition, batch));
  if (outcome != kv::CommitOutcome::kCommitted) {
    ASSIGN_OR_RETURN(auto earlier, CancelledBy(arn));
    if (earlier && !earlier->empty()) return base::Ok();
    return base::Error{base::ErrorKind::kInUse,
                       "The job is about to complete and cannot be cancelled any more",
                       reason::kNotInProgress};
  }
  NoteInLog(record->arn, "cancelled by " + std::string(by));
  base::MutexLock lock(mutex_);
  cancelled_.insert(record->arn);
  if (auto running = running_.find(record->arn); running != running_.end()) {
    running->second->Cancel();
  }
  auto queued = std::find_if(queue_.begin(), queue_.end(),
                             [&](const Queued& job) { return job.arn == record->arn; });
  if (queued != queue_.end()) std::rotate(queue_.begin(), queued, queued + 1);
  wake_.NotifyAll();
  return base::Ok();
}

base::Result<JobLog> JobsInKv::Log(std::string_view arn) {
  ASSIGN_OR_RETURN(auto bytes, engine_.Get(kv::kSystemPartition, LogKey(arn)));
  if (!bytes) return JobLog();
  return DecodeLog(*bytes);
}

base::Status JobsInKv::AddToLog(const std::string& arn, std::string text, kv::Batch& batch) {
  ASSIGN_OR_RETURN(auto bytes, engine_.Get(kv::kSystemPartition, LogKey(arn)));
  ASSIGN_OR_RETURN(std::string log, AppendToLog(bytes ? std::string_view(*bytes) : "",
                                                {clock_.NowMicros(), std::move(text)}));
  batch.puts.emplace_back(LogKey(arn), std::move(log));
  return base::Ok();
}

void JobsInKv::NoteInLog(const std::string& arn, std::string text) {
  base::MutexLock lock(log_mutex_);
  kv::Batch batch;
  base::Status noted = AddToLog(arn, std::move(text), batch);
  if (noted) {
    auto outcome = engine_.Commit(kv::kSystemPartition, batch);
    if (!outcome) noted = outcome.error();
  }
  if (!noted) {
    base::log::Warning("cannot write a job's log",
                       {{"job", arn}, {"error", noted.error().message}});
  }
}

base::Status JobsInKv::Finish(Record record, Outcome outcome) {
  ASSIGN_OR_RETURN(record.end_time_micros, clock_.Issue());
  record.state = outcome.failure ? State::kFailed : State::kCompleted;
  if (outcome.failure) {
    record.failure_code = std::move(outcome.failure->code);
    record.failure_message = std::move(outcome.failure->message);
    record.failure_detail = std::move(outcome.failure->detail);
  }
  kv::Batch batch;
  batch.puts.emplace_back(RecordKey(record.arn), EncodeRecord(record));
  if (!outcome.final_progress_json.empty()) {
    batch.puts.emplace_back(ProgressKey(record.arn), EncodeProgress(outcome.final_progress_json));
  }
  batch.deletes.push_back(UnfinishedKey(record.arn));
  batch.deletes.push_back(CancelKey(record.arn));
  base::MutexLock log_lock(log_mutex_);
  RETURN_IF_ERROR(AddToLog(record.arn,
                           outcome.failure
                               ? "failed: " + record.failure_code + ": " + record.failure_message
                               : "completed",
                           batch));
  ASSIGN_OR_RETURN(auto committed, engine_.Commit(kv::kSystemPartition, batch));
  CHECK(committed == kv::CommitOutcome::kCommitted);
  if (!outcome.failure) {
    base::log::Info("job completed", {{"job", record.arn}});
  } else {
    base::log::Warning("job failed", {{"job", record.arn},
                                      {"code", record.failure_code},
                                      {"message", record.failure_message},
                                      {"detail", record.failure_detail}});
  }
  base::MutexLock lock(mutex_);
  live_.erase(record.arn);
  cancelled_.erase(record.arn);
  return base::Ok();
}

// Waits in the worker that ran the job: others go on, and Stop wakes it.
void JobsInKv::Retry(Queued job) {
  int64_t pause_ms = options_.retry_pause_ms << std::min(job.attempts, 16u);
  pause_ms = std::min(pause_ms, kRetryPauseMaxMs);
  base::MutexLock lock(mutex_);
  const int64_t until = base::SteadyMicros() + pause_ms * 1000;
  while (!is_stopping_ && cancelled_.erase(job.arn) == 0) {
    int64_t left_ms = (until - base::SteadyMicros()) / 1000;
    if (left_ms <= 0) break;
    wake_.WaitFor(mutex_, left_ms);
  }
  if (is_stopping_) return;
  queue_.push_back(std::move(job));
  wake_.NotifyAll();
}

}  // namespace

base::Result<std::unique_ptr<Jobs>> Jobs::Open(kv::Engine& engine, table::ServiceClock& clock,
                                               Options options) {
  auto jobs = std::make_unique<JobsInKv>(engine, clock, options);
  // Fails early on records that cannot be read.
  RETURN_IF_ERROR(jobs->Unfinished());
  return std::unique_ptr<Jobs>(std::move(jobs));
}

std::string FailureMessageOf(const base::Error& error) {
  if (error.reason == base::kNoSpace) return "There is no space left on the server's disk";
  return error.message;
}

void LogPhase(Progress& progress, std::string_view phase) {
  const Record& record = progress.record();
  base::log::Info("job phase", {{"job", record.arn}, {"type", record.type}, {"phase", phase}});
  progress.Log("phase: " + std::string(phase));
}

}  // namespace dray::jobs
