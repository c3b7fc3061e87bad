// SPDX-License-Identifier: Apache-2.0
// Files of this machine as objects that a server can import: uploaded in parallel, large ones in
// parts, each with its MD5; and taken away again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/remote_import/bucket.h"
#include "client/remote_jobs/session.h"

namespace dray::remote_import {

struct StagedFile {
  std::string path;
  std::string key;
  uint64_t size_bytes = 0;
};

struct StagingOptions {
  std::string bucket;
  std::string bucket_owner;       // or empty
  std::string prefix;             // of all keys; nothing else may be there
  bool makes_bucket = false;      // of the command's own: made, and removed at the end
  uint64_t part_bytes = 8 << 20;  // files up to that are one request
  unsigned threads = 4;
};

// Of a file of that size in parts of `part_bytes`, or larger ones when they would be too many.
uint64_t PartBytesOf(uint64_t size_bytes, uint64_t part_bytes);

class Staging {
 public:
  // `session` outlives it; the bucket was located.
  Staging(remote_jobs::Session& session, StagingOptions options, std::vector<StagedFile> files);

  struct Sent {
    uint64_t files = 0, bytes = 0;
    uint64_t files_there = 0;  // were there already, with the same size and checksum
  };
  // kInvalidArgument when something else lies under the prefix. After an error: CleanUp.
  base::Result<Sent> Upload();
  // Everything that Upload made, whole or in parts. Nothing else.
  base::Status CleanUp();
  std::string Url() const { return "s3://" + options_.bucket + "/" + options_.prefix; }
  const StagingOptions& options() const { return options_; }

 private:
  base::Result<std::vector<Entry>> Prepare(Bucket& bucket);
  Bucket MainBucket();

  remote_jobs::Session& session_;
  const StagingOptions options_;
  const std::vector<StagedFile> files_;
  bool has_bucket_ = false;  // that was made
  bool has_begun_ = false;
};

}  // namespace dray::remote_import
