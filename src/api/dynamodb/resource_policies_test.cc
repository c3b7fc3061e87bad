// SPDX-License-Identifier: Apache-2.0
// Resource policies of tables: the operations on them, and what they allow whom.
#include <gmock/gmock.h>

#include "api/dynamodb/test_api.h"

namespace dray::dynamodb {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kArn = "arn:aws:dynamodb:us-east-1:111122223333:table/cities";

class ResourcePoliciesTest : public ApiTest {
 protected:
  ResourcePoliciesTest() { MakeTable("cities"); }

  static std::string Statement(std::string_view effect, std::string_view principal,
                               std::string_view action, std::string_view resource = kArn) {
    return R"({"Effect":")" + std::string(effect) + R"(","Principal":)" +
           (principal == "*" ? std::string("\"*\"")
                             : R"({"AWS":")" + std::string(principal) + "\"}") +
           R"(,"Action":")" + std::string(action) + R"(","Resource":")" + std::string(resource) +
           "\"}";
  }
  static std::string Policy(const std::string& statements) {
    return R"({"Version":"2012-10-17","Statement":[)" + statements + "]}";
  }
  Answer Put(const std::string& policy, std::string_view more = "", std::string_view arn = kArn) {
    std::string body = R"({"ResourceArn":")" + std::string(arn) + R"(","Policy":)";
    json::AppendString(policy, body);
    return Send("PutResourcePolicy", body + std::string(more) + "}");
  }
  Answer Get(std::string_view arn = kArn) {
    return Send("GetResourcePolicy", R"({"ResourceArn":")" + std::string(arn) + "\"}");
  }
  Answer Delete(std::string_view more = "") {
    return Send("DeleteResourcePolicy",
                R"({"ResourceArn":")" + std::string(kArn) + "\"" + std::string(more) + "}");
  }
  static std::string Member(const Answer& answer, std::string_view name) {
    const json::Value* value = answer.value.object()->Find(name);
    return value ? *value->string() : "";
  }
  void Be(policy::Principal::Type type, std::string_view account, std::string_view name) {
    caller_.principal.type = type;
    caller_.principal.account = account;
    caller_.principal.arn = "arn:aws:iam::" + std::string(account) + ":" + std::string(name);
  }
  void BeRoot() { Be(policy::Principal::Type::kRoot, kAccount, "root"); }
  void BeAnn() { Be(policy::Principal::Type::kUser, kAccount, "user/ann"); }
  void BeBob() { Be(policy::Principal::Type::kUser, kOtherAccount, "user/bob"); }
  void SetIdentityPolicy(const std::string& statements) {
    authorizer_.identities.policies.documents.clear();
    if (statements.empty()) return;
    auto document = policy::Document::Parse(Policy(statements), policy::DocumentKind::kIdentity);
    ASSERT_TRUE(document) << document.error().message;
    authorizer_.identities.policies.documents = {*document};
  }
  Answer GetItem(std::string_view table = kArn) {
    return Send("GetItem",
                R"({"TableName":")" + std::string(table) + R"(","Key":{"pk":{"S":"a"}}})");
  }
  const std::string get_for_bob_ = Policy(Statement("Allow", "444455556666", "dynamodb:GetItem"));
};

// ---- the operations

TEST_F(ResourcePoliciesTest, ArePutReadReplacedAndDeleted) {
  Answer none = Get();
  EXPECT_EQ(none.error, "PolicyNotFoundException");
  EXPECT_EQ(none.message,
            "Resource-based policy not found for the provided ResourceArn: " + std::string(kArn));
  EXPECT_EQ(Delete().body, "{}");
  Answer put = Put(get_for_bob_);
  ASSERT_EQ(put.status, 200) << put.body;
  const std::string first = Member(put, "RevisionId");
  EXPECT_GT(first.size(), 12u);
  Answer got = Get();
  EXPECT_EQ(Member(got, "RevisionId"), first);
  EXPECT_EQ(Member(got, "Policy"),
            R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":)"
            R"("arn:aws:iam::444455556666:root"},"Action":"dynamodb:GetItem","Resource":)"
            R"("arn:aws:dynamodb:us-east-1:111122223333:table/cities"}]})");
  // The same, however it is written, is no change.
  EXPECT_EQ(Member(Put(" " + get_for_bob_ + "\n"), "RevisionId"), first);
  const std::string second =
      Member(Put(Policy(Statement("Allow", "444455556666", "dynamodb:PutItem"))), "RevisionId");
  EXPECT_GT(second, first);
  EXPECT_EQ(Member(Delete(), "RevisionId"), second);
  EXPECT_EQ(Get().error, "PolicyNotFoundException");
}

