// SPDX-License-Identifier: Apache-2.0
// Check: compile the policies, simulate the calls, and for every denied one ask both sides. On a
// side that allows nothing, the Allow statement with the fewest elements that do not fit is the one
// that was meant.
#include "security/doctor/doctor.h"

#include <algorithm>

#include "security/doctor/diagnosis.h"
#include "security/doctor/malformed_policy.h"
#include "security/doctor/simulation.h"
#include "security/policy/document.h"

namespace dray::doctor {

namespace {

using policy::DocumentKind;
using policy::DocumentRef;

// Bucket policies of S3 have at most 20 KB.
constexpr size_t kBucketPolicyBytesMax = 20480;

std::string Where(const std::string& document, size_t index, const policy::Statement& statement) {
  std::string text = document + ", statement " + std::to_string(index + 1);
  return statement.sid.empty() ? text : text + " \"" + statement.sid + '"';
}

std::string WithoutPeriod(std::string message) {
  if (message.ends_with('.')) message.pop_back();
  return message;
}

class Examination {
 public:
  Examination(const Facts& facts, policy::Principal caller)
      : facts_(facts), caller_(std::move(caller)) {}

  Report Run() {
    Compile();
    CheckOwner();
    for (const SimulatedCall& call : CallsOfExport(facts_, caller_)) Simulate(call);
    for (const Located& located : All()) {
      for (Finding& finding : Advise(located)) Add(std::move(finding), {});
    }
    report_.succeeds = is_owner_right_ && std::all_of(report_.calls.begin(), report_.calls.end(),
                                                      [](const Call& call) {
                                                        return !call.is_needed || call.is_allowed();
                                                      });
    Finish();
    return std::move(report_);
  }

 private:
  bool IsCrossAccount() const { return caller_.account != facts_.bucket_owner; }
  bool HasIdentitySide() const { return caller_.type != policy::Principal::Type::kRoot; }

  void Compile() {
    if (!facts_.bucket_policy.empty()) {
      auto document = policy::Document::Parse(facts_.bucket_policy, DocumentKind::kResource,
                                              kBucketPolicyBytesMax);
      if (document) {
        policies_.resource = *document;
        if (auto valid = policy::ValidateBucketPolicy(**document, facts_.bucket); !valid)
          AddAdvice("bucket-policy-refused", "bucket policy",
                    "S3 refuses to store this policy: MalformedPolicy, \"" + valid.error().message +
                        "\".",
                    "Correct it before it is put on the bucket.");
      } else {
        is_bucket_policy_unreadable_ = true;
        Finding finding;
        finding.code = "bucket-policy-malformed";
        finding.where = "bucket policy";
        finding.sentence = "It cannot be read: " + WithoutPeriod(document.error().message);
        if (std::string detail = InvalidPrincipalIn(facts_.bucket_policy); !detail.empty())
          finding.sentence += " (" + detail + ")";
        finding.sentence += "; a bucket with this policy is a bucket without one.";
        finding.fix = "Correct it; `dray policy generate --seed ACCOUNT BUCKET` prints a good one.";
        Add(std::move(finding), {});
      }
    }
    for (size_t i = 0; i < facts_.identity_policies.size(); ++i) {
      auto document = policy::Document::Parse(facts_.identity_policies[i], DocumentKind::kIdentity);
      if (document) {
        policies_.identity.push_back(*document);
        continue;
      }
      Finding finding;
      finding.code = "identity-policy-malformed";
      finding.where = "identity policy " + std::to_string(i + 1);
      finding.sentence = "It cannot be read: " + WithoutPeriod(document.error().message) + ".";
      finding.fix = "Correct it; until then it allows nothing.";
      Add(std::move(finding), {});
      policies_.identity.push_back(nullptr);
    }
  }

