// SPDX-License-Identifier: Apache-2.0
// Check: compile the policies, simulate the calls, and for every denied one ask each side that has
// to allow it. On a side that allows nothing, the Allow statement with the fewest elements that do
// not fit is the one that was meant.
#include "security/doctor/doctor.h"

#include <algorithm>

#include "security/doctor/configuration.h"
#include "security/doctor/diagnosis.h"
#include "security/doctor/policies.h"
#include "security/doctor/remedy.h"
#include "security/doctor/simulation.h"

namespace dray::doctor {

namespace {

using Type = policy::Principal::Type;

class Examination {
 public:
  Examination(const Facts& facts, const policy::Principal& caller)
      : facts_(facts), caller_(caller), policies_(facts, caller) {}

  Report Run() {
    report_.job = facts_.job;
    report_.unread = facts_.unread;
    for (const Malformed& malformed : policies_.malformed()) AddMalformed(malformed);
    bool is_set_up = true;
    for (Finding& finding : ExamineConfiguration(facts_, caller_)) {
      if (finding.severity == Severity::kError) is_set_up = false;
      Add(std::move(finding), nullptr);
    }
    for (const SimulatedCall& call : CallsOf(facts_, caller_)) Simulate(call);
    for (const Located& located : policies_.All())
      for (Finding& finding : Advise(located)) Add(std::move(finding), nullptr);
    Conclude(is_set_up);
    return std::move(report_);
  }

 private:
  void AddMalformed(const Malformed& malformed) {
    Finding finding;
    finding.severity = malformed.is_error ? Severity::kError : Severity::kWarning;
    finding.code = malformed.code;
    finding.where = malformed.where;
    finding.sentence = malformed.sentence;
    finding.fix = malformed.fix;
    Add(std::move(finding), nullptr);
  }

  void Simulate(const SimulatedCall& simulated) {
    Call call;
    call.name = simulated.name;
    call.action = simulated.request.action;
    call.resource = simulated.request.resource;
    call.need = simulated.need;
    const policy::PolicySet set = policies_.SetFor(simulated);
    call.decision = policy::Evaluate(simulated.request, set);
    call.is_open = call.is_allowed() && policies_.IsOpen(simulated);
    if (!call.is_allowed()) {
      const policy::RequestView view(simulated.request,
                                     !simulated.is_of_another && !facts_.boundaries.empty());
      if (call.decision.result == policy::Decision::Result::kExplicitlyDenied)
        ExplainDenies(view, simulated);
      else
        ExplainSilence(view, simulated, set, call.decision.deciding_side);
    }
    report_.calls.push_back(std::move(call));
  }

  static bool Fits(const Located& located, const policy::RequestView& view) {
    return located.statement.Match(view, nullptr) == policy::Mismatch::kNone;
  }

  void ExplainDenies(const policy::RequestView& view, const SimulatedCall& call) {
    for (const Located& located : policies_.StatementsFor(call))
      if (located.statement.is_deny && Fits(located, view))
        Add(DiagnoseDeny(located, view, facts_), &call);
  }

  std::vector<Located> AllowsOf(const SimulatedCall& call, Side side, size_t level = 0) const {
    std::vector<Located> allows;
    for (Located& located : policies_.StatementsFor(call))
      if (located.side == side && located.level == level && !located.statement.is_deny)
        allows.push_back(std::move(located));
    return allows;
  }

  static bool AnyFits(const std::vector<Located>& allows, const policy::RequestView& view) {
    return std::any_of(allows.begin(), allows.end(),
                       [&](const Located& located) { return Fits(located, view); });
  }

