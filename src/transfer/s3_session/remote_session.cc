// SPDX-License-Identifier: Apache-2.0
#include "transfer/s3_session/remote_session.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <future>
#include <optional>

#include "base/log.h"
#include "base/text_encoding.h"
#include "hash/hash.h"
#include "transfer/s3_session/remote_answers.h"

namespace dray::s3_session {
namespace {

constexpr size_t kAnswerBytesMax = 32 << 20;
constexpr uint64_t kRangeBytes = 4 << 20;
constexpr size_t kRangesAhead = 2;
constexpr unsigned kBriefAttempts = 3;
constexpr int64_t kBriefTimeoutMs = 10'000;

std::string Md5Base64(std::string_view bytes) { return base::Base64Encode(hash::Md5(bytes)); }

}  // namespace

// An object, read range by range: what is cut off is asked for again, and only that. The next
// ranges are on their way while one is read.
class RemoteObject final : public base::ByteSource {
 public:
  RemoteObject(RemoteSession& session, std::string key) : session_(session), key_(std::move(key)) {}

  // The first range; afterwards size and ETag are known.
  base::Status Open() {
    ASSIGN_OR_RETURN(Range first, Fetch(0));
    size_bytes_ = first.size_bytes;
    etag_ = std::move(first.etag);
    range_ = std::move(first.bytes);
    asked_bytes_ = range_.size();
    return base::Ok();
  }

  base::Result<size_t> Read(char* out, size_t capacity) override {
    AskAhead();
    if (at_ == range_.size()) {
      if (failure_) return *failure_;
      if (ahead_.empty()) return size_t{0};
      auto next = ahead_.front().get();
      ahead_.pop_front();
      if (!next) {
        failure_ = next.error();
        asked_bytes_ = size_bytes_;
        ahead_.clear();
        return *failure_;
      }
      range_ = std::move(next->bytes);
      at_ = 0;
    }
    const size_t count = std::min(capacity, range_.size() - at_);
    std::memcpy(out, range_.data() + at_, count);
    at_ += count;
    return count;
  }

  uint64_t size_bytes() const { return size_bytes_; }
  const std::string& etag() const { return etag_; }

 private:
  struct Range {
    std::string bytes;
    uint64_t size_bytes = 0;  // of the object
    std::string etag;
  };

  void AskAhead() {
    for (; ahead_.size() < kRangesAhead && asked_bytes_ < size_bytes_;
         asked_bytes_ += std::min(kRangeBytes, size_bytes_ - asked_bytes_)) {
      // Where no thread can be had, the range is fetched when it is needed.
      ahead_.push_back(std::async(std::launch::async | std::launch::deferred,
                                  [this, from = asked_bytes_] { return Fetch(from); }));
    }
  }

  base::Result<Range> Fetch(uint64_t from) const {
    RemoteSession::Call call = session_.CallOf("GET", key_);
    call.headers.emplace_back(
        "Range", "bytes=" + std::to_string(from) + "-" + std::to_string(from + kRangeBytes - 1));
    // All ranges are of one version.
    if (!etag_.empty()) call.headers.emplace_back("If-Match", '"' + etag_ + '"');
    ASSIGN_OR_RETURN(http_client::Response response, session_.Do("s3:GetObject", key_, call));
    Range range;
    const std::string_view place = response.Header("Content-Range");  // bytes 0-9/100
    range.size_bytes =
        response.status == 206
            ? std::strtoull(std::string(place.substr(place.rfind('/') + 1)).c_str(), nullptr, 10)
            : response.body.size();
    const uint64_t wanted =
        std::min(kRangeBytes, range.size_bytes - std::min(range.size_bytes, from));
    const bool is_right = response.status == 206 ? response.body.size() == wanted : from == 0;
    if (!is_right || (from > 0 && range.size_bytes != size_bytes_)) {
      return base::Error{base::ErrorKind::kIo,
                         "The remote endpoint does not keep to the range that was asked for",
                         {}};
    }
    range.etag = EtagOf(response.Header("ETag"));
    range.bytes = std::move(response.body);
    return range;
  }

