// SPDX-License-Identifier: Apache-2.0
// Cuts JSON and Ion text in front of an opening brace, or an Ion version marker, at the beginning
// of a line; where there is none near the end, in front of a brace that stands right behind a
// closing one (glued objects). Looks only at the last bytes.
#pragma once

#include "format/codec/codec.h"

namespace dray::codec {

class LineCutter final : public PartCutter {
 public:
  size_t Advance(std::string_view text) override;
};

}  // namespace dray::codec
