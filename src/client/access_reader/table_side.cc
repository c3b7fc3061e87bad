// SPDX-License-Identifier: Apache-2.0
// What DynamoDB tells of the table, and KMS of the key.
#include "client/access_reader/sides.h"
#include "client/remote_jobs/json_members.h"
#include "format/json/json.h"
#include "security/policy/arn_pattern.h"
#include "security/policy/principal.h"

namespace dray::access_reader {

namespace {

using doctor::Side;
using remote_jobs::ObjectAt;
using remote_jobs::StringAt;

std::string Member(const char* name, const std::string& value) {
  std::string body;
  json::Writer(body).StartObject().Name(name).String(value).EndObject();
  return body;
}

bool IsAbsent(const aws::ServiceError& refused) {
  return refused.code == "ResourceNotFoundException" || refused.code == "TableNotFoundException";
}

base::Status ReadTableArn(remote_jobs::Session& session, const std::string& table,
                          doctor::Facts& facts) {
  facts.table_arn = table;
  if (table.starts_with("arn:")) return base::Ok();
  auto caller = policy::PrincipalOfArn(facts.caller_arn);
  facts.table_arn = "arn:aws:dynamodb:" + session.options().tables.region + ":" +
                    (caller ? caller->account : "") + ":table/" + table;
  return base::Ok();
}

// An import makes its table: there is nothing to read.
base::Status ReadRecovery(remote_jobs::Session& session, doctor::Facts& facts) {
  ASSIGN_OR_RETURN(aws::JsonAnswer answer,
                   session.Ask("DescribeContinuousBackups", Member("TableName", facts.table_arn)));
  if (answer.refused) {
    if (IsAbsent(*answer.refused))
      return session.Refusal("DescribeContinuousBackups", *answer.refused);
    AddUnread(facts, std::nullopt, "whether point-in-time recovery of the table is on",
              "DescribeContinuousBackups: " + answer.refused->Text());
    return base::Ok();
  }
  const json::Object recovery = ObjectAt(ObjectAt(answer.body, "ContinuousBackupsDescription"),
                                         "PointInTimeRecoveryDescription");
  facts.has_recovery = StringAt(recovery, "PointInTimeRecoveryStatus") == "ENABLED";
  return base::Ok();
}

base::Status ReadTablePolicy(remote_jobs::Session& session, doctor::Facts& facts) {
  ASSIGN_OR_RETURN(aws::JsonAnswer answer,
                   session.Ask("GetResourcePolicy", Member("ResourceArn", facts.table_arn)));
  if (!answer.refused) {
    facts.table_policy = StringAt(answer.body, "Policy");
  } else if (answer.refused->code != "PolicyNotFoundException" &&
             !IsUnknownOperation(*answer.refused)) {
    AddUnread(facts, std::nullopt, "the resource policy of the table",
              "GetResourcePolicy: " + answer.refused->Text() + "; the table is taken to have none");
  }
  return base::Ok();
}

}  // namespace

base::Status ReadTableSide(remote_jobs::Session& session, const Given& given,
                           doctor::Facts& facts) {
  if (given.table.empty()) return base::Ok();
  RETURN_IF_ERROR(ReadTableArn(session, given.table, facts));
  if (facts.job == doctor::Job::kImport) return base::Ok();
  if (!facts.has_recovery) RETURN_IF_ERROR(ReadRecovery(session, facts));
  return given.has_table_policy ? base::Ok() : ReadTablePolicy(session, facts);
}

base::Status ReadKey(remote_jobs::Session& session, const Given& given, doctor::Facts& facts) {
  if (!facts.has_kms_encryption || given.has_key_policy) return base::Ok();
  auto arn = policy::SplitArn(facts.kms_key);
  if (!arn || (*arn)[2] != "kms") return base::Ok();  // Check says what is wrong with it
  const std::string what = "the policy of the key " + facts.kms_key;
  aws::Endpoint endpoint = session.options().tables;
  const std::string region((*arn)[3]);
  if (session.options().is_aws) endpoint = {"https://kms." + region + ".amazonaws.com", region};
  aws::Client::Call call;
  call.service = "kms";
  call.method = "POST";
  call.headers = {{"Content-Type", "application/x-amz-json-1.1"},
                  {"X-Amz-Target", "TrentService.GetKeyPolicy"}};
  json::Writer writer(call.body);
  writer.StartObject().Name("KeyId").String(facts.kms_key);
  writer.Name("PolicyName").String("default").EndObject();
  ASSIGN_OR_RETURN(aws::Client::Answer answer, session.bucket_client().Send(endpoint, call));
  auto body = answer.refused ? json::Parse("{}") : json::Parse(answer.response.body);
  if (!answer.refused && body && body->object())
    facts.key_policy = StringAt(*body->object(), "Policy");
  if (facts.key_policy.empty())
    AddUnread(facts, Side::kKey, what,
              "GetKeyPolicy: " + (answer.refused ? answer.refused->Text() : "no policy") +
                  ". --key-policy FILE gives it.");
  return base::Ok();
}

}  // namespace dray::access_reader
