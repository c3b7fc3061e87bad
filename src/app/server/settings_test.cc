// SPDX-License-Identifier: Apache-2.0
#include "app/server/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dray::server {
namespace {

using ::testing::HasSubstr;

TEST(ListenAddress, TakesHostAndPort) {
  auto v4 = ParseListenAddress("127.0.0.1:8000");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->host, "127.0.0.1");
  EXPECT_EQ(v4->port, 8000);
  auto v6 = ParseListenAddress("[::1]:0");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->port, 0);
}

TEST(ListenAddress, RefusesWhatIsNone) {
  for (const char* text :
       {"", "8000", ":8000", "host", "host:", "host:x", "host:65536", "::1:8000", "[]:1"}) {
    EXPECT_FALSE(ParseListenAddress(text)) << text;
  }
}

TEST(Settings, PlainHttpOffLoopbackNeedsItsFlag) {
  Settings settings;
  EXPECT_TRUE(CheckSettings(settings));
  settings.listen = "0.0.0.0:8000";
  auto refused = CheckSettings(settings);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("--insecure-http"));
  settings.insecure_http = true;
  EXPECT_TRUE(CheckSettings(settings));
  settings.insecure_http = false;
  settings.tls_certificate_file = "cert";
  EXPECT_FALSE(CheckSettings(settings)) << "a certificate without a key";
  settings.tls_key_file = "key";
  EXPECT_TRUE(CheckSettings(settings));
}

TEST(Settings, DevListensOnLoopbackOnly) {
  Settings settings;
  settings.dev = true;
  for (const char* loopback : {"127.0.0.1:1", "localhost:1", "[::1]:1", "127.1.2.3:1"}) {
    settings.listen = loopback;
    EXPECT_TRUE(CheckSettings(settings)) << loopback;
  }
  settings.listen = "127.example.com:1";
  EXPECT_FALSE(CheckSettings(settings));
  settings.insecure_http = true;
  settings.listen = "0.0.0.0:1";
  EXPECT_FALSE(CheckSettings(settings));
}

}  // namespace
}  // namespace dray::server