TEST_F(ResourcePoliciesTest, ExpectedRevisionsAreLookedAt) {
  const std::string prefix = "Resource-based policy not found for the provided ResourceArn: ";
  auto expecting = [](const std::string& revision) {
    return R"(,"ExpectedRevisionId":")" + revision + "\"";
  };
  Answer answer = Put(get_for_bob_, expecting("17"));
  EXPECT_EQ(answer.error, "PolicyNotFoundException");
  EXPECT_EQ(answer.message, prefix +
                                "Requested update for policy with revision id 17, but table "
                                "cities has no associated policy.");
  EXPECT_EQ(Delete(expecting("17")).message, answer.message);
  const std::string revision = Member(Put(get_for_bob_, expecting("NO_POLICY")), "RevisionId");
  answer = Put(get_for_bob_, expecting("NO_POLICY"));
  EXPECT_EQ(answer.error, "PolicyNotFoundException");
  EXPECT_EQ(answer.message, prefix +
                                "Requested policy update expecting none to be present for table "
                                "cities, but a policy exists with revision id " +
                                revision + ".");
  answer = Delete(expecting("unknown"));
  EXPECT_EQ(answer.error, "PolicyNotFoundException");
  EXPECT_EQ(answer.message, prefix +
                                "Requested update for policy with revision id unknown, but the "
                                "policy associated to target table cities has revision id " +
                                revision + ".");
  EXPECT_EQ(Member(Get(), "RevisionId"), revision);
  EXPECT_EQ(Member(Delete(expecting(revision)), "RevisionId"), revision);
}

TEST_F(ResourcePoliciesTest, ArnsAreThoseOfTables) {
  const std::string invalid = "One or more parameter values were invalid: ";
  const std::string prefix = "arn:aws:dynamodb:us-east-1:111122223333:table/";
  struct Row {
    std::string arn, error, message;
  };
  const Row rows[] = {
      {"cities", "ValidationException", invalid + "ARNs must start with 'arn:': cities"},
      {prefix + "missing", "ResourceNotFoundException",
       "Requested resource not found: Table: missing not found"},
      {prefix + "CITIES", "ResourceNotFoundException",
       "Requested resource not found: Table: CITIES not found"},
      {"arn:aws:dynamodb:us-east-1:444455556666:table/cities", "ValidationException",
       "This action is only supported by accounts that match the resource owner\u2019s account."},
      {"arn:aws:dynamodb:us-west-2:111122223333:table/cities", "ValidationException",
       invalid + "Invalid resource Arn: arn:aws:dynamodb:us-west-2:111122223333:table/cities"},
      {"arn:aws-cn:dynamodb:us-east-1:111122223333:table/cities", "ValidationException",
       invalid + "Invalid resource Arn: arn:aws-cn:dynamodb:us-east-1:111122223333:table/cities"},
      {prefix + "cities/index/i", "ValidationException",
       invalid +
           "Invalid resource arn provided, only table or stream is accepted. Provided resource "
           "arn: " +
           prefix + "cities/index/i"},
      {prefix + "cities/stream/2000-01-01T00:00:00.000", "ResourceNotFoundException",
       "Requested resource not found: Stream: 2000-01-01T00:00:00.000 not found for Table: "
       "cities"},
      {prefix + "cities/backup/0170", "ValidationException",
       invalid + "Provided Arn is not a DynamoDB resource arn: " + prefix + "cities/backup/0170"},
  };
  for (const Row& row : rows) {
    for (const Answer& answer : {Get(row.arn), Put(get_for_bob_, "", row.arn)}) {
      EXPECT_EQ(answer.error, row.error) << row.arn;
      EXPECT_EQ(answer.message, row.message);
    }
  }
}

