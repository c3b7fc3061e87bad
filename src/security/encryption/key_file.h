// SPDX-License-Identifier: Apache-2.0
// Keys that lie apart from the data that is encrypted with them: files of 32 random bytes and
// nothing else, readable by their owner only.
#pragma once

#include <string>

#include "base/file_system.h"
#include "base/result.h"

namespace dray::encryption {

inline constexpr size_t kKeyBytes = 32;

// kNotFound when there is no file; kCorruption when it does not hold 32 bytes.
base::Result<std::string> LoadKey(base::FileSystem& files, const std::string& path);

// The same, but makes the key (0600, synced, with its folder) when the file is absent.
base::Result<std::string> LoadOrCreateKey(base::FileSystem& files, const std::string& path);

}  // namespace dray::encryption
