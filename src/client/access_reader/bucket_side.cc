// SPDX-License-Identifier: Apache-2.0
// The bucket's policy and settings, read as whoever the session's bucket credentials are.
#include "base/text_encoding.h"
#include "client/access_reader/query_call.h"
#include "client/access_reader/sides.h"
#include "security/policy/principal.h"

namespace dray::access_reader {

namespace {

using doctor::Side;

class BucketReader {
 public:
  BucketReader(remote_jobs::Session& session, const Given& given, doctor::Facts& facts)
      : session_(session), given_(given), facts_(facts) {}

  base::Status Read() {
    RETURN_IF_ERROR(session_.LocateBucket(facts_.bucket));
    if (facts_.bucket_region.empty()) facts_.bucket_region = session_.bucket_endpoint().region;
    RETURN_IF_ERROR(ReadPolicy());
    RETURN_IF_ERROR(FindOwner());
    RETURN_IF_ERROR(ReadPublicAccessBlock());
    RETURN_IF_ERROR(ReadOwnership());
    return ReadOtherSettings();
  }

 private:
  base::Result<aws::Client::Answer> Get(const std::string& subresource) {
    aws::Client::Call call;
    call.service = "s3";
    call.path = "/" + facts_.bucket;
    call.query = {{subresource, ""}};
    return session_.bucket_client().Send(session_.bucket_endpoint(), call);
  }

  std::string Reader() const {
    return " (as " + session_.options().bucket_identity.description + ")";
  }

  void AddUnreadSetting(const std::string& what, const std::string& operation,
                        const aws::ServiceError& refused, const std::string& taken = "") {
    AddUnread(facts_, std::nullopt, what, operation + ": " + refused.Text() + Reader() + taken);
  }

  base::Status ReadPolicy() {
    // Asked for in any case: a bucket that is not there is found out so.
    ASSIGN_OR_RETURN(aws::Client::Answer answer, Get("policy"));
    if (!answer.refused || answer.refused->code == "NoSuchBucketPolicy") {
      is_owners_ = true;
      if (!given_.has_bucket_policy && !answer.refused)
        facts_.bucket_policy = std::move(answer.response.body);
      return base::Ok();
    }
    if (answer.refused->code == "NoSuchBucket")
      return base::Error{
          base::ErrorKind::kNotFound, "s3://" + facts_.bucket + ": " + answer.refused->Text(), {}};
    if (given_.has_bucket_policy) return base::Ok();
    std::string why = "GetBucketPolicy: " + answer.refused->Text() + Reader() + ".";
    ASSIGN_OR_RETURN(std::string status, PolicyStatus());
    if (!status.empty()) why += " S3 says that it is " + status + ".";
    AddUnread(facts_, Side::kBucket, "the bucket policy",
              why + " --bucket-profile names somebody who may, --bucket-policy FILE gives it.");
    return base::Ok();
  }

  base::Result<std::string> PolicyStatus() {
    ASSIGN_OR_RETURN(aws::Client::Answer answer, Get("policyStatus"));
    if (answer.refused) return std::string();
    auto status = xml::Parse(answer.response.body);
    if (!status) return std::string();
    return std::string(base::EqualsIgnoreCase(status->TextOf("IsPublic"), "true") ? "public"
                                                                                  : "not public");
  }

  // Another account than the owner's never reads the policy.
  base::Status FindOwner() {
    if (!facts_.bucket_owner.empty()) return base::Ok();
    if (is_owners_) {
      auto reader = ReadCaller(session_, session_.bucket_client());
      if (reader) {
        facts_.bucket_owner = reader->account;
        return base::Ok();
      }
      if (reader.error().kind == base::ErrorKind::kCancelled) return reader.error();
    }
    std::string taken = facts_.s3_bucket_owner.value_or("");
    if (taken.empty())
      if (auto caller = policy::PrincipalOfArn(facts_.caller_arn)) taken = caller->account;
    facts_.bucket_owner = taken;
    AddUnread(facts_, std::nullopt, "who owns the bucket",
              "Taken to be account " + taken + "; --bucket-owner says it.");
    return base::Ok();
  }

