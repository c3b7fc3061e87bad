// SPDX-License-Identifier: Apache-2.0
#include "client/access_reader/query_call.h"

#include <gtest/gtest.h>

namespace dray::access_reader {
namespace {

TEST(QueryCall, FormsAreEncoded) {
  EXPECT_EQ(FormOf("GetRole", "2010-05-08", {{"RoleName", "a+b=c & d"}}),
            "Action=GetRole&Version=2010-05-08&RoleName=a%2Bb%3Dc%20%26%20d");
}

TEST(QueryCall, FindsTheResultOfItsActionOnly) {
  const std::string body =
      R"(<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetRoleResult><Role>)"
      R"(<RoleName>r</RoleName></Role></GetRoleResult></GetRoleResponse>)";
  auto result = ResultOf(body, "GetRole");
  ASSERT_TRUE(result);
  ASSERT_NE(result->Find("Role"), nullptr);
  EXPECT_EQ(result->Find("Role")->TextOf("RoleName"), "r");
  EXPECT_FALSE(ResultOf(body, "GetUser"));
  EXPECT_FALSE(ResultOf("<html></html>", "GetRole"));
  EXPECT_FALSE(ResultOf("no XML", "GetRole"));
  EXPECT_FALSE(ResultOf("<GetRoleResponse></GetRoleResponse>", "GetRole"));
}

}  // namespace
}  // namespace dray::access_reader
