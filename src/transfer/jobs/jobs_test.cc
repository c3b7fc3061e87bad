// SPDX-License-Identifier: Apache-2.0
#include "transfer/jobs/jobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>
#include <stdexcept>
#include <thread>

#include "base/file_system.h"
#include "base/text_encoding.h"
#include "storage/kv/memory/memory_engine.h"
#include "transfer/jobs/record_encoding.h"

namespace dray::jobs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class JobsTest : public ::testing::Test {
 protected:
  JobsTest() { clock_ = *table::ServiceClock::Open(*engine_, wall_); }

  std::unique_ptr<Jobs> Open(Options options = {}) {
    options.retry_pause_ms = 1;
    auto jobs = Jobs::Open(*engine_, *clock_, options);
    EXPECT_TRUE(jobs.has_value());
    return *std::move(jobs);
  }

  Record MakeRecord(const std::string& arn, const std::string& token = "") {
    Record record;
    record.arn = arn;
    record.type = "export";
    record.account = "111122223333";
    record.table_arn = "table-a";
    record.start_time_micros = *clock_->Issue();
    record.client_token = token;
    record.request_json = "{}";
    return record;
  }

  // Runs until the job has left IN_PROGRESS.
  static Record WaitForEnd(Jobs& jobs, const std::string& arn) {
    while (true) {
      auto record = jobs.Find(arn);
      EXPECT_TRUE(record.has_value() && record->has_value());
      if ((*record)->state != State::kInProgress) return **record;
      std::this_thread::yield();
    }
  }

  base::SystemClock system_;
  base::MovableClock wall_{system_};
  std::unique_ptr<kv::Engine> engine_ = kv_memory::MakeMemoryEngine();
  std::unique_ptr<table::ServiceClock> clock_;
};

std::vector<std::string> Arns(const std::vector<Record>& records) {
  std::vector<std::string> arns;
  for (const Record& record : records) arns.push_back(record.arn);
  return arns;
}

TEST_F(JobsTest, AnAcceptedJobRunsAndItsOutcomeIsStored) {
  auto jobs = Open();
  jobs->RegisterRunner("export", [](Progress& progress) -> base::Result<Outcome> {
    EXPECT_EQ(progress.record().arn, "arn-1");
    EXPECT_TRUE(progress.Checkpoint("{\"n\":1}").has_value());
    Outcome outcome;
    outcome.final_progress_json = "{\"n\":2}";
    return outcome;
  });
  jobs->Start();
  auto accepted = jobs->Accept(MakeRecord("arn-1"));
  ASSERT_TRUE(accepted.has_value());
  EXPECT_TRUE(accepted->is_new);
  Record record = WaitForEnd(*jobs, "arn-1");
  EXPECT_EQ(record.state, State::kCompleted);
  EXPECT_EQ(record.progress_json, "{\"n\":2}");
  EXPECT_GT(record.end_time_micros, record.start_time_micros);
  EXPECT_THAT(*jobs->Unfinished(), IsEmpty());
}

TEST_F(JobsTest, AFailedOutcomeKeepsCodeMessageDetailAndTheLastCheckpoint) {
  auto jobs = Open();
  jobs->RegisterRunner("export", [](Progress& progress) -> base::Result<Outcome> {
    EXPECT_TRUE(progress.Checkpoint("{\"n\":1}").has_value());
    return Outcome{Failure{"S3AccessDenied", "Access Denied", "because"}, {}};
  });
  jobs->Start();
  ASSERT_TRUE(jobs->Accept(MakeRecord("arn-1")).has_value());
  Record record = WaitForEnd(*jobs, "arn-1");
  EXPECT_EQ(record.state, State::kFailed);
  EXPECT_EQ(record.failure_code, "S3AccessDenied");
  EXPECT_EQ(record.failure_message, "Access Denied");
  EXPECT_EQ(record.failure_detail, "because");
  EXPECT_EQ(record.progress_json, "{\"n\":1}");
}