  void CheckOwner() {
    if (facts_.is_direct && !facts_.s3_bucket_owner) return;
    const std::string sent = facts_.s3_bucket_owner.value_or(caller_.account);
    if (sent == facts_.bucket_owner) return;
    is_owner_right_ = false;
    Finding finding;
    finding.code = facts_.s3_bucket_owner ? "bucket-owner-wrong" : "bucket-owner-missing";
    finding.sentence = facts_.s3_bucket_owner
                           ? "The export expects the bucket to belong to " + sent +
                                 ", but its owner is " + facts_.bucket_owner +
                                 ": S3 answers 403 before it looks at any policy."
                           : "The export names no S3BucketOwner, so the caller's account " + sent +
                                 " is expected, but the bucket belongs to " + facts_.bucket_owner +
                                 ": S3 answers 403 before it looks at any policy.";
    finding.fix = "Export with --s3-bucket-owner " + facts_.bucket_owner + ".";
    Add(std::move(finding), {});
  }

  void Simulate(const SimulatedCall& simulated) {
    Call call;
    call.name = simulated.name;
    call.action = simulated.request.action;
    call.resource = simulated.request.resource;
    call.is_needed = simulated.is_needed;
    call.decision = policy::Evaluate(simulated.request, policies_);
    if (!call.is_allowed()) {
      const policy::RequestView view(simulated.request, false);
      if (call.decision.result == policy::Decision::Result::kExplicitlyDenied)
        ExplainDenies(view, simulated);
      else
        ExplainSilence(view, simulated);
    }
    report_.calls.push_back(std::move(call));
  }

  std::vector<Located> Statements(Side side) const {
    std::vector<Located> all;
    auto add = [&](const DocumentRef& document, const std::string& name) {
      if (!document) return;
      for (size_t i = 0; i < document->statements().size(); ++i) {
        const policy::Statement& statement = document->statements()[i];
        all.push_back({statement, side, Where(name, i, statement)});
      }
    };
    if (side == Side::kBucket) {
      add(policies_.resource, "bucket policy");
    } else if (HasIdentitySide()) {
      for (size_t i = 0; i < policies_.identity.size(); ++i)
        add(policies_.identity[i], "identity policy " + std::to_string(i + 1));
    }
    return all;
  }

  std::vector<Located> All() const {
    std::vector<Located> all = Statements(Side::kIdentity);
    for (Located& located : Statements(Side::kBucket)) all.push_back(std::move(located));
    return all;
  }

  void ExplainDenies(const policy::RequestView& view, const SimulatedCall& call) {
    for (const Located& located : All())
      if (located.statement.is_deny &&
          located.statement.Match(view, nullptr) == policy::Mismatch::kNone)
        Add(DiagnoseDeny(located, view, facts_), call);
  }

  // Nothing denies: the sides that have to allow and do not.
  void ExplainSilence(const policy::RequestView& view, const SimulatedCall& call) {
    bool bucket_allows = Allows(Side::kBucket, view);
    bool identity_allows = !HasIdentitySide() || Allows(Side::kIdentity, view);
    // Within an account one of both is enough; the identity side is where to grant.
    if (!identity_allows) ExplainIdentity(view, call, bucket_allows);
    if (!bucket_allows && IsCrossAccount()) ExplainBucket(view, call);
  }

  bool Allows(Side side, const policy::RequestView& view) const {
    for (const Located& located : Statements(side))
      if (!located.statement.is_deny &&
          located.statement.Match(view, nullptr) == policy::Mismatch::kNone)
        return true;
    return false;
  }

  void ExplainIdentity(const policy::RequestView& view, const SimulatedCall& call,
                       bool bucket_allows) {
    const std::vector<Located> statements = Statements(Side::kIdentity);
    auto allows_action = [&](std::string_view lower_case_action) {
      return std::any_of(statements.begin(), statements.end(), [&](const Located& located) {
        const policy::Statement& statement = located.statement;
        return !statement.is_deny &&
               statement.actions.Contains(lower_case_action) != statement.is_not_action;
      });
    };
    if (allows_action(view.action)) return ExplainClosest(statements, view, call);
    Finding finding;
    finding.code = allows_action("s3:putobject") ? "identity-lacks-action" : "no-identity-allow";
    finding.sentence = "No identity policy of " + caller_.arn + " allows " + call.request.action +
                       (bucket_allows ? "; the bucket policy does, but a caller needs the leave "
                                        "of its own account too."
                                      : ".");
    finding.fix = "Add an identity policy in account " + caller_.account + " that allows " +
                  "s3:PutObject, s3:PutObjectAcl and s3:AbortMultipartUpload on \"arn:aws:s3:::" +
                  facts_.bucket + "/*\".";
    Add(std::move(finding), call);
  }

