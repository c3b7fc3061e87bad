// SPDX-License-Identifier: Apache-2.0
// Conditional and partial reads: If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since,
// Range. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "net/http/server.h"
#include "storage/objects/object_store.h"

namespace dray::s3 {

enum class ConditionOutcome { kProceed, kNotModified, kFailed };

// RFC 9110, with S3's two exceptions: a matching If-Match outweighs If-Unmodified-Since, and an
// If-None-Match that does not match outweighs If-Modified-Since.
ConditionOutcome CheckConditions(const http::RequestHead& head, const objects::ObjectInfo& info);

// One range of bytes. nullopt for what S3 ignores: several ranges, other units, nonsense.
std::optional<objects::ByteRange> ParseRange(std::string_view header);

}  // namespace dray::s3
