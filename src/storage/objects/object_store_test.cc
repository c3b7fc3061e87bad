// SPDX-License-Identifier: Apache-2.0
#include "storage/objects/object_store.h"

#include <gtest/gtest.h>

namespace dray::objects {
namespace {

TEST(CheckBucketName, AcceptsWhatS3Accepts) {
  for (const char* name : {"abc", "my-bucket", "a.b.c", "123", "1.2.3", "export-444455556666"}) {
    EXPECT_TRUE(CheckBucketName(name)) << name;
  }
  EXPECT_TRUE(CheckBucketName(std::string(63, 'a')));
}

TEST(CheckBucketName, RefusesWhatS3Refuses) {
  for (const char* name : {"", "ab", "Abc", "a_b", "-abc", "abc-", ".abc", "a..b", "192.168.0.1",
                           "xn--abc", "_dray", "abc-s3alias", "a/b", "..", "caf\xc3\xa9"}) {
    auto status = CheckBucketName(name);
    ASSERT_FALSE(status) << name;
    EXPECT_EQ(status.error().reason, reason::kInvalidBucketName);
  }
  EXPECT_FALSE(CheckBucketName(std::string(64, 'a')));
}

TEST(CheckKey, AcceptsAnyUtf8UpTo1024Bytes) {
  for (const char* key :
       {"..", "../../etc/passwd", "//", "a//b", "/", "\x01", "\xf0\x9f\x8c\x8d"}) {
    EXPECT_TRUE(CheckKey(key)) << key;
  }
  EXPECT_TRUE(CheckKey(std::string(1024, 'k')));
  EXPECT_EQ(CheckKey(std::string(1025, 'k')).error().reason, reason::kKeyTooLong);
  EXPECT_EQ(CheckKey("").error().reason, reason::kInvalidKey);
  EXPECT_EQ(CheckKey("\xff").error().reason, reason::kInvalidKey);
}

}  // namespace
}  // namespace dray::objects
