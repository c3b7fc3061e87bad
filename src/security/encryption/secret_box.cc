// SPDX-License-Identifier: Apache-2.0
#include "security/encryption/secret_box.h"

#include <openssl/evp.h>

#include <memory>

#include "base/check.h"
#include "base/random.h"

namespace dray::encryption {

namespace {

constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Cipher NewCipher() {
  Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  CHECK(cipher != nullptr);
  return cipher;
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

// A failure while sealing is one of the library itself (memory, a missing cipher), never of input.
std::string SealSecret(std::string_view key, std::string_view secret, std::string_view bound_to) {
  CHECK(key.size() == kKeyBytes);
  const std::string nonce = base::RandomBytes(kNonceBytes);
  std::string sealed(secret.size(), '\0');
  std::string tag(kTagBytes, '\0');
  Cipher cipher = NewCipher();
  int length = 0;
  CHECK(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(nonce)));
  CHECK(EVP_EncryptUpdate(cipher.get(), nullptr, &length, Bytes(bound_to),
                          static_cast<int>(bound_to.size())));
  CHECK(EVP_EncryptUpdate(cipher.get(), Bytes(sealed), &length, Bytes(secret),
                          static_cast<int>(secret.size())));
  unsigned char rest[kTagBytes];  // GCM leaves nothing over
  CHECK(EVP_EncryptFinal_ex(cipher.get(), rest, &length));
  CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()));
  return nonce + sealed + tag;
}

std::optional<std::string> OpenSecret(std::string_view key, std::string_view box,
                                      std::string_view bound_to) {
  if (key.size() != kKeyBytes || box.size() < kNonceBytes + kTagBytes) return std::nullopt;
  std::string_view nonce = box.substr(0, kNonceBytes);
  std::string_view sealed = box.substr(kNonceBytes, box.size() - kNonceBytes - kTagBytes);
  std::string tag(box.substr(box.size() - kTagBytes));
  std::string secret(sealed.size(), '\0');
  Cipher cipher = NewCipher();
  int length = 0;
  CHECK(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(nonce)));
  CHECK(EVP_DecryptUpdate(cipher.get(), nullptr, &length, Bytes(bound_to),
                          static_cast<int>(bound_to.size())));
  CHECK(EVP_DecryptUpdate(cipher.get(), Bytes(secret), &length, Bytes(sealed),
                          static_cast<int>(sealed.size())));
  CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()));
  unsigned char rest[kTagBytes];
  if (EVP_DecryptFinal_ex(cipher.get(), rest, &length) <= 0) return std::nullopt;
  return secret;
}

}  // namespace dray::encryption
