// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "security/doctor/generate.h"
#include "security/policy/document.h"

namespace dray::doctor {

// S3's naming rules as far as they matter to an ARN.
bool IsBucketName(std::string_view name) {
  auto is_alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return name.size() >= 3 && name.size() <= 63 && is_alphanumeric(name.front()) &&
         is_alphanumeric(name.back()) && std::all_of(name.begin(), name.end(), [&](char c) {
           return is_alphanumeric(c) || c == '-' || c == '.';
         });
}

base::Result<std::string> GenerateSeedPolicy(std::string_view account_id, std::string_view bucket) {
  if (!policy::IsAccountId(account_id))
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "an account id has 12 digits: " + std::string(account_id)};
  if (!IsBucketName(bucket))
    return base::Error{
        base::ErrorKind::kInvalidArgument,
        "not a bucket name (3 to 63 of a-z, 0-9, '-' and '.'): " + std::string(bucket)};
  const std::string account(account_id);
  const std::string arn = "arn:aws:s3:::" + std::string(bucket);
  return R"({
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "AllowDynamoDBToWriteToS3",
      "Effect": "Allow",
      "Principal": {
        "AWS": ")" +
         account + R"("
      },
      "Action": [
        "s3:ListBucket",
        "s3:PutObject"
      ],
      "Resource": [
        ")" +
         arn + R"(",
        ")" +
         arn + R"(/*"
      ],
      "Condition": {
        "ForAnyValue:StringEquals": {
          "aws:CalledVia": "dynamodb.amazonaws.com"
        }
      }
    }
  ]
}
)";
}

}  // namespace dray::doctor
