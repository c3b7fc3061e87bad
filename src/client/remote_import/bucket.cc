// SPDX-License-Identifier: Apache-2.0
#include "client/remote_import/bucket.h"

#include <algorithm>

#include "base/text_encoding.h"
#include "client/remote_jobs/bucket_reader.h"
#include "format/xml/xml.h"
#include "hash/hash.h"
#include "storage/objects/object_store.h"
#include "transfer/s3_session/remote_answers.h"

namespace dray::remote_import {

namespace {

constexpr std::string_view kXmlns = "http://s3.amazonaws.com/doc/2006-03-01/";
constexpr size_t kDeletedMax = 1000;  // of one DeleteObjects
constexpr const char* kRegionWithoutName = "us-east-1";

std::string Md5Base64(std::string_view bytes) { return base::Base64Encode(hash::Md5(bytes)); }

}  // namespace

aws::Client::Call Bucket::CallOf(std::string method, std::string_view key) const {
  aws::Client::Call call;
  call.service = "s3";
  call.method = std::move(method);
  call.path = "/" + name_;
  if (!key.empty()) call.path.append(1, '/').append(key);
  if (!owner_.empty()) call.headers.emplace_back("x-amz-expected-bucket-owner", owner_);
  return call;
}

base::Result<http_client::Response> Bucket::Send(const aws::Client::Call& call,
                                                 std::string_view key) {
  ASSIGN_OR_RETURN(aws::Client::Answer answer, client_.Send(endpoint_, call));
  if (answer.refused) {
    return remote_jobs::BucketRefusal(key.empty() ? "s3://" + name_ : Url(key), *answer.refused);
  }
  return std::move(answer.response);
}

base::Result<std::vector<Entry>> Bucket::List(std::string_view prefix, size_t count_max) {
  std::vector<Entry> entries;
  objects::ListResult page;
  do {
    aws::Client::Call call = CallOf("GET", {});
    call.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", std::string(prefix)}};
    if (!page.next_start_after.empty()) {
      call.query.emplace_back("start-after", page.next_start_after);
    }
    ASSIGN_OR_RETURN(http_client::Response response, Send(call, {}));
    ASSIGN_OR_RETURN(page, s3_session::ReadObjects(response.body));
    for (objects::ObjectInfo& object : page.objects) {
      entries.push_back({std::move(object.key), object.size_bytes, std::move(object.etag)});
    }
    if (entries.size() > count_max) {
      return base::Error{
          base::ErrorKind::kLimitExceeded,
          "there are more than " + std::to_string(count_max) + " objects under " + Url(prefix),
          {}};
    }
  } while (page.is_truncated);
  return entries;
}

base::Status Bucket::Create() {
  aws::Client::Call call = CallOf("PUT", {});
  if (endpoint_.region != kRegionWithoutName) {
    xml::Writer writer(call.body);
    writer.Start("CreateBucketConfiguration", kXmlns)
        .Leaf("LocationConstraint", endpoint_.region)
        .End();
  }
  ASSIGN_OR_RETURN(aws::Client::Answer answer, client_.Send(endpoint_, call));
  // An attempt whose answer was lost made it.
  if (!answer.refused || answer.refused->code == "BucketAlreadyOwnedByYou") return base::Ok();
  return remote_jobs::BucketRefusal("s3://" + name_, *answer.refused);
}

base::Status Bucket::Delete() {
  ASSIGN_OR_RETURN(aws::Client::Answer answer, client_.Send(endpoint_, CallOf("DELETE", {})));
  if (!answer.refused || answer.refused->code == "NoSuchBucket") return base::Ok();
  return remote_jobs::BucketRefusal("s3://" + name_, *answer.refused);
}

base::Status Bucket::DeleteObjects(const std::vector<std::string>& keys) {
  for (size_t first = 0; first < keys.size(); first += kDeletedMax) {
    aws::Client::Call call = CallOf("POST", {});
    call.query = {{"delete", ""}};
    xml::Writer writer(call.body);
    writer.Start("Delete", kXmlns).Leaf("Quiet", "true");
    for (size_t i = first; i < std::min(first + kDeletedMax, keys.size()); ++i) {
      writer.Start("Object").Leaf("Key", keys[i]).End();
    }
    writer.End();
    call.headers.emplace_back("Content-MD5", Md5Base64(call.body));
    call.headers.emplace_back("Content-Type", "application/xml");
    ASSIGN_OR_RETURN(http_client::Response response, Send(call, {}));
    auto answer = xml::Parse(response.body);
    const xml::Element* error = answer ? answer->Find("Error") : nullptr;
    if (error == nullptr) continue;
    return base::Error{base::ErrorKind::kInvalidArgument,
                       Url(error->TextOf("Key")) + ": " + std::string(error->TextOf("Code")) +
                           ": " + std::string(error->TextOf("Message")),
                       {}};
  }
  return base::Ok();
}

base::Status Bucket::Put(const std::string& key, std::string bytes) {
  aws::Client::Call call = CallOf("PUT", key);
  call.headers.emplace_back("Content-MD5", Md5Base64(bytes));
  call.body = std::move(bytes);
  RETURN_IF_ERROR(Send(call, key));
  return base::Ok();
}

base::Result<std::string> Bucket::CreateUpload(const std::string& key) {
  aws::Client::Call call = CallOf("POST", key);
  call.query = {{"uploads", ""}};
  ASSIGN_OR_RETURN(http_client::Response response, Send(call, key));
  return s3_session::ReadUploadId(response.body);
}

base::Result<std::string> Bucket::UploadPart(const std::string& key, const std::string& upload_id,
                                             uint32_t number, std::string bytes) {
  aws::Client::Call call = CallOf("PUT", key);
  call.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_id}};
  call.headers.emplace_back("Content-MD5", Md5Base64(bytes));
  call.body = std::move(bytes);
  ASSIGN_OR_RETURN(http_client::Response response, Send(call, key));
  return s3_session::EtagOf(response.Header("ETag"));
}

