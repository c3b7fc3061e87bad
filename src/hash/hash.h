// SPDX-License-Identifier: Apache-2.0
// MD5, SHA-1, SHA-256 and HMAC-SHA-256 over OpenSSL's EVP. Digests are raw bytes; see
// base/text_encoding.h for their text forms. An object is used by one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace dray::hash {

enum class Algorithm { kMd5, kSha1, kSha256 };

class Digest {
 public:
  explicit Digest(Algorithm algorithm);
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;
  void Update(std::string_view bytes);
  std::string Finish();  // raw bytes; the object starts anew afterwards

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string Md5(std::string_view bytes);
std::string Sha256(std::string_view bytes);
std::string HmacSha256(std::string_view key, std::string_view bytes);
bool ConstantTimeEquals(std::string_view a, std::string_view b);

// Version-3 UUID over the bytes, without name space, as java.util.UUID.nameUUIDFromBytes: 16 bytes.
std::string NameUuid3(std::string_view name);

}  // namespace dray::hash