TEST_F(ResourcePoliciesTest, InvalidOnesChangeNothing) {
  Put(get_for_bob_);
  Answer answer = Put(Policy(Statement("Allow", "*", "dynamodb:GetItem")));
  EXPECT_EQ(answer.error, "ValidationException");
  EXPECT_THAT(answer.message, HasSubstr("grants unbounded access"));
  answer = Put(std::string(20481, ' '));
  EXPECT_EQ(answer.message,
            "One or more parameter values were invalid: Maximum policy size of 20480 bytes "
            "exceeded");
  EXPECT_THAT(Member(Get(), "Policy"), HasSubstr("dynamodb:GetItem"));
}

TEST_F(ResourcePoliciesTest, NobodyLocksHimselfOutByAccident) {
  BeAnn();
  SetIdentityPolicy(R"({"Effect":"Allow","Action":"*","Resource":"*"})");
  const std::string locked = Policy(Statement("Deny", "*", "dynamodb:PutResourcePolicy"));
  for (std::string_view unconfirmed : {"", R"(,"ConfirmRemoveSelfResourceAccess":false)"}) {
    Answer answer = Put(locked, unconfirmed);
    EXPECT_EQ(answer.error, "AccessDeniedException");
    EXPECT_EQ(answer.message,
              "The new resource policy will not allow you to update the resource policy in the "
              "future.");
  }
  // Deleting is another matter, as on AWS.
  EXPECT_EQ(Put(Policy(Statement("Deny", "*", "dynamodb:DeleteResourcePolicy"))).status, 200);
  EXPECT_EQ(Put(locked, R"(,"ConfirmRemoveSelfResourceAccess":true)").status, 200);
  EXPECT_EQ(Put(get_for_bob_).message,
            "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: "
            "dynamodb:PutResourcePolicy on resource: " +
                std::string(kArn) + " with an explicit deny in a resource-based policy");
  // The root user of the account mends it.
  BeRoot();
  EXPECT_EQ(Put(Policy(Statement("Deny", "*", "dynamodb:*"))).status, 200);
  EXPECT_EQ(GetItem().error, "AccessDeniedException");
  EXPECT_EQ(Get().status, 200);
  EXPECT_EQ(Delete().status, 200);
  EXPECT_EQ(GetItem().status, 200);
}

TEST_F(ResourcePoliciesTest, CreateTableTakesOneAndNeedsTheRightToPutIt) {
  std::string body =
      R"({"TableName":"made","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":)"
      R"([{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk",)"
      R"("KeyType":"HASH"}],"ResourcePolicy":)";
  const std::string start = body;
  json::AppendString(get_for_bob_, body);
  authorizer_.asked.clear();
  Answer created = Send("CreateTable", body + "}");
  ASSERT_EQ(created.status, 200) << created.body;
  EXPECT_THAT(created.body, ::testing::Not(HasSubstr("olicy")));
  ASSERT_EQ(authorizer_.asked.size(), 2u);
  EXPECT_EQ(authorizer_.asked[1].action, "dynamodb:PutResourcePolicy");
  EXPECT_EQ(authorizer_.asked[1].resource, "arn:aws:dynamodb:us-east-1:111122223333:table/made");
  const std::string arn = "arn:aws:dynamodb:us-east-1:111122223333:table/made";
  EXPECT_EQ(Get(arn).status, 200);
  // It goes with the table, and the next one of the name has none.
  Send("DeleteTable", R"({"TableName":"made"})");
  EXPECT_EQ(Get(arn).error, "ResourceNotFoundException");
  MakeTable("made");
  EXPECT_EQ(Get(arn).error, "PolicyNotFoundException");
  EXPECT_EQ(Send("CreateTable", start + R"("{"})").message,
            "One or more parameter values were invalid: Invalid policy document: This policy "
            "contains invalid Json");
  EXPECT_EQ(Send("CreateTable", start + R"({}})").error, "SerializationException");
}

// ---- what they allow

