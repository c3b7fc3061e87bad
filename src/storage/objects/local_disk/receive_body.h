// SPDX-License-Identifier: Apache-2.0
// A body on its way in, in one pass: bytes to an inline segment or a file, MD5 and the chosen
// checksum beside it, and all that the sender said about it verified at the end.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "storage/objects/local_disk/body_files.h"
#include "storage/objects/local_disk/records.h"
#include "storage/objects/object_store.h"

namespace dray::objects {

struct ReceivedBody {
  std::vector<Segment> segments;             // none when empty
  std::unique_ptr<BodyFiles::NewFile> file;  // what the segment refers to, or null; durable
  uint64_t size_bytes = 0;
  std::string md5;              // raw
  std::string checksum_base64;  // of options.checksum_algorithm, or empty
};

// Reads `body` to its end. kBadDigest, kIncompleteBody, kEntityTooLarge, or what the source or the
// file system says; nothing is left behind then.
base::Result<ReceivedBody> ReceiveBody(BodyFiles& files, base::ByteSource& body,
                                       const PutOptions& options, size_t inline_bytes_max);

}  // namespace dray::objects
