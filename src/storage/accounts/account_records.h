// SPDX-License-Identifier: Apache-2.0
// Keys and records of docs/formats/accounts.md. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "security/access/access.h"

namespace dray::accounts {

std::string MasterCheckKey();
std::string AccountKey(std::string_view account_id);
std::string AccountPrefix();
std::string CredentialsKey(std::string_view access_key);
std::string OwnedKey(std::string_view account_id, std::string_view access_key);
std::string OwnedPrefix(std::string_view account_id);

std::string EncodeAccount(const access::Account& account);
// `key` is an AccountKey.
base::Result<access::Account> DecodeAccount(std::string_view key, std::string_view record);

struct StoredCredentials {
  std::string account_id;
  std::string sealed_secret;  // secret_box.h, bound to its CredentialsKey
};
std::string EncodeCredentials(const StoredCredentials& credentials);
base::Result<StoredCredentials> DecodeCredentials(std::string_view record);

std::string EncodeOwned();
std::string EncodeMasterCheck(std::string_view sealed);
base::Result<std::string> DecodeMasterCheck(std::string_view record);  // the sealed text

}  // namespace dray::accounts