TEST_F(ResourcePoliciesTest, WithinTheAccountADirectAllowSuffices) {
  BeAnn();
  EXPECT_EQ(GetItem().error, "AccessDeniedException");
  BeRoot();
  Put(Policy(Statement("Allow", "arn:aws:iam::111122223333:user/ann", "dynamodb:GetItem")));
  BeAnn();
  EXPECT_EQ(GetItem().status, 200);
  EXPECT_EQ(GetItem("cities").status, 200);
  EXPECT_EQ(Send("Scan", R"({"TableName":"cities"})").error, "AccessDeniedException");
  Be(policy::Principal::Type::kUser, kAccount, "user/eve");
  EXPECT_EQ(GetItem().error, "AccessDeniedException");
  // The account as principal adds nothing to what its own policies allow.
  BeRoot();
  Put(Policy(Statement("Allow", "111122223333", "dynamodb:GetItem")));
  BeAnn();
  EXPECT_EQ(GetItem().error, "AccessDeniedException");
  // A deny holds against everything.
  BeRoot();
  Put(Policy(Statement("Deny", "arn:aws:iam::111122223333:user/ann", "dynamodb:GetItem")));
  BeAnn();
  SetIdentityPolicy(R"({"Effect":"Allow","Action":"*","Resource":"*"})");
  EXPECT_EQ(GetItem().message,
            "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: "
            "dynamodb:GetItem on resource: " +
                std::string(kArn) + " with an explicit deny in a resource-based policy");
  EXPECT_EQ(Send("Scan", R"({"TableName":"cities"})").status, 200);
}

TEST_F(ResourcePoliciesTest, AcrossAccountsBothSidesMustAllow) {
  const std::string allow_get =
      R"({"Effect":"Allow","Action":"dynamodb:GetItem","Resource":")" + std::string(kArn) + "\"}";
  const std::string denied =
      "User: arn:aws:iam::444455556666:user/bob is not authorized to perform: dynamodb:GetItem on "
      "resource: " +
      std::string(kArn);
  const std::string no_identity =
      " because no identity-based policy allows the dynamodb:GetItem action";
  const std::string no_resource =
      " because no resource-based policy allows the dynamodb:GetItem action";
  auto bobs = [&](const std::string& identity_policy) {
    SetIdentityPolicy(identity_policy);
    BeBob();
    Answer answer = GetItem();
    BeRoot();
    return answer;
  };
  EXPECT_EQ(bobs("").message, denied + no_identity);
  EXPECT_EQ(bobs(allow_get).message, denied + no_resource);
  EXPECT_THAT(audited_.detail, HasSubstr("There is no resource policy"));
  Put(get_for_bob_);
  EXPECT_EQ(bobs("").message, denied + no_identity);
  EXPECT_EQ(bobs(allow_get).status, 200);
  Put(Policy(Statement("Allow", "777788889999", "dynamodb:GetItem")));
  EXPECT_EQ(bobs(allow_get).message, denied + no_resource);
  // The caller learns which side denies; the audit log has the statement.
  Put(Policy(R"({"Sid":"NotBob",)" +
             Statement("Deny", "arn:aws:iam::444455556666:user/bob", "dynamodb:*").substr(1) + "," +
             Statement("Allow", "444455556666", "dynamodb:*")));
  EXPECT_EQ(bobs(allow_get).message, denied + " with an explicit deny in a resource-based policy");
  EXPECT_THAT(audited_.detail, HasSubstr("NotBob"));
  EXPECT_EQ(audited_.resource, kArn);
}

TEST_F(ResourcePoliciesTest, AForeignTableThatIsNotThereIsDeniedLikeOneThatIs) {
  SetIdentityPolicy(R"({"Effect":"Allow","Action":"*","Resource":"*"})");
  BeBob();
  const std::string there = GetItem().message;
  std::string missing = GetItem("arn:aws:dynamodb:us-east-1:111122223333:table/nowhere").message;
  ASSERT_NE(missing.find("table/nowhere"), std::string::npos);
  missing.replace(missing.find("table/nowhere"), 13, "table/cities");
  EXPECT_EQ(missing, there);
}

