// SPDX-License-Identifier: Apache-2.0
// The engine as an ordered map in memory: the model that other engines are tested against, and what
// `dray serve --in-memory` runs on. It forgets everything when it is destroyed.
#pragma once

#include <memory>

#include "storage/kv/engine.h"

namespace dray::kv_memory {

struct Options {
  // For tests of callers that must work without: what the engine claims to be able to do.
  kv::Capabilities capabilities = {
      .reverse_read = true, .multi_partition_commit = true, .exclusive_writer = true};
};

std::unique_ptr<kv::Engine> MakeMemoryEngine(Options options = {});

}  // namespace dray::kv_memory