  void ExplainBucket(const policy::RequestView& view, const SimulatedCall& call) {
    const std::vector<Located> statements = Statements(Side::kBucket);
    if (std::any_of(statements.begin(), statements.end(),
                    [](const Located& located) { return !located.statement.is_deny; }))
      return ExplainClosest(statements, view, call);
    if (is_bucket_policy_unreadable_) return;  // said already
    Finding finding;
    finding.code = policies_.resource ? "bucket-policy-allows-nothing" : "no-bucket-policy";
    finding.sentence = policies_.resource
                           ? "The bucket policy has no Allow statement, and account " +
                                 caller_.account + " is not the bucket's owner."
                           : "The bucket has no policy, so only its owner " + facts_.bucket_owner +
                                 " can reach it; the caller is of account " + caller_.account + ".";
    finding.fix = "Put the policy on the bucket that `dray policy generate --seed " +
                  caller_.account + " " + facts_.bucket + "` prints.";
    Add(std::move(finding), call);
  }

  void ExplainClosest(const std::vector<Located>& statements, const policy::RequestView& view,
                      const SimulatedCall& call) {
    const Located* closest = nullptr;
    int fewest = 0;
    for (const Located& located : statements) {
      if (located.statement.is_deny) continue;
      int count = MismatchesOf(located.statement, view).count();
      if (closest && count >= fewest) continue;
      closest = &located;
      fewest = count;
    }
    if (!closest) return;
    for (Finding& finding : DiagnoseAllow(*closest, view, facts_)) Add(std::move(finding), call);
  }

  // What is found again for another call is one finding with more calls.
  void Add(Finding finding, const SimulatedCall& call) {
    if (!call.name.empty()) finding.calls = {call.name};
    // AWS documents these as needed; the export itself goes through without them.
    if (!call.name.empty() && !call.is_needed) finding.severity = Severity::kWarning;
    for (Finding& known : report_.findings) {
      bool is_same =
          known.code == finding.code && known.where == finding.where && known.fix == finding.fix;
      if (!is_same) continue;
      known.calls.insert(known.calls.end(), finding.calls.begin(), finding.calls.end());
      if (finding.severity == Severity::kError) known.severity = Severity::kError;
      return;
    }
    report_.findings.push_back(std::move(finding));
  }

  void AddAdvice(std::string code, std::string where, std::string sentence, std::string fix) {
    Finding finding;
    finding.severity = Severity::kWarning;
    finding.code = std::move(code);
    finding.where = std::move(where);
    finding.sentence = std::move(sentence);
    finding.fix = std::move(fix);
    Add(std::move(finding), {});
  }

  void Finish() {
    bool lacks_documented_actions =
        report_.succeeds && std::any_of(report_.calls.begin(), report_.calls.end(),
                                        [](const Call& call) { return !call.is_allowed(); });
    if (lacks_documented_actions)
      AddAdvice("below-documented-minimum", "",
                "The export goes through, but with less than AWS documents as needed "
                "(s3:PutObject, s3:PutObjectAcl and s3:AbortMultipartUpload).",
                "Add the missing actions if AWS itself writes the export.");
    std::stable_sort(report_.findings.begin(), report_.findings.end(),
                     [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
  }

  const Facts& facts_;
  const policy::Principal caller_;
  policy::PolicySet policies_;
  bool is_bucket_policy_unreadable_ = false;
  bool is_owner_right_ = true;
  Report report_;
};

}  // namespace

base::Result<Report> Check(const Facts& facts) {
  ASSIGN_OR_RETURN(auto caller, PrincipalOf(facts));
  return Examination(facts, std::move(caller)).Run();
}

}  // namespace dray::doctor