TEST_F(JobsTest, AJobStoppedInItsMiddleGoesOnFromItsCheckpointAtTheNextStart) {
  auto run = [](Progress& progress) -> base::Result<Outcome> {
    int done = progress.record().progress_json.empty() ? 0 : stoi(progress.record().progress_json);
    EXPECT_TRUE(progress.Checkpoint(std::to_string(done + 1)).has_value());
    if (done == 2) return Outcome{};
    while (!progress.is_stopping()) std::this_thread::yield();
    return base::Error{base::ErrorKind::kUnavailable, "stopping", {}};
  };
  for (int round = 0; round < 2; ++round) {
    auto jobs = Open();
    std::promise<void> started;
    jobs->RegisterRunner("export", [&](Progress& progress) {
      started.set_value();
      return run(progress);
    });
    jobs->Start();
    if (round == 0) {
      ASSERT_TRUE(jobs->Accept(MakeRecord("arn-1")).has_value());
    }
    started.get_future().wait();
    jobs->Stop();
    EXPECT_THAT(Arns(*jobs->Unfinished()), ElementsAre("arn-1"));
  }
  auto jobs = Open();
  jobs->RegisterRunner("export", run);
  jobs->Start();
  Record record = WaitForEnd(*jobs, "arn-1");
  EXPECT_EQ(record.state, State::kCompleted);
  EXPECT_EQ(record.progress_json, "3");
}

TEST_F(JobsTest, AJobAcceptedBeforeStartWaitsForIt) {
  auto jobs = Open();
  jobs->RegisterRunner("export", [](Progress&) -> base::Result<Outcome> { return Outcome{}; });
  ASSERT_TRUE(jobs->Accept(MakeRecord("arn-1")).has_value());
  jobs->Start();
  EXPECT_EQ(WaitForEnd(*jobs, "arn-1").state, State::kCompleted);
}

TEST_F(JobsTest, AnErrorFailsTheJobAsUnknownAndAnExceptionToo) {
  auto jobs = Open();
  jobs->RegisterRunner("export", [](Progress& progress) -> base::Result<Outcome> {
    if (progress.record().arn == "throws") throw std::runtime_error("thrown");
    if (progress.record().arn == "full") {
      return base::Error{base::ErrorKind::kIo, "cannot write /secret/path: No space left",
                         base::kNoSpace};
    }
    return base::Error{base::ErrorKind::kIo, "disk", {}};
  });
  jobs->Start();
  ASSERT_TRUE(jobs->Accept(MakeRecord("fails")).has_value());
  ASSERT_TRUE(jobs->Accept(MakeRecord("throws")).has_value());
  ASSERT_TRUE(jobs->Accept(MakeRecord("full")).has_value());
  Record failed = WaitForEnd(*jobs, "fails");
  EXPECT_EQ(failed.failure_code, "UNKNOWN");
  EXPECT_EQ(failed.failure_message, "disk");
  EXPECT_EQ(WaitForEnd(*jobs, "throws").failure_message, "thrown");
  Record full = WaitForEnd(*jobs, "full");
  EXPECT_EQ(full.failure_message, "There is no space left on the server's disk");
  EXPECT_EQ(full.failure_detail, "cannot write /secret/path: No space left");
}

TEST_F(JobsTest, AnUnavailableJobIsTriedAgainAndInTheEndFails) {
  Options options;
  options.attempts_max = 3;
  auto jobs = Open(options);
  std::atomic<int> recovering = 0, hopeless = 0;
  jobs->RegisterRunner("export", [&](Progress& progress) -> base::Result<Outcome> {
    if (progress.record().arn == "recovers" && ++recovering == 3) return Outcome{};
    if (progress.record().arn == "hopeless") ++hopeless;
    return base::Error{base::ErrorKind::kUnavailable, "away", {}};
  });
  jobs->Start();
  ASSERT_TRUE(jobs->Accept(MakeRecord("recovers")).has_value());
  ASSERT_TRUE(jobs->Accept(MakeRecord("hopeless")).has_value());
  EXPECT_EQ(WaitForEnd(*jobs, "recovers").state, State::kCompleted);
  EXPECT_EQ(WaitForEnd(*jobs, "hopeless").failure_message, "away");
  EXPECT_EQ(hopeless, 3);
}

