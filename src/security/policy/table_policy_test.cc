// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "security/policy/policy.h"

namespace dray::policy {
namespace {

constexpr std::string_view kTable = "arn:aws:dynamodb:us-east-1:111122223333:table/t";

std::string Statement(const std::string& principal, const std::string& action,
                      const std::string& more = "") {
  return R"({"Effect":"Allow","Principal":)" + principal + R"(,"Action":)" + action +
         R"(,"Resource":")" + std::string(kTable) + "\"" + more + "}";
}
std::string Policy(const std::string& statements) {
  return R"({"Version":"2012-10-17","Statement":[)" + statements + "]}";
}
const std::string kAccount = R"({"AWS":"444455556666"})";
const std::string kGet = R"("dynamodb:GetItem")";

TEST(TablePolicy, IsRefusedInDynamoDbsWords) {
  const std::string invalid = "One or more parameter values were invalid: ";
  const std::string document = invalid + "Invalid policy document: ";
  const std::string unbounded =
      "Resource-based policy grants unbounded access in one or more elements. Please revise the "
      "policy to ensure least-privilege form of access";
  struct Row {
    std::string policy, message;
  };
  const Row rows[] = {
      {"", document + "This policy contains invalid Json"},
      {"{not json", document + "This policy contains invalid Json"},
      {"[]", document + "This policy contains invalid Json"},
      {"{}", document + "Missing required field Statement"},
      {R"({"Statement":[]})", document + "Could not parse the policy: Statement is empty!"},
      {R"({"Statement":[{}]})", document + "Missing required field Effect"},
      {Policy(R"({"Effect":"Allow","Principal":)" + kAccount + R"(,"Action":"dynamodb:GetItem"})"),
       document + "Missing required field Resource"},
      {Policy(Statement(R"("444455556666")", kGet)),
       invalid + "Invalid principal in policy document."},
      {Policy(Statement(R"({"AWS":"arn:aws:iam::444455556666:user/*"})", kGet)),
       invalid + "Invalid principal in policy document."},
      {Policy(Statement(R"({"AWS":"AROAEXAMPLEEXAMPLE123"})", kGet)),
       invalid + "Invalid principal in policy document."},
      {Policy(Statement(kAccount, kGet, R"(,"Sid":"a")") + "," +
              Statement(kAccount, kGet, R"(,"Sid":"a")")),
       document + "The Statement Ids in the policy are not unique"},
      {Policy(Statement(kAccount, R"(["dynamodb:GetRecords","dynamodb:GetItem","s3:GetObject"])")),
       document +
           R"(The following action names are invalid: "dynamodb:GetRecords", "s3:GetObject")"},
      {Policy(Statement(kAccount, R"("dynamodb:List*Tables")")),
       document + R"(The following action names are invalid: "dynamodb:List*Tables")"},
      {Policy(R"({"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"dynamodb:GetItem",)"
              R"("Resource":"arn:aws:dynamodb:us-east-1:111122223333:table/t/stream/x"})"),
       document + R"(The relative-id "table/t/stream/x" is invalid for ARN )"
                  R"("arn:aws:dynamodb:us-east-1:111122223333:table/t/stream/x")"},
      {Policy(Statement(R"("*")", kGet)), unbounded},
      {Policy(Statement(R"({"AWS":["*","444455556666"]})", kGet)), unbounded},
      {Policy(Statement(kAccount, kGet, R"(,"Condition":{"NumericEquals":{"aws:x":"ten"}})")),
       document + R"(Invalid value for Condition type : NumericEquals ("ten"))"},
      {Policy(Statement(kAccount, kGet)) + std::string(20480, ' '),
       invalid + "Maximum policy size of 20480 bytes exceeded"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.policy.substr(0, 300));
    auto checked = CheckTablePolicy(row.policy);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().kind, base::ErrorKind::kInvalidArgument);
    EXPECT_EQ(checked.error().message, row.message);
  }
}

TEST(TablePolicy, TakesWhatLimitsItself) {
  for (const std::string& statement :
       {Statement(kAccount, R"("*")"), Statement(kAccount, R"("dynamodb:*")"),
        Statement(kAccount, R"("DynamoDB:getitem")"), Statement(kAccount, R"("dynamodb:Get*")"),
        Statement(R"({"Service":"a.amazonaws.com"})", kGet),
        Statement(R"("*")", kGet,
                  R"(,"Condition":{"StringEquals":{"aws:PrincipalAccount":"444455556666"}})"),
        Statement(kAccount, kGet,
                  R"(,"Condition":{"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":"a"}})")})
    EXPECT_TRUE(CheckTablePolicy(Policy(statement))) << statement;
  // A Deny to everybody lets nobody in.
  EXPECT_TRUE(CheckTablePolicy(
      Policy(R"({"Effect":"Deny","Principal":"*","Action":"dynamodb:*","Resource":"*"})")));
}

TEST(TablePolicy, HasTheFormThatDynamoDbReadsBack) {
  auto checked = CheckTablePolicy(R"(
    { "Statement" : { "Resource" : ["arn:aws:dynamodb:us-east-1:111122223333:table/t"],
      "Condition": {"StringLike": {"aws:username": ["a*"]}},
      "Action": ["dynamodb:GetItem"], "Principal": {"AWS": ["444455556666",
      "arn:aws:iam::444455556666:root"]}, "Effect": "Allow", "Sid": "é" } }
  )");
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(*checked,
            R"({"Version":"2008-10-17","Statement":[{"Sid":"é","Effect":"Allow","Principal":)"
            R"({"AWS":"arn:aws:iam::444455556666:root"},"Action":"dynamodb:GetItem",)"
            R"("Resource":"arn:aws:dynamodb:us-east-1:111122223333:table/t",)"
            R"("Condition":{"StringLike":{"aws:username":["a*"]}}}]})");
  EXPECT_EQ(*CheckTablePolicy(*checked), *checked);
  const std::string many =
      R"({"Version":"2012-10-17","Id":"i","Statement":[)"
      R"({"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::444455556666:root",)"
      R"("arn:aws:iam::444455556666:user/u"]},"Action":["dynamodb:GetItem",)"
      R"("dynamodb:GetItem"],"Resource":["*","*"]}]})";
  EXPECT_EQ(*CheckTablePolicy(many), many);
}

}  // namespace
}  // namespace dray::policy
