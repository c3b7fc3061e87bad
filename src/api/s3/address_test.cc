// SPDX-License-Identifier: Apache-2.0
#include "api/s3/address.h"

#include <gtest/gtest.h>

#include "api/s3/error_mapping.h"

namespace dray::s3 {
namespace {

std::string Parsed(const std::string& path, const std::string& host = "127.0.0.1:8000") {
  http::RequestHead head;
  head.path = path;
  head.headers = {{"Host", host}};
  auto address = ParseAddress(head);
  return address ? address->bucket + " | " + address->key : std::string(address.error().reason);
}

TEST(Address, IsTakenFromThePath) {
  EXPECT_EQ(Parsed("/"), " | ");
  EXPECT_EQ(Parsed("/bucket"), "bucket | ");
  EXPECT_EQ(Parsed("/bucket/"), "bucket | ");
  EXPECT_EQ(Parsed("/bucket/a/b%20c+d"), "bucket | a/b c+d");
  EXPECT_EQ(Parsed("/bucket//a/../b/./"), "bucket | /a/../b/./");
  EXPECT_EQ(Parsed("/bucket/%2e%2e%2f%C3%A9"), "bucket | ../\xc3\xa9");
  EXPECT_EQ(Parsed("//key"), reason::kInvalidUri);
  EXPECT_EQ(Parsed("/bucket/%zz"), reason::kInvalidUri);
  EXPECT_EQ(Parsed("bucket"), reason::kInvalidUri);
}

TEST(Address, IsTakenFromTheHostInVirtualHostStyle) {
  EXPECT_EQ(Parsed("/a/b", "my.bucket.localhost:8000"), "my.bucket | a/b");
  EXPECT_EQ(Parsed("/", "Bucket.localhost"), "bucket | ");
  EXPECT_EQ(Parsed("/k", "bucket.s3.localhost:8000"), "bucket | k");
  EXPECT_EQ(Parsed("/k", "bucket.s3.us-east-1.amazonaws.com"), "bucket | k");
  EXPECT_EQ(Parsed("/bucket/k", "localhost:8000"), "bucket | k");
  EXPECT_EQ(Parsed("/bucket/k", "s3.localhost:8000"), "bucket | k");
  EXPECT_EQ(Parsed("/bucket/k", "s3.us-east-1.amazonaws.com"), "bucket | k");
  EXPECT_EQ(Parsed("/bucket/k", "[::1]:8000"), "bucket | k");
  EXPECT_EQ(Parsed("/bucket/k", ""), "bucket | k");
}

TEST(Address, OfS3ControlIsToldByPathAndHeader) {
  http::RequestHead head;
  head.path = "/v20180820/configuration/publicAccessBlock";
  head.headers = {{"Host", "444455556666.localhost:8000"}};
  EXPECT_EQ(ParseAddress(head)->account, std::nullopt);
  EXPECT_EQ(ParseAddress(head)->bucket, "444455556666");
  head.headers.emplace_back("X-Amz-Account-Id", "444455556666");
  auto address = ParseAddress(head);
  ASSERT_TRUE(address);
  EXPECT_EQ(address->account, "444455556666");
  EXPECT_EQ(address->key, "configuration/publicAccessBlock");
  EXPECT_EQ(address->bucket, "");
  head.path = "/v20180820";  // a bucket
  EXPECT_EQ(ParseAddress(head)->account, std::nullopt);
}

TEST(Query, KeepsParametersWithAndWithoutValues) {
  auto query = Query::Parse("uploads&prefix=a%2Fb+c&empty=&x=1=2&&x-id=PutObject");
  ASSERT_TRUE(query);
  EXPECT_TRUE(query->Has("uploads"));
  EXPECT_EQ(query->Get("prefix"), "a/b c");
  EXPECT_TRUE(query->Has("empty"));
  EXPECT_EQ(query->Get("x"), "1=2");
  EXPECT_FALSE(query->Has("absent"));
  EXPECT_FALSE(Query::Parse("a=%4"));
}

}  // namespace
}  // namespace dray::s3