TEST_F(JobsTest, OneTokenMakesOneJobHoweverManyAskAtOnce) {
  auto jobs = Open();
  std::atomic<int> new_ones = 0;
  std::vector<std::thread> threads;
  base::Mutex mutex;
  std::set<std::string> arns;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      auto accepted = jobs->Accept(MakeRecord("arn-" + std::to_string(i), "token"));
      ASSERT_TRUE(accepted.has_value());
      if (accepted->is_new) ++new_ones;
      base::MutexLock lock(mutex);
      arns.insert(accepted->record.arn);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(new_ones, 1);
  EXPECT_EQ(arns.size(), 1u);
  EXPECT_EQ(jobs->Unfinished()->size(), 1u);
}

TEST_F(JobsTest, TokensOfOtherTypesAndAccountsAreTheirOwn) {
  auto jobs = Open();
  Record import = MakeRecord("arn-2", "token");
  import.type = "import";
  Record other = MakeRecord("arn-3", "token");
  other.account = "444455556666";
  EXPECT_TRUE(jobs->Accept(MakeRecord("arn-1", "token"))->is_new);
  EXPECT_TRUE(jobs->Accept(import)->is_new);
  EXPECT_TRUE(jobs->Accept(other)->is_new);
  EXPECT_EQ((*jobs->FindByToken("111122223333", "import", "token"))->arn, "arn-2");
  EXPECT_FALSE((*jobs->FindByToken("111122223333", "export", "")).has_value());
}

TEST_F(JobsTest, ATokenIsFreeAgainEightHoursAfterItsJobButNotWhileItRuns) {
  auto jobs = Open();
  std::atomic<bool> may_end = false;
  jobs->RegisterRunner("export", [&](Progress&) -> base::Result<Outcome> {
    while (!may_end) std::this_thread::yield();
    return Outcome{};
  });
  jobs->Start();
  ASSERT_TRUE(jobs->Accept(MakeRecord("arn-1", "token"))->is_new);
  wall_.Move(9 * 3600 * base::kMicrosPerSecond);
  clock_->StepToWall();
  EXPECT_FALSE(jobs->Accept(MakeRecord("arn-2", "token"))->is_new);
  may_end = true;
  WaitForEnd(*jobs, "arn-1");
  EXPECT_TRUE(jobs->Accept(MakeRecord("arn-3", "token"))->is_new);
  EXPECT_EQ((*jobs->FindByToken("111122223333", "export", "token"))->arn, "arn-3");
}

TEST_F(JobsTest, TheSameArnTwiceIsRefused) {
  auto jobs = Open();
  ASSERT_TRUE(jobs->Accept(MakeRecord("arn-1")).has_value());
  EXPECT_EQ(jobs->Accept(MakeRecord("arn-1")).error().kind, base::ErrorKind::kAlreadyExists);
}

TEST_F(JobsTest, ListsAreNewestFirstInPagesAndByTable) {
  auto jobs = Open();
  for (int i = 0; i < 5; ++i) {
    Record record = MakeRecord("arn-" + std::to_string(i));
    if (i % 2 == 1) record.table_arn = "table-b";
    ASSERT_TRUE(jobs->Accept(record).has_value());
  }
  EXPECT_THAT(Arns(*jobs->List("111122223333", "export", "", "", 3)),
              ElementsAre("arn-4", "arn-3", "arn-2"));
  EXPECT_THAT(Arns(*jobs->List("111122223333", "export", "", "arn-2", 3)),
              ElementsAre("arn-1", "arn-0"));
  EXPECT_THAT(Arns(*jobs->List("111122223333", "export", "table-b", "", 10)),
              ElementsAre("arn-3", "arn-1"));
  EXPECT_THAT(*jobs->List("111122223333", "import", "", "", 10), IsEmpty());
  EXPECT_EQ(jobs->List("111122223333", "export", "", "arn-9", 3).error().kind,
            base::ErrorKind::kInvalidArgument);
}

TEST_F(JobsTest, LiveNumbersAreThereWhileTheJobRunsAndGoneAfterwards) {
  auto jobs = Open();
  std::promise<void> published, may_end;
  jobs->RegisterRunner("export", [&](Progress& progress) -> base::Result<Outcome> {
    progress.Publish("{\"items\":7}");
    published.set_value();
    may_end.get_future().wait();
    return Outcome{};
  });
  jobs->Start();
  ASSERT_TRUE(jobs->Accept(MakeRecord("arn-1")).has_value());
  published.get_future().wait();
  EXPECT_EQ(jobs->Live("arn-1"), "{\"items\":7}");
  may_end.set_value();
  WaitForEnd(*jobs, "arn-1");
  jobs->Stop();
  EXPECT_EQ(jobs->Live("arn-1"), "");
}

