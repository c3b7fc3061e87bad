// SPDX-License-Identifier: Apache-2.0
#include "security/doctor/configuration.h"

#include "security/doctor/simulation.h"
#include "security/policy/arn_pattern.h"

namespace dray::doctor {

namespace {

constexpr std::string_view kFullControl = "bucket-owner-full-control";
constexpr std::string_view kEnforced = "BucketOwnerEnforced";

class Configuration {
 public:
  Configuration(const Facts& facts, const policy::Principal& caller)
      : facts_(facts), caller_(caller) {}

  std::vector<Finding> Examine() {
    CheckOwner();
    CheckTable();
    CheckOwnership();
    CheckKey();
    CheckSettings();
    return std::move(findings_);
  }

 private:
  bool is_export() const { return facts_.job == Job::kExport; }
  const char* job() const { return is_export() ? "export" : "import"; }
  std::string WriterAccount() const {
    if (facts_.way != Way::kRemoteTarget) return caller_.account;
    auto arn = policy::SplitArn(facts_.remote_target_arn);
    return arn ? std::string((*arn)[4]) : "";
  }
  bool IsAcrossAccounts() const { return WriterAccount() != facts_.bucket_owner; }

  void Add(Severity severity, std::string code, std::string sentence, std::string fix) {
    Finding finding;
    finding.severity = severity;
    finding.code = std::move(code);
    finding.sentence = std::move(sentence);
    finding.fix = std::move(fix);
    findings_.push_back(std::move(finding));
  }

  void CheckOwner() {
    if (facts_.way == Way::kDirect && !facts_.s3_bucket_owner) return;
    const std::string sent = facts_.s3_bucket_owner.value_or(caller_.account);
    if (sent == facts_.bucket_owner) return;
    const std::string start = "The " + std::string(job());
    const std::string fix = "Name the owner: --s3-bucket-owner " + facts_.bucket_owner + ".";
    if (facts_.s3_bucket_owner)
      Add(Severity::kError, "bucket-owner-wrong",
          start + " expects the bucket to belong to " + sent + ", but its owner is " +
              facts_.bucket_owner + ": S3 answers 403 before it looks at any policy.",
          fix);
    else
      Add(Severity::kError, "bucket-owner-missing",
          start + " names no S3BucketOwner, so the caller's account " + sent +
              " is expected, but the bucket belongs to " + facts_.bucket_owner +
              ": S3 answers 403 before it looks at any policy.",
          fix);
  }

  // Whatever its resource policy says.
  void CheckTable() {
    auto table = policy::SplitArn(facts_.table_arn);
    if (!table || (*table)[4] == caller_.account || facts_.table_policy.empty()) return;
    Add(Severity::kError, "table-of-another-account",
        "The table belongs to account " + std::string((*table)[4]) + ", the caller to " +
            caller_.account + ": a resource policy of a table cannot open it to the " + job() +
            "s of other accounts.",
        "Ask as a principal of account " + std::string((*table)[4]) + ".");
  }

  void CheckOwnership() {
    if (!is_export() || facts_.object_ownership.empty()) return;
    const std::string fix = "Set the bucket's object ownership to BucketOwnerEnforced.";
    if (facts_.object_ownership == kEnforced) {
      if (facts_.acl && *facts_.acl != kFullControl)
        Add(Severity::kError, "acl-not-supported",
            "The bucket's object ownership is BucketOwnerEnforced, and the writer sends "
            "x-amz-acl " +
                *facts_.acl +
                ": S3 answers 400 AccessControlListNotSupported, \"The bucket does "
                "not allow ACLs\".",
            "Send no x-amz-acl, or bucket-owner-full-control.");
      return;
    }
    if (!IsAcrossAccounts()) return;
    const bool is_given_away =
        facts_.object_ownership == "BucketOwnerPreferred" && facts_.acl == kFullControl;
    if (!is_given_away)
      Add(Severity::kWarning, "owner-cannot-read",
          "The bucket's object ownership is " + facts_.object_ownership +
              ": what is exported will belong to account " + WriterAccount() +
              ", and the bucket's owner " + facts_.bucket_owner + " may not be able to read it.",
          fix);
  }

  void CheckKey() {
    if (!facts_.has_kms_encryption) return;
    const std::string& key = facts_.kms_key;
    const std::string wanted =
        "Use a customer managed key, by its full ARN, arn:aws:kms:" + BucketRegionOf(facts_) + ":" +
        facts_.bucket_owner + ":key/..., and let its policy name the caller.";
    const bool is_managed = key.empty() || key.ends_with("alias/aws/s3");
    auto arn = policy::SplitArn(key);
    if (is_managed) {
      if (IsAcrossAccounts())
        Add(Severity::kError, "kms-managed-key",
            std::string(key.empty()
                            ? "Without a key of its own the " + std::string(job()) + " uses "
                            : "The key is ") +
                "AWS's key aws/s3, which cannot be used across accounts: its policy cannot be "
                "changed.",
            wanted);
      return;
    }
    if (!arn || (*arn)[2] != "kms" || !(*arn)[5].starts_with("key/")) {
      if (IsAcrossAccounts())
        Add(Severity::kError, "kms-alias",
            "The key \"" + key +
                "\" is named without its account, or by an alias: such a name is "
                "looked up in the account of the caller, " +
                caller_.account + ".",
            wanted);
      else
        Add(Severity::kWarning, "kms-alias",
            "The key \"" + key +
                "\" is not named by its full ARN, so its policy was not looked at.",
            wanted);
      return;
    }
    if ((*arn)[3] != BucketRegionOf(facts_))
      Add(Severity::kError, "kms-region",
          "The key is in region " + std::string((*arn)[3]) + ", the bucket in " +
              BucketRegionOf(facts_) + ": a bucket is encrypted with keys of its own region.",
          wanted);
  }

  void CheckSettings() {
    if (facts_.has_requester_pays)
      Add(Severity::kError, "requester-pays",
          "The bucket is of the kind that its requesters pay for, which DynamoDB's jobs do not "
          "support.",
          "Turn Requester Pays off, or take another bucket.");
    if (is_export() && facts_.has_recovery == false)
      Add(Severity::kError, "recovery-off",
          "Point-in-time recovery of the table is off: the export is refused with "
          "PointInTimeRecoveryUnavailableException.",
          "Turn it on: aws dynamodb update-continuous-backups, or dray export --enable-pitr.");
    if (is_export() && facts_.has_object_lock)
      Add(Severity::kWarning, "object-lock",
          "The bucket has Object Lock: what a failed or repeated export leaves cannot be deleted "
          "before its retention ends.",
          "Take a bucket without a default retention for exports.");
    if (!facts_.vpc_endpoint_policy.empty() && facts_.way != Way::kDirect)
      Add(Severity::kWarning, "vpc-endpoint-policy",
          "The policy of a VPC endpoint counts for requests that pass it; those of DynamoDB to the "
          "bucket do not, so it neither allows nor stops the " +
              std::string(job()) + ".",
          "Limit the job in the identity policy or in the bucket policy.");
  }

  const Facts& facts_;
  const policy::Principal& caller_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> ExamineConfiguration(const Facts& facts, const policy::Principal& caller) {
  return Configuration(facts, caller).Examine();
}

}  // namespace dray::doctor
