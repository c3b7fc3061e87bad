// SPDX-License-Identifier: Apache-2.0
// For tests that walk the table of operations.
#pragma once

#include <string>
#include <string_view>

namespace dray::dynamodb {

// A body that each operation accepts.
inline std::string BodyOf(std::string_view operation) {
  std::string table_arn = "arn:aws:dynamodb:us-east-1:111122223333:table/cities";
  std::string item = R"({"pk":{"S":"a"}})";
  std::string keys = R"("AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],)"
                     R"("KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],)"
                     R"("BillingMode":"PAY_PER_REQUEST")";
  if (operation == "BatchGetItem") return R"({"RequestItems":{"cities":{"Keys":[)" + item + "]}}}";
  if (operation == "BatchWriteItem") {
    return R"({"RequestItems":{"cities":[{"PutRequest":{"Item":)" + item + "}}]}}";
  }
  if (operation == "CreateTable") return R"({"TableName":"created",)" + keys + "}";
  if (operation == "PutItem") return R"({"TableName":"cities","Item":)" + item + "}";
  if (operation == "GetItem" || operation == "DeleteItem" || operation == "UpdateItem") {
    return R"({"TableName":"cities","Key":)" + item + "}";
  }
  if (operation == "Query") {
    return R"({"TableName":"cities","KeyConditionExpression":"pk = :p",)"
           R"("ExpressionAttributeValues":{":p":{"S":"a"}}})";
  }
  if (operation == "UpdateTable") {
    return R"({"TableName":"cities","DeletionProtectionEnabled":false})";
  }
  if (operation == "UpdateTimeToLive") {
    return R"({"TableName":"cities",)"
           R"("TimeToLiveSpecification":{"Enabled":true,"AttributeName":"ttl"}})";
  }
  if (operation == "ListTagsOfResource") return R"({"ResourceArn":")" + table_arn + "\"}";
  if (operation == "TagResource") {
    return R"({"ResourceArn":")" + table_arn + R"(","Tags":[{"Key":"k","Value":"v"}]})";
  }
  if (operation == "UntagResource") {
    return R"({"ResourceArn":")" + table_arn + R"(","TagKeys":["k"]})";
  }
  if (operation == "GetResourcePolicy" || operation == "DeleteResourcePolicy") {
    return R"({"ResourceArn":")" + table_arn + "\"}";
  }
  if (operation == "PutResourcePolicy") {
    return R"({"ResourceArn":")" + table_arn +
           R"(","Policy":"{\"Statement\":{\"Effect\":)"
           R"(\"Allow\",\"Principal\":{\"AWS\":\"444455556666\"},\"Action\":)"
           R"(\"dynamodb:DescribeTable\",\"Resource\":\"*\"}}"})";
  }
  if (operation == "UpdateContinuousBackups") {
    return R"({"TableName":"cities",)"
           R"("PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}})";
  }
  if (operation == "ExportTableToPointInTime") {
    return R"({"TableArn":")" + table_arn + R"(","S3Bucket":"bucket"})";
  }
  if (operation == "DescribeExport") {
    return R"({"ExportArn":")" + table_arn + R"(/export/01731672000123-1a2b3c4d"})";
  }
  if (operation == "DescribeImport") {
    return R"({"ImportArn":")" + table_arn + R"(/import/01731672000123-1a2b3c4d"})";
  }
  if (operation == "CreateBackup") return R"({"TableName":"cities","BackupName":"backup"})";
  std::string backup = R"("BackupArn":")" + table_arn + R"(/backup/01731672000123-1a2b3c4d")";
  if (operation == "DescribeBackup" || operation == "DeleteBackup") return "{" + backup + "}";
  if (operation == "RestoreTableFromBackup") {
    return "{" + backup + R"(,"TargetTableName":"restored"})";
  }
  if (operation == "RestoreTableToPointInTime") {
    return R"({"SourceTableName":"cities","TargetTableName":"restored",)"
           R"("UseLatestRestorableTime":true})";
  }
  if (operation == "ImportTable") {
    return R"({"ClientToken":"t","S3BucketSource":{"S3Bucket":"bucket"},)"
           R"("InputFormat":"DYNAMODB_JSON","TableCreationParameters":{"TableName":"created",)" +
           keys + "}}";
  }
  if (operation == "ListTables" || operation == "ListExports" || operation == "ListImports" ||
      operation == "ListBackups" || operation == "DescribeLimits" ||
      operation == "DescribeEndpoints") {
    return "{}";
  }
  return R"({"TableName":"cities"})";
}

}  // namespace dray::dynamodb