TEST_F(JobsTest, AJobOfAnUnknownTypeStaysForTheVersionThatKnowsIt) {
  auto jobs = Open();
  jobs->RegisterRunner("export", [](Progress&) -> base::Result<Outcome> { return Outcome{}; });
  jobs->Start();
  Record restore = MakeRecord("arn-1");
  restore.type = "restore";
  ASSERT_TRUE(jobs->Accept(restore).has_value());
  ASSERT_TRUE(jobs->Accept(MakeRecord("arn-2")).has_value());
  WaitForEnd(*jobs, "arn-2");
  jobs->Stop();
  EXPECT_THAT(Arns(*jobs->Unfinished()), ElementsAre("arn-1"));
}

// Works until somebody cancels it.
base::Result<Outcome> WaitForCancel(Progress& progress) {
  while (true) {
    RETURN_IF_ERROR(progress.MayGoOn());
    std::this_thread::yield();
  }
}

std::vector<std::string> LogTexts(Jobs& jobs, const std::string& arn) {
  std::vector<std::string> texts;
  auto log = jobs.Log(arn);
  EXPECT_TRUE(log.has_value());
  for (const LogLine& line : log->lines) texts.push_back(line.text);
  return texts;
}

TEST_F(JobsTest, ACancelledJobEndsFailedInTheNameOfWhoCancelledIt) {
  auto jobs = Open();
  std::promise<void> started;
  jobs->RegisterRunner("export", [&](Progress& progress) {
    started.set_value();
    return WaitForCancel(progress);
  });
  jobs->Start();
  ASSERT_TRUE(jobs->Accept(MakeRecord("arn-1")).has_value());
  started.get_future().wait();
  EXPECT_TRUE(jobs->Cancel("arn-1", "ann").has_value());
  Record record = WaitForEnd(*jobs, "arn-1");
  EXPECT_EQ(record.state, State::kFailed);
  EXPECT_EQ(record.failure_code, "Cancelled");
  EXPECT_EQ(record.failure_message, "The job was cancelled by ann");
  EXPECT_THAT(LogTexts(*jobs, "arn-1"),
              ElementsAre("accepted", "runs", "cancelled by ann",
                          "failed: Cancelled: The job was cancelled by ann"));
  EXPECT_EQ(jobs->Cancel("arn-1", "ann").error().reason, reason::kNotInProgress);
  EXPECT_EQ(jobs->Cancel("arn-2", "ann").error().reason, reason::kNotFound);
}

TEST_F(JobsTest, ACancelIsRememberedOverARestartAndTheRunnerMayCleanUp) {
  {
    auto jobs = Open();
    jobs->RegisterRunner("export", WaitForCancel);
    ASSERT_TRUE(jobs->Accept(MakeRecord("arn-1")).has_value());
    EXPECT_TRUE(jobs->Cancel("arn-1", "ann").has_value());
    EXPECT_TRUE(jobs->Cancel("arn-1", "bob").has_value());
  }
  auto jobs = Open();
  std::atomic<bool> ran{false};
  jobs->RegisterRunner("export", [&](Progress& progress) {
    ran = true;
    return WaitForCancel(progress);
  });
  jobs->Start();
  EXPECT_EQ(WaitForEnd(*jobs, "arn-1").failure_message, "The job was cancelled by ann");
  EXPECT_TRUE(ran);
}

TEST_F(JobsTest, ACancelEndsThePauseBeforeTheNextAttempt) {
  Options options;
  options.retry_pause_ms = 60'000;
  auto jobs = Jobs::Open(*engine_, *clock_, options);
  ASSERT_TRUE(jobs.has_value());
  std::atomic<int> runs{0};
  (*jobs)->RegisterRunner("export", [&](Progress& progress) -> base::Result<Outcome> {
    if (++runs > 1) return WaitForCancel(progress);
    return base::Error{base::ErrorKind::kUnavailable, "503", {}};
  });
  (*jobs)->Start();
  ASSERT_TRUE((*jobs)->Accept(MakeRecord("arn-1")).has_value());
  while (runs == 0) std::this_thread::yield();
  EXPECT_TRUE((*jobs)->Cancel("arn-1", "ann").has_value());
  EXPECT_EQ(WaitForEnd(**jobs, "arn-1").failure_code, "Cancelled");
}

