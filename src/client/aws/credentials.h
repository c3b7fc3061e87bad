// SPDX-License-Identifier: Apache-2.0
// Who signs, and for which region: AWS's environment variables and files, read as AWS's own clients
// read them. Pure but for the reader of files that it is given.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dray::aws {

struct Credentials {
  std::string access_key;
  std::string secret;
  std::string session_token;  // or empty
};

// The value of an environment variable; nullopt when unset. An empty value counts as unset.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment ProcessEnvironment();

// [section] with name = value lines; '#' and ';' begin comments, names in lower case. Lines that
// are indented belong to a value with members of its own and are left out.
using IniFile = std::map<std::string, std::map<std::string, std::string>>;
IniFile ParseIni(std::string_view text);

struct Identity {
  Credentials credentials;
  std::string region;       // empty: nothing says
  std::string ca_file;      // AWS_CA_BUNDLE, ca_bundle; or empty
  std::string description;  // where the credentials are from: "profile target"
};

struct IdentityOptions {
  std::string profile;           // --profile; empty: not given
  std::string credentials_file;  // instead of AWS's files: then nothing of the environment counts
};

// In the order of AWS's clients: --profile; AWS_ACCESS_KEY_ID and its secret; AWS_PROFILE; the
// profile `default`. A profile's keys may stand in either file, those of the credentials file win.
// The region: AWS_REGION, AWS_DEFAULT_REGION, the profile's. kInvalidArgument says what is missing
// and what can be done, also for profiles that need more than keys (roles, SSO, processes).
base::Result<Identity> FindIdentity(
    const IdentityOptions& options, const Environment& environment,
    const std::function<std::optional<std::string>(const std::string& path)>& read_file);

}  // namespace dray::aws
