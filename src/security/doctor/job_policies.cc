// SPDX-License-Identifier: Apache-2.0
// What AWS documents a job to need, for one principal, one table, one prefix and one key, and only
// through DynamoDB: aws:CalledVia is a key of every request, so that S3 takes it with each of the
// actions.
#include "format/json/json.h"
#include "security/doctor/generate.h"
#include "security/doctor/simulation.h"
#include "security/policy/arn_pattern.h"
#include "security/policy/principal.h"

namespace dray::doctor {

namespace {

base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message)};
}

std::string Field(const std::string& arn, size_t index) {
  auto fields = policy::SplitArn(arn);
  return fields ? std::string((*fields)[index]) : "";
}

// What is a wildcard or a variable in a policy, as plain text.
std::string Literal(const std::string& key) {
  std::string text;
  for (char c : key) {
    if (c == '*' || c == '?' || c == '$')
      text += std::string("${") + c + "}";
    else
      text += c;
  }
  return text;
}

// Two spaces a level.
std::string Indented(const std::string& compact) {
  std::string text;
  size_t depth = 0;
  bool is_in_string = false;
  auto new_line = [&] { text += "\n" + std::string(2 * depth, ' '); };
  for (size_t i = 0; i < compact.size(); ++i) {
    const char c = compact[i];
    if (is_in_string) {
      text += c;
      if (c == '\\') text += compact[++i];
      is_in_string = c != '"';
      continue;
    }
    switch (c) {
      case '"':
        is_in_string = true;
        text += c;
        break;
      case '{':
      case '[':
        text += c;
        ++depth;
        new_line();
        break;
      case '}':
      case ']':
        --depth;
        new_line();
        text += c;
        break;
      case ',':
        text += c;
        new_line();
        break;
      case ':':
        text += ": ";
        break;
      default:
        text += c;
    }
  }
  return text + "\n";
}

struct Statement {
  std::string sid;
  std::string principal;  // empty: none, in policies of identities
  std::vector<std::string> actions;
  std::string resource;
  enum class Limit { kNone, kThroughDynamoDb, kThroughS3 } limit = Limit::kNone;
};

class Generator {
 public:
  Generator(const JobAccess& access, policy::PrincipalEntry principal)
      : access_(access), principal_(std::move(principal)) {
    partition_ = Field(access.table_arn, 1);
    bucket_arn_ = "arn:" + partition_ + ":s3:::" + access.bucket;
    bucket_owner_ = access.bucket_owner.empty() ? principal_.account : access.bucket_owner;
    region_ = access.bucket_region.empty() ? Field(access.table_arn, 3) : access.bucket_region;
  }

  JobPolicies Generate() const {
    JobPolicies policies;
    const std::string principal = PrincipalText();
    if (bucket_owner_ != principal_.account) policies.bucket = Render(BucketStatements(principal));
    if (access_.principal != RootArn(principal_.account)) policies.identity = Render(Identity());
    if (!access_.kms_key.empty()) policies.key = Render(Key(principal));
    return policies;
  }

 private:
  using Limit = Statement::Limit;

  bool is_export() const { return access_.job == Job::kExport; }
  std::string RootArn(const std::string& account) const {
    return "arn:" + partition_ + ":iam::" + account + ":root";
  }

  // A session's role: its name alone stands in the session's ARN.
  std::string PrincipalText() const {
    if (principal_.form == policy::PrincipalEntry::Form::kAccount) return principal_.account;
    auto principal = policy::PrincipalOfArn(access_.principal);
    return principal->type == policy::Principal::Type::kAssumedRole ? policy::RoleArnOf(*principal)
                                                                    : principal->arn;
  }

  std::vector<Statement> BucketStatements(const std::string& principal) const {
    if (is_export())
      return {{"DynamoDBExportFrom" + principal_.account, principal, Writes(), Objects(),
               Limit::kThroughDynamoDb}};
    return {{"DynamoDBImportTo" + principal_.account,
             principal,
             {"s3:GetObject"},
             Objects(),
             Limit::kThroughDynamoDb},
            {"DynamoDBImportListTo" + principal_.account,
             principal,
             {"s3:ListBucket"},
             bucket_arn_,
             Limit::kThroughDynamoDb}};
  }

  static std::vector<std::string> Writes() {
    return {"s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"};
  }
  std::string Objects() const {
    return bucket_arn_ + "/" +
           Literal(is_export() ? ExportFolder(access_.prefix) : access_.prefix) + "*";
  }

  std::vector<Statement> Identity() const {
    std::vector<Statement> statements;
    const char* operation = is_export() ? "ExportTableToPointInTime" : "ImportTable";
    const char* describe = is_export() ? "DescribeExport" : "DescribeImport";
    statements.push_back(
        {"Start", "", {"dynamodb:" + std::string(operation)}, access_.table_arn, Limit::kNone});
    statements.push_back({"Follow",
                          "",
                          {"dynamodb:" + std::string(describe)},
                          access_.table_arn + (is_export() ? "/export/*" : "/import/*"),
                          Limit::kNone});
    if (is_export()) {
      statements.push_back({"Write", "", Writes(), Objects(), Limit::kThroughDynamoDb});
    } else {
      statements.push_back({"Read", "", {"s3:GetObject"}, Objects(), Limit::kThroughDynamoDb});
      statements.push_back({"List", "", {"s3:ListBucket"}, bucket_arn_, Limit::kThroughDynamoDb});
      AddLogs(statements);
    }
    if (!access_.kms_key.empty())
      statements.push_back(
          {is_export() ? "Encrypt" : "Decrypt", "", KeyUse(), access_.kms_key, Limit::kThroughS3});
    return statements;
  }