TEST_F(JobsTest, ACancelledJobThatCannotCleanUpEndsCancelledAllTheSameAndSaysSo) {
  auto jobs = Open({.attempts_max = 3});
  jobs->RegisterRunner("export", [](Progress&) -> base::Result<Outcome> {
    return base::Error{base::ErrorKind::kUnavailable, "still 503", {}};
  });
  ASSERT_TRUE(jobs->Accept(MakeRecord("arn-1")).has_value());
  EXPECT_TRUE(jobs->Cancel("arn-1", "ann").has_value());
  jobs->Start();
  Record record = WaitForEnd(*jobs, "arn-1");
  EXPECT_EQ(record.failure_code, "Cancelled");
  EXPECT_EQ(record.failure_detail, "What it did could not be undone: still 503");
}

TEST_F(JobsTest, OnceItsResultMayBeVisibleAJobIsNotCancelledNotEvenInItsNextRun) {
  for (int round = 0; round < 2; ++round) {
    auto jobs = Open();
    std::promise<void> closed;
    jobs->RegisterRunner("export", [&](Progress& progress) -> base::Result<Outcome> {
      EXPECT_TRUE(progress.CloseToCancel().has_value());
      closed.set_value();
      while (!progress.is_stopping()) {
        if (round == 1) return Outcome{};
        std::this_thread::yield();
      }
      return base::Error{base::ErrorKind::kUnavailable, "stopping", {}};
    });
    if (round == 0) {
      ASSERT_TRUE(jobs->Accept(MakeRecord("arn-1")).has_value());
      jobs->Start();
      closed.get_future().wait();
    }
    EXPECT_EQ(jobs->Cancel("arn-1", "ann").error().reason, reason::kNotInProgress);
    if (round == 0) {
      jobs->Stop();
      continue;
    }
    jobs->Start();
    EXPECT_EQ(WaitForEnd(*jobs, "arn-1").state, State::kCompleted);
  }
}

TEST(RecordEncoding, ALogKeepsItsFirstLinesAndItsNewest) {
  std::string bytes;
  for (int64_t i = 0; i < 250; ++i) {
    auto longer = AppendToLog(bytes, {i, "line " + std::to_string(i)});
    ASSERT_TRUE(longer.has_value());
    bytes = *std::move(longer);
  }
  auto log = DecodeLog(bytes);
  ASSERT_TRUE(log.has_value());
  EXPECT_EQ(log->lines.size(), kLogLinesMax);
  EXPECT_EQ(log->left_out, 50u);
  EXPECT_EQ(log->lines[kLogFirstLines - 1], (LogLine{19, "line 19"}));
  EXPECT_EQ(log->lines[kLogFirstLines], (LogLine{70, "line 70"}));
  EXPECT_EQ(log->lines.back(), (LogLine{249, "line 249"}));
  for (size_t size = 1; size < 20; ++size) (void)DecodeLog(std::string_view(bytes).substr(0, size));
  EXPECT_FALSE(DecodeLog(std::string_view(bytes).substr(0, bytes.size() - 1)).has_value());
}

TEST(RecordEncoding, ALongLineIsCutBetweenCharacters) {
  std::string text = "x";
  while (text.size() < 2 * kLogTextBytesMax) text += "\u00e9";
  auto log = DecodeLog(*AppendToLog({}, {1, text}));
  ASSERT_TRUE(log.has_value());
  EXPECT_TRUE(base::IsValidUtf8(log->lines[0].text));
  EXPECT_LE(log->lines[0].text.size(), kLogTextBytesMax + 4);
}