  // Nothing denies: the sides that have to allow and do not.
  void ExplainSilence(const policy::RequestView& view, const SimulatedCall& call,
                      const policy::PolicySet& set, const std::string& deciding_side) {
    if (deciding_side == "public_access_block") return ExplainPublic(set, call);
    if (deciding_side == "service_control") {
      for (size_t level = 0; level < policies_.levels(Side::kServiceControl); ++level) {
        auto allows = AllowsOf(call, Side::kServiceControl, level);
        if (!AnyFits(allows, view)) ExplainLimit(Side::kServiceControl, allows, view, call, level);
      }
      return;
    }
    const bool is_across = view.request.principal.account != view.request.resource_account;
    const bool resource_allows =
        set.resource && std::any_of(set.resource->statements().begin(),
                                    set.resource->statements().end(), [&](const auto& statement) {
                                      return !statement.is_deny && statement.Match(view, nullptr) ==
                                                                       policy::Mismatch::kNone;
                                    });
    const bool has_identity_side =
        !call.is_of_another && view.request.principal.type != Type::kRoot;
    if (has_identity_side) {
      // Within an account a resource policy that names the role stands for the identity policy.
      const bool is_named = !is_across && resource_allows && deciding_side != "identity";
      auto allows = AllowsOf(call, Side::kIdentity);
      const bool is_known = set.identity.size() == facts_.identity_policies.size();
      if (is_known && !is_named && deciding_side != "resource" && !AnyFits(allows, view))
        ExplainIdentity(allows, view, call, resource_allows);
      for (Side side : {Side::kBoundary, Side::kSession}) {
        if (!policies_.HasPolicies(side) || deciding_side == "resource") continue;
        auto limits = AllowsOf(call, side);
        if (!AnyFits(limits, view)) ExplainLimit(side, limits, view, call, 0);
      }
    }
    if (!resource_allows && (is_across || deciding_side == "resource")) ExplainResource(view, call);
  }

  void ExplainPublic(const policy::PolicySet& set, const SimulatedCall& call) {
    const size_t index = *set.resource->public_statement();
    std::string where = "bucket policy, statement " + std::to_string(index + 1);
    if (const std::string& sid = set.resource->statements()[index].sid; !sid.empty())
      where += " \"" + sid + '"';
    Add(Finding{.code = "public-policy-restricted",
                .where = std::move(where),
                .sentence = "It lets in everybody, which makes the whole bucket policy public, and "
                            "Block Public Access (RestrictPublicBuckets) then cuts off every other "
                            "account, also where another statement allows it.",
                .fix = "Name accounts or roles as its Principal; do not turn RestrictPublicBuckets "
                       "off."},
        &call);
  }

  static bool CoversAction(const std::vector<Located>& statements, std::string_view action) {
    return std::any_of(statements.begin(), statements.end(), [&](const Located& located) {
      const policy::Statement& statement = located.statement;
      return statement.actions.Contains(action) != statement.is_not_action;
    });
  }

  void ExplainIdentity(const std::vector<Located>& allows, const policy::RequestView& view,
                       const SimulatedCall& call, bool resource_allows) {
    if (CoversAction(allows, view.action)) return ExplainClosest(allows, view, call);
    const bool is_export = facts_.job == Job::kExport;
    const bool is_partial =
        view.action.starts_with("s3:") &&
        (is_export ? CoversAction(allows, "s3:putobject")
                   : CoversAction(allows, "s3:getobject") || CoversAction(allows, "s3:listbucket"));
    std::string but;
    if (resource_allows)
      but = std::string(call.resource == Side::kBucket ? "; the bucket policy does"
                                                       : "; the policy of the resource does") +
            ", but a caller needs the leave of its own account too";
    AddLacking({.code = is_partial ? "identity-lacks-action" : "no-identity-allow",
                .where = {},
                .before = "No identity policy of " + facts_.caller_arn + " allows ",
                .behind = but + ".",
                .fix = "Add an identity policy in account " + caller_.account + " that allows ",
                .resource = PatternFor(call)},
               call);
  }

