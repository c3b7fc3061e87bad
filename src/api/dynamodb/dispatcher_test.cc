// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "api/dynamodb/operation_bodies.h"
#include "api/dynamodb/operation_table.h"
#include "api/dynamodb/test_api.h"

namespace dray::dynamodb {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class DispatcherTest : public ApiTest {};

TEST_F(DispatcherTest, EveryOperationAsksForItsActionOnItsResourceAndStopsWhenDenied) {
  MakeTable("cities");
  Send("PutItem", R"({"TableName":"cities","Item":{"pk":{"S":"a"},"kept":{"BOOL":true}}})");
  authorizer_.denies_all = true;
  for (const Operation& operation : Operations()) {
    SCOPED_TRACE(operation.name);
    authorizer_.asked.clear();
    Answer answer = Send(operation.name, BodyOf(operation.name));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.error, "AccessDeniedException") << answer.body;
    ASSERT_EQ(authorizer_.asked.size(), 1u);
    EXPECT_EQ(authorizer_.asked[0].action, operation.action);
    EXPECT_EQ(authorizer_.asked[0].action, "dynamodb:" + std::string(operation.name));
    EXPECT_EQ(authorizer_.asked[0].resource_account, kAccount);
    const std::string& resource = authorizer_.asked[0].resource;
    std::string table_prefix = "arn:aws:dynamodb:us-east-1:111122223333:table/";
    switch (operation.resource) {
      case ResourceKind::kNone:
        EXPECT_EQ(resource, "*");
        break;
      case ResourceKind::kTable:
        EXPECT_THAT(resource, ::testing::AnyOf(table_prefix + "cities", table_prefix + "created"));
        break;
      case ResourceKind::kExport:
        EXPECT_THAT(resource, StartsWith(table_prefix + "cities/export/"));
        break;
      case ResourceKind::kImport:
        EXPECT_THAT(resource, StartsWith(table_prefix + "cities/import/"));
        break;
      case ResourceKind::kBackup:
        EXPECT_THAT(resource, StartsWith(table_prefix + "cities/backup/"));
        break;
      case ResourceKind::kJob:
        ADD_FAILURE() << "only operations of our own";
        break;
    }
  }
  // Nothing happened.
  authorizer_.denies_all = false;
  EXPECT_EQ(exports_.started + exports_.described + imports_.started, 0);
  EXPECT_EQ(Send("ListTables", "{}").body, R"({"TableNames":["cities"]})");
  EXPECT_THAT(Send("Scan", R"({"TableName":"cities"})").body, HasSubstr("kept"));
  EXPECT_THAT(Send("DescribeContinuousBackups", R"({"TableName":"cities"})").body,
              HasSubstr("DISABLED"));
}

TEST_F(DispatcherTest, OwnOperationsAskForAnActionOfTheirOwnOnTheJob) {
  constexpr std::string_view kJobArn =
      "arn:aws:dynamodb:us-east-1:111122223333:table/cities/export/01731672000123-1a2b3c4d";
  const std::string body = R"({"JobArn":")" + std::string(kJobArn) + "\"}";
  for (const Operation& operation : OwnOperations()) {
    if (operation.resource != ResourceKind::kJob) continue;
    SCOPED_TRACE(operation.name);
    authorizer_.denies_all = true;
    authorizer_.asked.clear();
    EXPECT_EQ(Send(operation.name, body, "Dray_20261122.").error, "AccessDeniedException");
    ASSERT_EQ(authorizer_.asked.size(), 1u);
    EXPECT_EQ(authorizer_.asked[0].action, "dray:" + std::string(operation.name));
    EXPECT_EQ(authorizer_.asked[0].resource, kJobArn);
    authorizer_.denies_all = false;
    EXPECT_EQ(Send(operation.name, body, "Dray_20261122.").error, "JobNotFoundException");
    EXPECT_EQ(audited_.operation, operation.name);
    EXPECT_EQ(Send(operation.name, "{}", "Dray_20261122.").error, "ValidationException");
    const std::string table =
        R"({"JobArn":"arn:aws:dynamodb:us-east-1:111122223333:table/cities"})";
    EXPECT_THAT(Send(operation.name, table, "Dray_20261122.").message,
                StartsWith("Invalid Job ARN"));
    // Not one of DynamoDB's.
    EXPECT_EQ(Send(operation.name, body).error, "UnknownOperationException");
  }
  EXPECT_EQ(Send("GetItem", "{}", "Dray_20261122.").error, "UnknownOperationException");
}

TEST_F(DispatcherTest, EveryOperationWorksWhenAllowed) {
  MakeTable("cities");
  for (const Operation& operation : Operations()) {
    SCOPED_TRACE(operation.name);
    if (operation.name == "DeleteTable") continue;
    Answer answer = Send(operation.name, BodyOf(operation.name));
    // Those that need what a test of a single call does not have: a job, a backup, recovery.
    bool is_without = operation.resource == ResourceKind::kExport ||
                      operation.resource == ResourceKind::kImport ||
                      operation.resource == ResourceKind::kBackup ||
                      operation.name == "RestoreTableToPointInTime" ||
                      operation.name == "GetResourcePolicy";
    EXPECT_EQ(answer.status, is_without ? 400 : 200) << answer.body;
  }
  EXPECT_EQ(Send("DeleteTable", BodyOf("DeleteTable")).status, 200);
}