TEST(RecordEncoding, RoundTripsEveryMember) {
  Record record;
  record.arn = "arn";
  record.type = "import";
  record.account = "111122223333";
  record.table_arn = "table";
  record.state = State::kFailed;
  record.start_time_micros = 1731672000123456;
  record.end_time_micros = 1731672000999999;
  record.client_token = std::string("to\0ken", 6);
  record.failure_code = "code";
  record.failure_message = "message";
  record.failure_detail = "detail";
  record.request_json = "{\"a\":1}";
  record.caller_json = std::string(1000, 'x');
  auto decoded = DecodeRecord(EncodeRecord(record));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(EncodeRecord(*decoded), EncodeRecord(record));
  EXPECT_EQ(decoded->client_token, record.client_token);
  EXPECT_EQ(decoded->caller_json, record.caller_json);
  EXPECT_EQ(decoded->end_time_micros, record.end_time_micros);
}

TEST(RecordEncoding, RefusesCutBytesAndUnknownVersions) {
  Record record;
  record.arn = "arn";
  std::string bytes = EncodeRecord(record);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeRecord(bytes.substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(DecodeRecord(bytes + "x").has_value());
  bytes[0] = 2;
  EXPECT_FALSE(DecodeRecord(bytes).has_value());
  EXPECT_FALSE(DecodeProgress("\2{}").has_value());
}

TEST(RecordEncoding, ListKeysOfLaterJobsComeFirst) {
  Record early, late;
  early.account = late.account = "1";
  early.type = late.type = "export";
  early.arn = late.arn = "arn";
  early.start_time_micros = 5;
  late.start_time_micros = 6;
  EXPECT_LT(ListKey(late), ListKey(early));
}

TEST_F(JobsTest, RecordsAreForgottenNinetyDaysAfterTheEnd) {
  auto count_keys = [this] {
    kv::Page page;
    EXPECT_TRUE(
        engine_->ReadRange(kv::kSystemPartition, "j", "k", kv::Direction::kForward, {}, page));
    return page.size();
  };
  auto move = [this](int64_t days) {
    wall_.Move(days * base::kMicrosPerDay);
    clock_->StepToWall();
  };
  auto jobs = Open();
  std::promise<void> may_end;
  std::shared_future<void> end = may_end.get_future().share();
  std::vector<std::string> forgotten;
  jobs->RegisterRunner(
      "export",
      [&](Progress& progress) -> base::Result<Outcome> {
        EXPECT_TRUE(progress.Checkpoint("{}").has_value());
        if (progress.record().arn == "long") end.wait();
        if (progress.record().arn == "failed") return Outcome{Failure{"UNKNOWN", {}, {}}, {}};
        return Outcome{};
      },
      [&](const Record& record) {
        forgotten.push_back(record.arn);
        return base::Ok();
      });
  jobs->Start();
  ASSERT_TRUE(jobs->Accept(MakeRecord("long", "token-long")).has_value());
  ASSERT_TRUE(jobs->Accept(MakeRecord("old", "token")).has_value());
  WaitForEnd(*jobs, "old");
  move(1);
  ASSERT_TRUE(jobs->Accept(MakeRecord("young", "token")).has_value());  // the token is free again
  ASSERT_TRUE(jobs->Accept(MakeRecord("failed")).has_value());
  WaitForEnd(*jobs, "young");
  WaitForEnd(*jobs, "failed");
  move(88);
  ASSERT_TRUE(jobs->ForgetOld().has_value());
  EXPECT_THAT(forgotten, IsEmpty());
  move(1);
  ASSERT_TRUE(jobs->ForgetOld().has_value());
  EXPECT_THAT(forgotten, ElementsAre("old"));
  EXPECT_FALSE(jobs->Find("old")->has_value());
  EXPECT_EQ((*jobs->FindByToken("111122223333", "export", "token-long"))->arn, "long");
  EXPECT_EQ(jobs->List("111122223333", "export", "", "", 10)->size(), 3u);
  move(1);
  may_end.set_value();
  WaitForEnd(*jobs, "long");
  ASSERT_TRUE(jobs->ForgetOld().has_value());
  EXPECT_THAT(forgotten, ElementsAre("old", "failed", "young"));
  move(89);
  ASSERT_TRUE(jobs->ForgetOld().has_value());
  EXPECT_EQ(forgotten.size(), 3u);
  move(2);
  ASSERT_TRUE(jobs->ForgetOld().has_value());
  EXPECT_EQ(forgotten.size(), 4u);
  EXPECT_EQ(count_keys(), 0u);
}

}  // namespace
}  // namespace dray::jobs