  // The bucket's and its account's settings; the stricter one counts.
  base::Status ReadPublicAccessBlock() {
    const std::string name = "the bucket's Block Public Access settings";
    ASSIGN_OR_RETURN(aws::Client::Answer answer, Get("publicAccessBlock"));
    TakePublicAccessBlock(answer, name, "GetPublicAccessBlock");
    if (facts_.restricts_public_buckets || facts_.bucket_owner.empty()) return base::Ok();
    if (!is_owners_) {
      AddUnread(facts_, std::nullopt, "the Block Public Access settings of the bucket's account",
                "Only that account may read them; they are taken as off.");
      return base::Ok();
    }
    aws::Client::Call call;
    call.service = "s3";
    call.path = "/v20180820/configuration/publicAccessBlock";
    call.headers = {{"x-amz-account-id", facts_.bucket_owner}};
    aws::Endpoint endpoint = session_.bucket_endpoint();
    if (session_.options().is_aws)
      endpoint.origin =
          "https://" + facts_.bucket_owner + ".s3-control." + endpoint.region + ".amazonaws.com";
    ASSIGN_OR_RETURN(aws::Client::Answer account, session_.bucket_client().Send(endpoint, call));
    TakePublicAccessBlock(account, "the Block Public Access settings of the bucket's account",
                          "GetPublicAccessBlock of the account");
    return base::Ok();
  }

  void TakePublicAccessBlock(const aws::Client::Answer& answer, const std::string& what,
                             const std::string& operation) {
    if (answer.refused) {
      if (answer.refused->code != "NoSuchPublicAccessBlockConfiguration")
        AddUnreadSetting(what, operation, *answer.refused, "; they are taken as off");
      return;
    }
    auto settings = xml::Parse(answer.response.body);
    if (settings && base::EqualsIgnoreCase(settings->TextOf("RestrictPublicBuckets"), "true"))
      facts_.restricts_public_buckets = true;
  }

  base::Status ReadOwnership() {
    if (!facts_.object_ownership.empty()) return base::Ok();
    ASSIGN_OR_RETURN(aws::Client::Answer answer, Get("ownershipControls"));
    if (!answer.refused) {
      auto controls = xml::Parse(answer.response.body);
      const xml::Element* rule = controls ? controls->Find("Rule") : nullptr;
      if (rule) facts_.object_ownership = rule->TextOf("ObjectOwnership");
    } else if (answer.refused->code == "OwnershipControlsNotFoundError") {
      facts_.object_ownership = "ObjectWriter";
    } else {
      AddUnreadSetting("the bucket's object ownership", "GetBucketOwnershipControls",
                       *answer.refused);
    }
    return base::Ok();
  }

  // A server that has no such setting has none to say.
  base::Status ReadOtherSettings() {
    ASSIGN_OR_RETURN(aws::Client::Answer payment, Get("requestPayment"));
    if (!payment.refused) {
      auto settings = xml::Parse(payment.response.body);
      if (settings && settings->TextOf("Payer") == "Requester") facts_.has_requester_pays = true;
    } else if (!IsUnknownOperation(*payment.refused)) {
      AddUnreadSetting("whether requesters pay for the bucket", "GetBucketRequestPayment",
                       *payment.refused);
    }
    ASSIGN_OR_RETURN(aws::Client::Answer lock, Get("object-lock"));
    if (!lock.refused) {
      auto settings = xml::Parse(lock.response.body);
      if (settings && settings->TextOf("ObjectLockEnabled") == "Enabled")
        facts_.has_object_lock = true;
    } else if (!IsUnknownOperation(*lock.refused) &&
               lock.refused->code != "ObjectLockConfigurationNotFoundError") {
      AddUnreadSetting("the bucket's Object Lock", "GetObjectLockConfiguration", *lock.refused);
    }
    return base::Ok();
  }

  remote_jobs::Session& session_;
  const Given& given_;
  doctor::Facts& facts_;
  bool is_owners_ = false;  // whoever reads is of the bucket's account
};

}  // namespace

base::Status ReadBucketSide(remote_jobs::Session& session, const Given& given,
                            doctor::Facts& facts) {
  return BucketReader(session, given, facts).Read();
}

}  // namespace dray::access_reader
