// SPDX-License-Identifier: Apache-2.0
#include "hash/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"

namespace dray::hash {

namespace {

const EVP_MD* Method(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kMd5:
      return EVP_md5();
    case Algorithm::kSha1:
      return EVP_sha1();
    case Algorithm::kSha256:
      return EVP_sha256();
  }
  return nullptr;
}

std::string DigestOf(Algorithm algorithm, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), out, &length, Method(algorithm), nullptr) == 1);
  return std::string(reinterpret_cast<char*>(out), length);
}

}  // namespace

struct Digest::State {
  explicit State(Algorithm algorithm) : method(Method(algorithm)), context(EVP_MD_CTX_new()) {
    CHECK(context != nullptr);
    CHECK(EVP_DigestInit_ex(context, method, nullptr) == 1);
  }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  const EVP_MD* method;
  EVP_MD_CTX* context;
};

Digest::Digest(Algorithm algorithm) : state_(std::make_unique<State>(algorithm)) {}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::Update(std::string_view bytes) {
  CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Digest::Finish() {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  CHECK(EVP_DigestFinal_ex(state_->context, out, &length) == 1);
  CHECK(EVP_DigestInit_ex(state_->context, state_->method, nullptr) == 1);
  return std::string(reinterpret_cast<char*>(out), length);
}

std::string Md5(std::string_view bytes) { return DigestOf(Algorithm::kMd5, bytes); }
std::string Sha256(std::string_view bytes) { return DigestOf(Algorithm::kSha256, bytes); }

std::string HmacSha256(std::string_view key, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out,
             &length) != nullptr);
  return std::string(reinterpret_cast<char*>(out), length);
}

bool ConstantTimeEquals(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string NameUuid3(std::string_view name) {
  std::string bytes = Md5(name);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x30);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  return bytes;
}

}  // namespace dray::hash
