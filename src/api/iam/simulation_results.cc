// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "api/iam/simulation.h"
#include "base/text_encoding.h"
#include "security/policy/arn_pattern.h"
#include "security/policy/context_keys.h"
#include "security/policy/global_keys.h"
#include "security/policy/statement_positions.h"

namespace dray::iam {

namespace {

using Outcome = policy::Decision::Result;

// Statements that a page of results may look at; what is left goes to the next page.
constexpr size_t kStatementsMax = 50'000;

std::string_view NameOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAllowed:
      return "allowed";
    case Outcome::kExplicitlyDenied:
      return "explicitDeny";
    case Outcome::kImplicitlyDenied:
      return "implicitDeny";
  }
  return "";
}

// A policy of the set, in the order in which a decision's trace names their statements.
struct Source {
  const SimulatedPolicy* policy;
  std::string_view type;
  std::vector<policy::StatementPosition> positions;
};

class Evaluator {
 public:
  explicit Evaluator(const Simulation& simulation) : simulation_(simulation) {
    Add(simulation.identity, "IAM Policy", set_.identity);
    boundaries_begin_ = sources_.size();
    Add(simulation.boundaries, "IAM Policy", set_.boundaries);
    boundaries_end_ = sources_.size();
    std::vector<policy::DocumentRef> resource;
    Add(simulation.resource, "Resource Policy", resource);
    if (!resource.empty()) set_.resource = resource.front();
  }

  size_t statements() const { return statements_; }

  void Write(const std::string& action, const std::string& resource, xml::Writer& out) const {
    const policy::Request request = RequestOf(action, resource);
    const policy::Decision decision = policy::Evaluate(request, set_);
    out.Start("member").Leaf("EvalActionName", action).Leaf("EvalResourceName", resource);
    out.Leaf("EvalDecision", NameOf(decision.result));
    WriteDetails(request, decision, out);
    if (!simulation_.resources.empty()) {
      out.Start("ResourceSpecificResults").Start("member").Leaf("EvalResourceName", resource);
      out.Leaf("EvalResourceDecision", NameOf(decision.result));
      WriteDetails(request, decision, out);
      out.End().End();
    }
    out.End();
  }

 private:
  void Add(const std::vector<SimulatedPolicy>& policies, std::string_view type,
           std::vector<policy::DocumentRef>& documents) {
    for (const SimulatedPolicy& policy : policies) {
      sources_.push_back({&policy, type, policy::PositionsOfStatements(policy.json)});
      documents.push_back(policy.document);
      statements_ += policy.document->statements().size();
    }
  }

  policy::Request RequestOf(const std::string& action, const std::string& resource) const {
    policy::Request request;
    request.principal = simulation_.caller;
    request.action = action;
    request.resource = resource;
    const auto arn = policy::SplitArn(resource);
    request.resource_account = arn && policy::IsAccountId((*arn)[4]) ? std::string((*arn)[4])
                               : simulation_.resource_owner.empty()  ? simulation_.caller.account
                                                                     : simulation_.resource_owner;
    if (simulation_.knows_caller) policy::AddPrincipalKeys(request.principal, request.context);
    request.context.SetAll(simulation_.caller_tags);
    const auto* called_via = simulation_.given.FindLower("aws:calledvia");
    policy::AddCallChainKeys(called_via ? called_via->values : std::vector<std::string>(),
                             request.context);
    request.context.Set("aws:ResourceAccount", request.resource_account);
    request.context.SetAll(simulation_.given);
    return request;
  }

  // Calls `visit(source, statement, trace)` for each statement.
  template <class Visit>
  void ForEach(const policy::Decision& decision, Visit visit) const {
    size_t next = 0;
    for (const Source& source : sources_)
      for (size_t i = 0; i < source.policy->document->statements().size(); ++i)
        visit(source, i, decision.trace[next++]);
  }

  void WriteDetails(const policy::Request& request, const policy::Decision& decision,
                    xml::Writer& out) const {
    out.Start("MatchedStatements");
    ForEach(decision, [&](const Source& source, size_t i, const policy::StatementTrace& trace) {
      const bool decides =
          trace.applies && ((decision.result == Outcome::kAllowed && !trace.is_deny) ||
                            (decision.result == Outcome::kExplicitlyDenied && trace.is_deny));
      if (decides) WriteStatement(source, i, out);
    });
    out.End();
    WriteMissingKeys(request, decision, out);
    if (boundaries_end_ > boundaries_begin_)
      out.Start("PermissionsBoundaryDecisionDetail")
          .Leaf("AllowedByPermissionsBoundary", BoundaryAllows(decision) ? "true" : "false")
          .End();
  }

  static void WriteStatement(const Source& source, size_t index, xml::Writer& out) {
    out.Start("member").Leaf("SourcePolicyId", source.policy->id);
    out.Leaf("SourcePolicyType", source.type);
    if (index < source.positions.size()) {
      const auto write = [&](std::string_view name, policy::TextPosition at) {
        out.Start(name).Leaf("Line", std::to_string(at.line));
        out.Leaf("Column", std::to_string(at.column)).End();
      };
      write("StartPosition", source.positions[index].start);
      write("EndPosition", source.positions[index].end);
    }
    out.End();
  }

  // Of the statements that were about this request, the keys that nobody gave.
  void WriteMissingKeys(const policy::Request& request, const policy::Decision& decision,
                        xml::Writer& out) const {
    std::set<std::string> missing;
    ForEach(decision, [&](const Source& source, size_t i, const policy::StatementTrace& trace) {
      if (!trace.applies && trace.mismatch != "condition" && trace.mismatch != "resource") return;
      const policy::Document& document = *source.policy->document;
      for (std::string& key :
           policy::ContextKeysOf(document.statements()[i], document.has_variables()))
        if (request.context.Find(key) == nullptr) missing.insert(std::move(key));
    });
    out.Start("MissingContextValues");
    for (const std::string& key : missing) out.Leaf("member", key);
    out.End();
  }

  bool BoundaryAllows(const policy::Decision& decision) const {
    bool allows = false, denies = false;
    ForEach(decision, [&](const Source& source, size_t, const policy::StatementTrace& trace) {
      const auto at = static_cast<size_t>(&source - sources_.data());
      if (!trace.applies || at < boundaries_begin_ || at >= boundaries_end_) return;
      (trace.is_deny ? denies : allows) = true;
    });
    return allows && !denies;
  }

  const Simulation& simulation_;
  policy::PolicySet set_;
  std::vector<Source> sources_;
  size_t boundaries_begin_ = 0, boundaries_end_ = 0;
  size_t statements_ = 0;
};

}  // namespace

void WriteResults(const Simulation& simulation, xml::Writer& out) {
  const std::vector<std::string> everything = {"*"};
  const auto& resources = simulation.resources.empty() ? everything : simulation.resources;
  const size_t count = simulation.actions.size() * resources.size();
  const Evaluator evaluator(simulation);
  size_t next = simulation.first, looked_at = 0;
  out.Start("EvaluationResults");
  for (size_t written = 0;
       next < count && written < simulation.results_max && looked_at < kStatementsMax; ++written) {
    evaluator.Write(simulation.actions[next / resources.size()], resources[next % resources.size()],
                    out);
    looked_at += evaluator.statements();
    ++next;
  }
  out.End();
  out.Leaf("IsTruncated", next < count ? "true" : "false");
  if (next < count) out.Leaf("Marker", base::Base64Encode(std::to_string(next)));
}

}  // namespace dray::iam