  // A boundary, a session policy or an organization's level: it grants nothing, and has to allow.
  void ExplainLimit(Side side, const std::vector<Located>& allows, const policy::RequestView& view,
                    const SimulatedCall& call, size_t level) {
    if (CoversAction(allows, view.action)) return ExplainClosest(allows, view, call);
    struct Words {
      const char* code;
      const char* why;
    };
    const Words words = side == Side::kBoundary
                            ? Words{"boundary-silent",
                                    "a permissions boundary has to allow what an identity policy "
                                    "grants, also where a bucket policy names the role"}
                        : side == Side::kSession
                            ? Words{"session-policy-silent",
                                    "a session may only do what the policy allows that it was "
                                    "made with"}
                            : Words{"scp-silent",
                                    "every level of an organization's service control policies has "
                                    "to allow"};
    AddLacking({.code = words.code,
                .where = policies_.NameOf(side, level),
                .before = "It does not allow ",
                .behind = std::string(": ") + words.why + ".",
                .fix = side == Side::kSession
                           ? "Assume the role without a session policy, or with one that allows "
                           : "Let it allow ",
                .resource = PatternFor(call)},
               call);
  }

  // What a policy would name for this call.
  std::string PatternFor(const SimulatedCall& call) const {
    const std::string& resource = call.request.resource;
    const std::string bucket = resource.substr(0, resource.find('/'));
    if (!call.request.action.starts_with("s3:") || bucket == resource) {
      size_t run = resource.find("/01700000000000-");
      return run == std::string::npos ? resource : resource.substr(0, run) + "/*";
    }
    return bucket + "/" +
           (facts_.job == Job::kExport ? ExportFolder(facts_.prefix) : facts_.prefix) + "*";
  }

  // Actions that a side does not know at all: one finding for all of them.
  struct Lacking {
    std::string code, where, before, behind, fix, resource;
    std::vector<std::string> actions = {}, calls = {};
    bool is_needed = false;
  };
  void AddLacking(Lacking lacking, const SimulatedCall& call) {
    auto found = std::find_if(lacking_.begin(), lacking_.end(), [&](const Lacking& known) {
      return known.code == lacking.code && known.where == lacking.where &&
             known.resource == lacking.resource && known.behind == lacking.behind;
    });
    if (found == lacking_.end()) found = lacking_.insert(found, std::move(lacking));
    const std::string& action = call.request.action;
    if (std::find(found->actions.begin(), found->actions.end(), action) == found->actions.end())
      found->actions.push_back(action);
    found->calls.push_back(call.name);
    found->is_needed |= call.need == Need::kNeeded;
  }

  static std::string Listed(const std::vector<std::string>& names) {
    std::string text;
    for (size_t i = 0; i < names.size(); ++i)
      text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
    return text;
  }

  void TellLacking() {
    for (const Lacking& lacking : lacking_) {
      Finding finding{
          .severity = lacking.is_needed ? Severity::kError : Severity::kWarning,
          .code = lacking.code,
          .where = lacking.where,
          .calls = lacking.calls,
          .sentence = lacking.before + Listed(lacking.actions) + lacking.behind,
          .fix = lacking.fix + Listed(lacking.actions) + " on \"" + lacking.resource + "\"."};
      report_.findings.push_back(std::move(finding));
    }
  }

