// SPDX-License-Identifier: Apache-2.0
#include "security/encryption/secret_box.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace dray::encryption {
namespace {

TEST(SecretBox, OpensOnlyWithItsKeyAndPlaceAndUnchanged) {
  const std::string key = base::RandomBytes(32);
  for (size_t length : {0, 1, 40, 1000}) {
    const std::string secret(length, 's');
    std::string box = SealSecret(key, secret, "place");
    EXPECT_EQ(OpenSecret(key, box, "place"), secret);
    EXPECT_EQ(OpenSecret(key, box, "other"), std::nullopt);
    EXPECT_EQ(OpenSecret(base::RandomBytes(32), box, "place"), std::nullopt);
    for (size_t at = 0; at < box.size(); at += 7) {
      std::string changed = box;
      changed[at] ^= 1;
      EXPECT_EQ(OpenSecret(key, changed, "place"), std::nullopt);
    }
  }
  EXPECT_NE(SealSecret(key, "s", "p"), SealSecret(key, "s", "p"));
  EXPECT_EQ(OpenSecret(key, "", "place"), std::nullopt);
}

}  // namespace
}  // namespace dray::encryption
