// SPDX-License-Identifier: Apache-2.0
// Which operation a request is: by method, by what it names, and by the query parameter or header
// that tells operations of the same method apart.
#pragma once

#include <span>
#include <string_view>

#include "api/s3/call.h"
#include "base/result.h"

namespace dray::s3 {

enum class Level { kService, kBucket, kObject, kAccount };

struct Operation {
  std::string_view name;  // as S3's model calls it
  std::string_view method;
  Level level;
  std::string_view query;   // a parameter that must be there, or empty; kAccount: the path
  std::string_view header;  // a header that must be there, or empty
  // Answers, or returns the error. Null: S3 has it, Dray does not.
  base::Status (*run)(Call& call);
};

std::span<const Operation> Operations();

// The first row that fits; nullptr when there is none.
const Operation* FindOperation(const http::RequestHead& head, const Address& address,
                               const Query& query);

}  // namespace dray::s3
