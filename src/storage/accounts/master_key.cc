// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"
#include "storage/accounts/accounts.h"
#include "storage/accounts/secret_box.h"

namespace dray::accounts {

base::Result<std::string> LoadOrCreateMasterKey(base::FileSystem& files, const std::string& path) {
  auto key = base::ReadFile(files, path, 4096);
  if (key) {
    if (key->size() == kMasterKeyBytes) return key;
    return base::Error{base::ErrorKind::kCorruption,
                       path + ": a master key has 32 bytes, this file has " +
                           std::to_string(key->size()) + "; put the right file back"};
  }
  if (key.error().kind != base::ErrorKind::kNotFound) return key;
  if (size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0)
    RETURN_IF_ERROR(files.CreateFolders(path.substr(0, slash)));
  std::string made = base::RandomBytes(kMasterKeyBytes);
  RETURN_IF_ERROR(base::ReplaceFile(files, path, made, 0600));
  return made;
}

}  // namespace dray::accounts
