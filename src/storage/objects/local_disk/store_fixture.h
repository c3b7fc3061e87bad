// SPDX-License-Identifier: Apache-2.0
// What the tests of this folder share: a store over kv/memory and a file system that misbehaves.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "storage/kv/memory/memory_engine.h"
#include "storage/objects/local_disk/local_disk.h"
#include "testing/faulty_file_system.h"

namespace dray::objects {

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    base::log::Configure(base::log::Level::kError, base::log::Format::kText);
    Restart();
    EXPECT_TRUE(store_->CreateBucket("bucket", "111122223333"));
  }
  void Restart() {
    store_.reset();
    auto opened = OpenLocalDisk(*engine_, files_, clock_, options_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = *std::move(opened);
  }
  base::Result<ObjectInfo> Put(std::string_view key, std::string_view bytes,
                               const PutOptions& options = {}) {
    base::StringSource source(bytes);
    return store_->Put("bucket", key, source, options);
  }
  base::Result<PartInfo> PutPart(std::string_view key, const std::string& upload, uint32_t number,
                                 std::string_view bytes, const PutOptions& options = {}) {
    base::StringSource source(bytes);
    return store_->PutPart("bucket", key, upload, number, source, options);
  }
  // The body, or the error's message.
  std::string Get(std::string_view key, std::optional<ByteRange> range = {}) {
    auto opened = store_->Open("bucket", key, range);
    if (!opened) return opened.error().message;
    auto bytes = base::ReadAll(*opened->body, 1 << 30);
    return bytes ? *bytes : bytes.error().message;
  }
  static std::string Bytes(size_t count, char seed = 'a') {
    std::string bytes(count, '\0');
    std::minstd_rand random(static_cast<unsigned char>(seed));
    for (char& c : bytes) c = static_cast<char>(random() >> 8);
    return bytes;
  }

  std::unique_ptr<kv::Engine> engine_ = kv_memory::MakeMemoryEngine();
  testing::FaultyFileSystem files_;
  base::SystemClock clock_;
  LocalDiskOptions options_{.folder = "/data/objects",
                            .region = "us-east-1",
                            .inline_bytes_max = 64,
                            .key = std::string(32, 'k'),
                            .sweep_in_background = false};
  std::unique_ptr<ObjectStore> store_;
};

}  // namespace dray::objects
