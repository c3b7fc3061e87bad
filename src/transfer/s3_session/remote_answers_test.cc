// SPDX-License-Identifier: Apache-2.0
#include "transfer/s3_session/remote_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "security/access/access.h"

namespace dray::s3_session {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

base::Error Refused(int status, const std::string& code, const std::string& message = "Said") {
  return ErrorOfRefusal({status, code, message}, {status, {{"X-Amz-Request-Id", "REQ1"}}, ""});
}

TEST(RemoteAnswers, RefusalsKeepTheirMeaningAndTheirWords) {
  EXPECT_EQ(Refused(404, "NoSuchBucket").reason, objects::reason::kNoSuchBucket);
  EXPECT_EQ(Refused(404, "NoSuchKey").reason, objects::reason::kNoSuchKey);
  EXPECT_EQ(Refused(404, "NoSuchUpload").reason, objects::reason::kNoSuchUpload);
  base::Error denied = Refused(403, "AccessDenied", "Access Denied");
  EXPECT_EQ(denied.reason, access::reason::kDenied);
  EXPECT_THAT(denied.message, StartsWith("Access Denied (Service: Amazon S3; Status Code: 403; "
                                         "Error Code: AccessDenied; Request ID: REQ1; S3 "));
  // Wrong credentials are the operator's mistake, not a policy.
  EXPECT_EQ(Refused(403, "InvalidAccessKeyId").kind, base::ErrorKind::kIo);
  EXPECT_EQ(Refused(403, "SignatureDoesNotMatch").reason, "");
}

TEST(RemoteAnswers, WhatIsNoTextOrTooLongIsNotPassedOn) {
  EXPECT_THAT(Refused(400, "Bad", "\xff\xfe").message, StartsWith("Bad (Service"));
  EXPECT_THAT(Refused(400, "Bad", std::string(5000, 'x')).message, SizeIs(::testing::Lt(400u)));
  EXPECT_THAT(Refused(400, "\xff", "").message, StartsWith("HTTP 400 (Service"));
}

TEST(RemoteAnswers, ACompletionTellsTheEtagOrIsNoneOfS3) {
  EXPECT_EQ(*ReadCompletion("<CompleteMultipartUploadResult><ETag>\"ab-1\"</ETag>"
                            "</CompleteMultipartUploadResult>"),
            "ab-1");
  EXPECT_FALSE(ReadCompletion("<html></html>").has_value());
  EXPECT_FALSE(ReadCompletion("").has_value());
}

TEST(RemoteAnswers, ListsAreDecoded) {
  auto uploads = ReadUploads(
      "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>a%2Bb+c"
      "</NextKeyMarker><NextUploadIdMarker>u2</NextUploadIdMarker><Upload><Key>a%2Bb+c%C3%A9</Key>"
      "<UploadId>u1</UploadId></Upload></ListMultipartUploadsResult>");
  ASSERT_TRUE(uploads.has_value());
  EXPECT_TRUE(uploads->is_truncated);
  EXPECT_EQ(uploads->next_key, "a+b c");
  EXPECT_EQ(uploads->uploads.at(0).key, "a+b c\xc3\xa9");
  EXPECT_EQ(uploads->uploads.at(0).upload_id, "u1");
  // It would be asked for the first page for ever.
  EXPECT_FALSE(ReadUploads("<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>"
                           "</ListMultipartUploadsResult>")
                   .has_value());
  auto objects = ReadObjects(
      "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>k%20</Key><Size>12</Size>"
      "<ETag>&quot;ab&quot;</ETag><LastModified>2026-11-23T13:00:00.000Z</LastModified></Contents>"
      "</ListBucketResult>");
  ASSERT_TRUE(objects.has_value()) << objects.error().message;
  EXPECT_EQ(objects->objects.at(0).key, "k ");
  EXPECT_EQ(objects->objects.at(0).etag, "ab");
  EXPECT_EQ(objects->objects.at(0).size_bytes, 12u);
  EXPECT_FALSE(ReadObjects("<ListBucketResult><Contents><Key>k</Key><Size>x</Size></Contents>"
                           "</ListBucketResult>")
                   .has_value());
}

TEST(RemoteAnswers, TheEtagOfAnUploadIsThatOfItsPartsDigests) {
  // MD5 of the 16 bytes of the MD5 of "".
  std::vector<objects::CompletePart> parts = {{1, "d41d8cd98f00b204e9800998ecf8427e"}};
  EXPECT_EQ(EtagOfParts(parts), "59adb24ef3cdbe0297f05b395827453f-1");
  EXPECT_THAT(RenderParts(parts),
              HasSubstr("<Part><PartNumber>1</PartNumber><ETag>&quot;d41d8cd98f00b204e9800998ecf842"
                        "7e&quot;</ETag></Part>"));
  EXPECT_THAT(RenderParts(parts), Not(HasSubstr("Checksum")));
}

}  // namespace
}  // namespace dray::s3_session
