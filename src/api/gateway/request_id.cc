// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "api/gateway/gateway.h"
#include "base/text_encoding.h"

namespace dray::gateway {

namespace {

// RFC 4648's "extended hex" alphabet, five bits a character; the last one is filled up with zeros.
std::string Base32Hex(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
  std::string text;
  text.reserve((bytes.size() * 8 + 4) / 5);
  unsigned window = 0;
  unsigned bits = 0;
  for (char byte : bytes) {
    window = window << 8 | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 5; bits -= 5) text.push_back(kAlphabet[window >> (bits - 5) & 31]);
    window &= (1u << bits) - 1;
  }
  if (bits > 0) text.push_back(kAlphabet[window << (5 - bits) & 31]);
  return text;
}

std::string UpperHex(std::string_view bytes) {
  std::string text = base::HexEncode(bytes);
  for (char& c : text) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

}  // namespace

std::string Protocol::FormatRequestId(std::string_view random_bytes) const {
  return body_plan() == http::BodyPlan::kWhole ? Base32Hex(random_bytes.substr(0, 32))
                                               : UpperHex(random_bytes.substr(0, 8));
}

}  // namespace dray::gateway
