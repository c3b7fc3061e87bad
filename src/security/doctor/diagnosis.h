// SPDX-License-Identifier: Apache-2.0
// From one statement that does not do what a job needs to a sentence and a fix.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "security/doctor/doctor.h"
#include "security/doctor/policies.h"
#include "security/policy/document.h"

namespace dray::doctor {

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

// ---- what the files behind this header share

Finding FindingAt(const Located& located, std::string code, std::string sentence, std::string fix);
// One line of a Condition that does not hold.
Finding DiagnoseLine(const Located& located, const policy::ConditionLine& line,
                     const policy::RequestView& view, const Facts& facts);
// Keys of a request that comes from a network of the caller; DynamoDB's own requests have none.
bool IsNetworkKey(std::string_view lower_case_key);
// Keys that only requests of a service principal have.
bool IsServiceCallKey(std::string_view lower_case_key);
// The request is signed by whoever asks, not by a service in its name.
bool IsDirect(const policy::RequestView& view);
// `"x"`.
std::string Quote(std::string_view text);
// `"ForAnyValue:StringEquals": {"aws:CalledVia": "dynamodb.amazonaws.com"}`.
std::string GoodCalledVia();
// How the job asks for encryption: "aws:kms" or "AES256".
std::string EncryptionOf(const Facts& facts);

}  // namespace dray::doctor
