// SPDX-License-Identifier: Apache-2.0
// The policies of one job, compiled, each at its place in the decision.
#pragma once

#include <string>
#include <vector>

#include "security/doctor/doctor.h"
#include "security/doctor/simulation.h"
#include "security/policy/document.h"

namespace dray::doctor {

// A statement and its place, for sentences.
struct Located {
  const policy::Statement& statement;
  Side side;
  size_t level;       // of an organization's policies
  std::string where;  // `bucket policy, statement 1 "Sid"`
};

// The code, sentence and fix of what cannot be compiled.
struct Malformed {
  std::string code, where, sentence, fix;
  bool is_error = true;
};

class Policies {
 public:
  // Facts without a policy for a side that is not unread have none there. `facts` outlives it.
  Policies(const Facts& facts, policy::Principal caller);

  const std::vector<Malformed>& malformed() const { return malformed_; }
  bool is_malformed(Side side) const;

  // What applies to a call. Sides that could not be read allow everything.
  policy::PolicySet SetFor(const SimulatedCall& call) const;
  // The verdict hangs on something that could not be read.
  bool IsOpen(const SimulatedCall& call) const;
  // Statements of everything that applies, in the order of the sides.
  std::vector<Located> StatementsFor(const SimulatedCall& call) const;
  std::vector<Located> All() const;

  bool HasPolicies(Side side) const;
  size_t levels(Side side) const;
  // Name of the first policy of a side: `permissions boundary 1`.
  std::string NameOf(Side side, size_t level = 0) const;

 private:
  struct Placed {
    policy::DocumentRef document;  // null: nothing to look at
    Side side;
    size_t level;
    std::string name;
  };
  void Compile(const NamedPolicy& policy, Side side, size_t level, std::string name);
  void CompileAll(const std::vector<NamedPolicy>& policies, Side side, const std::string& kind,
                  size_t level = 0);
  bool Applies(Side side, const SimulatedCall& call) const;
  bool IsUnread(Side side) const;
  static void AddStatements(const Placed& placed, std::vector<Located>& out);

  const Facts& facts_;
  const policy::Principal caller_;
  std::vector<Placed> placed_;
  std::vector<Malformed> malformed_;
  std::vector<Side> malformed_sides_;
};

}  // namespace dray::doctor
