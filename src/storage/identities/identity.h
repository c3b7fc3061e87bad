// SPDX-License-Identifier: Apache-2.0
// Users, roles, managed policies and access keys as values. Their bytes:
// docs/formats/identities.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dray::identities {

enum class Kind { kUser, kRole };

// A user or a role: what policies can hang on.
struct Identity {
  Kind kind = Kind::kUser;
  std::string account;
  std::string id;  // AIDA... or AROA..., never used again
  std::string name;
  std::string path = "/";
  int64_t created_at_micros = 0;
  std::string boundary_arn;  // of a managed policy, or empty
  std::map<std::string, std::string> tags;
  std::map<std::string, std::string> inline_policies;  // name -> JSON
  std::vector<std::string> attached;                   // ARNs of managed policies
  std::vector<std::string> access_keys;                // of users
  // Of roles:
  std::string trust_policy;
  std::string description;
  int64_t session_seconds_max = 3600;

  std::string Arn() const;
};

struct PolicyVersion {
  int64_t number = 1;
  int64_t created_at_micros = 0;
  std::string document;
};

struct ManagedPolicy {
  std::string account;  // "aws" for those that every account has
  std::string id;       // ANPA...
  std::string name;
  std::string path = "/";
  std::string description;
  int64_t created_at_micros = 0;
  int64_t updated_at_micros = 0;
  int64_t default_version = 1;
  int64_t last_version = 1;  // numbers are not used again
  std::map<std::string, std::string> tags;
  std::vector<PolicyVersion> versions;

  std::string Arn() const;
  const PolicyVersion* FindVersion(int64_t number) const;
};

struct AccessKey {
  std::string access_key;
  std::string account;
  std::string user_name;
  std::string user_id;
  bool is_active = true;
  int64_t created_at_micros = 0;
  std::string sealed_secret;
};

}  // namespace dray::identities
