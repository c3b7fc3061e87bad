// SPDX-License-Identifier: Apache-2.0
#include "security/encryption/key_file.h"

#include "base/random.h"

namespace dray::encryption {

base::Result<std::string> LoadKey(base::FileSystem& files, const std::string& path) {
  ASSIGN_OR_RETURN(std::string key, base::ReadFile(files, path, 4096));
  if (key.size() == kKeyBytes) return key;
  return base::Error{base::ErrorKind::kCorruption, path + ": a key has 32 bytes, this file has " +
                                                       std::to_string(key.size()) +
                                                       "; put the right file back"};
}

base::Result<std::string> LoadOrCreateKey(base::FileSystem& files, const std::string& path) {
  auto key = LoadKey(files, path);
  if (key || key.error().kind != base::ErrorKind::kNotFound) return key;
  if (size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0) {
    const std::string folder = path.substr(0, slash);
    RETURN_IF_ERROR(files.CreateFolders(folder));
    // Nothing may be encrypted with a key whose folder a power cut takes away.
    if (size_t parent = folder.rfind('/'); parent != std::string::npos && parent > 0) {
      RETURN_IF_ERROR(files.SyncFolder(folder.substr(0, parent)));
    }
  }
  std::string made = base::RandomBytes(kKeyBytes);
  RETURN_IF_ERROR(base::ReplaceFile(files, path, made, 0600));
  return made;
}

}  // namespace dray::encryption