base::Status Bucket::CompleteUpload(const std::string& key, const std::string& upload_id,
                                    const std::vector<std::string>& part_etags) {
  std::vector<objects::CompletePart> parts;
  for (const std::string& etag : part_etags) {
    parts.push_back({.number = static_cast<uint32_t>(parts.size() + 1), .etag = etag});
  }
  aws::Client::Call call = CallOf("POST", key);
  call.query = {{"uploadId", upload_id}};
  call.headers.emplace_back("Content-Type", "application/xml");
  call.body = s3_session::RenderParts(parts);
  call.may_fail_behind_status = true;
  ASSIGN_OR_RETURN(aws::Client::Answer answer, client_.Send(endpoint_, call));
  if (!answer.refused) return base::Ok();
  if (answer.refused->code == "NoSuchUpload") {
    ASSIGN_OR_RETURN(std::vector<Entry> found, List(key, 1000));
    for (const Entry& entry : found) {
      if (entry.key == key && entry.etag == s3_session::EtagOfParts(parts)) return base::Ok();
    }
  }
  return remote_jobs::BucketRefusal(Url(key), *answer.refused);
}

base::Status Bucket::AbortUploads(const std::string& prefix) {
  s3_session::UploadsPage page;
  do {
    aws::Client::Call call = CallOf("GET", {});
    call.query = {{"uploads", ""}, {"encoding-type", "url"}, {"prefix", prefix}};
    if (page.is_truncated) {
      call.query.emplace_back("key-marker", page.next_key);
      call.query.emplace_back("upload-id-marker", page.next_upload);
    }
    ASSIGN_OR_RETURN(http_client::Response response, Send(call, {}));
    ASSIGN_OR_RETURN(page, s3_session::ReadUploads(response.body));
    for (const objects::UploadInfo& upload : page.uploads) {
      aws::Client::Call abort = CallOf("DELETE", upload.key);
      abort.query = {{"uploadId", upload.upload_id}};
      ASSIGN_OR_RETURN(aws::Client::Answer answer, client_.Send(endpoint_, abort));
      if (answer.refused && answer.refused->code != "NoSuchUpload") {
        return remote_jobs::BucketRefusal(Url(upload.key), *answer.refused);
      }
    }
  } while (page.is_truncated);
  return base::Ok();
}

}  // namespace dray::remote_import