TEST_F(ResourcePoliciesTest, ForeignCallersUseTheOwnersTable) {
  Send("PutItem", R"({"TableName":"cities","Item":{"pk":{"S":"a"},"of":{"S":"owner"}}})");
  Put(Policy(Statement("Allow", "444455556666", "dynamodb:*", "*")));
  SetIdentityPolicy(R"({"Effect":"Allow","Action":"*","Resource":"*"})");
  BeBob();
  MakeTable("cities");  // his own of the same name
  EXPECT_THAT(GetItem().body, HasSubstr("owner"));
  EXPECT_EQ(GetItem("cities").body, "{}");
  const std::string arn = R"("TableName":")" + std::string(kArn) + "\"";
  EXPECT_EQ(Send("PutItem", "{" + arn + R"(,"Item":{"pk":{"S":"b"},"of":{"S":"bob"}}})").status,
            200);
  EXPECT_THAT(Send("Scan", "{" + arn + "}").body, HasSubstr(R"("Count":2)"));
  EXPECT_THAT(Send("Scan", R"({"TableName":"cities"})").body, HasSubstr(R"("Count":0)"));
  EXPECT_THAT(Send("DescribeTable", "{" + arn + "}").body, HasSubstr(kArn));
  const std::string both = R"({"RequestItems":{"cities":{"Keys":[{"pk":{"S":"a"}}]},")" +
                           std::string(kArn) + R"(":{"Keys":[{"pk":{"S":"a"}}]}}})";
  EXPECT_THAT(Send("BatchGetItem", both).body, HasSubstr("owner"));
  EXPECT_EQ(Send("TagResource", R"({"ResourceArn":")" + std::string(kArn) +
                                    R"(","Tags":[{"Key":"k","Value":"v"}]})")
                .status,
            200);
  EXPECT_EQ(Send("UpdateTable", "{" + arn + R"(,"DeletionProtectionEnabled":false})").status, 200);
  // What AWS leaves to the owner, and exports.
  EXPECT_EQ(Send("DescribeTimeToLive", "{" + arn + "}").error, "ValidationException");
  EXPECT_EQ(Send("UpdateContinuousBackups",
                 "{" + arn +
                     R"(,"PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}})")
                .error,
            "ValidationException");
  EXPECT_EQ(Get().error, "ValidationException");
  Answer exported = Send("ExportTableToPointInTime",
                         R"({"TableArn":")" + std::string(kArn) + R"(","S3Bucket":"bucket"})");
  EXPECT_EQ(exported.error, "AccessDeniedException");
  EXPECT_EQ(exported.message, "Access is denied");
  EXPECT_EQ(exports_.started, 0);
  EXPECT_EQ(Send("DeleteTable", "{" + arn + "}").status, 200);
  EXPECT_EQ(GetItem("cities").status, 200);
  BeRoot();
  EXPECT_EQ(GetItem("cities").error, "ResourceNotFoundException");
}

TEST_F(ResourcePoliciesTest, LimitItemsAndIndexesByTheTablesPolicy) {
  const std::string condition =
      R"(,"Condition":{"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":"${aws:username}"}}})";
  std::string limited = Statement("Allow", "444455556666", "dynamodb:GetItem");
  limited.pop_back();
  Put(Policy(limited + condition));
  SetIdentityPolicy(R"({"Effect":"Allow","Action":"*","Resource":"*"})");
  BeBob();
  auto get = [&](std::string_view key) {
    return Send("GetItem", R"({"TableName":")" + std::string(kArn) + R"(","Key":{"pk":{"S":")" +
                               std::string(key) + "\"}}}")
        .status;
  };
  EXPECT_EQ(get("bob"), 200);
  EXPECT_EQ(get("ann"), 400);
  BeRoot();
  Put(Policy(
      Statement("Allow", "444455556666", "dynamodb:Query", std::string(kArn) + "/index/ind")));
  BeBob();
  const std::string query = R"({"TableName":")" + std::string(kArn) +
                            R"(","KeyConditionExpression":"pk = :p",)"
                            R"("ExpressionAttributeValues":{":p":{"S":"a"}})";
  EXPECT_EQ(Send("Query", query + "}").error, "AccessDeniedException");
  // Allowed, so that the index may be missing.
  EXPECT_THAT(Send("Query", query + R"(,"IndexName":"ind1"})").error, "AccessDeniedException");
  BeRoot();
  Put(Policy(
      Statement("Allow", "444455556666", "dynamodb:Query", std::string(kArn) + "/index/ind*")));
  BeBob();
  EXPECT_EQ(Send("Query", query + R"(,"IndexName":"ind11"})").message,
            "The table does not have the specified index: ind11");
}

}  // namespace
}  // namespace dray::dynamodb
