// SPDX-License-Identifier: Apache-2.0
// Against a real HTTP server on loopback that answers as each test tells it to: what an endpoint
// does wrong once is outlived, what stays wrong becomes the job's failure.
#include "transfer/s3_session/remote_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/text_encoding.h"
#include "hash/hash.h"
#include "net/http/server.h"
#include "transfer/s3_session/remote_answers.h"

namespace dray::s3_session {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* kKey = "in/data/file.json.gz";
constexpr const char* kDenied =
    "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
constexpr const char* kBusy =
    "<Error><Code>SlowDown</Code><Message>Reduce your request rate</Message></Error>";
constexpr const char* kNoUpload =
    "<Error><Code>NoSuchUpload</Code><Message>No such upload</Message></Error>";

std::string EtagOfBytes(std::string_view bytes) { return base::HexEncode(hash::Md5(bytes)); }
std::string Completed(const std::string& etag) {
  return "<CompleteMultipartUploadResult><ETag>&quot;" + etag +
         "&quot;</ETag></CompleteMultipartUploadResult>";
}
std::string Began(const std::string& upload) {
  return "<InitiateMultipartUploadResult><UploadId>" + upload +
         "</UploadId></InitiateMultipartUploadResult>";
}

struct Answer {
  enum class How { kWhole, kCut, kSlow };  // kSlow: not before the test ends
  int status = 200;
  std::string body;
  std::string etag;
  How how = How::kWhole;
};

class FakeEndpoint final : public http::Handler {
 public:
  using Script = std::function<Answer(const http::Request&)>;

  FakeEndpoint() { server_ = *http::Server::Start({}, *this); }
  ~FakeEndpoint() override {
    {
      std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    changed_.notify_all();
    server_.reset();
  }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

  void Follow(Script script) {
    std::lock_guard lock(mutex_);
    script_ = std::move(script);
    seen_.clear();
  }
  // "METHOD target" of each request since Follow.
  std::vector<std::string> seen() {
    std::lock_guard lock(mutex_);
    return seen_;
  }
  void WaitForRequest() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !seen_.empty(); });
  }

  http::BodyPlan Plan(const http::RequestHead&) override { return http::BodyPlan::kWhole; }
  void Reject(int, const http::RequestHead&, http::ResponseWriter&) override {}
  void Handle(http::Request& request, http::ResponseWriter& response) override {
    Answer answer;
    {
      std::unique_lock lock(mutex_);
      seen_.push_back(request.head.method + " " + request.head.target);
      answer = script_(request);
      changed_.notify_all();
      if (answer.how == Answer::How::kSlow) changed_.wait(lock, [this] { return is_over_; });
    }
    if (answer.how == Answer::How::kCut) {  // promises more than it sends
      (void)response.Start(answer.status, {}, 1000).has_value();
      (void)response.Write("<").has_value();
      return;
    }
    std::vector<std::pair<std::string, std::string>> headers;
    if (!answer.etag.empty()) headers.emplace_back("ETag", '"' + answer.etag + '"');
    (void)response.Send(answer.status, headers, answer.body).has_value();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Script script_;
  std::vector<std::string> seen_;
  bool is_over_ = false;
  std::unique_ptr<http::Server> server_;
};

class FakeProgress final : public jobs::Progress {
 public:
  const jobs::Record& record() const override { return record_; }
  base::Status Checkpoint(std::string) override { return base::Ok(); }
  bool is_stopping() const override { return is_stopping_; }
  base::Status MayGoOn() const override {
    if (is_stopping_) return base::Error{base::ErrorKind::kUnavailable, "stopping", {}};
    if (is_cancelled_) {
      return base::Error{base::ErrorKind::kCancelled, "cancelled", jobs::reason::kCancelled};
    }
    return base::Ok();
  }
  base::Status CloseToCancel() override { return base::Ok(); }
  void Publish(std::string) override {}
  void Log(std::string text) override { lines_.push_back(std::move(text)); }

  std::atomic<bool> is_stopping_{false}, is_cancelled_{false};
  std::vector<std::string> lines_;  // of the test's one thread

 private:
  jobs::Record record_;
};

access::Caller TheCaller() {
  access::Caller caller;
  caller.principal.type = policy::Principal::Type::kRoot;
  caller.principal.account = "111122223333";
  caller.principal.arn = "arn:aws:iam::111122223333:root";
  return caller;
}

