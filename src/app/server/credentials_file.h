// SPDX-License-Identifier: Apache-2.0
// DIR/credentials: keys in the format of AWS's clients, one profile an account, mode 0600.
#pragma once

#include <string>
#include <string_view>

#include "base/file_system.h"
#include "base/result.h"
#include "security/access/access.h"

namespace dray::server {

// "[profile]\naws_access_key_id = ...\naws_secret_access_key = ...\n"
std::string RenderProfile(std::string_view profile, const access::Credentials& credentials);

bool HasProfile(std::string_view file_text, std::string_view profile);

// Appends the profile, or replaces it; the other lines stay as they are.
base::Status PutProfile(base::FileSystem& files, const std::string& path, std::string_view profile,
                        const access::Credentials& credentials);

}  // namespace dray::server
