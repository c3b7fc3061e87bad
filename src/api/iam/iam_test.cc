// SPDX-License-Identifier: Apache-2.0
#include "api/iam/iam.h"

#include <gmock/gmock.h>

#include "api/query/query_rig_for_test.h"
#include "base/text_encoding.h"

namespace dray::iam {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kAllowAll =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";
const std::string kTrust =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}})";

class IamTest : public query::QueryRig {
 protected:
  std::string Call(const std::string& form) { return CallAs(RootOf(kAccount), form); }
  std::string CallAs(const access::Caller& caller, const std::string& form) {
    return Send(*protocol_, caller, "Version=2010-05-08&Action=" + form);
  }
  static std::string Encoded(std::string_view text) { return base::PercentEncode(text, false); }

  std::unique_ptr<gateway::Protocol> protocol_ = MakeProtocol({*identities_, *authorizer_, clock_});
};

TEST_F(IamTest, AnswersInItsEnvelope) {
  const std::string answer = Call("CreateUser&UserName=Bob&Path=%2Fteam%2F");
  EXPECT_EQ(status_, 200);
  EXPECT_THAT(answer,
              HasSubstr("<CreateUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">"
                        "<CreateUserResult><User>"));
  EXPECT_EQ(Leaf(answer, "Arn"), "arn:aws:iam::111122223333:user/team/Bob");
  EXPECT_EQ(Leaf(answer, "CreateDate"), "2024-05-14T11:14:20Z");
  EXPECT_EQ(Leaf(answer, "RequestId"), "an-id");
  EXPECT_EQ(resource_, "arn:aws:iam::111122223333:user/team/Bob");
}

TEST_F(IamTest, NamesItsErrors) {
  Call("GetUser&UserName=nobody");
  EXPECT_EQ(error_, "NoSuchEntity");
  EXPECT_EQ(status_, 404);
  Call("CreateUser&UserName=Bob");
  Call("CreateUser&UserName=bOB");
  EXPECT_EQ(error_, "EntityAlreadyExists");
  Call("CreateUser&UserName=a%2Fb");
  EXPECT_EQ(error_, "ValidationError");
  Call("CreateUser&UserName=Eve&Unknown=1");
  EXPECT_EQ(error_, "ValidationError");
  Call("CreateGroup&GroupName=g");
  EXPECT_EQ(error_, "InvalidAction");
  Call("PutUserPolicy&UserName=Bob&PolicyName=p&PolicyDocument=%7B%7D");
  EXPECT_EQ(error_, "MalformedPolicyDocument");
  Send(*protocol_, RootOf(kAccount), "Version=1999-01-01&Action=ListUsers");
  EXPECT_EQ(error_, "InvalidAction");
}

TEST_F(IamTest, ASecretIsToldOnce) {
  Call("CreateUser&UserName=Bob");
  const std::string made = Call("CreateAccessKey&UserName=Bob");
  const std::string secret = Leaf(made, "SecretAccessKey"), key = Leaf(made, "AccessKeyId");
  EXPECT_EQ(secret.size(), 40u);
  const std::string listed = Call("ListAccessKeys&UserName=Bob");
  EXPECT_THAT(listed, HasSubstr(key));
  EXPECT_THAT(listed, Not(HasSubstr(secret)));
}

TEST_F(IamTest, AsksBeforeItTellsWhetherSomethingExists) {
  Call("CreateUser&UserName=Bob");
  for (const char* form : {"GetUser&UserName=Bob", "GetUser&UserName=nobody",
                           "DeleteRole&RoleName=none", "ListUsers", "ListPolicies"}) {
    CallAs(UserNamed("Bob"), form);
    EXPECT_EQ(error_, "AccessDenied") << form;
  }
  Call("PutUserPolicy&UserName=Bob&PolicyName=p&PolicyDocument=" + Encoded(kAllowAll));
  CallAs(UserNamed("Bob"), "GetUser&UserName=nobody");
  EXPECT_EQ(error_, "NoSuchEntity");
}

TEST_F(IamTest, AccountsDoNotSeeEachOther) {
  Call("CreateUser&UserName=Bob");
  Call("CreateRole&RoleName=R&AssumeRolePolicyDocument=" + Encoded(kTrust));
  for (const char* form : {"GetUser&UserName=Bob", "GetRole&RoleName=R",
                           "SimulatePrincipalPolicy&PolicySourceArn=arn:aws:iam::111122223333:"
                           "user/Bob&ActionNames.member.1=s3:GetObject"}) {
    CallAs(RootOf(kOther), form);
    EXPECT_EQ(error_, "NoSuchEntity") << form;
  }
}

TEST_F(IamTest, SimulatesWhatAUserMay) {
  Call("CreateUser&UserName=Bob");
  Call("PutUserPolicy&UserName=Bob&PolicyName=p&PolicyDocument=" + Encoded(kAllowAll));
  const std::string answer = Call(
      "SimulatePrincipalPolicy&PolicySourceArn=arn:aws:iam::111122223333:user/Bob"
      "&ActionNames.member.1=s3:GetObject&ResourceArns=");
  EXPECT_EQ(Leaf(answer, "EvalDecision"), "allowed");
  EXPECT_EQ(Leaf(answer, "SourcePolicyId"), "user_Bob_p");
  EXPECT_EQ(Leaf(answer, "IsTruncated"), "false");
  Call("SimulateCustomPolicy&ActionNames.member.1=s3:GetObject");
  EXPECT_EQ(error_, "ValidationError");
}

}  // namespace
}  // namespace dray::iam
