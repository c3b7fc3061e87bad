// SPDX-License-Identifier: Apache-2.0
// Randomness that must not be guessed (secrets, ids), from OpenSSL; thread-safe. Tests use
// std::mt19937_64 with a printed seed instead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace dray::base {

std::string RandomBytes(size_t count);
uint64_t RandomUint64();
std::string RandomHex(size_t digits);  // lower case
std::string RandomUuid();              // version 4, 8-4-4-4-12

}  // namespace dray::base
