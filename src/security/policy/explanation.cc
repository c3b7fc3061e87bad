// SPDX-License-Identifier: Apache-2.0
#include "security/policy/explanation.h"

#include <algorithm>

#include "security/policy/document.h"

namespace dray::policy {

namespace {

constexpr size_t kListedMax = 4;  // values of a list that a sentence names

template <class Items>
std::string List(const Items& items) {
  std::string text;
  for (size_t i = 0; i < items.size() && i < kListedMax; ++i)
    text += (i == 0 ? "\"" : ", \"") + items[i].written() + '"';
  if (items.size() > kListedMax)
    text += " and " + std::to_string(items.size() - kListedMax) + " more";
  return text;
}

std::string ListPrincipals(const PrincipalSet& set) {
  std::string text;
  const auto& entries = set.entries();
  for (size_t i = 0; i < entries.size() && i < kListedMax; ++i)
    text += (i == 0 ? "\"" : ", \"") + entries[i].written + '"';
  if (entries.size() > kListedMax)
    text += " and " + std::to_string(entries.size() - kListedMax) + " more";
  return text;
}

std::string PrincipalSentence(const RequestView& view, const Statement& statement) {
  std::string text =
      statement.is_not_principal ? "its NotPrincipal excepts " : "its Principal names ";
  text += ListPrincipals(*statement.principals) + ", the caller is " +
          PrincipalName(view.request.principal);
  return text;
}

std::string ResourceSentence(const RequestView& view, const Statement& statement) {
  std::string text = statement.is_not_resource ? "its NotResource (" : "its Resource (";
  text += List(statement.resources->patterns()) +
          (statement.is_not_resource ? ") covers " : ") does not cover ") + view.request.resource;
  for (const ResourcePattern& pattern : statement.resources->patterns())
    if (auto key = pattern.FirstUnresolved(view.request.context); !key.empty())
      return text + ", the variable ${" + std::string(key) + "} has no single value";
  return text;
}

std::string Sentence(const RequestView& view, const Statement& statement, Mismatch mismatch,
                     PrincipalMatch principal) {
  switch (mismatch) {
    case Mismatch::kPrincipal:
      return PrincipalSentence(view, statement);
    case Mismatch::kAction:
      return (statement.is_not_action ? "its NotAction (" : "its Action (") +
             List(statement.actions.patterns()) +
             (statement.is_not_action ? ") includes " : ") does not include ") +
             view.request.action;
    case Mismatch::kResource:
      return ResourceSentence(view, statement);
    case Mismatch::kCondition:
      return statement.condition.FirstMismatch(view.request.context)->Explain(view.request.context);
    case Mismatch::kNone:
      break;
  }
  if (statement.is_deny) return "it denies the request";
  if (principal == PrincipalMatch::kAccount &&
      view.request.principal.type != Principal::Type::kRoot)
    return "it leaves the request to the policies of account " + view.request.principal.account;
  return "it allows the request";
}

void TraceDocument(const RequestView& view, const DocumentRef& document, const std::string& name,
                   std::vector<StatementTrace>& out) {
  if (!document) return;
  size_t index = 0;
  for (const Statement& statement : document->statements()) {
    StatementTrace trace;
    PrincipalMatch principal = PrincipalMatch::kNone;
    Mismatch mismatch = statement.Match(view, &principal);
    trace.policy = name;
    trace.index = index++;
    trace.sid = statement.sid;
    trace.is_deny = statement.is_deny;
    trace.applies = mismatch == Mismatch::kNone;
    trace.mismatch = MismatchName(mismatch);
    trace.sentence = Sentence(view, statement, mismatch, principal);
    out.push_back(std::move(trace));
  }
}

void TraceList(const RequestView& view, const std::vector<DocumentRef>& documents,
               const std::string& name, std::vector<StatementTrace>& out) {
  for (size_t i = 0; i < documents.size(); ++i)
    TraceDocument(view, documents[i], name + " " + std::to_string(i + 1), out);
}

void TraceLevels(const RequestView& view, const std::vector<std::vector<DocumentRef>>& levels,
                 const std::string& name, std::vector<StatementTrace>& out) {
  for (size_t i = 0; i < levels.size(); ++i) {
    std::string prefix = levels.size() > 1 ? "level " + std::to_string(i + 1) + ", " : "";
    TraceList(view, levels[i], prefix + name, out);
  }
}

std::string ResourcePolicyName(const RequestView& view) {
  return view.action.starts_with("s3:") ? "bucket policy" : "resource policy";
}

std::string AccountName(const std::string& account) {
  return account == "anonymous" ? "nobody in particular" : "account " + account;
}

std::string SidInQuotes(const std::string& sid) { return sid.empty() ? "" : " \"" + sid + '"'; }

// `bucket policy, statement 2 "Sid": its Action ...`
std::string Line(const StatementTrace& trace) {
  std::string text = trace.policy + ", statement " + std::to_string(trace.index + 1);
  text += SidInQuotes(trace.sid);
  return text + (trace.is_deny ? " (Deny): " : ": ") + trace.sentence;
}

}  // namespace

std::vector<StatementTrace> TraceAll(const RequestView& view, const PolicySet& policies) {
  std::vector<StatementTrace> traces;
  TraceList(view, policies.identity, "identity policy", traces);
  TraceList(view, policies.boundaries, "permissions boundary", traces);
  TraceList(view, policies.session, "session policy", traces);
  TraceLevels(view, policies.service_control, "service control policy", traces);
  TraceLevels(view, policies.resource_control, "resource control policy", traces);
  TraceDocument(view, policies.resource, ResourcePolicyName(view), traces);
  return traces;
}

std::string_view SideName(std::string_view side) {
  if (side == "identity") return "identity policy";
  if (side == "resource") return "resource policy";
  if (side == "boundary") return "permissions boundary";
  if (side == "session") return "session policy";
  if (side == "service_control") return "service control policy";
  if (side == "resource_control") return "resource control policy";
  if (side == "public_access_block") return "Block Public Access";
  return side;
}

std::string PrincipalName(const Principal& principal) {
  if (principal.type == Principal::Type::kAnonymous) return "an anonymous caller";
  if (principal.type == Principal::Type::kService) return "the service " + principal.service;
  return principal.arn;
}

std::string ExplainDecision(const RequestView& view, const PolicySet& policies,
                            const Decision& decision,
                            const std::vector<std::string_view>& missing) {
  const Request& request = view.request;
  std::string what = PrincipalName(request.principal) +
                     (decision.is_allowed() ? " may " : " may not ") + request.action + " on " +
                     request.resource;
  std::string text = what + ": ";
  bool is_explicit = decision.result == Decision::Result::kExplicitlyDenied;
  if (decision.is_allowed()) {
    text += request.principal.type == Principal::Type::kRoot &&
                    request.principal.account == OwnerOf(request, policies)
                ? "a root user has every right in its own account, and nothing denies."
            : policies.acl_allows ? "an ACL or a statement allows it, and nothing denies."
                                  : "a statement allows it, and nothing denies.";
  } else if (is_explicit) {
    text += "an explicit Deny in the " + std::string(SideName(decision.deciding_side)) + ".";
  } else if (decision.deciding_side == "public_access_block") {
    // What the statements say no longer matters.
    size_t index = *policies.resource->public_statement();
    return text + "Block Public Access (RestrictPublicBuckets) lets in nobody but the bucket's " +
           "account and services, because the bucket policy is public: statement " +
           std::to_string(index + 1) + SidInQuotes(policies.resource->statements()[index].sid) +
           " lets in everybody.";
  } else {
    for (size_t i = 0; i < missing.size(); ++i)
      text += (i == 0 ? "no " : ", and no ") + std::string(SideName(missing[i])) + " allows it";
    text += '.';
    if (std::find(missing.begin(), missing.end(), "resource") != missing.end() &&
        std::none_of(decision.trace.begin(), decision.trace.end(),
                     [&](const auto& trace) { return trace.policy == ResourcePolicyName(view); }))
      text += " There is no " + ResourcePolicyName(view) + ".";
    if (!policies.object_owner.empty())
      return text + " The object belongs to " + AccountName(policies.object_owner) +
             ", which wrote it: a bucket policy cannot allow access to it, an ACL of the object "
             "can.";
  }
  for (const StatementTrace& trace : decision.trace) {
    // An explicit Deny is explained by itself; otherwise what fails to allow matters.
    bool is_of_interest = is_explicit || decision.is_allowed() ? trace.applies : !trace.is_deny;
    if (is_of_interest && (!is_explicit || trace.is_deny)) {
      std::string line = Line(trace);
      line.front() = static_cast<char>(line.front() - 'a' + 'A');
      text += " " + line + ".";
    }
  }
  return text;
}

}  // namespace dray::policy
