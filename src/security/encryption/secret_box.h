// SPDX-License-Identifier: Apache-2.0
// Authenticated encryption of short secrets: AES-256-GCM, in OpenSSL. Stateless.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "security/encryption/key_file.h"

namespace dray::encryption {

// What a box is longer than its secret: nonce and tag.
inline constexpr size_t kBoxOverheadBytes = 12 + 16;

// nonce (12 random bytes) | ciphertext | tag (16). `key` has 32 bytes. `bound_to` is not stored but
// must be the same when the box is opened, so that a box cannot be moved to another record. Nonces
// are random: 2^32 boxes under one key are fine (a repetition has a chance of 2^-33 then).
std::string SealSecret(std::string_view key, std::string_view secret, std::string_view bound_to);

// nullopt when the box was not sealed with this key and `bound_to`, or was changed.
std::optional<std::string> OpenSecret(std::string_view key, std::string_view box,
                                      std::string_view bound_to);

}  // namespace dray::encryption
