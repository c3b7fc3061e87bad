// SPDX-License-Identifier: Apache-2.0
// Lines of a Condition that a job's requests do not fit.
#include <algorithm>
#include <array>

#include "base/text_encoding.h"
#include "security/doctor/diagnosis.h"
#include "security/doctor/near_match.h"

namespace dray::doctor {

namespace {

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

// ---- condition

// A key that only requests have which a service makes.
Finding DiagnoseDirect(const Located& located, const policy::ConditionLine& line,
                       const policy::RequestView& view, const Facts& facts) {
  if (facts.way == Way::kRemoteTarget)
    return FindingAt(located, "remote-target-direct",
                     "Its condition on " + line.key() +
                         " wants a request that a service makes, but what a job sends to a remote "
                         "target is signed with the target's own credentials, " +
                         view.request.principal.arn + ", and comes from no service.",
                     "Allow these credentials in a statement of their own, without this "
                     "condition.");
  return FindingAt(located, "direct-call",
                   "Its condition on " + line.key() +
                       " wants a request that a service makes; a direct request does not have "
                       "this key.",
                   "Write through an export, or allow direct writes in a statement of their own.");
}

Finding DiagnoseCalledVia(const Located& located, const policy::ConditionLine& line,
                          const policy::RequestView& view, const Facts& facts) {
  const std::string good = GoodCalledVia();
  if (IsDirect(view)) return DiagnoseDirect(located, line, view, facts);
  if (line.qualifier() == policy::SetQualifier::kNone)
    return FindingAt(
        located, "calledvia-without-qualifier",
        "Its condition " + line.operator_text() +
            " stands without ForAnyValue:, but aws:CalledVia is a set of values, which a "
            "plain operator never matches.",
        "Write " + good + ".");
  for (const std::string& value : line.values()) {
    if (base::EqualsIgnoreCase(value, kService))
      return FindingAt(located, "calledvia-case",
                       "Its condition wants aws:CalledVia " + Quote(value) +
                           ": upper and lower case count, the service is " + Quote(kService) + ".",
                       "Write " + good + ".");
    if (value.find_first_of("*?") != std::string::npos && !line.has_wildcards())
      return FindingAt(located, "wildcard-without-like",
                       "Its condition compares aws:CalledVia with " + Quote(value) + " by " +
                           line.operator_text() + ", in which '*' and '?' are plain characters.",
                       "Write " + good + ".");
  }
  for (const std::string& value : line.values())
    if (EditDistance(base::ToLower(value), kService) <= 2 * kTypoDistanceMax &&
        std::find(kCalledViaServices.begin(), kCalledViaServices.end(), value) ==
            kCalledViaServices.end())
      return FindingAt(located, "calledvia-typo",
                       "Its condition wants aws:CalledVia " + Quote(value) +
                           ", which is no service; " + Quote(kService) + " is probably meant.",
                       "Write " + good + ".");
  return FindingAt(located, "calledvia-other-service",
                   "Its condition wants aws:CalledVia " + Quote(line.values().front()) +
                       ", an export comes from " + Quote(kService) + ".",
                   "Write " + good + ".");
}

}  // namespace

bool IsNetworkKey(std::string_view key) {
  return key == "aws:sourcevpc" || key == "aws:sourcevpce" || key == "aws:vpcsourceip" ||
         key == "aws:sourceip";
}

bool IsServiceCallKey(std::string_view key) {
  return key == "aws:sourcearn" || key == "aws:sourceaccount" || key == "aws:sourceorgid" ||
         key == "aws:sourceorgpaths";
}

bool IsDirect(const policy::RequestView& view) {
  return view.request.context.FindLower("aws:calledvia") == nullptr;
}

std::string GoodCalledVia() {
  return "\"ForAnyValue:StringEquals\": {\"aws:CalledVia\": \"" + std::string(kService) + "\"}";
}

std::string EncryptionOf(const Facts& facts) {
  return facts.has_kms_encryption ? "aws:kms" : "AES256";
}

Finding DiagnoseLine(const Located& located, const policy::ConditionLine& line,
                     const policy::RequestView& view, const Facts& facts) {
  const std::string& key = line.lower_key();
  const bool is_absent = view.request.context.FindLower(key) == nullptr;
  if (key == "aws:calledvia") return DiagnoseCalledVia(located, line, view, facts);
  if ((key == "aws:viaawsservice" || key == "aws:calledviafirst" || key == "aws:calledvialast") &&
      IsDirect(view))
    return DiagnoseDirect(located, line, view, facts);
  if (IsServiceCallKey(key))
    return FindingAt(
        located,
        key == "aws:sourcearn"       ? "source-arn-absent"
        : key == "aws:sourceaccount" ? "source-account-absent"
                                     : "source-org-absent",
        "Its condition wants " + line.key() +
            ", a key that only requests of a service principal have; a job acts in the name of "
            "its caller and has none.",
        "Remove it; limit the statement by Principal and by " + GoodCalledVia() + ".");
  if (key == "aws:sourceip" && is_absent && !IsDirect(view))
    return FindingAt(located, "network-key-absent",
                     "Its condition wants " + line.key() +
                         ", and AWS's own pages disagree whether requests that DynamoDB makes have "
                         "the caller's address (those of a Dray server have it).",
                     "Do not rely on it: add a statement for jobs with " + GoodCalledVia() + ".");
  if (IsNetworkKey(key) && is_absent)
    return FindingAt(
        located, "network-key-absent",
        "Its condition wants " + line.key() +
            (IsDirect(view) ? ", which this request is not known to have."
                            : ", but requests that DynamoDB makes come from no network of the "
                              "caller."),
        IsDirect(view) ? "Check with --context " + line.key() + "=... what it would be."
                       : "Add a statement for jobs with " + GoodCalledVia() + " instead.");
  if (key == "s3:x-amz-acl")
    return FindingAt(located, "acl-not-sent",
                     "Its condition wants the header x-amz-acl, which an export does not send.",
                     "Remove the condition and set the bucket's object ownership to "
                     "BucketOwnerEnforced.");
  if (key == "s3:x-amz-server-side-encryption")
    return FindingAt(located, "encryption-differs",
                     "Its condition on " + line.key() + " does not fit: the export asks for " +
                         EncryptionOf(facts) + ".",
                     facts.has_kms_encryption ? "Export without S3SseAlgorithm=KMS, or relax it."
                                              : "Export with S3SseAlgorithm=KMS, or relax it.");
  if (key == "aws:requestedregion")
    return FindingAt(located, "region-differs",
                     "Its condition on " + line.key() + " does not fit: the request goes to " +
                         view.request.context.FindLower(key)->values.front() + ".",
                     "Add this region to it, or take a bucket in a region that it has.");
  if (key == "aws:securetransport")
    return FindingAt(located, "tls-missing",
                     "Its condition wants TLS, and the caller's requests come over plain HTTP.",
                     "Serve with --tls-cert and --tls-key.");
  if (key.starts_with("aws:principalorg") && is_absent)
    return FindingAt(located, "organization-unknown",
                     "Its condition wants " + line.key() +
                         ", which callers outside any organization do not have.",
                     "Check with --context " + line.key() +
                         "=... when the caller's account is in one; otherwise name the account as "
                         "Principal.");
  for (const std::string& value : line.values())
    if (value.find("${") != std::string::npos)
      return FindingAt(located, "variable", "In " + line.Explain(view.request.context) + ".",
                       "Variables need \"Version\": \"2012-10-17\" and a value in the request.");
  std::string sentence = line.Explain(view.request.context) + ".";
  sentence.front() = 'I';
  return FindingAt(located, "condition", std::move(sentence), "Change the condition, or drop it.");
}

}  // namespace dray::doctor
