// SPDX-License-Identifier: Apache-2.0
// Accounts and their credentials in kv. Secrets are encrypted at rest (AES-256-GCM under a master
// key that is kept apart, DIR/keys/master.key): SigV4 needs them in clear. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "security/access/access.h"
#include "storage/kv/engine.h"

namespace dray::accounts {

namespace reason {
inline constexpr std::string_view kAccountExists = "account_exists";
}  // namespace reason

class Accounts : public access::CredentialSource {
 public:
  // `master_key`: 32 bytes. kCorruption when it is not the one the secrets were written with.
  static base::Result<std::unique_ptr<Accounts>> Open(kv::Engine& engine, const base::Clock& clock,
                                                      std::string master_key);
  // An account with new random root credentials. `account_id`: 12 digits.
  virtual base::Result<access::Credentials> Create(std::string_view account_id) = 0;
  virtual base::Result<std::vector<access::Account>> List() = 0;
  virtual base::Result<std::vector<access::Credentials>> CredentialsOf(
      std::string_view account_id) = 0;
};

}  // namespace dray::accounts