  void ExplainResource(const policy::RequestView& view, const SimulatedCall& call) {
    if (!call.resource || policies_.is_malformed(*call.resource)) return;  // said already
    auto allows = AllowsOf(call, *call.resource);
    if (!allows.empty()) return ExplainClosest(allows, view, call);
    Finding finding;
    const policy::Principal& principal = view.request.principal;
    const std::string& owner = view.request.resource_account;
    switch (*call.resource) {
      case Side::kTable:
        finding.code = "table-of-another-account";
        finding.sentence = "The table " + facts_.table_arn + " belongs to account " + owner +
                           ", the caller to " + principal.account +
                           ": exports and imports are for the table's own account.";
        finding.fix = "Ask as a principal of account " + owner + ".";
        break;
      case Side::kKey:
        finding.code = "no-key-policy-allow";
        finding.where = policies_.NameOf(Side::kKey);
        finding.sentence =
            "No key policy of " + facts_.kms_key + " allows " + view.request.action + ".";
        finding.fix =
            "Add to the key policy what " + GenerateCommand(facts_, caller_, "key") + " prints.";
        break;
      case Side::kTrust:
        finding.code = "no-trust";
        finding.where = policies_.NameOf(Side::kTrust);
        finding.sentence =
            "Nothing in the role's trust policy lets " + principal.arn + " assume it.";
        finding.fix = "Name \"" + principal.arn + "\" as a Principal of its trust policy.";
        break;
      default:
        finding.code = "no-bucket-policy";
        finding.where = policies_.NameOf(Side::kBucket);
        finding.sentence =
            finding.where.empty()
                ? "The bucket has no policy, so only its owner " + owner +
                      " can reach it; the caller is of account " + principal.account + "."
                : "The bucket policy has no Allow; its owner " + owner +
                      " alone can reach it, the caller is of account " + principal.account + ".";
        finding.fix = call.is_of_another
                          ? "Let a bucket policy allow " + view.request.action + " on \"" +
                                PatternFor(call) + "\" to " + principal.arn + "."
                          : "Put the policy on the bucket that " +
                                GenerateCommand(facts_, caller_, "bucket") + " prints.";
    }
    Add(std::move(finding), &call);
  }

  void ExplainClosest(const std::vector<Located>& allows, const policy::RequestView& view,
                      const SimulatedCall& call) {
    const Located* closest = nullptr;
    int fewest = 0;
    for (const Located& located : allows) {
      // Of two that are as close, the one that is about this caller.
      const Elements elements = MismatchesOf(located.statement, view);
      const int distance = 2 * elements.count() + (elements.principal ? 1 : 0);
      if (closest && distance >= fewest) continue;
      closest = &located;
      fewest = distance;
    }
    if (!closest) return;
    for (Finding& finding : DiagnoseAllow(*closest, view, facts_)) Add(std::move(finding), &call);
  }

  // What is found again for another call is one finding with more calls.
  void Add(Finding finding, const SimulatedCall* call) {
    if (call) finding.calls = {call->name};
    // AWS documents these as needed; the job itself goes through without them.
    if (call && call->need != Need::kNeeded) finding.severity = Severity::kWarning;
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

  void Conclude(bool is_set_up) {
    TellLacking();
    auto any_call = [&](auto test) {
      return std::any_of(report_.calls.begin(), report_.calls.end(), test);
    };
    const bool is_denied =
        any_call([](const Call& call) { return call.need == Need::kNeeded && !call.is_allowed(); });
    const bool is_open =
        any_call([](const Call& call) { return call.need == Need::kNeeded && call.is_open; });
    report_.verdict = is_denied || !is_set_up ? Verdict::kFails
                      : is_open               ? Verdict::kOpen
                                              : Verdict::kSucceeds;
    std::string missing;
    for (const Call& call : report_.calls)
      if (call.need == Need::kDocumented && !call.is_allowed() &&
          missing.find(call.action) == std::string::npos)
        missing += (missing.empty() ? "" : ", ") + call.action;
    if (report_.verdict != Verdict::kFails && !missing.empty())
      Add(Finding{.severity = Severity::kWarning,
                  .code = "below-documented-minimum",
                  .where = {},
                  .sentence = "The job goes through here, but with less than AWS documents as "
                              "needed: " +
                              missing + " is denied.",
                  .fix = "Allow it, too, if AWS itself runs the job."},
          nullptr);
    std::stable_sort(report_.findings.begin(), report_.findings.end(),
                     [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
  }

  const Facts& facts_;
  const policy::Principal& caller_;
  const Policies policies_;
  std::vector<Lacking> lacking_;
  Report report_;
};

}  // namespace

base::Result<Report> Check(const Facts& facts) {
  ASSIGN_OR_RETURN(auto caller, PrincipalOf(facts));
  return Examination(facts, caller).Run();
}

}  // namespace dray::doctor