TEST_F(DispatcherTest, TheReadingThreadServesReadsAndWritesThatWaitForNoDisk) {
  auto protocol = [&](bool commits_wait) {
    Services with = services();
    with.commits_wait = commits_wait;
    return MakeProtocol(std::move(with));
  };
  auto may = [](gateway::Protocol& asked, std::string_view operation, uint64_t bytes) {
    http::RequestHead head;
    head.method = "POST";
    head.headers = {{"X-Amz-Target", "DynamoDB_20120810." + std::string(operation)}};
    head.content_length = bytes;
    return asked.MayServeNow(head);
  };
  auto waiting = protocol(true), quick = protocol(false);
  EXPECT_TRUE(may(*waiting, "GetItem", 100));
  EXPECT_FALSE(may(*waiting, "GetItem", 100'000));
  for (std::string_view write : {"PutItem", "UpdateItem", "DeleteItem"}) {
    EXPECT_FALSE(may(*waiting, write, 100)) << write;
    EXPECT_TRUE(may(*quick, write, 100)) << write;
    EXPECT_FALSE(may(*quick, write, 100'000)) << write;
  }
  for (std::string_view other : {"Query", "Scan", "BatchWriteItem", "CreateTable", "Unknown"}) {
    EXPECT_FALSE(may(*quick, other, 100)) << other;
  }
}

TEST_F(DispatcherTest, RowsAreSortedSoThatTheyAreFound) {
  for (const Operation& operation : Operations()) {
    EXPECT_EQ(FindOperation(operation.name), &operation);
  }
}

TEST_F(DispatcherTest, SendsRequestIdAndChecksumOfTheBody) {
  Send("ListTables", "{}");
  std::string crc = std::to_string(hash::ExtendCrc32(0, response_.body));
  EXPECT_THAT(response_.headers, ::testing::Contains(std::pair<std::string, std::string>(
                                     "x-amzn-RequestId", "REQUESTID")));
  EXPECT_THAT(response_.headers,
              ::testing::Contains(std::pair<std::string, std::string>("x-amz-crc32", crc)));
  EXPECT_EQ(audited_.operation, "ListTables");
}

TEST_F(DispatcherTest, BodiesThatAreNotJsonObjectsAreSerializationErrors) {
  for (std::string_view body :
       {"", "{", "[]", "null", "{\"TableName\":\"a\"} x", "\xff", "{\"TableName\":\"\\ud800\"}"}) {
    Answer answer = Send("DescribeTable", body);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.error, "SerializationException") << body;
  }
  std::string deep(1000, '[');
  EXPECT_EQ(Send("DescribeTable", "{\"a\":" + deep).error, "SerializationException");
  EXPECT_EQ(Send("DescribeTable", R"({"TableName":5})").message,
            "NUMBER_VALUE cannot be converted to String");
}

TEST_F(DispatcherTest, UnknownOperationsAreNamedWhereAwsKnowsThem) {
  Answer unknown = Send("MakeTea", "{}");
  EXPECT_EQ(unknown.body, R"({"__type":"com.amazon.coral.service#UnknownOperationException"})");
  Answer later = Send("TransactGetItems", "{}");
  EXPECT_EQ(later.error, "UnknownOperationException");
  EXPECT_THAT(later.message,
              HasSubstr("TransactGetItems is not supported by this version of Dray"));
}

TEST_F(DispatcherTest, UnsignedRequestsAreRefused) {
  caller_ = access::Caller();
  Answer answer = Send("ListTables", "{}");
  EXPECT_EQ(answer.error, "MissingAuthenticationTokenException");
  EXPECT_EQ(answer.message, "Request is missing Authentication Token");
}

TEST_F(DispatcherTest, AnotherAccountsTableIsDenied) {
  caller_.principal.account = kOtherAccount;
  caller_.principal.arn = "arn:aws:iam::444455556666:root";
  Answer answer =
      Send("GetItem", R"({"TableName":"arn:aws:dynamodb:us-east-1:111122223333:table/cities",)"
                      R"("Key":{"pk":{"S":"a"}}})");
  EXPECT_EQ(answer.error, "AccessDeniedException");
  EXPECT_THAT(answer.message, HasSubstr("is not authorized to perform: dynamodb:GetItem"));
}

TEST_F(DispatcherTest, RejectedRequestsHaveAwsNamesAndTexts) {
  struct Row {
    std::string_view reason, name, text;
  };
  const Row rows[] = {
      {sigv4::reason::kMissing, "MissingAuthenticationTokenException",
       "Request is missing Authentication Token"},
      {sigv4::reason::kUnknownKey, "UnrecognizedClientException",
       "The security token included in the request is invalid."},
      {access::reason::kInvalidToken, "UnrecognizedClientException",
       "The security token included in the request is invalid."},
      {sigv4::reason::kMismatch, "InvalidSignatureException",
       "The request signature we calculated"},
      {sigv4::reason::kExpired, "InvalidSignatureException", "own text"},
      {sigv4::reason::kIncomplete, "IncompleteSignatureException", "own text"},
  };
  for (const Row& row : rows) {
    http::RequestHead head;
    head.headers = {{"X-Amz-Target", "DynamoDB_20120810.ListTables"}};
    RecordedResponse response;
    gateway::Exchange exchange{head, "", nullptr, response, {}, "ID", {}, {}, 0, {}, {}};
    protocol_->Reject(exchange,
                      base::Error{base::ErrorKind::kAccessDenied, "own text", row.reason});
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(response.body, HasSubstr("#" + std::string(row.name) + "\""));
    EXPECT_THAT(response.body, HasSubstr(row.text));
    EXPECT_EQ(exchange.error_code, row.name);
  }
}

}  // namespace
}  // namespace dray::dynamodb
