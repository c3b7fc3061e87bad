// SPDX-License-Identifier: Apache-2.0
// The keys of sealed bodies. Each body (each part of an upload) has a random one of its own, which
// stands in the index wrapped under the store's key; that one lies apart from the data, in
// DIR/keys/objects.key. A wrapped key is bound to the object: moved to another one's record it does
// not open. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "security/encryption/secret_box.h"
#include "storage/kv/engine.h"

namespace dray::objects {

inline constexpr size_t kWrappedKeyBytes = encryption::kKeyBytes + encryption::kBoxOverheadBytes;

class BodyKeys {
 public:
  // `store_key`: 32 bytes. The first start leaves a record that tells whether a key is the one;
  // kCorruption with instructions when it is not.
  static base::Result<BodyKeys> Open(kv::Engine& engine, std::string store_key);

  struct BodyKey {
    std::string key;      // for encryption::BodySealer; never stored
    std::string wrapped;  // kWrappedKeyBytes, for the index
  };
  // `object`: the object's key in the index.
  BodyKey Make(std::string_view object) const;
  // kCorruption when it was not wrapped for this object, or is damaged.
  base::Result<std::string> Unwrap(std::string_view wrapped, std::string_view object) const;

 private:
  explicit BodyKeys(std::string store_key) : store_key_(std::move(store_key)) {}
  std::string store_key_;
};

}  // namespace dray::objects