class RemoteSessionTest : public ::testing::Test {
 protected:
  // A session of its own, so that what the last one remembers is gone.
  void Open(unsigned attempts_max = 3, int64_t timeout_ms = 60'000) {
    RemoteTarget target;
    target.name = "archive";
    target.endpoint = {endpoint_.origin(), "us-east-1"};
    target.credentials = {"AKID", "the-secret", {}};
    target.accounts = {"111122223333"};
    target.places = {{"remote", "in/"}};
    target.attempts_max = attempts_max;
    target.timeout_ms = timeout_ms;
    session_.reset();
    targets_ = std::make_unique<RemoteTargets>(std::vector{target}, *authorizer_, clock_);
    session_ = OpenSessionOf(*targets_->FindByBucket("remote"));
    progress_.lines_.clear();
  }
  std::unique_ptr<S3Session> OpenSessionOf(const RemoteTarget& target) {
    return std::make_unique<RemoteSession>(*targets_, target, TheCaller(), "remote", "777788889999",
                                           progress_);
  }
  base::Status UploadPart() {
    auto part = session_->UploadPart(kKey, "u1", 1, "bytes");
    if (!part) return part.error();
    EXPECT_EQ(part->etag, EtagOfBytes("bytes"));
    return base::Ok();
  }
  base::Status Complete() {
    auto info = session_->CompleteUpload(kKey, "u1", parts_);
    if (!info) return info.error();
    EXPECT_EQ(info->etag, EtagOfParts(parts_));
    return base::Ok();
  }

  // Before the endpoint, whose threads may still use them.
  std::atomic<int> requests_{0};
  const std::vector<objects::CompletePart> parts_ = {{1, EtagOfBytes("bytes"), {}}};
  FakeEndpoint endpoint_;
  base::SystemClock clock_;
  std::unique_ptr<access::Authorizer> authorizer_ = access::Authorizer::Make(clock_, "us-east-1");
  FakeProgress progress_;
  std::unique_ptr<RemoteTargets> targets_;
  std::unique_ptr<S3Session> session_;
};

const std::vector<std::pair<const char*, Answer>>& Faults() {
  static const std::vector<std::pair<const char*, Answer>> faults = {
      {"500 SlowDown: Reduce your request rate", {500, kBusy, {}, Answer::How::kWhole}},
      {"503 HTTP 503", {503, "busy", {}, Answer::How::kWhole}},
      {"", {200, {}, {}, Answer::How::kCut}},
      {"", {200, {}, {}, Answer::How::kSlow}}};
  return faults;
}

