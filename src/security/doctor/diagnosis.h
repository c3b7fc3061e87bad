// SPDX-License-Identifier: Apache-2.0
// From one statement that does not do what an export needs to a sentence and a fix.
#pragma once

#include <string>
#include <vector>

#include "security/doctor/doctor.h"
#include "security/policy/document.h"

namespace dray::doctor {

enum class Side { kIdentity, kBucket };

// A statement and its place, for sentences.
struct Located {
  const policy::Statement& statement;
  Side side;
  std::string where;  // `bucket policy, statement 1 "Sid"`
};

// Which of its four elements a request does not fit; each is looked at by itself.
struct Elements {
  bool principal = false;
  bool action = false;
  bool resource = false;
  bool condition = false;
  int count() const { return principal + action + resource + condition; }
};
Elements MismatchesOf(const policy::Statement& statement, const policy::RequestView& view);

// Why an Allow does not apply: one finding for each element that does not fit.
std::vector<Finding> DiagnoseAllow(const Located& located, const policy::RequestView& view,
                                   const Facts& facts);

// Why a Deny applies.
Finding DiagnoseDeny(const Located& located, const policy::RequestView& view, const Facts& facts);

// What is wrong or risky with a statement whether or not it denies anything.
std::vector<Finding> Advise(const Located& located);

// The value of aws:CalledVia in an export.
inline constexpr std::string_view kExportService = "dynamodb.amazonaws.com";

}  // namespace dray::doctor