  // AWS writes the errors of an import to CloudWatch Logs, as the caller, too.
  void AddLogs(std::vector<Statement>& statements) const {
    const std::string group = "arn:" + partition_ + ":logs:" + Field(access_.table_arn, 3) + ":" +
                              principal_.account + ":log-group:/aws-dynamodb/*";
    statements.push_back({"Log",
                          "",
                          {"logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams",
                           "logs:PutLogEvents", "logs:PutRetentionPolicy"},
                          group,
                          Limit::kThroughDynamoDb});
    statements.push_back({"FindLog", "", {"logs:DescribeLogGroups"}, "*", Limit::kThroughDynamoDb});
  }

  std::vector<std::string> KeyUse() const {
    if (is_export()) return {"kms:Decrypt", "kms:GenerateDataKey"};
    return {"kms:Decrypt"};
  }

  // A key policy that does not name its own account locks everybody out. Within that account the
  // identity policy then does the rest.
  std::vector<Statement> Key(const std::string& principal) const {
    const std::string owner = Field(access_.kms_key, 4);
    std::vector<Statement> statements = {
        {"OwnAccount", RootArn(owner), {"kms:*"}, "*", Limit::kNone}};
    if (owner != principal_.account)
      statements.push_back(
          {(is_export() ? "DynamoDBExportFrom" : "DynamoDBImportTo") + principal_.account,
           principal, KeyUse(), "*", Limit::kThroughS3});
    return statements;
  }

  std::string Render(const std::vector<Statement>& statements) const {
    std::string text;
    json::Writer writer(text);
    writer.StartObject().Name("Version").String("2012-10-17").Name("Statement").StartArray();
    for (const Statement& statement : statements) {
      writer.StartObject().Name("Sid").String(statement.sid).Name("Effect").String("Allow");
      if (!statement.principal.empty())
        writer.Name("Principal").StartObject().Name("AWS").String(statement.principal).EndObject();
      writer.Name("Action");
      if (statement.actions.size() == 1) {
        writer.String(statement.actions.front());
      } else {
        writer.StartArray();
        for (const std::string& action : statement.actions) writer.String(action);
        writer.EndArray();
      }
      writer.Name("Resource").String(statement.resource);
      if (statement.limit != Limit::kNone) {
        const bool is_dynamodb = statement.limit == Limit::kThroughDynamoDb;
        writer.Name("Condition").StartObject();
        writer.Name(is_dynamodb ? "ForAnyValue:StringEquals" : "StringEquals").StartObject();
        writer.Name(is_dynamodb ? "aws:CalledVia" : "kms:ViaService");
        writer.String(is_dynamodb ? std::string(kService) : "s3." + region_ + ".amazonaws.com");
        writer.EndObject().EndObject();
      }
      writer.EndObject();
    }
    writer.EndArray().EndObject();
    return Indented(text);
  }

  const JobAccess& access_;
  const policy::PrincipalEntry principal_;
  std::string partition_, bucket_arn_, bucket_owner_, region_;
};

}  // namespace

base::Result<JobPolicies> GenerateJobPolicies(const JobAccess& access) {
  auto principal = policy::ParseAwsPrincipal(access.principal);
  const bool is_one = principal && (policy::IsAccountId(access.principal) ||
                                    policy::PrincipalOfArn(access.principal).has_value());
  if (!is_one)
    return Invalid("not an account id, nor the ARN of a root user, user, role or session: " +
                   access.principal);
  if (!IsBucketName(access.bucket))
    return Invalid("not a bucket name (3 to 63 of a-z, 0-9, '-' and '.'): " + access.bucket);
  if (!access.bucket_owner.empty() && !policy::IsAccountId(access.bucket_owner))
    return Invalid("the bucket's owner is an account id of 12 digits: " + access.bucket_owner);
  if (Field(access.table_arn, 2) != "dynamodb" ||
      !Field(access.table_arn, 5).starts_with("table/") || Field(access.table_arn, 3).empty())
    return Invalid("not the ARN of a table: " + access.table_arn);
  if (Field(access.table_arn, 4) != principal->account)
    return Invalid("the table " + access.table_arn + " is not of account " + principal->account +
                   ": exports and imports are for the table's own account");
  if (!access.kms_key.empty() &&
      (Field(access.kms_key, 2) != "kms" || !Field(access.kms_key, 5).starts_with("key/")))
    return Invalid("a key is named by its full ARN, arn:aws:kms:REGION:ACCOUNT:key/ID: " +
                   access.kms_key);
  return Generator(access, *std::move(principal)).Generate();
}

}  // namespace dray::doctor
