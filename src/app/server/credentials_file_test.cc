// SPDX-License-Identifier: Apache-2.0
#include "app/server/credentials_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace dray::server {
namespace {

access::Credentials Keys(std::string access_key, std::string secret) {
  access::Credentials credentials;
  credentials.access_key = std::move(access_key);
  credentials.secret = std::move(secret);
  return credentials;
}

TEST(CredentialsFile, PutsProfilesOneAfterTheOther) {
  base::FileSystem& files = base::PosixFileSystem();
  std::string path = ::testing::TempDir() + "/credentials-file-test-" + std::to_string(getpid());
  std::filesystem::remove(path);
  ASSERT_TRUE(PutProfile(files, path, "default", Keys("A", "a")));
  ASSERT_TRUE(PutProfile(files, path, "111122223333", Keys("B", "b")));
  EXPECT_EQ(*base::ReadFile(files, path),
            "[default]\naws_access_key_id = A\naws_secret_access_key = a\n\n"
            "[111122223333]\naws_access_key_id = B\naws_secret_access_key = b\n");
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);

  ASSERT_TRUE(PutProfile(files, path, "default", Keys("C", "c")));
  std::string text = *base::ReadFile(files, path);
  EXPECT_EQ(text,
            "[111122223333]\naws_access_key_id = B\naws_secret_access_key = b\n\n"
            "[default]\naws_access_key_id = C\naws_secret_access_key = c\n");
  EXPECT_TRUE(HasProfile(text, "default"));
  EXPECT_FALSE(HasProfile(text, "defaul"));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace dray::server
