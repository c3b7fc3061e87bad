// SPDX-License-Identifier: Apache-2.0
#include "security/encryption/sealed_body.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "security/encryption/key_file.h"

namespace dray::encryption {
namespace {

using Nonce = std::array<unsigned char, 12>;

Nonce NonceOf(uint64_t number, bool is_last) {
  Nonce nonce = {};
  nonce[3] = is_last ? 1 : 0;
  for (size_t i = 0; i < 8; ++i) nonce[11 - i] = static_cast<unsigned char>(number >> (8 * i));
  return nonce;
}

const unsigned char* Bytes(const char* text) {
  return reinterpret_cast<const unsigned char*>(text);
}
unsigned char* Bytes(char* text) { return reinterpret_cast<unsigned char*>(text); }

}  // namespace

struct ChunkCipher::State {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  ~State() { EVP_CIPHER_CTX_free(context); }
};

// Failures below are the library's own (memory, a missing cipher), never those of input; but for
// the tag of a chunk that is opened.
ChunkCipher::ChunkCipher(std::string_view key, Direction direction)
    : state_(std::make_unique<State>()) {
  CHECK(key.size() == kKeyBytes);
  CHECK(state_->context != nullptr);
  CHECK(EVP_CipherInit_ex(state_->context, EVP_aes_256_gcm(), nullptr, Bytes(key.data()), nullptr,
                          direction == Direction::kSeal ? 1 : 0));
}

ChunkCipher::~ChunkCipher() = default;
ChunkCipher::ChunkCipher(ChunkCipher&&) noexcept = default;
ChunkCipher& ChunkCipher::operator=(ChunkCipher&&) noexcept = default;

void ChunkCipher::Seal(uint64_t number, bool is_last, std::string_view plain, char* sealed) {
  CHECK(!plain.empty() && plain.size() <= kChunkBytes);
  EVP_CIPHER_CTX* context = state_->context;
  int length = 0;
  CHECK(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, NonceOf(number, is_last).data()));
  CHECK(EVP_EncryptUpdate(context, Bytes(sealed), &length, Bytes(plain.data()),
                          static_cast<int>(plain.size())));
  CHECK(EVP_EncryptFinal_ex(context, Bytes(sealed) + plain.size(), &length));  // writes nothing
  CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, kTagBytes, sealed + plain.size()));
}

bool ChunkCipher::Open(uint64_t number, bool is_last, std::string_view sealed, char* plain) {
  if (sealed.size() <= kTagBytes || sealed.size() > kSealedChunkBytes) return false;
  const size_t plain_bytes = sealed.size() - kTagBytes;
  EVP_CIPHER_CTX* context = state_->context;
  std::array<char, kTagBytes> tag;
  std::copy_n(sealed.data() + plain_bytes, kTagBytes, tag.data());
  unsigned char rest[kTagBytes];
  int length = 0;
  CHECK(EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, NonceOf(number, is_last).data()));
  CHECK(EVP_DecryptUpdate(context, Bytes(plain), &length, Bytes(sealed.data()),
                          static_cast<int>(plain_bytes)));
  CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()));
  return EVP_DecryptFinal_ex(context, rest, &length) > 0;
}

void BodySealer::SealChunk(std::string_view plain, bool is_last) {
  const size_t end = sealed_bytes_ + plain.size() + kTagBytes;
  if (sealed_.size() < end) sealed_.resize(end);
  cipher_.Seal(number_++, is_last, plain, sealed_.data() + sealed_bytes_);
  sealed_bytes_ = end;
}

std::string_view BodySealer::Update(std::string_view plain) {
  sealed_bytes_ = 0;
  if (const uint64_t most = SealedBytes(held_.size() + plain.size()); sealed_.size() < most) {
    sealed_.resize(static_cast<size_t>(most));
  }
  // Whole chunks are sealed where they stand; only what may be the last one is copied.
  if (!held_.empty() && !plain.empty()) {
    const size_t missing = std::min(kChunkBytes - held_.size(), plain.size());
    held_.append(plain.substr(0, missing));
    plain.remove_prefix(missing);
    if (plain.empty()) return {};
    SealChunk(held_, false);
    held_.clear();
  }
  for (; plain.size() > kChunkBytes; plain.remove_prefix(kChunkBytes)) {
    SealChunk(plain.substr(0, kChunkBytes), false);
  }
  held_.append(plain);
  return std::string_view(sealed_).substr(0, sealed_bytes_);
}

std::string_view BodySealer::Finish() {
  sealed_bytes_ = 0;
  if (!held_.empty()) SealChunk(held_, true);
  held_.clear();
  return std::string_view(sealed_).substr(0, sealed_bytes_);
}

}  // namespace dray::encryption
