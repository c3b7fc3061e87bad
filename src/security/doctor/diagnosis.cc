// SPDX-License-Identifier: Apache-2.0
#include "security/doctor/diagnosis.h"

#include <algorithm>
#include <array>

#include "base/text_encoding.h"
#include "security/doctor/near_match.h"
#include "security/policy/explanation.h"

namespace dray::doctor {

namespace {

using Form = policy::PrincipalEntry::Form;

constexpr size_t kTypoDistanceMax = 2;

// Services that AWS documents as values of aws:CalledVia.
constexpr auto kCalledViaServices = std::to_array<std::string_view>({
    "aoss.amazonaws.com",
    "athena.amazonaws.com",
    "backup.amazonaws.com",
    "cloud9.amazonaws.com",
    "cloudformation.amazonaws.com",
    "databrew.amazonaws.com",
    "dataexchange.amazonaws.com",
    "dynamodb.amazonaws.com",
    "imagebuilder.amazonaws.com",
    "kms.amazonaws.com",
    "mgn.amazonaws.com",
    "nimble.amazonaws.com",
    "omics.amazonaws.com",
    "ram.amazonaws.com",
    "robomaker.amazonaws.com",
    "servicecatalog-appregistry.amazonaws.com",
    "sqlworkbench.amazonaws.com",
    "ssm-guiconnect.amazonaws.com",
});

// Keys of a request that comes from a network of the caller; DynamoDB's own requests have none.
bool IsNetworkKey(std::string_view key) {
  return key == "aws:sourcevpc" || key == "aws:sourcevpce" || key == "aws:vpcsourceip" ||
         key == "aws:sourceip";
}

bool IsServiceCallKey(std::string_view key) {
  return key == "aws:sourcearn" || key == "aws:sourceaccount" || key == "aws:sourceorgid" ||
         key == "aws:sourceorgpaths";
}

Finding Make(const Located& located, std::string code, std::string sentence, std::string fix) {
  Finding finding;
  finding.code = std::move(code);
  finding.where = located.where;
  finding.sentence = std::move(sentence);
  finding.fix = std::move(fix);
  return finding;
}

std::string Quote(std::string_view text) { return '"' + std::string(text) + '"'; }

// ---- principal

Finding DiagnosePrincipal(const Located& located, const policy::Principal& caller) {
  const auto& entries = located.statement.principals->entries();
  const std::string whole_account = "Write \"Principal\": {\"AWS\": \"" + caller.account + "\"}";
  const std::string& own = caller.role_arn.empty() ? caller.arn : caller.role_arn;
  for (const auto& entry : entries) {
    if (entry.form == Form::kService)
      return Make(located, "service-principal",
                  "Its Principal is the service " + entry.written +
                      ", but DynamoDB writes an export as the caller, " + caller.arn +
                      ", and never as a service principal.",
                  whole_account + " and keep the service to the condition aws:CalledVia.");
    if (entry.form == Form::kUniqueId)
      return Make(located, "deleted-principal",
                  "Its Principal " + Quote(entry.written) +
                      " is what is left of a user or role that was deleted; it matches nobody, "
                      "not even a new one of the same name.",
                  "Name the present principal: " + Quote(own) + ".");
  }
  const policy::PrincipalEntry* nearest = nullptr;
  for (const auto& entry : entries)
    if (base::EqualsIgnoreCase(entry.written, own) ||
        base::EqualsIgnoreCase(entry.written, caller.arn))
      nearest = &entry;
  if (nearest)
    return Make(located, "principal-case",
                "Its Principal " + Quote(nearest->written) + " differs from the caller " +
                    Quote(own) + " in upper and lower case, which counts.",
                "Write it as " + Quote(own) + ".");
  for (const auto& entry : entries)
    if (!entry.account.empty() && entry.account != caller.account) {
      size_t distance = EditDistance(entry.account, caller.account);
      if (distance <= kTypoDistanceMax)
        return Make(located, "account-typo",
                    "Its Principal names account " + entry.account + ", the caller's is " +
                        caller.account + ": probably a slip of the pen.",
                    whole_account + ".");
    }
  for (const auto& entry : entries)
    if (entry.account == caller.account) {
      auto name = [](std::string_view arn) { return arn.substr(arn.rfind('/') + 1); };
      bool is_path = name(entry.written) == name(own);
      return Make(located, is_path ? "principal-path" : "other-principal",
                  "Its Principal is " + Quote(entry.written) + ", the caller is " + Quote(own) +
                      (is_path ? ": the path differs." : "."),
                  "Name " + Quote(own) + " or the whole account " + Quote(caller.account) + ".");
    }
  return Make(located, "other-account",
              "Its Principal names " + Quote(entries.front().written) + ", the caller " +
                  caller.arn + " is of account " + caller.account + ".",
              whole_account + " if this account is meant to export.");
}

// ---- resource

Finding DiagnoseResource(const Located& located, const policy::RequestView& view,
                         const Facts& facts) {
  const std::string arn = "arn:aws:s3:::" + facts.bucket;
  const std::string objects = arn + "/*";
  const policy::ResourcePattern* own = nullptr;  // a pattern of this bucket
  for (const auto& pattern : located.statement.resources->patterns()) {
    std::string_view written = pattern.written();
    if (written == arn + "/")
      return Make(located, "trailing-slash",
                  "Its Resource " + Quote(written) +
                      " covers only an object without a name, not the objects of the bucket.",
                  "Write " + Quote(objects) + ".");
    if (auto key = pattern.FirstUnresolved(view.request.context); !key.empty())
      return Make(located, "variable-without-value",
                  "Its Resource " + Quote(written) + " depends on ${" + std::string(key) +
                      "}, which has no value in this request.",
                  "Write the value out, or give the variable a default.");
    if (written.starts_with(arn + "/") || written.starts_with(arn + "*")) own = &pattern;
  }
  if (own)
    return Make(
        located, "prefix-not-covered",
        "Its Resource " + Quote(own->written()) + " does not cover " + view.request.resource +
            ": an export writes below " +
            Quote((facts.prefix.empty() ? "" : facts.prefix + "/") + "AWSDynamoDB/") + ".",
        "Write " +
            Quote(arn + "/" + (facts.prefix.empty() ? "" : facts.prefix + "/") + "AWSDynamoDB/*") +
            ", or export with a prefix that it covers.");
  for (const auto& pattern : located.statement.resources->patterns())
    if (pattern.written() == arn)
      return Make(
          located, "bucket-arn-only",
          "Its Resource is the bucket " + Quote(arn) + " alone; objects are other resources.",
          "Add " + Quote(objects) + ".");
  return Make(located, "other-bucket",
              "Its Resource " + Quote(located.statement.resources->patterns().front().written()) +
                  " is not of the bucket " + facts.bucket + ".",
              "Write " + Quote(arn) + " and " + Quote(objects) + ".");
}

// ---- condition

Finding DiagnoseCalledVia(const Located& located, const policy::ConditionLine& line,
                          const Facts& facts) {
  const std::string good =
      "\"ForAnyValue:StringEquals\": {\"aws:CalledVia\": \"" + std::string(kExportService) + "\"}";
  if (facts.is_direct)
    return Make(located, "direct-call",
                "Its condition on aws:CalledVia wants a request that a service makes; a direct "
                "request does not have this key.",
                "Write through an export, or allow direct writes in a statement of their own.");
  if (line.qualifier() == policy::SetQualifier::kNone)
    return Make(located, "calledvia-without-qualifier",
                "Its condition " + line.operator_text() +
                    " stands without ForAnyValue:, but aws:CalledVia is a set of values, which a "
                    "plain operator never matches.",
                "Write " + good + ".");
  for (const std::string& value : line.values()) {
    if (base::EqualsIgnoreCase(value, kExportService))
      return Make(located, "calledvia-case",
                  "Its condition wants aws:CalledVia " + Quote(value) +
                      ": upper and lower case count, the service is " + Quote(kExportService) + ".",
                  "Write " + good + ".");
    if (value.find_first_of("*?") != std::string::npos && !line.has_wildcards())
      return Make(located, "wildcard-without-like",
                  "Its condition compares aws:CalledVia with " + Quote(value) + " by " +
                      line.operator_text() + ", in which '*' and '?' are plain characters.",
                  "Write " + good + ".");
  }
  for (const std::string& value : line.values())
    if (EditDistance(base::ToLower(value), kExportService) <= 2 * kTypoDistanceMax &&
        std::find(kCalledViaServices.begin(), kCalledViaServices.end(), value) ==
            kCalledViaServices.end())
      return Make(located, "calledvia-typo",
                  "Its condition wants aws:CalledVia " + Quote(value) + ", which is no service; " +
                      Quote(kExportService) + " is probably meant.",
                  "Write " + good + ".");
  return Make(located, "calledvia-other-service",
              "Its condition wants aws:CalledVia " + Quote(line.values().front()) +
                  ", an export comes from " + Quote(kExportService) + ".",
              "Write " + good + ".");
}

Finding DiagnoseLine(const Located& located, const policy::ConditionLine& line,
                     const policy::RequestView& view, const Facts& facts) {
  const std::string& key = line.lower_key();
  if (key == "aws:calledvia") return DiagnoseCalledVia(located, line, facts);
  if (key == "aws:viaawsservice" || key == "aws:calledviafirst" || key == "aws:calledvialast") {
    if (facts.is_direct)
      return Make(located, "direct-call",
                  "Its condition on " + line.key() +
                      " wants a request that a service makes; this "
                      "one is direct.",
                  "Write through an export, or allow direct writes in a statement of their own.");
  }
  if (IsServiceCallKey(key))
    return Make(located,
                key == "aws:sourcearn"       ? "source-arn-absent"
                : key == "aws:sourceaccount" ? "source-account-absent"
                                             : "source-org-absent",
                "Its condition wants " + line.key() +
                    ", a key that only requests of a service principal have; an export is written "
                    "in the name of the caller and has none.",
                "Remove it; limit the statement by Principal and by \"ForAnyValue:StringEquals\": "
                "{\"aws:CalledVia\": \"" +
                    std::string(kExportService) + "\"}.");
  if (IsNetworkKey(key))
    return Make(located, "network-key-absent",
                "Its condition wants " + line.key() +
                    ", but requests that DynamoDB makes come from no network of the caller.",
                "Add a statement for exports with \"ForAnyValue:StringEquals\": "
                "{\"aws:CalledVia\": \"" +
                    std::string(kExportService) + "\"} instead.");
  if (key == "s3:x-amz-acl")
    return Make(located, "acl-not-sent",
                "Its condition wants the header x-amz-acl, which an export does not send.",
                "Remove the condition and set the bucket's object ownership to "
                "BucketOwnerEnforced.");
  if (key == "s3:x-amz-server-side-encryption")
    return Make(located, "encryption-differs",
                "Its condition on s3:x-amz-server-side-encryption does not fit: the export asks "
                "for " +
                    std::string(facts.has_kms_encryption ? "aws:kms" : "AES256") + ".",
                facts.has_kms_encryption ? "Export without S3SseAlgorithm=KMS, or relax it."
                                         : "Export with S3SseAlgorithm=KMS, or relax it.");
  for (const std::string& value : line.values())
    if (value.find("${") != std::string::npos)
      return Make(located, "variable", "In " + line.Explain(view.request.context) + ".",
                  "Variables need \"Version\": \"2012-10-17\" and a value in the request.");
  std::string sentence = line.Explain(view.request.context) + ".";
  sentence.front() = 'I';
  return Make(located, "condition", std::move(sentence), "Change the condition, or drop it.");
}

}  // namespace

Elements MismatchesOf(const policy::Statement& statement, const policy::RequestView& view) {
  Elements elements;
  const policy::Principal& caller = view.request.principal;
  if (statement.principals)
    elements.principal = statement.is_not_principal
                             ? statement.principals->Excepts(caller, view.has_boundary)
                             : statement.principals->Match(caller) == policy::PrincipalMatch::kNone;
  elements.action = statement.actions.Contains(view.action) == statement.is_not_action;
  elements.resource =
      statement.resources && statement.resources->Contains(view.resource, view.request.context) ==
                                 statement.is_not_resource;
  elements.condition = !statement.condition.Matches(view.request.context);
  return elements;
}

std::vector<Finding> DiagnoseAllow(const Located& located, const policy::RequestView& view,
                                   const Facts& facts) {
  const Elements elements = MismatchesOf(located.statement, view);
  const std::string& action = view.request.action;
  std::vector<Finding> findings;
  if (elements.principal) findings.push_back(DiagnosePrincipal(located, view.request.principal));
  if (elements.action) {
    bool is_identity = located.side == Side::kIdentity;
    findings.push_back(
        Make(located, is_identity ? "identity-lacks-action" : "bucket-policy-lacks-action",
             "It is the closest statement, but " + action + " is not among its actions.",
             "Add " + Quote(action) + " to its Action."));
  }
  if (elements.resource) findings.push_back(DiagnoseResource(located, view, facts));
  if (elements.condition)
    for (const auto& line : located.statement.condition.lines())
      if (!line.Matches(view.request.context))
        findings.push_back(DiagnoseLine(located, line, view, facts));
  return findings;
}

Finding DiagnoseDeny(const Located& located, const policy::RequestView& view, const Facts& facts) {
  for (const auto& line : located.statement.condition.lines()) {
    const std::string& key = line.lower_key();
    bool is_absent = view.request.context.FindLower(key) == nullptr;
    if (IsNetworkKey(key) && is_absent &&
        (line.is_negated() || line.is_if_exists() || line.is_null_test()))
      return Make(located, "deny-outside-network",
                  "It denies every request whose " + line.key() +
                      " is not the wanted one, and requests that DynamoDB makes do not have this "
                      "key at all.",
                  "Add \"Bool\": {\"aws:ViaAWSService\": \"false\"} to its Condition, so that it "
                  "spares calls through services.");
    if (IsServiceCallKey(key) && is_absent)
      return Make(located, "deny-without-source",
                  "It denies requests without the wanted " + line.key() +
                      ", a key that exports do not have.",
                  "Add \"Bool\": {\"aws:PrincipalIsAWSService\": \"true\"} to its Condition.");
    if (key == "s3:x-amz-server-side-encryption")
      return Make(located, "deny-encryption",
                  "It denies objects with another encryption than it wants; the export asks for " +
                      std::string(facts.has_kms_encryption ? "aws:kms" : "AES256") + ".",
                  facts.has_kms_encryption ? "Export without S3SseAlgorithm=KMS, or relax it."
                                           : "Export with S3SseAlgorithm=KMS, or relax it.");
    if (key == "s3:x-amz-acl")
      return Make(located, "deny-without-acl",
                  "It denies objects without the wanted x-amz-acl header, which an export does "
                  "not send.",
                  "Remove it and set the bucket's object ownership to BucketOwnerEnforced.");
  }
  if (located.statement.is_not_principal)
    return Make(located, "deny-not-principal",
                "It denies all but its NotPrincipal, which has to list account, role and session "
                "of the caller " +
                    view.request.principal.arn + " and does not.",
                "Use \"Principal\": \"*\" with \"ArnNotEquals\": {\"aws:PrincipalArn\": ...}.");
  return Make(located, "deny",
              "It denies " + view.request.action + " on " + view.request.resource +
                  ", and a Deny beats every Allow.",
              "Take this request out of the statement.");
}

std::vector<Finding> Advise(const Located& located) {
  const policy::Statement& statement = located.statement;
  std::vector<Finding> findings;
  auto add = [&](std::string code, std::string sentence, std::string fix) {
    findings.push_back(Make(located, std::move(code), std::move(sentence), std::move(fix)));
    findings.back().severity = Severity::kWarning;
  };
  if (statement.is_not_principal)
    add("not-principal",
        "It uses NotPrincipal, which also hits every caller with a permissions boundary.",
        "Use \"Principal\": \"*\" with \"ArnNotEquals\": {\"aws:PrincipalArn\": ...}.");
  if (statement.is_not_action && !statement.is_deny)
    add("allow-not-action", "It allows every action but its NotAction.", "List the actions.");
  for (const auto& line : statement.condition.lines()) {
    if (!statement.is_deny && line.qualifier() == policy::SetQualifier::kForAllValues)
      add("for-all-values",
          "Its condition " + line.operator_text() + " " + line.key() +
              " also holds for requests without this key: direct calls pass.",
          "Use ForAnyValue:, or add \"Null\": {\"" + line.key() + "\": \"false\"}.");
    if (line.qualifier() == policy::SetQualifier::kForAnyValue && line.is_if_exists())
      add("for-any-value-if-exists",
          "AWS does not document what " + line.operator_text() + " does when the key is absent.",
          "Leave IfExists away.");
  }
  if (!statement.is_deny && statement.principals && !statement.is_not_principal &&
      std::any_of(statement.principals->entries().begin(), statement.principals->entries().end(),
                  [](const auto& entry) { return entry.form == Form::kEveryone; })) {
    bool has_calledvia =
        std::any_of(statement.condition.lines().begin(), statement.condition.lines().end(),
                    [](const auto& line) { return line.lower_key() == "aws:calledvia"; });
    if (has_calledvia)
      add("public-statement",
          "Its Principal is everyone, and S3 calls such a policy public even with a condition on "
          "aws:CalledVia: Block Public Access stops it and cuts all access across accounts.",
          "Name the exporting account as Principal.");
  }
  return findings;
}

}  // namespace dray::doctor
