// SPDX-License-Identifier: Apache-2.0
// The embedded object store: an index in kv, bodies in files that are named by random ids
// (docs/formats/objects.md). A write is: fsync the body, commit the index, unlink what it replaced;
// files that a crash left without an index entry are swept at start.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"
#include "storage/kv/engine.h"
#include "storage/objects/object_store.h"

namespace dray::objects {

struct LocalDiskOptions {
  std::string folder = {};  // DIR/objects; made when absent
  std::string region = {};
  // Bodies up to this size live in the index record. SIZE_MAX keeps all of them there: with
  // kv/memory that is a store without any file (`--in-memory`).
  size_t inline_bytes_max = 4096;
  std::string key = {};             // 32 bytes: what the keys of bodies are wrapped with
  bool sync = true;                 // false: bodies are not fsynced (`--durability=os`)
  bool sweep_in_background = true;  // false: Open returns after the sweep
};

// Reads the key for LocalDiskOptions from its file, DIR/keys/objects.key, or makes it (0600,
// synced) for a store that has none yet. kCorruption with instructions when the file of a store
// that has one is missing: nothing is made then.
base::Result<std::string> LoadObjectsKey(kv::Engine& engine, base::FileSystem& files,
                                         const std::string& path);

// kCorruption when `options.key` is not the store's. The engine must be an exclusive writer.
// `engine`, `files` and `clock` outlive the store.
base::Result<std::unique_ptr<ObjectStore>> OpenLocalDisk(kv::Engine& engine,
                                                         base::FileSystem& files,
                                                         const base::Clock& clock,
                                                         LocalDiskOptions options);

}  // namespace dray::objects