  RemoteSession& session_;
  const std::string key_;
  std::string etag_;
  uint64_t size_bytes_ = 0;
  std::string range_;
  size_t at_ = 0;  // in range_
  uint64_t asked_bytes_ = 0;
  std::optional<base::Error> failure_;
  // The last member: it is waited for before the others go.
  std::deque<std::future<base::Result<Range>>> ahead_;
};

RemoteSession::RemoteSession(const RemoteTargets& targets, const RemoteTarget& target,
                             const access::Caller& caller, std::string bucket,
                             const std::optional<std::string>& owner, jobs::Progress& progress)
    : targets_(targets),
      target_(target),
      caller_(caller.Via(kService)),
      bucket_(std::move(bucket)),
      owner_(owner.value_or(caller.account())),
      progress_(progress) {}

// The identity side alone: as for a resource of the caller's own account without a policy. What the
// bucket's side says, its endpoint decides, about the target's credentials.
base::Status RemoteSession::May(std::string_view action, std::string_view key,
                                std::string& why) const {
  access::ResourceRequest request;
  request.action = std::string(action);
  request.resource = "arn:aws:s3:::" + bucket_;
  const bool is_of_bucket = action.starts_with("s3:List");
  if (!is_of_bucket) request.resource.append(1, '/').append(key);
  request.resource_account = caller_.account();
  policy::Decision decision = targets_.authorizer().Decide(caller_, request);
  std::string not_listed;
  if (!decision.is_allowed()) {
    why = decision.explanation;
  } else if (!target_.ListsAccount(caller_.account())) {
    not_listed = "does not list the account " + caller_.account() + ".";
  } else if (!target_.ListsKey(bucket_, key)) {
    not_listed =
        "lists no prefix of the bucket " + bucket_ + " that holds '" + std::string(key) + "'.";
  } else {
    return base::Ok();
  }
  if (!not_listed.empty()) {
    decision.result = policy::Decision::Result::kImplicitlyDenied;
    decision.deciding_side = "identity";
  }
  base::Error error = access::DenialOf(caller_, request, decision);
  error.message = WithS3Suffix(error.message, 403, "AccessDenied");
  // No policy's text: who asks may read it whoever owns the bucket.
  if (!not_listed.empty()) {
    error.message += " The configuration of the remote target " + target_.name + " " + not_listed;
  }
  return error;
}

RemoteSession::Call RemoteSession::CallOf(std::string method, std::string_view key) const {
  Call call;
  call.service = "s3";
  call.method = std::move(method);
  call.path = "/" + bucket_;
  if (!key.empty()) call.path.append(1, '/').append(key);
  call.headers.emplace_back("x-amz-expected-bucket-owner", owner_);
  return call;
}

void RemoteSession::AddEncryption(const objects::PutOptions& options, Call& call) const {
  if (!target_.sends_encryption || options.sse_algorithm.empty()) return;
  call.headers.emplace_back("x-amz-server-side-encryption", options.sse_algorithm);
}

RemoteSession::Connection RemoteSession::Connect(Effort effort) {
  const bool is_brief = effort == Effort::kBrief;
  // A cancelled job still cleans up behind itself; a server that stops does not wait for that.
  std::function<bool()> is_cancelled = [this, is_brief] {
    return is_brief ? progress_.is_stopping() : !progress_.MayGoOn();
  };
  http_client::Options http;
  http.ca_file = target_.ca_file;
  http.user_agent = "dray";
  http.body_bytes_max = kAnswerBytesMax;
  http.total_timeout_ms = target_.timeout_ms;
  aws::Options aws;
  aws.retry.attempts_max = target_.attempts_max;
  if (is_brief) {
    http.total_timeout_ms = std::min(http.total_timeout_ms, kBriefTimeoutMs);
    aws.retry.attempts_max = std::min(aws.retry.attempts_max, kBriefAttempts);
  }
  http.connect_timeout_ms = std::min(http.connect_timeout_ms, http.total_timeout_ms);
  aws.is_cancelled = is_cancelled;
  aws.on_retry = [this](unsigned attempt, int64_t pause_ms, const std::string& why) {
    base::log::Warning("a request to a remote target is tried again",
                       {{"job", progress_.record().arn},
                        {"target", target_.name},
                        {"attempt", uint64_t{attempt}},
                        {"pause_ms", pause_ms},
                        {"error", why}});
    progress_.Log("remote target " + target_.name + ": attempt " + std::to_string(attempt) +
                  " failed, will be tried again: " + why);
  };
  Connection made;
  made.http = http_client::Client::Make(std::move(http), is_cancelled);
  made.aws = std::make_unique<aws::Client>(*made.http, targets_.clock(), target_.credentials,
                                           std::move(aws));
  return made;
}

RemoteSession::Connection RemoteSession::TakeIdle(Effort effort) {
  base::MutexLock lock(mutex_);
  std::vector<Connection>& idle = idle_[static_cast<size_t>(effort)];
  if (idle.empty()) return {};
  Connection connection = std::move(idle.back());
  idle.pop_back();
  return connection;
}

base::Result<http_client::Response> RemoteSession::SendSigned(Effort effort, const Call& call) {
  Connection connection = TakeIdle(effort);
  if (connection.aws == nullptr) connection = Connect(effort);
  auto answer = connection.aws->Send(target_.endpoint, call);
  if (!answer) {
    if (answer.error().kind == base::ErrorKind::kCancelled) {
      RETURN_IF_ERROR(progress_.MayGoOn());
    }
    // Where the endpoint is, the caller need not know.
    std::string why = answer.error().message;
    const std::string where = target_.endpoint.origin + ": ";
    if (why.starts_with(where)) why.erase(0, where.size());
    return base::Error{base::ErrorKind::kIo, "Remote target " + target_.name + ": " + why, {}};
  }
  {
    base::MutexLock lock(mutex_);
    idle_[static_cast<size_t>(effort)].push_back(std::move(connection));
  }
  if (answer->refused) return ErrorOfRefusal(*answer->refused, answer->response);
  return std::move(answer->response);
}

base::Result<http_client::Response> RemoteSession::Send(Effort effort, std::string_view action,
                                                        std::string_view key, const Call& call,
                                                        std::string& why) {
  RETURN_IF_ERROR(May(action, key, why));
  return SendSigned(effort, call);
}

base::Result<http_client::Response> RemoteSession::Do(std::string_view action, std::string_view key,
                                                      const Call& call) {
  std::string why;
  auto response = Send(Effort::kThorough, action, key, call, why);
  if (!response) return Remember(action, key, std::move(response).error(), why);
  return response;
}

base::Error RemoteSession::Remember(std::string_view action, std::string_view key,
                                    base::Error error, const std::string& why) {
  std::string text = std::string(action) + " on arn:aws:s3:::" + bucket_;
  if (!key.empty()) text.append(1, '/').append(key);
  text += " of the remote target " + target_.name + " for " + caller_.principal.arn + ": " +
          error.message;
  if (!why.empty()) text += ". " + why;
  notes_.Note(std::move(text));
  return error;
}

base::Status RemoteSession::CheckEtag(std::string_view key, const std::string& etag,
                                      const std::string& expected) {
  if (etag == expected) return base::Ok();
  return Remember(
      "s3:PutObject", key,
      {base::ErrorKind::kCorruption,
       "Remote target " + target_.name + ": the endpoint stored an object with the ETag '" + etag +
           "', the bytes that were sent have '" + expected + "'",
       {}});
}

base::Status RemoteSession::PutObject(std::string_view key, std::string_view bytes,
                                      const objects::PutOptions& options) {
  Call call = CallOf("PUT", key);
  call.headers.emplace_back("Content-MD5", Md5Base64(bytes));
  AddEncryption(options, call);
  call.body = bytes;
  ASSIGN_OR_RETURN(Response response, Do("s3:PutObject", key, call));
  return CheckEtag(key, EtagOf(response.Header("ETag")), base::HexEncode(hash::Md5(bytes)));
}

base::Result<std::string> RemoteSession::CreateUpload(std::string_view key,
                                                      const objects::PutOptions& options) {
  Call call = CallOf("POST", key);
  call.query = {{"uploads", ""}};
  AddEncryption(options, call);
  ASSIGN_OR_RETURN(Response response, Do("s3:PutObject", key, call));
  auto id = ReadUploadId(response.body);
  if (!id) return Remember("s3:PutObject", key, std::move(id).error());
  AbortOthers(key, *id);
  return id;
}

// An attempt whose answer was lost may have begun one, also one that nobody noticed: a connection
// that was kept and has died is replaced without a word. The key is this job's alone.
void RemoteSession::AbortOthers(std::string_view key, const std::string& upload_id) {
  auto uploads = ListUploads(key);
  if (!uploads) return;  // the bucket's expiry of incomplete uploads takes it
  for (const objects::UploadInfo& upload : *uploads) {
    if (upload.key != key || upload.upload_id == upload_id) continue;
    if (auto aborted = AbortUpload(key, upload.upload_id); !aborted) {
      base::log::Warning("an incomplete upload could not be aborted",
                         {{"target", target_.name},
                          {"key", key},
                          {"upload", upload.upload_id},
                          {"error", aborted.error().message}});
    }
  }
}

base::Result<objects::PartInfo> RemoteSession::UploadPart(std::string_view key,
                                                          std::string_view upload_id,
                                                          uint32_t number, std::string_view bytes) {
  Call call = CallOf("PUT", key);
  call.query = {{"partNumber", std::to_string(number)}, {"uploadId", std::string(upload_id)}};
  call.headers.emplace_back("Content-MD5", Md5Base64(bytes));
  call.body = bytes;
  ASSIGN_OR_RETURN(Response response, Do("s3:PutObject", key, call));
  objects::PartInfo part;
  part.number = number;
  part.etag = EtagOf(response.Header("ETag"));
  part.size_bytes = bytes.size();
  RETURN_IF_ERROR(CheckEtag(key, part.etag, base::HexEncode(hash::Md5(bytes))));
  return part;
}

base::Result<objects::ObjectInfo> RemoteSession::CompleteUpload(
    std::string_view key, std::string_view upload_id,
    const std::vector<objects::CompletePart>& parts) {
  objects::ObjectInfo info;
  info.key = key;
  info.etag = EtagOfParts(parts);
  Call call = CallOf("POST", key);
  call.query = {{"uploadId", std::string(upload_id)}};
  call.headers.emplace_back("Content-Type", "application/xml");
  call.body = RenderParts(parts);
  call.may_fail_behind_status = true;
  std::string why;
  std::string etag;
  auto response = Send(Effort::kThorough, "s3:PutObject", key, call, why);
  if (response) {
    auto read = ReadCompletion(response->body);
    if (!read) return Remember("s3:PutObject", key, std::move(read).error());
    etag = *std::move(read);
  } else if (response.error().reason == objects::reason::kNoSuchUpload &&
             IsComplete(key, info.etag)) {
    return info;
  } else {
    return Remember("s3:PutObject", key, std::move(response).error(), why);
  }
  RETURN_IF_ERROR(CheckEtag(key, etag, info.etag));
  return info;
}

bool RemoteSession::IsComplete(std::string_view key, const std::string& etag) {
  Call call = CallOf("GET", {});
  call.query = {{"list-type", "2"},
                {"encoding-type", "url"},
                {"max-keys", "1"},
                {"prefix", std::string(key)}};
  std::string why;
  auto response = Send(Effort::kBrief, "s3:ListBucket", key, call, why);
  if (!response) return false;
  auto list = ReadObjects(response->body);
  return list && !list->objects.empty() && list->objects.front().key == key &&
         list->objects.front().etag == etag;
}

base::Status RemoteSession::AbortUpload(std::string_view key, std::string_view upload_id) {
  Call call = CallOf("DELETE", key);
  call.query = {{"uploadId", std::string(upload_id)}};
  std::string why;
  auto sent = Send(Effort::kBrief, "s3:AbortMultipartUpload", key, call, why);
  if (sent) return base::Ok();
  if (sent.error().reason != objects::reason::kNoSuchUpload) {
    notes_.NoteLeft(bucket_, key, upload_id, sent.error().message);
  }
  return std::move(sent).error();
}

base::Result<std::vector<objects::UploadInfo>> RemoteSession::ListUploads(std::string_view prefix) {
  std::vector<objects::UploadInfo> uploads;
  UploadsPage page;
  do {
    Call call = CallOf("GET", {});
    call.query = {{"uploads", ""}, {"encoding-type", "url"}, {"prefix", std::string(prefix)}};
    if (page.is_truncated) {
      call.query.emplace_back("key-marker", page.next_key);
      call.query.emplace_back("upload-id-marker", page.next_upload);
    }
    std::string why;
    ASSIGN_OR_RETURN(Response response,
                     Send(Effort::kBrief, "s3:ListBucketMultipartUploads", prefix, call, why));
    ASSIGN_OR_RETURN(page, ReadUploads(response.body));
    std::move(page.uploads.begin(), page.uploads.end(), std::back_inserter(uploads));
  } while (page.is_truncated);
  return uploads;
}

base::Result<objects::ListResult> RemoteSession::List(const objects::ListRequest& request) {
  Call call = CallOf("GET", {});
  call.query = {{"list-type", "2"},
                {"encoding-type", "url"},
                {"max-keys", std::to_string(request.count_max)},
                {"prefix", request.prefix}};
  if (!request.start_after.empty()) call.query.emplace_back("start-after", request.start_after);
  ASSIGN_OR_RETURN(Response response, Do("s3:ListBucket", request.prefix, call));
  auto list = ReadObjects(response.body);
  if (!list) return Remember("s3:ListBucket", request.prefix, std::move(list).error());
  list->owner_account = owner_;
  return list;
}

base::Result<objects::OpenedObject> RemoteSession::Open(std::string_view key) {
  auto object = std::make_unique<RemoteObject>(*this, std::string(key));
  RETURN_IF_ERROR(object->Open());
  objects::OpenedObject opened;
  opened.info.key = key;
  opened.info.etag = object->etag();
  opened.info.size_bytes = object->size_bytes();
  opened.length = object->size_bytes();
  opened.body = std::move(object);
  return opened;
}

jobs::Failure RemoteSession::Explain(const base::Error& error) {
  jobs::Failure failure{"UNKNOWN", jobs::FailureMessageOf(error), notes_.DetailOr(error.message)};
  if (error.reason == objects::reason::kNoSuchBucket) failure.code = "S3NoSuchBucket";
  if (error.reason == access::reason::kDenied) failure.code = "S3AccessDenied";
  return failure;
}

}  // namespace dray::s3_session