TEST_F(RemoteSessionTest, AFaultThatPassesIsOutlivedAndLogged) {
  for (const auto& [words, fault] : Faults()) {
    SCOPED_TRACE(testing::Message() << words << " how " << static_cast<int>(fault.how));
    // Many attempts, so that a slow machine is no fault.
    Open(10, fault.how == Answer::How::kSlow ? 1000 : 60'000);
    requests_ = 0;
    endpoint_.Follow([this, fault = fault](const http::Request& request) {
      EXPECT_EQ(request.whole_body, "bytes");
      EXPECT_EQ(request.head.Header("Content-MD5"), base::Base64Encode(hash::Md5("bytes")));
      EXPECT_EQ(request.head.Header("x-amz-expected-bucket-owner"), "777788889999");
      return requests_++ == 0 ? fault : Answer{200, {}, EtagOfBytes("bytes")};
    });
    const base::Status done = UploadPart();
    EXPECT_TRUE(done.has_value()) << done.error().message;
    EXPECT_GE(requests_, 2);
    EXPECT_THAT(progress_.lines_.at(0), StartsWith("remote target archive: attempt 1 failed, will "
                                                   "be tried again: "));
    EXPECT_THAT(progress_.lines_.at(0), HasSubstr(words));
  }
}

TEST_F(RemoteSessionTest, AFaultThatStaysIsTheReasonAfterTheLastAttempt) {
  for (const auto& [words, fault] : Faults()) {
    SCOPED_TRACE(testing::Message() << words << " how " << static_cast<int>(fault.how));
    Open(3, fault.how == Answer::How::kSlow ? 100 : 60'000);
    endpoint_.Follow([fault = fault](const http::Request&) { return fault; });
    const base::Status done = UploadPart();
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().kind, base::ErrorKind::kIo);  // kUnavailable would start the job anew
    EXPECT_THAT(done.error().message, StartsWith("Remote target archive: "));
    EXPECT_THAT(done.error().message, HasSubstr(words));
    EXPECT_THAT(done.error().message, EndsWith(" (after 3 attempts)"));
    EXPECT_THAT(done.error().message, Not(HasSubstr("127.0.0.1")));
    EXPECT_THAT(progress_.lines_, SizeIs(2));
    const jobs::Failure failure = session_->Explain(done.error());
    EXPECT_EQ(failure.code, "UNKNOWN");
    EXPECT_EQ(failure.message, done.error().message);
    EXPECT_THAT(failure.detail,
                StartsWith("s3:PutObject on arn:aws:s3:::remote/in/data/file.json.gz of the remote "
                           "target archive for arn:aws:iam::111122223333:root: "));
  }
}

TEST_F(RemoteSessionTest, ARefusalIsNotTriedAgain) {
  Open();
  endpoint_.Follow([](const http::Request&) { return Answer{403, kDenied, {}}; });
  base::Status done = UploadPart();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(session_->Explain(done.error()).code, "S3AccessDenied");
  EXPECT_THAT(done.error().message, StartsWith("Access Denied (Service: Amazon S3; Status Code: "
                                               "403; Error Code: AccessDenied;"));
  EXPECT_THAT(endpoint_.seen(), SizeIs(1));
  Open();
  endpoint_.Follow([](const http::Request&) {
    return Answer{404, "<Error><Code>NoSuchBucket</Code><Message>None</Message></Error>", {}};
  });
  done = session_->PutObject(kKey, "bytes", {});
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(session_->Explain(done.error()).code, "S3NoSuchBucket");
  EXPECT_THAT(endpoint_.seen(), SizeIs(1));
}

TEST_F(RemoteSessionTest, OtherBytesThanWereSentAreNotTakenForThem) {
  const std::function<base::Status()> writes[] = {
      [&] { return session_->PutObject(kKey, "bytes", {}); }, [&] { return UploadPart(); },
      [&] { return Complete(); }};
  for (const auto& write : writes) {
    for (const std::string& etag : {EtagOfBytes("other"), std::string()}) {
      Open();
      endpoint_.Follow([etag](const http::Request& request) {
        return Answer{200, request.head.method == "POST" ? Completed(etag) : "", etag};
      });
      const base::Status done = write();
      ASSERT_FALSE(done.has_value());
      EXPECT_EQ(done.error().kind, base::ErrorKind::kCorruption);
      EXPECT_THAT(session_->Explain(done.error()).detail,
                  HasSubstr("stored an object with the ETag '" + etag + "', the bytes that were "));
      EXPECT_THAT(endpoint_.seen(), SizeIs(1));
    }
  }
}

TEST_F(RemoteSessionTest, ADeniedAbortNamesThePartsBehindTheFirstFailure) {
  Open();
  endpoint_.Follow([](const http::Request& request) {
    return request.head.method == "PUT" ? Answer{500, kBusy, {}} : Answer{403, kDenied, {}};
  });
  const base::Status first = UploadPart();
  ASSERT_FALSE(first.has_value());
  EXPECT_FALSE(session_->AbortUpload(kKey, "u1").has_value());
  EXPECT_FALSE(session_->AbortUpload("in/data/other.json.gz", "u2").has_value());
  const jobs::Failure failure = session_->Explain(first.error());
  EXPECT_EQ(failure.code, "UNKNOWN");  // not the abort's S3AccessDenied
  EXPECT_EQ(failure.message, first.error().message);
  EXPECT_THAT(failure.detail, StartsWith("s3:PutObject on arn:aws:s3:::remote/in/data/file.json.gz "
                                         "of the remote target archive for "));
  EXPECT_THAT(failure.detail,
              HasSubstr("(after 3 attempts). Parts were left that could not be aborted: "
                        "arn:aws:s3:::remote/in/data/file.json.gz (upload u1: Access Denied "));
  EXPECT_THAT(failure.detail,
              HasSubstr("arn:aws:s3:::remote/in/data/other.json.gz (upload u2: Access Denied "));
}

TEST_F(RemoteSessionTest, AnAbortThatFindsNothingLeavesNothing) {
  Open();
  endpoint_.Follow([](const http::Request&) { return Answer{404, kNoUpload, {}}; });
  const base::Status aborted = session_->AbortUpload(kKey, "u1");
  ASSERT_FALSE(aborted.has_value());
  EXPECT_EQ(aborted.error().reason, objects::reason::kNoSuchUpload);
  EXPECT_THAT(session_->Explain({base::ErrorKind::kIo, "the disk", {}}).detail,
              Not(HasSubstr("Parts were left")));
}

TEST_F(RemoteSessionTest, ACompletionThatFailsBehindItsStatusIsTriedAgain) {
  Open();
  endpoint_.Follow([this](const http::Request&) {
    return Answer{200,
                  requests_++ == 0
                      ? "<?xml version=\"1.0\"?>\n\n  <Error><Code>InternalError</Code>"
                        "<Message>We encountered an internal error</Message></Error>"
                      : Completed(EtagOfParts(parts_)),
                  {}};
  });
  const base::Status done = Complete();
  EXPECT_TRUE(done.has_value()) << done.error().message;
  EXPECT_EQ(requests_, 2);
  EXPECT_THAT(progress_.lines_, ElementsAre(HasSubstr("InternalError")));
}

TEST_F(RemoteSessionTest, ACompletionThatKeepsFailingBehindItsStatusIsTheReason) {
  Open();
  endpoint_.Follow([](const http::Request&) {
    return Answer{
        200, "<Error><Code>InternalError</Code><Message>Still broken</Message></Error>", {}};
  });
  base::Status done = Complete();
  ASSERT_FALSE(done.has_value());
  EXPECT_THAT(done.error().message, HasSubstr("InternalError: Still broken (after 3 attempts)"));
  EXPECT_EQ(session_->Explain(done.error()).code, "UNKNOWN");
  EXPECT_THAT(endpoint_.seen(), SizeIs(3));
  // What does not pass is not tried again.
  Open();
  endpoint_.Follow([](const http::Request&) { return Answer{200, kDenied, {}}; });
  done = Complete();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(session_->Explain(done.error()).code, "S3AccessDenied");
  EXPECT_THAT(endpoint_.seen(), SizeIs(1));
}

TEST_F(RemoteSessionTest, ACompletionWhoseAnswerWasLostIsRecognisedByItsEtag) {
  for (const std::string& stored : {EtagOfParts(parts_), EtagOfBytes("an older object")}) {
    Open();
    requests_ = 0;
    endpoint_.Follow([this, stored](const http::Request& request) {
      if (request.head.method == "GET") {
        return Answer{200,
                      "<ListBucketResult><Contents><Key>" + std::string(kKey) +
                          "</Key><Size>5</Size><ETag>&quot;" + stored +
                          "&quot;</ETag></Contents></ListBucketResult>",
                      {}};
      }
      return requests_++ == 0 ? Answer{200, {}, {}, Answer::How::kCut} : Answer{404, kNoUpload, {}};
    });
    const base::Status done = Complete();
    EXPECT_EQ(done.has_value(), stored == EtagOfParts(parts_));
    if (!done) {
      EXPECT_EQ(done.error().reason, objects::reason::kNoSuchUpload);
    }
    EXPECT_EQ(requests_, 2);
  }
}

TEST_F(RemoteSessionTest, AnUploadThatAnEarlierAttemptBeganIsAborted) {
  Open();
  endpoint_.Follow([this](const http::Request& request) {
    if (request.head.method == "POST") {
      return ++requests_ == 1 ? Answer{200, {}, {}, Answer::How::kCut}
                              : Answer{200, Began("u2"), {}};
    }
    if (request.head.method == "DELETE") return Answer{204, {}, {}};
    return Answer{200,
                  "<ListMultipartUploadsResult><Upload><Key>" + std::string(kKey) +
                      "</Key><UploadId>u1</UploadId></Upload><Upload><Key>" + std::string(kKey) +
                      "</Key><UploadId>u2</UploadId></Upload><Upload><Key>" + std::string(kKey) +
                      "-of-another</Key><UploadId>u3</UploadId></Upload>"
                      "</ListMultipartUploadsResult>",
                  {}};
  });
  auto upload = session_->CreateUpload(kKey, {});
  ASSERT_TRUE(upload.has_value()) << upload.error().message;
  EXPECT_EQ(*upload, "u2");
  std::vector<std::string> aborted = endpoint_.seen();
  std::erase_if(aborted, [](const std::string& line) { return !line.starts_with("DELETE"); });
  EXPECT_THAT(aborted, ElementsAre("DELETE /remote/in/data/file.json.gz?uploadId=u1"));
}

TEST_F(RemoteSessionTest, AServerThatStopsWaitsForNoAnswerAndTheJobGoesOnLater) {
  Open();
  endpoint_.Follow([](const http::Request&) { return Answer{200, {}, {}, Answer::How::kSlow}; });
  std::thread stop([this] {
    endpoint_.WaitForRequest();
    progress_.is_stopping_ = true;
  });
  const base::Status done = UploadPart();
  stop.join();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, base::ErrorKind::kUnavailable);
  EXPECT_THAT(endpoint_.seen(), SizeIs(1));
}

TEST_F(RemoteSessionTest, ACancelledJobStillAbortsItsUploads) {
  Open();
  endpoint_.Follow([](const http::Request& request) {
    return request.head.method == "DELETE" ? Answer{204, {}, {}} : Answer{503, kBusy, {}};
  });
  progress_.is_cancelled_ = true;
  const base::Status done = UploadPart();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().reason, jobs::reason::kCancelled);
  EXPECT_TRUE(session_->AbortUpload(kKey, "u1").has_value());
}

TEST_F(RemoteSessionTest, NothingIsSentForAKeyThatIsNotListed) {
  Open();
  endpoint_.Follow([](const http::Request&) { return Answer{200, {}, EtagOfBytes("bytes")}; });
  const base::Status done = session_->PutObject("out/file", "bytes", {});
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(session_->Explain(done.error()).code, "S3AccessDenied");
  EXPECT_THAT(endpoint_.seen(), IsEmpty());
}

}  // namespace
}  // namespace dray::s3_session
