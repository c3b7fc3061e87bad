// SPDX-License-Identifier: Apache-2.0
// Keys and records of docs/formats/identities.md. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "storage/identities/identity.h"

namespace dray::identities {

std::string IdentityPrefix(Kind kind, std::string_view account);
std::string IdentityKey(Kind kind, std::string_view account, std::string_view name);
std::string PolicyPrefix(std::string_view account);
std::string PolicyKey(std::string_view account, std::string_view name);
std::string AccessKeyKey(std::string_view access_key);

std::string EncodeIdentity(const Identity& identity);
base::Result<Identity> DecodeIdentity(Kind kind, std::string_view record);
std::string EncodePolicy(const ManagedPolicy& policy);
base::Result<ManagedPolicy> DecodePolicy(std::string_view record);
std::string EncodeAccessKey(const AccessKey& key);
base::Result<AccessKey> DecodeAccessKey(std::string_view record);

}  // namespace dray::identities
