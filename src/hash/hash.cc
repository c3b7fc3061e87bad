// SPDX-License-Identifier: Apache-2.0
#include "hash/hash.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/check.h"

namespace dray::hash {

namespace {

// Fetched once: OpenSSL 3 looks an algorithm up by name at every use of EVP_sha256() and its like,
// under locks that all threads share.
const EVP_MD* Fetched(const char* name) {
  const EVP_MD* method = EVP_MD_fetch(nullptr, name, nullptr);
  CHECK(method != nullptr);
  return method;  // kept until the process ends
}

const EVP_MD* Method(Algorithm algorithm) {
  static const EVP_MD* const md5 = Fetched("MD5");
  static const EVP_MD* const sha1 = Fetched("SHA1");
  static const EVP_MD* const sha256 = Fetched("SHA256");
  switch (algorithm) {
    case Algorithm::kMd5:
      return md5;
    case Algorithm::kSha1:
      return sha1;
    case Algorithm::kSha256:
      return sha256;
  }
  return nullptr;
}

// Of one thread, used again and again: making one costs as much as hashing a request.
EVP_MD_CTX* ThreadDigest() {
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
      EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  CHECK(context != nullptr);
  return context.get();
}

EVP_MAC_CTX* MakeHmacSha256() {
  static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  CHECK(hmac != nullptr);
  EVP_MAC_CTX* context = EVP_MAC_CTX_new(hmac);
  CHECK(context != nullptr);
  char digest[] = "SHA256";
  const OSSL_PARAM settings[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                 OSSL_PARAM_construct_end()};
  CHECK(EVP_MAC_CTX_set_params(context, settings) == 1);
  return context;
}

EVP_MAC_CTX* ThreadHmacSha256() {
  thread_local const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(
      MakeHmacSha256(), &EVP_MAC_CTX_free);
  return context.get();
}

std::string DigestOf(Algorithm algorithm, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_MD_CTX* context = ThreadDigest();
  CHECK(EVP_DigestInit_ex(context, Method(algorithm), nullptr) == 1);
  CHECK(EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1);
  CHECK(EVP_DigestFinal_ex(context, out, &length) == 1);
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
  // An empty key would mean "the one before".
  static constexpr char kNoKey[1] = {0};
  const char* key_data = key.empty() ? kNoKey : key.data();
  EVP_MAC_CTX* context = ThreadHmacSha256();
  unsigned char out[EVP_MAX_MD_SIZE];
  size_t length = 0;
  CHECK(EVP_MAC_init(context, reinterpret_cast<const unsigned char*>(key_data), key.size(),
                     nullptr) == 1);
  CHECK(EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(bytes.data()),
                       bytes.size()) == 1);
  CHECK(EVP_MAC_final(context, out, &length, sizeof(out)) == 1);
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
