// SPDX-License-Identifier: Apache-2.0
// Statements that deny a job, and those that do what nobody expects.
#include <algorithm>

#include "security/doctor/diagnosis.h"

namespace dray::doctor {

namespace {

using Form = policy::PrincipalEntry::Form;

// `StringNotEquals aws:RequestedRegion "eu-west-1"`, all lines of the statement.
std::string ConditionText(const policy::Statement& statement) {
  std::string text;
  for (const auto& line : statement.condition.lines()) {
    if (!text.empty()) text += " and ";
    text += line.operator_text() + " " + line.key();
    for (size_t i = 0; i < line.values().size() && i < 3; ++i)
      text += (i == 0 ? " " : ", ") + Quote(line.values()[i]);
  }
  return text;
}

// Of an organization: nobody in the account can change it.
std::string WhoCanChange(const Located& located) {
  return located.side == Side::kServiceControl || located.side == Side::kResourceControl
             ? " Only the organization's management account can change it."
             : "";
}

}  // namespace

Finding DiagnoseDeny(const Located& located, const policy::RequestView& view, const Facts& facts) {
  for (const auto& line : located.statement.condition.lines()) {
    const std::string& key = line.lower_key();
    bool is_absent = view.request.context.FindLower(key) == nullptr;
    if (IsNetworkKey(key) && is_absent &&
        (line.is_negated() || line.is_if_exists() || line.is_null_test()))
      return FindingAt(
          located, "deny-outside-network",
          "It denies every request whose " + line.key() +
              " is not the wanted one, and requests that DynamoDB makes do not have this "
              "key at all.",
          "Add \"Bool\": {\"aws:ViaAWSService\": \"false\"} to its Condition, so that it "
          "spares calls through services.");
    if (key == "aws:securetransport")
      return FindingAt(located, "deny-without-tls",
                       "It denies requests without TLS, and this one comes over plain HTTP.",
                       "Serve with --tls-cert and --tls-key; what DynamoDB itself writes is not "
                       "denied by it.");
    if (key == "aws:requestedregion")
      return FindingAt(
          located, "deny-region",
          "It denies requests to other regions than it names, and this one goes to " +
              view.request.context.FindLower(key)->values.front() +
              (view.request.action.starts_with("s3:") ? ", where the bucket is." : "."),
          "Add this region to it, or take a bucket in a region that it has." +
              WhoCanChange(located));
    if (key == "aws:principalorgid" || key == "aws:principalorgpaths")
      return FindingAt(located, "deny-outside-organization",
                       "It denies callers outside its organization, and the caller's account " +
                           view.request.principal.account +
                           (is_absent ? " is in none." : " is in another."),
                       "Except the account: \"StringNotEqualsIfExists\": "
                       "{\"aws:PrincipalAccount\": \"" +
                           view.request.principal.account + "\"}." + WhoCanChange(located));
    if (IsServiceCallKey(key) && is_absent)
      return FindingAt(located, "deny-without-source",
                       "It denies requests without the wanted " + line.key() +
                           ", a key that exports do not have.",
                       "Add \"Bool\": {\"aws:PrincipalIsAWSService\": \"true\"} to its Condition.");
    if (key == "s3:x-amz-server-side-encryption")
      return FindingAt(
          located, "deny-encryption",
          "It denies objects with another encryption than it wants; the export asks for " +
              EncryptionOf(facts) + ".",
          facts.has_kms_encryption ? "Export without S3SseAlgorithm=KMS, or relax it."
                                   : "Export with S3SseAlgorithm=KMS, or relax it.");
    if (key == "s3:x-amz-acl")
      return FindingAt(
          located, "deny-without-acl",
          "It denies objects without the wanted x-amz-acl header, which an export does "
          "not send.",
          "Remove it and set the bucket's object ownership to BucketOwnerEnforced.");
  }
  if (located.statement.is_not_principal)
    return FindingAt(
        located, "deny-not-principal",
        view.has_boundary
            ? "It denies all but its NotPrincipal, which never spares a caller with a "
              "permissions boundary, whatever it lists."
            : "It denies all but its NotPrincipal, which has to list account, role and "
              "session of the caller " +
                  view.request.principal.arn + " and does not.",
        "Use \"Principal\": \"*\" with \"ArnNotEquals\": {\"aws:PrincipalArn\": ...}.");
  const std::string condition = ConditionText(located.statement);
  return FindingAt(located, "deny",
                   "It denies " + view.request.action + " on " + view.request.resource +
                       (condition.empty() ? "" : ", as its condition holds (" + condition + ")") +
                       ", and a Deny beats every Allow.",
                   "Take this request out of the statement." + WhoCanChange(located));
}

std::vector<Finding> Advise(const Located& located) {
  const policy::Statement& statement = located.statement;
  std::vector<Finding> findings;
  auto add = [&](std::string code, std::string sentence, std::string fix) {
    findings.push_back(FindingAt(located, std::move(code), std::move(sentence), std::move(fix)));
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
