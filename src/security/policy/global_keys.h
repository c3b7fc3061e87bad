// SPDX-License-Identifier: Apache-2.0
// The condition keys that follow from who asks and through which services, as AWS sets them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "security/policy/policy.h"

namespace dray::policy {

// aws:PrincipalArn (of a session the role's), PrincipalAccount, PrincipalType, userid, username,
// PrincipalIsAWSService, PrincipalServiceName and PrincipalServiceNamesList, as far as they exist
// for this kind of principal.
void AddPrincipalKeys(const Principal& principal, Context& context);

// aws:ViaAWSService, which always exists; for services that act for the principal, first to last,
// also aws:CalledVia, CalledViaFirst and CalledViaLast.
void AddCallChainKeys(const std::vector<std::string>& called_via, Context& context);

// Keys that AWS documents as sets, however many values a request has.
// About what the request asks for, not about who sends it or how: every key of a service, and the
// tags of the resource and of the request.
bool IsRequestKey(std::string_view lower_case_key);

bool IsMultivaluedKey(std::string_view lower_case_key);

}  // namespace dray::policy
